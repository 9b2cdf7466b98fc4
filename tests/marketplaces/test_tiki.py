"""Tiki: a request until it is approved, then a product; found in either shape, made once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.marketplaces.stages import SandboxStage, make_draft
from tests.served import served

from ocop_hub.kit import clock
from ocop_hub.marketplaces.adapters.tiki import Tiki
from ocop_hub.marketplaces.adapters.tiki.api import basic_header, error_of, messages_of
from ocop_hub.marketplaces.adapters.tiki.words import (
    category_for,
    product_state,
    read_request_id,
    request_id,
)
from ocop_hub.marketplaces.contract import (
    Call,
    ListingState,
    MarketplaceError,
    Misconfigured,
    PushKind,
    Refused,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import Answer
from ocop_hub.sandbox import create_sandbox

VECTORS: list[dict[str, Any]] = [
    vector
    for vector in json.loads((Path(__file__).parent / "vectors_marketplaces.json").read_text("utf-8"))
    if vector["marketplace"] == "tiki"
]


@pytest.mark.parametrize("vector", VECTORS)
def test_the_basic_header_reproduces(vector: dict[str, Any]) -> None:
    given = vector["inputs"]
    assert basic_header(given["client_id"], given["client_secret"]) == vector["expected"]


def test_there_are_vectors() -> None:
    assert [vector["kind"] for vector in VECTORS] == ["oauth_basic_header"]


class TestRequestBeforeProduct:
    @pytest.mark.parametrize(("track", "sku"), [("a1b2", "OCOP-1"), ("a:b", "mã/SKU: 7"), ("", "")])
    def test_the_name_of_a_request_is_read_back(self, track: str, sku: str) -> None:
        assert read_request_id(request_id(track, sku)) == (track, sku)
        assert read_request_id("23500000001") is None

    async def test_the_number_comes_with_the_approval(self, tiki_stage: SandboxStage) -> None:
        market, shop, draft = tiki_stage.market, tiki_stage.shop, make_draft()
        seen = await market.publish(shop, draft, [])
        assert seen.remote_id.startswith("request:")
        assert market.public_url(shop, seen.remote_id) == ""
        number = await tiki_stage.until_live(seen.remote_id)
        assert number.isdigit()
        # The old name still leads there: an answer that comes late changes nothing.
        late = await market.status(shop, seen.remote_id)
        assert (late.remote_id, late.state) == (number, ListingState.LIVE)

    async def test_approved_starts_inactive(self, tiki_stage: SandboxStage) -> None:
        market, shop = tiki_stage.market, tiki_stage.shop
        seen = await market.publish(shop, make_draft(), [])
        states = set()
        for _ in range(200):
            read = await market.status(shop, seen.remote_id)
            states.add(read.state)
            if read.state is ListingState.UNLISTED:
                break
        assert ListingState.LIVE not in states
        assert (await market.relist(shop, seen.remote_id)).state is ListingState.LIVE

    async def test_a_request_under_way_cannot_be_changed(
        self, tiki_stage: SandboxStage, tmp_path: Path
    ) -> None:
        with served(lambda base: create_sandbox(tmp_path, base, review_seconds=600)) as base:
            stage = replace(tiki_stage, base=base)
            market, shop, draft = stage.market, stage.shop, make_draft()
            seen = await market.publish(shop, draft, [])
            assert (await market.status(shop, seen.remote_id)).state is ListingState.IN_REVIEW
            with pytest.raises(WaitUntil):
                await market.update(shop, seen.remote_id, draft, [])

    async def test_a_rejected_request_is_neither_found_nor_edited(self, tiki_stage: SandboxStage) -> None:
        market, shop, draft = tiki_stage.market, tiki_stage.shop, make_draft()
        seen = await market.publish(shop, draft, [])
        number = await tiki_stage.until_live(seen.remote_id)
        await tiki_stage.set_word(number, "rejected")
        read = await market.status(shop, seen.remote_id)
        assert (read.state, read.raw_state) == (ListingState.REJECTED, "rejected")
        assert "Ảnh chưa rõ" in read.reasons[0].text
        assert await market.find(shop, draft.seller_sku) is None
        with pytest.raises(Refused):
            await market.update(shop, seen.remote_id, draft, [])

    async def test_approved_but_not_shown_yet_is_found_all_the_same(self, tiki_stage: SandboxStage) -> None:
        market, shop, draft = tiki_stage.market, tiki_stage.shop, make_draft()
        await tiki_stage.until_live((await market.publish(shop, draft, [])).remote_id)
        order = {"call": "v2/products/findBy", "kind": "404", "times": 2, "shop_id": shop.shop_id}
        await tiki_stage.client.post(f"{tiki_stage.base}/_sandbox/faults", json=order)
        found = await market.find(shop, draft.seller_sku)
        assert found is not None
        assert found.seller_sku == draft.seller_sku


class TestTokens:
    async def test_a_refresh_token_works_once(self, tiki_stage: SandboxStage) -> None:
        market = tiki_stage.market
        assert isinstance(market, Tiki)
        first = await market.refresh(tiki_stage.shop)
        assert first.refresh_token != tiki_stage.shop.credentials["refresh_token"]
        with pytest.raises(SignInAgain, match="used"):
            await market.refresh(tiki_stage.shop)
        renewed = replace(tiki_stage.shop, credentials=first.credentials())
        assert (await market.refresh(renewed)).access_until > clock.now()

    @pytest.mark.parametrize(
        ("key", "kind"), [("", Misconfigured), ("another-key-altogether", Misconfigured)]
    )
    async def test_a_wrong_key_refreshes_nothing(
        self, tiki_stage: SandboxStage, key: str, kind: type[MarketplaceError]
    ) -> None:
        market = tiki_stage.rewired(partner_key=key)
        assert isinstance(market, Tiki)
        with pytest.raises(kind):
            await market.refresh(tiki_stage.shop)


class TestQueue:
    async def test_events_come_once_they_are_acknowledged(self, tiki_stage: SandboxStage) -> None:
        market, shop, draft = tiki_stage.market, tiki_stage.shop, make_draft()
        assert (await market.pull_pushes(shop)).pushes == ()
        number = await tiki_stage.until_live((await market.publish(shop, draft, [])).remote_id)
        await market.update(shop, number, replace(draft, price_vnd=99_000), [])
        page = await market.pull_pushes(shop)
        (push,) = page.pushes
        assert (push.kind, push.shop_id, push.remote_id) == (PushKind.LISTING, shop.shop_id, number)
        assert (await market.pull_pushes(shop)).pushes[0].event_id == push.event_id
        assert (await market.pull_pushes(shop, page.next_cursor)).pushes == ()


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "field"),
        [
            (401, {"error": {"id": "unauthorized", "message": "expired"}}, SignInAgain, None),
            (403, {"error": {"id": "forbidden", "message": "no"}}, Misconfigured, None),
            (422, {"errors": [{"id": "x", "message": "price must be > 0"}]}, Refused, "price_vnd"),
            (400, {"errors": ["image is too small"]}, Refused, "pictures"),
            (500, None, TransportFailed, None),
            (418, "?", Refused, ""),
        ],
    )
    def test_kind_by_status(
        self, status: int, body: Any, kind: type[MarketplaceError], field: str | None
    ) -> None:
        error = error_of(Answer(status, httpx.Headers(), b"", {"call": "x"}), body)
        assert type(error) is kind
        assert error.exchange == {"call": "x"}
        if field is not None and isinstance(error, Refused):
            assert error.reasons[0].field == field

    @pytest.mark.parametrize("body", [None, [], "x", {}, {"errors": []}, {"error": None}])
    def test_an_error_without_words_is_read(self, body: Any) -> None:
        assert messages_of(body) == []


class TestWords:
    def test_states_of_a_product(self) -> None:
        assert product_state({"state": "approved", "active": 1})[0] is ListingState.LIVE
        assert product_state({"active": 0}) == (ListingState.UNLISTED, "approved, active=0")
        assert product_state({"state": "frozen", "active": 1}) == (ListingState.UNKNOWN, "frozen")

    def test_only_categories_that_take_products(self) -> None:
        known: list[Any] = [
            {"id": 1, "name": "Thực phẩm", "is_primary": 0},
            {"id": 2, "name": "Đặc sản vùng miền", "is_primary": 1},
        ]
        assert category_for("thuc_pham", known) == 2
        assert category_for("Du lịch", known) is None

    async def test_a_small_picture_and_one_without_an_address(self, tiki_stage: SandboxStage) -> None:
        draft = make_draft()
        small = replace(draft, pictures=(replace(draft.pictures[0], width=300),))
        assert [each.code for each in tiki_stage.market.validate(small)] == ["too_small"]
        nowhere = replace(draft, pictures=(replace(draft.pictures[0], url=""),))
        with pytest.raises(Refused, match="địa chỉ công khai"):
            await tiki_stage.market.publish(tiki_stage.shop, nowhere, [])

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://tiki.vn/mien-dong-binh-lieu-p123.html?spid=5", "123"),
            ("https://tiki.vn/mien-dong-c123.html", ""),
            ("https://tiki.vn.example.org/a-p1.html", ""),
        ],
    )
    def test_addresses(self, tiki_stage: SandboxStage, url: str, expected: str) -> None:
        assert tiki_stage.market.match_url(url) == expected


async def test_a_lost_answer_to_the_category_read_created_nothing(tiki_stage: SandboxStage) -> None:
    order = {"call": "v2/categories", "kind": "500", "shop_id": tiki_stage.shop.shop_id}
    await tiki_stage.client.post(f"{tiki_stage.base}/_sandbox/faults", json=order)
    with pytest.raises(TransportFailed) as caught:
        await tiki_stage.market.publish(tiki_stage.shop, make_draft(), [])
    assert not caught.value.sent
    assert Call.PUBLISH.creates
