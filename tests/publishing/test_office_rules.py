"""Fees that an office entered, and refusals that it explained: used as they are, and nothing assumed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_account, make_listing, make_producer, make_product

from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing import fees
from ocop_hub.publishing.errors import WordsMissing, WrongFee
from ocop_hub.publishing.models import CallOutcome, ListingAttempt
from ocop_hub.publishing.reasons import words as reasons
from ocop_hub.publishing.reasons.words import Given

DAY = date(2026, 6, 1)
SOURCE = "Biểu phí trên trang của sàn, 01/06/2026"


async def enter(session: AsyncSession, **more: object) -> None:
    given: dict[str, object] = {
        "marketplace_key": "shopee",
        "valid_from": DAY,
        "share": 550,
        "fixed_vnd": 3_000,
        "source": SOURCE,
        **more,
    }
    await fees.enter(session, SYSTEM_ACTOR, **given)  # type: ignore[arg-type]  # as a form sends them


class TestFees:
    async def test_without_a_row_there_is_no_number(self, session: AsyncSession) -> None:
        assert fees.fee_of(await fees.fees_on(session, DAY), "shopee") is None

    async def test_share_and_fixed_part_of_the_day(self, session: AsyncSession) -> None:
        await enter(session)
        await enter(session, valid_from=date(2026, 9, 1), share=600)
        before = fees.fee_of(await fees.fees_on(session, date(2026, 5, 31)), "shopee")
        assert before is None
        summer = fees.fee_of(await fees.fees_on(session, date(2026, 8, 31)), "shopee")
        autumn = fees.fee_of(await fees.fees_on(session, date(2026, 9, 1)), "shopee")
        assert summer is not None
        assert autumn is not None
        net = fees.net_of(135_000, summer)
        assert (net.net_vnd, net.fee_vnd, net.source) == (135_000 - 7_425 - 3_000, 10_425, SOURCE)
        assert fees.net_of(135_000, autumn).fee_vnd == 11_100

    @pytest.mark.parametrize(("price", "share", "taken"), [(999, 5, 0), (1_000, 5, 1), (1_001, 5_000, 501)])
    async def test_to_the_nearest_dong(
        self, session: AsyncSession, price: int, share: int, taken: int
    ) -> None:
        await enter(session, share=share, fixed_vnd=0)
        fee = fees.fee_of(await fees.fees_on(session, DAY), "shopee")
        assert fee is not None
        assert fees.net_of(price, fee).fee_vnd == taken

    async def test_a_category_of_its_own_goes_first(self, session: AsyncSession) -> None:
        await enter(session)
        await enter(session, category_id="100780", share=100)
        found = await fees.fees_on(session, DAY)
        assert [fees.fee_of(found, "shopee", each).share for each in ("100780", "1", "")] == [100, 550, 550]  # type: ignore[union-attr]  # both rows are there

    async def test_the_same_day_again_corrects(self, session: AsyncSession) -> None:
        await enter(session)
        await enter(session, share=500)
        fee = fees.fee_of(await fees.fees_on(session, DAY), "shopee")
        assert fee is not None
        assert fee.share == 500

    @pytest.mark.parametrize("wrong", [{"share": 10_000}, {"share": -1}, {"fixed_vnd": -1}, {"source": " "}])
    async def test_numbers_that_cannot_be(self, session: AsyncSession, wrong: dict[str, object]) -> None:
        with pytest.raises(WrongFee):
            await enter(session, **wrong)

    async def test_of_a_marketplace_and_by_an_office(self, session: AsyncSession) -> None:
        with pytest.raises(NotFound):
            await enter(session, marketplace_key="khong_co")
        with pytest.raises(Forbidden):
            await fees.enter(
                session,
                Actor(Role.PRODUCER, user_id=new_id()),
                marketplace_key="shopee",
                valid_from=DAY,
                share=1,
                fixed_vnd=0,
                source=SOURCE,
            )


class TestReasons:
    GIVEN = Given(
        "shopee", "error_moon", "Sàn đang nghỉ trăng.", "Chờ sang hôm sau.", cause_en="A moon holiday."
    )

    async def test_are_used_at_once_in_both_languages(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product, account = await make_product(session, producer), await make_account(session, producer)
        listing = await make_listing(session, product, account)
        session.add(
            ListingAttempt(
                listing_id=listing.id,
                producer_id=listing.producer_id,
                call="publish",
                lease_token=new_id(),
                started_at=clock.now(),
                outcome=CallOutcome.REFUSED,
                code="error_moon",
                message="the moon is full",
            )
        )
        await session.flush()
        assert [each.code for each in await reasons.unread(session)] == ["error_moon"]
        given = Given(**{**self.as_dict(), "marketplace_key": listing.marketplace_key})
        await reasons.write(session, SYSTEM_ACTOR, given)
        assert await reasons.unread(session) == []
        ((_, vi),) = await reasons.last_refusals(session, listing)
        ((_, en),) = await reasons.last_refusals(session, listing, lang="en")
        assert (vi.known, vi.cause, vi.step) == (True, "Sàn đang nghỉ trăng.", "Chờ sang hôm sau.")
        assert (en.cause, en.step) == ("A moon holiday.", "Chờ sang hôm sau.")

    async def test_the_same_again_corrects_and_goes_before_what_is_shipped(
        self, session: AsyncSession
    ) -> None:
        await reasons.write(session, SYSTEM_ACTOR, self.GIVEN)
        await reasons.write(session, SYSTEM_ACTOR, Given(**{**self.as_dict(), "cause_vi": "Sàn bảo trì."}))
        before = await reasons.office_rules(session)
        assert len(before) == 1
        assert reasons.explain("shopee", "error_moon", "x", before=before).cause == "Sàn bảo trì."
        assert not reasons.explain("tiki", "error_moon", "x", before=before).known

    async def test_needs_words_and_something_to_know_it_by(self, session: AsyncSession) -> None:
        for lacking in ({"cause_vi": ""}, {"step_vi": ""}, {"code": ""}):
            with pytest.raises(WordsMissing):
                await reasons.write(session, SYSTEM_ACTOR, Given(**{**self.as_dict(), **lacking}))

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self.GIVEN, name) for name in self.GIVEN.__dataclass_fields__}
