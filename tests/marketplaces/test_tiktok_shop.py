"""TikTok Shop's signatures, words, payload and audits; answers in the documented form, read byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.marketplaces.stages import SandboxStage, make_draft
from tests.marketplaces.test_lazada import history, until

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.adapters.tiktok_shop import payload
from ocop_hub.marketplaces.adapters.tiktok_shop.answers import (
    error_of,
    reasons_of,
    refuse_failed_check,
    state_of,
)
from ocop_hub.marketplaces.adapters.tiktok_shop.metadata import Attribute, warehouse_of
from ocop_hub.marketplaces.adapters.tiktok_shop.signing import sign, sign_push
from ocop_hub.marketplaces.categories import TellsCategories
from ocop_hub.marketplaces.conformance import put_up
from ocop_hub.marketplaces.contract import (
    ListingState,
    Marketplace,
    MarketplaceError,
    Misconfigured,
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
    if vector["marketplace"] == "tiktok_shop"
}
HOSTS = Hosts(partner_id="68xu9ks5p4i8", partner_key="e59af819cc", service_id="7300000000000000001")
SHOP = Shop(
    "749", {"access_token": "TTP_token-of-the-shop", "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIKt"}
)

#: One product as the documentation shows it, with the words we read.
PRODUCT = {
    "id": "1729592969712207008",
    "status": "ACTIVATE",
    "title": "Miến dong Bình Liêu túi 500 g",
    "description": "<p>Sợi dai.</p><p>Không phẩm màu.</p>",
    "category_chains": [{"id": "600001", "is_leaf": False}, {"id": "600010", "is_leaf": True}],
    "main_images": [{"uri": "tos-1", "urls": ["https://p16.example/1.jpg"]}],
    "audit": {"status": "APPROVED"},
    "package_weight": {"value": "0.52", "unit": "KILOGRAM"},
    "skus": [
        {
            "id": "172",
            "seller_sku": "OCOP-1",
            "price": {"currency": "VND", "sale_price": "85000", "tax_exclusive_price": "80000"},
            "inventory": [{"warehouse_id": "7", "quantity": 0}],
        }
    ],
}


def answering(*answers: Any) -> tuple[Marketplace, list[httpx.Request]]:
    """The adapter against recorded answers, in order; and what was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=json.dumps(left.pop(0), ensure_ascii=False).encode())

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return registry.get("tiktok_shop", client, HOSTS, now=lambda: NOW), asked


def good(data: Any) -> dict[str, Any]:
    return {"code": 0, "message": "Success", "request_id": "202203070749000101890810281E8C70B7", "data": data}


class TestSigning:
    @pytest.mark.parametrize(
        ("kind", "expected"), [("request_signature", "expected"), ("request_signature_derived", "computed")]
    )
    def test_the_published_requests_reproduce(self, kind: str, expected: str) -> None:
        given = VECTORS[kind]["inputs"]
        made = sign(given["app_secret"], given["path"], given["query"], (given["body"] or "").encode())
        assert made == VECTORS[kind][expected]

    def test_the_published_webhook_reproduces(self) -> None:
        given = VECTORS["webhook_signature"]["inputs"]
        made = sign_push(given["app_key"], given["app_secret"], given["raw_body"].encode())
        assert made == VECTORS["webhook_signature"]["expected"]

    def test_sign_and_token_are_left_out(self) -> None:
        query = {"app_key": "1"}
        assert sign("k", "/x", query) == sign("k", "/x", {**query, "sign": "old", "access_token": "t"})

    async def test_the_bytes_that_are_sent_are_the_ones_signed(self) -> None:
        market, asked = answering(good({"products": []}))
        await market.find(SHOP, "Mã-1")
        search = asked[0]
        query = dict(search.url.params)
        assert search.content == '{"status":"ALL","seller_skus":["Mã-1"]}'.encode()
        assert search.headers["content-type"] == "application/json"
        assert search.headers["x-tts-access-token"] == SHOP.credentials["access_token"]
        assert query["shop_cipher"] == SHOP.credentials["shop_cipher"]
        assert query["sign"] == sign("e59af819cc", search.url.path, query, search.content)


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "message", "kind"),
        [
            ("105002", "Expired credentials", SignInAgain),
            ("105005", "Access denied: scope product.write is missing", Misconfigured),
            ("106001", "sign is invalid", Misconfigured),
            ("106013", "missing shop_cipher", Misconfigured),
            ("36009033", "ip is not on the allow list", Misconfigured),
            ("36009004", "access token is invalid", SignInAgain),
            ("36009004", "timestamp is expired", Misconfigured),
            ("36009002", "too many requests", WaitUntil),
            ("36009003", "internal error", TransportFailed),
            ("12052023", "title is too short", Refused),
            ("99", "never seen", Refused),
        ],
    )
    def test_kind_by_code_and_message(self, code: str, message: str, kind: type[MarketplaceError]) -> None:
        error = error_of(code, message, request_id="r1", exchange={"call": "x"}, now=NOW)
        assert type(error) is kind
        assert (error.code, error.request_id, error.exchange) == (code, "r1", {"call": "x"})

    async def test_failures_beside_code_0_are_refusals(self) -> None:
        failed = {"errors": [{"code": 12052094, "message": "product is under review"}]}
        market, _ = answering(good(failed))
        with pytest.raises(Refused) as caught:
            await market.unlist(SHOP, "1")
        assert caught.value.code == "12052094"


