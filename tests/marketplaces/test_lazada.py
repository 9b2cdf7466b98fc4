"""Lazada's signatures, words, payload and reviews; answers in the documented form, read byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from tests.marketplaces.stages import SandboxStage, make_draft

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.adapters.lazada import payload
from ocop_hub.marketplaces.adapters.lazada.answers import error_of, reasons_of, state_of
from ocop_hub.marketplaces.adapters.lazada.metadata import Attribute, leaves_of
from ocop_hub.marketplaces.adapters.lazada.pushes import moment
from ocop_hub.marketplaces.adapters.lazada.signing import sign, sign_push
from ocop_hub.marketplaces.conformance import put_up
from ocop_hub.marketplaces.contract import (
    ForgedPush,
    ListingState,
    Marketplace,
    MarketplaceError,
    Misconfigured,
    NeedsPerson,
    PushKind,
    PushRequest,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import Hosts

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
VECTORS: dict[str, dict[str, Any]] = {
    vector["kind"]: vector
    for vector in json.loads((Path(__file__).parent / "vectors_marketplaces.json").read_text("utf-8"))
    if vector["marketplace"] == "lazada"
}
HOSTS = Hosts(partner_id="123456", partner_key="helloworld")
SHOP = Shop("77", {"access_token": "a-token-of-the-stall"})

#: One approved item as the documentation shows it, with the words we read.
ITEM = {
    "item_id": 2612345678,
    "primary_category": "11010",
    "status": "Active",
    "attributes": {"name": "Miến dong Bình Liêu", "description": "<p>Sợi dai.</p><p>Không phẩm màu.</p>"},
    "images": ["https://sg-live.slatic.net/p/a.jpg"],
    "skus": [{"SkuId": 9, "SellerSku": "OCOP-1", "Status": "active", "price": 85000.0, "quantity": 0}],
}


def answering(*answers: Any) -> tuple[Marketplace, list[httpx.Request]]:
    """The adapter against recorded answers, in order; and what was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=json.dumps(left.pop(0), ensure_ascii=False).encode())

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return registry.get("lazada", client, HOSTS, now=lambda: NOW), asked


def good(data: Any, **top: Any) -> dict[str, Any]:
    return {"code": "0", "request_id": "0ba2887315178178017221014", "data": data, **top}


class TestSigning:
    def test_the_published_request_reproduces(self) -> None:
        given = VECTORS["request_signature"]["inputs"]
        made = sign(given["app_secret"], given["path"], given["params"])
        assert made == VECTORS["request_signature"]["expected"]

    def test_the_published_push_reproduces(self) -> None:
        given = VECTORS["push_signature"]["inputs"]
        made = sign_push(given["app_key"], given["app_secret"], given["raw_body"].encode())
        assert made == VECTORS["push_signature"]["expected"]

    def test_empty_values_and_the_sign_itself_are_left_out(self) -> None:
        params = {"b": "2", "a": "1"}
        assert sign("k", "/x", params) == sign("k", "/x", {**params, "c": "", "sign": "old"})
        assert sign("k", "/x", params) != sign("k", "/y", params)

    async def test_what_is_sent_is_what_was_signed(self) -> None:
        market, asked = answering(good({}), good(ITEM))
        await market.unlist(SHOP, "2612345678")
        change = asked[0]
        query = dict(change.url.params)
        form = dict(parse_qsl(change.content.decode(), keep_blank_values=True))
        assert json.loads(form["payload"]) == {"Request": {"Product": {"ItemId": "2612345678"}}}
        assert query["timestamp"] == str(int(NOW.timestamp() * 1000))
        signed = {name: value for name, value in (query | form).items() if name != "sign"}
        assert query["sign"] == sign("helloworld", "/product/deactivate", signed)
        assert str(change.url).startswith("https://api.lazada.vn/rest/product/deactivate?")


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "detail", "kind"),
        [
            ("IllegalAccessToken", [], SignInAgain),
            ("IncompleteSignature", [], Misconfigured),
            ("InsufficientPermission", [], Misconfigured),
            ("SellerNotActive", [], NeedsPerson),
            ("901", [], WaitUntil),
            ("ApiCallLimit", [], WaitUntil),
            ("AppApiCallLimit", [], WaitUntil),
            ("4147", [], WaitUntil),
            ("4148", [], Refused),
            ("500", [], TransportFailed),
            ("500", [{"field": "price", "message": "price is too low"}], Refused),
            ("never-seen", [], Refused),
        ],
    )
    def test_kind_by_code_and_detail(
        self, code: str, detail: list[dict[str, str]], kind: type[MarketplaceError]
    ) -> None:
        said = {"code": code, "message": "said", "request_id": "r1", "detail": detail}
        error = error_of(said, exchange={"call": "x"}, now=NOW)
        assert type(error) is kind
        assert (error.code, error.request_id, error.exchange) == (code, "r1", {"call": "x"})

    def test_each_field_to_mend_is_named(self) -> None:
        detail = [{"field": "price", "message": "too low"}, {"field": "Images", "message": "foreign"}]
        error = error_of({"code": "500", "message": "E0", "detail": detail}, exchange={}, now=NOW)
        assert isinstance(error, Refused)
        assert [reason.field for reason in error.reasons] == ["price_vnd", "pictures"]

    async def test_success_is_not_a_matter_of_the_status(self) -> None:
        market, _ = answering({"code": "0", "success": False, "message": "no"})
        with pytest.raises(Refused):
            await market.status(SHOP, "1")


