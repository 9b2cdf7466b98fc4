"""Meta's catalogue and Google Merchant: what is their own, beyond the tests every adapter inherits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.marketplaces.conftest import catalogue_stage
from tests.marketplaces.stages import SandboxStage, picture

from ocop_hub.kit import clock
from ocop_hub.marketplaces.adapters.google_merchant import words as google_words
from ocop_hub.marketplaces.adapters.meta_catalogue import words as meta_words
from ocop_hub.marketplaces.conformance import REDIRECT, failure
from ocop_hub.marketplaces.contract import ListingState, Misconfigured, Refused, SignInAgain


@pytest.fixture
def meta(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    return catalogue_stage("meta_catalogue", sandbox_base, client)


@pytest.fixture
def google(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    return catalogue_stage("google_merchant", sandbox_base, client, source="/77")


async def history(stage: SandboxStage, sku: str) -> list[str]:
    rows = (await stage.client.get(f"{stage.base}/_sandbox/history")).json()
    return [row["call"] for row in rows if row["sku"] == sku and row["shop_id"] == stage.shop.shop_id]


class TestMeta:
    async def test_acceptance_is_not_the_outcome(self, meta: SandboxStage) -> None:
        seen = await meta.market.publish(meta.shop, meta.draft(), [])
        assert seen.state is ListingState.SUBMITTED
        assert meta_words.read_batch_id(seen.remote_id) is not None

    async def test_errors_of_the_item_become_reasons_by_field(self, meta: SandboxStage) -> None:
        # Within what we check ourselves and beyond what the catalogue takes.
        draft = replace(meta.draft(), price_vnd=10**13)
        seen = await meta.market.publish(meta.shop, draft, [])
        for _ in range(50):
            seen = await meta.market.status(meta.shop, seen.remote_id)
            if seen.state is not ListingState.SUBMITTED:
                break
        assert seen.state is ListingState.REJECTED
        assert [reason.field for reason in seen.reasons] == ["price_vnd"]
        assert await meta.market.find(meta.shop, draft.seller_sku) is None
        mended = await meta.market.update(meta.shop, seen.remote_id, replace(draft, price_vnd=99_000), [])
        assert (mended.remote_id, mended.price_vnd) == (draft.seller_sku, 99_000)

    async def test_a_repeated_create_changes_the_same_item(self, meta: SandboxStage) -> None:
        draft = meta.draft()
        for _ in range(2):
            await meta.market.publish(meta.shop, draft, [])
        assert await history(meta, draft.seller_sku) == ["create", "update"]

    async def test_an_error_that_names_another_item_is_not_ours(self) -> None:
        errors = [{"id": "other", "message": "price is wrong"}, {"id": "ours", "message": "image is small"}]
        assert [each.field for each in meta_words.reasons_of(errors, "ours")] == ["pictures"]

    async def test_what_the_catalogue_requires_is_said_before(self, meta: SandboxStage) -> None:
        small = replace(picture(), width=499)
        draft = replace(meta.draft(), trace_url="", pictures=(small,))
        assert {each.field for each in meta.market.validate(draft)} == {"trace_url", "pictures"}


class TestGoogle:
    async def test_issues_become_reasons_by_field(self, google: SandboxStage) -> None:
        draft = google.draft()
        await google.market.publish(google.shop, draft, [])
        await google.set_word(draft.seller_sku, "REJECTED")
        seen = await google.market.status(google.shop, draft.seller_sku)
        assert (seen.state, seen.raw_state) == (ListingState.SUSPENDED, "disapproved")
        assert [(each.field, each.code) for each in seen.reasons] == [("pictures", "image_link_broken")]

    async def test_a_repeated_create_changes_the_same_product(self, google: SandboxStage) -> None:
        draft = google.draft()
        for _ in range(2):
            await google.market.publish(google.shop, draft, [])
        assert await history(google, draft.seller_sku) == ["create", "update"]

    def test_the_natural_key(self) -> None:
        assert google_words.product_id("OCOP-1") == "vi~VN~OCOP-1"

    def test_shown_anywhere_is_live(self) -> None:
        statuses = [{"disapprovedCountries": ["VN"]}, {"approvedCountries": ["VN", "LA"]}]
        product = {"productStatus": {"destinationStatuses": statuses}}
        assert google_words.state_of(product) == (ListingState.LIVE, "approved")

    def test_a_number_of_the_maker_is_never_made_up(self, google: SandboxStage) -> None:
        attributes = google_words.product_input(google.draft())["productAttributes"]
        assert attributes["identifierExists"] is False
        assert "gtins" not in attributes

    async def test_a_stall_without_a_data_source_is_told_how_to_write_it(self, google: SandboxStage) -> None:
        shop = replace(google.shop, shop_id="123")
        error = await failure(Misconfigured, google.market.status(shop, "1"))
        assert "tài khoản/nguồn dữ liệu" in error.message
        assert not error.sent


class TestGoogleConsent:
    async def test_consent_opens_the_account_and_the_refresh_token_stays(self, google: SandboxStage) -> None:
        url = google.market.authorise_url(redirect_uri=REDIRECT, state="s&1")
        back = await google.agree(url)
        assert back["state"] == "s&1"
        grant = await google.market.exchange(back, redirect_uri=REDIRECT)
        assert clock.now() < grant.access_until < clock.now() + timedelta(days=1)
        shop = replace(google.shop, credentials=grant.credentials())
        assert (await google.market.list_items(shop)).items
        await failure(Refused, google.market.exchange(back, redirect_uri=REDIRECT))
        for _ in range(2):
            newer = await google.market.refresh(shop)
            assert newer.refresh_token == grant.refresh_token
        await failure(SignInAgain, google.market.list_items(shop))
        assert (await google.market.list_items(replace(shop, credentials=newer.credentials()))).items

    async def test_a_withdrawn_consent_asks_to_sign_in(self, google: SandboxStage) -> None:
        back = await google.agree(google.market.authorise_url(redirect_uri=REDIRECT, state="s"))
        grant = await google.market.exchange(back, redirect_uri=REDIRECT)
        await google.end_grant(withdraw=True)
        shop = replace(google.shop, credentials=grant.credentials())
        error = await failure(SignInAgain, google.market.refresh(shop))
        assert grant.refresh_token not in f"{error!r} {error.exchange!r}"

    async def test_who_said_no_and_a_wrong_application(self, google: SandboxStage) -> None:
        await failure(Refused, google.market.exchange({"error": "access_denied"}, redirect_uri=REDIRECT))
        back = await google.agree(google.market.authorise_url(redirect_uri=REDIRECT, state="s"))
        wrong = google.rewired(partner_key="another")
        await failure(Misconfigured, wrong.exchange(back, redirect_uri=REDIRECT))