class TestWords:
    def test_known_and_unknown(self) -> None:
        assert state_of("PLATFORM_DEACTIVATED") is ListingState.SUSPENDED
        assert state_of("FAILED") is ListingState.REJECTED
        assert state_of("activate") is ListingState.UNKNOWN

    def test_reasons_with_the_part_they_speak_of(self) -> None:
        why = {"position": "Product images", "reasons": ["Ảnh mờ."], "suggestions": ["Chụp lại."]}
        (reason,) = reasons_of({"audit_failed_reasons": [why, {"position": "x"}]})
        assert (reason.field, reason.text) == ("pictures", "Ảnh mờ. Chụp lại.")

    async def test_a_recorded_product_is_read(self) -> None:
        market, asked = answering(good(PRODUCT))
        seen = await market.status(SHOP, "1729592969712207008")
        assert (seen.state, seen.price_vnd, seen.out_of_stock) == (ListingState.LIVE, 85_000, True)
        assert seen.description == "Sợi dai.\nKhông phẩm màu."
        assert asked[0].url.path == "/product/202309/products/1729592969712207008"

    @pytest.mark.parametrize(
        ("audit", "words"),
        [
            ({"status": "PRE_APPROVED", "pre_approved_reasons": ["Thiếu thuế"]}, "Thiếu thuế"),
            ({"status": "FAILED"}, "bản cũ vẫn đang bán"),
        ],
    )
    async def test_what_of_the_audit_people_should_know(self, audit: dict[str, Any], words: str) -> None:
        market, _ = answering(good({**PRODUCT, "audit": audit}))
        (warning,) = (await market.status(SHOP, "1")).warnings
        assert words in warning