class TestWords:
    @pytest.mark.parametrize(
        ("status", "sku", "state"),
        [
            ("PENDING", "active", ListingState.IN_REVIEW),
            ("APPROVED", "active", ListingState.LIVE),
            ("Active", "active", ListingState.LIVE),
            ("APPROVED", "inactive", ListingState.UNLISTED),
            ("REJECTED", "active", ListingState.REJECTED),
            ("LIVE_REJECTED", "active", ListingState.SUSPENDED),
            ("LOCK", "active", ListingState.SUSPENDED),
            ("Deleted", "", ListingState.DELETED),
            ("Sleeping", "active", ListingState.UNKNOWN),
        ],
    )
    def test_states(self, status: str, sku: str, state: ListingState) -> None:
        assert state_of({"status": status, "skus": [{"Status": sku}]})[0] is state

    def test_reasons_in_either_form(self) -> None:
        listed = {"rejectReason": [{"violationDetail": "Ảnh mờ.", "suggestion": "Chụp lại."}]}
        assert [reason.text for reason in reasons_of(listed)] == ["Ảnh mờ. Chụp lại."]
        assert [reason.text for reason in reasons_of({"reason": "Ảnh mờ."})] == ["Ảnh mờ."]
        assert reasons_of({}) == ()

    async def test_a_recorded_item_is_read(self) -> None:
        market, asked = answering(good(ITEM))
        seen = await market.status(SHOP, "2612345678")
        assert (seen.state, seen.title, seen.price_vnd) == (
            ListingState.LIVE,
            "Miến dong Bình Liêu",
            85_000,
        )
        assert seen.description == "Sợi dai.\nKhông phẩm màu."
        assert seen.out_of_stock
        assert asked[0].url.params["item_id"] == "2612345678"


class TestConsent:
    async def test_lives_are_those_of_the_answer_and_the_stall_is_the_vietnamese_one(self) -> None:
        said = {
            "code": "0",
            "access_token": "access-1",
            "refresh_token": "refresh-1",
            "expires_in": "864000",
            "refresh_expires_in": 4_320_000,
            "country_user_info": [{"country": "sg", "seller_id": "1"}, {"country": "vn", "seller_id": "77"}],
        }
        market, asked = answering(said)
        grant = await market.exchange({"code": "0_2DL4DV3jcU1UOT7WGI1A4rY91"}, redirect_uri="https://x.test/")
        assert grant.shop_id == "77"
        assert grant.access_until - NOW == timedelta(days=10)
        assert grant.refresh_until is not None
        assert grant.refresh_until - NOW == timedelta(days=50)
        assert str(asked[0].url).startswith("https://auth.lazada.com/rest/auth/token/create?")

    async def test_a_stall_elsewhere_only_is_refused(self) -> None:
        said = {"code": "0", "access_token": "a", "refresh_token": "r", "expires_in": 1}
        market, _ = answering({**said, "country_user_info": [{"country": "th", "seller_id": "1"}]})
        with pytest.raises(Refused, match="Việt Nam"):
            await market.exchange({"code": "0_2DL4DV3jcU1UOT7WGI1A4rY91"}, redirect_uri="https://x.test/")


