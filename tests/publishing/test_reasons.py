"""Refusals in people's words; what is unknown stays as it was said, and is collected."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.kit import clock
from ocop_hub.marketplaces.registry import MARKETPLACES
from ocop_hub.publishing.models import CallOutcome, Listing, ListingAttempt
from ocop_hub.publishing.reasons.words import Lang, explain, last_refusals, rules, unread


class TestRules:
    def test_each_is_whole_dated_and_of_a_known_marketplace(self) -> None:
        assert len(rules()) >= 20
        for rule in rules():
            assert rule.marketplace in ("", *MARKETPLACES), rule
            assert rule.code or rule.message, "a rule that fits everything hides the others"
            assert rule.source
            assert rule.since <= date(2026, 12, 31)
            for words in (rule.vi, rule.en):
                assert all((words.cause, words.step, words.example)), rule
            assert unicodedata.is_normalized("NFC", rule.vi.cause + rule.vi.step + rule.vi.example)

    def test_none_stands_behind_a_wider_one(self) -> None:
        """Each rule is reached by its own code and words."""
        for rule in rules():
            said = explain(rule.marketplace, rule.code, rule.message)
            assert said.cause == rule.vi.cause.replace("{raw}", rule.message), rule

    def test_marketplaces_with_an_interface_have_some(self) -> None:
        assert {rule.marketplace for rule in rules()} >= {"shopee", "tiki", "lazada", "tiktok_shop"}

    @pytest.mark.parametrize("lang", ["vi", "en"])
    @pytest.mark.parametrize("raw", ["", "{raw}", "{0} %s %(x)s {", "Ảnh “mờ” & <b>"])
    def test_every_text_can_be_filled(self, lang: Lang, raw: str) -> None:
        for rule in rules():
            said = explain(rule.marketplace, rule.code, f"{rule.message} {raw}", lang=lang)
            assert said.known
            assert said.cause


class TestExplain:
    def test_codes_that_say_two_things_are_told_apart(self) -> None:
        holiday = explain("shopee", "error_auth", "Shop is in holiday mode")
        assert "nghỉ bán" in holiday.cause
        assert not explain("shopee", "error_auth", "something else").known

    def test_a_rule_of_one_marketplace_is_not_anothers(self) -> None:
        assert explain("tiki", "unauthorized", "").known
        assert not explain("shopee", "unauthorized", "").known

    def test_the_unknown_is_said_as_it_was(self) -> None:
        said = explain("shopee", "product.error_new", "Nobody has seen this")
        assert (said.known, said.raw) == (False, "Nobody has seen this")
        assert "Nobody has seen this" in said.cause
        assert said.step

    def test_in_english(self) -> None:
        assert "holiday" in explain("shopee", "error_auth", "holiday", lang="en").cause


async def attempt(
    session: AsyncSession, listing: Listing, code: str, message: str, *, days_ago: int = 0
) -> None:
    session.add(
        ListingAttempt(
            listing_id=listing.id,
            producer_id=listing.producer_id,
            call="publish",
            lease_token=uuid4(),
            started_at=clock.now() - timedelta(days=days_ago),
            outcome=CallOutcome.REFUSED,
            code=code,
            message=message,
        )
    )
    await session.flush()


async def test_the_unknown_is_collected_and_counted(session: AsyncSession) -> None:
    producer = await builders.make_producer(session)
    product = await builders.make_product(session, producer)
    listing = await builders.make_listing(session, product, await builders.make_account(session, producer))
    await attempt(session, listing, "shop_banned", "Shop is banned", days_ago=3)
    await attempt(session, listing, "new_code", "Never seen, item 7", days_ago=2)
    await attempt(session, listing, "new_code", "Never seen, item 8", days_ago=1)
    await attempt(session, listing, "old_code", "Long ago", days_ago=100)

    found = await unread(session)
    assert [(each.marketplace_key, each.code, each.times) for each in found] == [
        (listing.marketplace_key, "new_code", 2)
    ]
    told = await last_refusals(session, listing)
    assert [each.known for _, each in told] == [False, False, True, False]