class TestConsent:
    TOKENS = {
        "access_token": "TTP_access-1",
        "access_token_expire_in": 1_795_604_800,
        "refresh_token": "TTP_refresh-1",
        "refresh_token_expire_in": 1_811_000_000,
    }

    async def test_ends_are_moments_and_the_cipher_is_kept_with_the_tokens(self) -> None:
        shops = [{"id": "5", "region": "TH", "cipher": "c5"}, {"id": "749", "region": "VN", "cipher": "c749"}]
        market, asked = answering(good(self.TOKENS), good({"shops": shops}))
        grant = await market.exchange({"code": "ROW_code-1"}, redirect_uri="https://x.test/")
        assert (grant.shop_id, grant.credentials()["shop_cipher"]) == ("749", "c749")
        assert grant.access_until == datetime.fromtimestamp(1_795_604_800, UTC)
        assert grant.refresh_until == datetime.fromtimestamp(1_811_000_000, UTC)
        assert asked[0].url.host == "auth.tiktok-shops.com"
        assert "shop_cipher" not in asked[1].url.params

    @pytest.mark.parametrize(("regions", "code"), [(["TH"], "no-shop"), (["VN", "VN"], "several-shops")])
    async def test_one_shop_in_vietnam_is_needed(self, regions: list[str], code: str) -> None:
        shops = [{"id": str(n + 1), "region": each, "cipher": "c"} for n, each in enumerate(regions)]
        market, _ = answering(good(self.TOKENS), good({"shops": shops}))
        with pytest.raises(Refused) as caught:
            await market.exchange({"code": "ROW_code-1"}, redirect_uri="https://x.test/")
        assert caught.value.code == code

    def test_the_page_is_asked_for_by_the_service_alone(self) -> None:
        url = registry.get("tiktok_shop", httpx.AsyncClient(), HOSTS).authorise_url(
            redirect_uri="https://x.test/", state="s&1"
        )
        assert url == (
            "https://services.tiktokshop.com/open/authorize?service_id=7300000000000000001&state=s%261"
        )
        with pytest.raises(Misconfigured):
            registry.get("tiktok_shop", httpx.AsyncClient()).authorise_url(redirect_uri="", state="")


class TestPushes:
    def read(self, said: Any) -> Any:
        market = registry.get("tiktok_shop", httpx.AsyncClient(), HOSTS)
        body = json.dumps(said).encode()
        headers = {"Authorization": sign_push(HOSTS.partner_id, HOSTS.partner_key, body)}
        (push,) = market.read_push(PushRequest("https://x.test/", headers, body))
        return push

    @pytest.mark.parametrize(
        ("kind", "data", "expected"),
        [
            (5, {"product_id": 1729, "status": "PRODUCT_AUDIT_FAILURE"}, PushKind.LISTING),
            (37, {"product_id": "1729"}, PushKind.LISTING),
            (6, {"message": "The user has deauthorized"}, PushKind.SIGN_IN_ENDED),
            (7, {"expiration_time": "1796000000"}, PushKind.SIGN_IN_ENDS),
            (7, {"expiration_time": "soon"}, PushKind.OTHER),
            (1, {"order_id": "5"}, PushKind.OTHER),
            (5, {}, PushKind.OTHER),
            (5, [], PushKind.OTHER),
        ],
    )
    def test_kinds(self, kind: int, data: Any, expected: PushKind) -> None:
        said = {"type": kind, "tts_notification_id": "738", "shop_id": "749", "timestamp": 1_795_000_000}
        push = self.read({**said, "data": data})
        assert (push.kind, push.event_id, push.shop_id) == (expected, "738", "749")