class TestPushes:
    def read(self, **said: Any) -> Any:
        market = registry.get("lazada", httpx.AsyncClient(), HOSTS)
        body = json.dumps(said).encode()
        headers = {"authorization": sign_push("123456", "helloworld", body)}
        (push,) = market.read_push(PushRequest("https://x.test/", headers, body))
        return push

    def test_an_end_of_the_token_is_told_ahead(self) -> None:
        push = self.read(
            seller_id="77", message_type=8, timestamp=1_795_000_000, data={"expire_time": 1_795_172_800_000}
        )
        assert (push.kind, push.shop_id) == (PushKind.SIGN_IN_ENDS, "77")
        assert push.until == datetime.fromtimestamp(1_795_172_800, UTC)
        assert push.at == datetime.fromtimestamp(1_795_000_000, UTC)

    @pytest.mark.parametrize(
        "said",
        [
            {"seller_id": "77", "message_type": 13, "data": {"status": "INACTIVE"}},
            {"seller_id": "77", "message_type": 1, "data": {}},
            {"seller_id": "77", "message_type": 8, "data": {"expire_time": "soon"}},
            {"message_type": [], "data": 5},
        ],
    )
    def test_anything_else_is_kept_only(self, said: dict[str, Any]) -> None:
        assert self.read(**said).kind is PushKind.OTHER

    def test_a_signature_of_the_body_alone_is_forged(self) -> None:
        market = registry.get("lazada", httpx.AsyncClient(), HOSTS)
        headers = {"Authorization": sign_push("", "helloworld", b"{}")}
        with pytest.raises(ForgedPush):
            market.read_push(PushRequest("https://x.test/", headers, b"{}"))

    @pytest.mark.parametrize("value", [None, True, -5, "x", 10**30, 0, 1.5])
    def test_what_is_no_moment(self, value: Any) -> None:
        assert moment(value) is None


class TestPayload:
    KNOWN = (
        Attribute("country_origin", "Xuất xứ", False, False, {"viet nam": "Việt Nam"}),
        Attribute("expiry_months", "Hạn sử dụng", True, False, {}),
        Attribute("net", "Khối lượng tịnh", False, True, {}),
        Attribute("name", "Tên", True, False, {}),
    )

    def test_attributes_of_item_and_sku_and_what_has_no_field(self) -> None:
        given = {"XUẤT XỨ": "viet nam", "Khối lượng tịnh": "500 g", "Độ cồn": "30"}
        item, sku, unused, missing = payload.attributes(
            replace(make_draft(), attributes=given), self.KNOWN, "30768"
        )
        assert item["country_origin"] == "Việt Nam"
        assert sku == {"net": "500 g"}
        assert [("Độ cồn" in text) for text in unused] == [True]
        assert [reason.field for reason in missing] == ["attributes.Hạn sử dụng"]

    def test_units(self) -> None:
        draft = replace(make_draft(), weight_g=1250, extra={"package_mm": [301, 200, 95]})
        assert payload.package(draft) == {
            "package_length": "31",
            "package_width": "20",
            "package_height": "10",
            "package_weight": "1.25",
        }

    def test_text_of_ours_never_becomes_markup(self) -> None:
        draft = replace(make_draft(), description="1 < 2\n<script>")
        item, *_ = payload.attributes(draft, (), "30768")
        assert item["description"] == "<p>1 &lt; 2</p><p>&lt;script&gt;</p>"

    def test_only_leaves_take_products(self) -> None:
        tree = [
            {"category_id": 1, "name": "A", "leaf": False, "children": [{"category_id": 2, "name": "B", "leaf": True}]}
        ]  # fmt: skip
        assert leaves_of(tree) == {"b": "2"}

    @pytest.mark.parametrize("side", [329, 5001])
    def test_a_picture_outside_of_the_sizes_is_named(self, side: int) -> None:
        draft = make_draft()
        odd = replace(draft.pictures[0], width=side)
        assert [r.code for r in payload.static_reasons(replace(draft, pictures=(odd,)))] == ["size"]


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://www.lazada.vn/products/mien-dong-i2612345678-s12345.html?spm=a", "2612345678"),
            ("https://www.lazada.vn/products/i2612345678.html", "2612345678"),
            ("https://www.lazada.vn/products/mien-dong.html", ""),
            ("https://www.lazada.co.th/products/i2612345678.html", ""),
        ],
    )
    def test_match_url(self, url: str, expected: str) -> None:
        assert registry.get("lazada", httpx.AsyncClient()).match_url(url) == expected