class TestPayload:
    KNOWN = (
        Attribute("1", "Xuất xứ", False, False, {"viet nam": "11"}),
        Attribute("2", "Hạn sử dụng", True, True, {}),
    )

    def test_values_by_id_or_as_text_and_what_has_no_field(self) -> None:
        given = {"xuất xứ": "Việt Nam", "Hạn sử dụng": "12 tháng", "Độ cồn": "30"}
        said, unused, missing = payload.attributes(replace(make_draft(), attributes=given), self.KNOWN)
        assert said == [
            {"id": "1", "values": [{"id": "11"}]},
            {"id": "2", "values": [{"name": "12 tháng"}]},
        ]
        assert [("Độ cồn" in text) for text in unused] == [True]
        assert missing == ()

    def test_a_value_that_is_not_listed_is_told_and_a_required_one_asked_for(self) -> None:
        given = {"Xuất xứ": "Lào"}
        said, unused, missing = payload.attributes(replace(make_draft(), attributes=given), self.KNOWN)
        assert said == []
        assert ["“Lào”" in text for text in unused] == [True]
        assert [reason.field for reason in missing] == ["attributes.Hạn sử dụng"]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"title": "Miến dong"}, "title"),
            ({"title": "x" * 256}, "title"),
            ({"seller_sku": "có dấu cách"}, "seller_sku"),
            ({"seller_sku": "x" * 51}, "seller_sku"),
            ({"stock": 100_000}, "stock"),
            ({"description": "&" * 2_001}, "description"),
        ],
    )
    def test_limits_that_hold_everywhere(self, changed: dict[str, Any], field: str) -> None:
        reasons = payload.static_reasons(replace(make_draft(), **changed))
        assert [reason.field for reason in reasons] == [field]

    def test_only_what_differs_is_edited(self) -> None:
        draft = replace(
            make_draft(),
            title=str(PRODUCT["title"]),
            description="Sợi dai.\nKhông phẩm màu.",
            weight_g=520,
        )
        body = payload.content(draft, "600010", "", [], [])
        assert payload.changed(body, PRODUCT) == {}
        other = payload.content(replace(draft, weight_g=530), "600010", "", ["tos-2"], [])
        assert set(payload.changed(other, PRODUCT)) == {"package_weight", "main_images"}

    def test_the_warehouse_goods_are_sold_from(self) -> None:
        back = {"id": "1", "type": "RETURN_WAREHOUSE", "effect_status": "ENABLED", "is_default": True}
        off = {"id": "2", "type": "SALES_WAREHOUSE", "effect_status": "DISABLED"}
        first = {"id": "3", "type": "SALES_WAREHOUSE", "effect_status": "ENABLED"}
        assert warehouse_of([back, off]) == ""
        assert warehouse_of([back, off, first]) == "3"
        assert warehouse_of([first, {**first, "id": "4", "is_default": True}]) == "4"


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://shop.tiktok.com/view/product/1729592969712207008?region=VN&locale=vi", "1729592969712207008"),
            ("https://shop.tiktok.com/vn/view/product/17295", "17295"),
            ("https://www.tiktok.com/@x/video/17295", ""),
        ],
    )  # fmt: skip
    def test_match_url(self, url: str, expected: str) -> None:
        assert registry.get("tiktok_shop", httpx.AsyncClient()).match_url(url) == expected


class TestCheck:
    def test_each_fault_is_a_reason_in_the_order_told(self) -> None:
        faults = [{"code": "12052900", "message": "title is too plain"}, {"message": "image is blurred"}]
        with pytest.raises(Refused) as caught:
            refuse_failed_check({"check_result": "FAILED", "fail_reasons": faults}, {})
        assert [(each.field, each.code) for each in caught.value.reasons] == [
            ("title", "12052900"),
            ("pictures", ""),
        ]
        assert caught.value.code == "12052900"

    @pytest.mark.parametrize("faults", [None, "x", [], [{"code": "1"}], ["x"]])
    def test_a_failure_without_words_still_stops_the_create(self, faults: object) -> None:
        with pytest.raises(Refused):
            refuse_failed_check({"check_result": "FAILED", "fail_reasons": faults}, {})

    @pytest.mark.parametrize("data", [{}, {"check_result": "PASS"}, {"check_result": "WARNING"}])
    def test_any_other_word_leaves_it_to_the_create(self, data: dict[str, str]) -> None:
        refuse_failed_check(data, {})