def calls_of(stage: SandboxStage, rows: list[dict[str, Any]]) -> list[str]:
    return [row["call"] for row in rows if row["shop_id"] == stage.shop.shop_id]


async def history(stage: SandboxStage) -> list[str]:
    """What the simulated marketplace took from this stall."""
    return calls_of(stage, (await stage.client.get(f"{stage.base}/_sandbox/history")).json())


class TestRunningAgainstTheSandbox:
    async def test_price_and_stock_alone_cause_no_review(self, lazada_stage: SandboxStage) -> None:
        stage, draft = lazada_stage, make_draft()
        remote_id = await put_up(stage, draft)
        dearer = replace(draft, price_vnd=draft.price_vnd + 1_000, stock=3)
        assert (await stage.market.update(stage.shop, remote_id, dearer, [])).price_vnd == dearer.price_vnd
        assert await history(stage) == ["product/create", "product/price_quantity/update"]
        renamed = replace(dearer, title="Trứng vịt biển Đồng Rui loại to")
        await stage.market.update(stage.shop, remote_id, renamed, [])
        assert (await history(stage))[2:] == ["product/update", "product/price_quantity/update"]

    async def test_a_refused_item_says_why_and_is_mended_by_an_edit(self, lazada_stage: SandboxStage) -> None:
        stage = lazada_stage
        draft = replace(make_draft(), description="Ăn vào chữa khỏi ho.")
        refs = [await stage.market.upload_picture(stage.shop, draft.pictures[0])]
        remote_id = (await stage.market.publish(stage.shop, draft, refs)).remote_id
        seen = await until(stage, remote_id, lambda state: state is not ListingState.IN_REVIEW)
        assert seen.state is ListingState.REJECTED
        assert "công dụng" in seen.reasons[0].text
        mended = replace(draft, description="Vỏ dày, lòng đỏ sậm.")
        await stage.market.update(stage.shop, remote_id, mended, [])
        assert await stage.until_live(remote_id) == remote_id

    async def test_a_locked_item_is_suspended_with_its_reason(self, lazada_stage: SandboxStage) -> None:
        stage = lazada_stage
        item = (await stage.market.list_items(stage.shop)).items[0]
        await stage.set_word(item.remote_id, "LOCK")
        seen = await stage.market.status(stage.shop, item.remote_id)
        assert (seen.state, seen.reasons[0].text) == (ListingState.SUSPENDED, "Ảnh không đúng sản phẩm.")

    async def test_a_category_without_a_name_of_ours_is_suggested(self, lazada_stage: SandboxStage) -> None:
        stage, draft = lazada_stage, replace(make_draft(), group="Chưa có nhóm")
        refs = [await stage.market.upload_picture(stage.shop, draft.pictures[0])]
        assert (await stage.market.publish(stage.shop, draft, refs)).remote_id

    async def test_a_registered_brand_is_named(self, lazada_stage: SandboxStage) -> None:
        stage, draft = lazada_stage, replace(make_draft(), brand="quang hanh")
        remote_id = await put_up(stage, draft)
        path = f"{stage.base}/_sandbox/items/{remote_id}/content"
        assert (await stage.client.get(path)).json()["attributes"]["brand_id"] == "98001"


async def until(stage: SandboxStage, remote_id: str, over: Callable[[ListingState], bool]) -> Any:
    """The first look at an item whose state satisfies ``over``."""
    for _ in range(100):
        seen = await stage.market.status(stage.shop, remote_id)
        if over(seen.state):
            return seen
    raise AssertionError(f"{remote_id} stayed {seen.state}")