class TestRunningAgainstTheSandbox:
    async def test_price_and_stock_alone_cause_no_audit(self, tiktok_stage: SandboxStage) -> None:
        stage, draft = tiktok_stage, make_draft()
        remote_id = await put_up(stage, draft)
        await stage.market.update(stage.shop, remote_id, draft, [])
        assert await history(stage) == ["products"]
        dearer = replace(draft, price_vnd=draft.price_vnd + 1_000, stock=0)
        seen = await stage.market.update(stage.shop, remote_id, dearer, [])
        assert (seen.price_vnd, seen.out_of_stock) == (dearer.price_vnd, True)
        assert (await history(stage))[1:] == ["products/prices/update", "products/inventory/update"]

    async def test_what_is_not_on_sale_is_edited_whole(self, tiktok_stage: SandboxStage) -> None:
        stage, draft = tiktok_stage, make_draft()
        remote_id = await put_up(stage, draft)
        await stage.market.unlist(stage.shop, remote_id)
        dearer = replace(draft, price_vnd=draft.price_vnd + 1_000)
        assert (await stage.market.update(stage.shop, remote_id, dearer, [])).price_vnd == dearer.price_vnd
        assert (await history(stage))[-1] == "products/partial_edit"

    async def test_a_failed_audit_says_why_and_is_mended_by_an_edit(self, tiktok_stage: SandboxStage) -> None:
        stage = tiktok_stage
        draft = replace(make_draft(), description="Ăn vào chữa khỏi ho.")
        refs = [await stage.market.upload_picture(stage.shop, draft.pictures[0])]
        remote_id = (await stage.market.publish(stage.shop, draft, refs)).remote_id
        seen = await until(stage, remote_id, lambda state: state is not ListingState.IN_REVIEW)
        assert (seen.state, seen.raw_state) == (ListingState.REJECTED, "FAILED")
        assert seen.reasons[0].field == "description"
        mended = replace(draft, description="Vỏ dày, lòng đỏ sậm.")
        await stage.market.update(stage.shop, remote_id, mended, [])
        assert await stage.until_live(remote_id) == remote_id

    async def test_its_categories_and_their_fields_are_told(self, tiktok_stage: SandboxStage) -> None:
        stage = tiktok_stage
        assert isinstance(stage.market, TellsCategories)
        told = {each.category_id: each for each in await stage.market.categories(stage.shop)}
        assert (told["600001"].parent_id, told["600001"].leaf) == ("", False)
        assert (told["600010"].parent_id, told["600010"].leaf) == ("600001", True)
        fields = await stage.market.category_fields(stage.shop, "600020")
        assert [(each.name, each.required, each.values) for each in fields] == [
            ("Xuất xứ", False, ("Việt Nam", "Khác")),
            ("Hạn sử dụng", True, ()),
        ]

    async def test_a_new_product_needs_something_to_sell(self, tiktok_stage: SandboxStage) -> None:
        draft = replace(make_draft(), stock=0)
        with pytest.raises(Refused) as caught:
            await tiktok_stage.market.publish(tiktok_stage.shop, draft, ["x"])
        assert [reason.field for reason in caught.value.reasons] == ["stock"]

    async def test_a_frozen_product_cannot_be_put_up(self, tiktok_stage: SandboxStage) -> None:
        stage = tiktok_stage
        item = (await stage.market.list_items(stage.shop)).items[0]
        await stage.set_word(item.remote_id, "FREEZE")
        assert (await stage.market.status(stage.shop, item.remote_id)).state is ListingState.SUSPENDED
        with pytest.raises(Refused, match="FREEZE"):
            await stage.market.relist(stage.shop, item.remote_id)

    async def test_what_the_check_refuses_is_named_by_field_and_never_created(
        self, tiktok_stage: SandboxStage
    ) -> None:
        stage = tiktok_stage
        refs = [await stage.market.upload_picture(stage.shop, make_draft().pictures[0])]
        cheap, strange = replace(make_draft(), price_vnd=999), make_draft()
        for draft, pictures, field in ((cheap, refs, "price_vnd"), (strange, ["not-uploaded"], "pictures")):
            with pytest.raises(Refused) as caught:
                await stage.market.publish(stage.shop, draft, pictures)
            assert [reason.field for reason in caught.value.reasons] == [field]
            assert caught.value.exchange["url"].split("?")[0].endswith("/products/listing_check")
        assert await history(stage) == []

    @pytest.mark.parametrize("call", ["warehouses", "listing_check"])
    async def test_a_lost_answer_before_the_create_sent_nothing(
        self, tiktok_stage: SandboxStage, call: str
    ) -> None:
        stage = tiktok_stage
        order = {"call": call, "kind": "drop_after_commit", "shop_id": stage.shop.shop_id}
        await stage.client.post(f"{stage.base}/_sandbox/faults", json=order)
        with pytest.raises(TransportFailed) as caught:
            await stage.market.publish(stage.shop, make_draft(), ["x"])
        assert not caught.value.sent
