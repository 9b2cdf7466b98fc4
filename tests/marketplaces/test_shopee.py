"""Shopee's signatures, words and payload, without a server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.marketplaces.stages import SandboxStage, make_draft

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.adapters.shopee import payload
from ocop_hub.marketplaces.adapters.shopee.answers import error_of, state_of, violations_of
from ocop_hub.marketplaces.adapters.shopee.metadata import Attribute, Limits, against_limits, category_for
from ocop_hub.marketplaces.adapters.shopee.signing import sign, sign_push
from ocop_hub.marketplaces.contract import (
    ListingState,
    Marketplace,
    MarketplaceError,
    Misconfigured,
    NeedsPerson,
    Page,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
VECTORS: list[dict[str, Any]] = [
    vector
    for vector in json.loads((Path(__file__).parent / "vectors_marketplaces.json").read_text("utf-8"))
    if vector["marketplace"] == "shopee"
]


@pytest.fixture
def market(client: httpx.AsyncClient) -> Marketplace:
    return registry.get("shopee", client)


class TestSigning:
    @pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "request_signature"])
    def test_request_vectors_reproduce(self, vector: dict[str, Any]) -> None:
        given = vector["inputs"]
        made = sign(
            str(given["partner_id"]),
            given["partner_key"],
            path=given["path"],
            timestamp=given["timestamp"],
            access_token=given["access_token"] or "",
            shop_id=str(given["shop_or_merchant_id"] or ""),
        )
        assert made == vector["expected"]

    @pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "push_signature"])
    def test_push_vectors_reproduce(self, vector: dict[str, Any]) -> None:
        given = vector["inputs"]
        made = sign_push(given["partner_key"], callback_url=given["callback_url"], raw_body=given["raw_body"])
        assert made == vector["expected"]

    def test_there_are_vectors(self) -> None:
        assert {vector["kind"] for vector in VECTORS} == {"request_signature", "push_signature"}


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "message", "kind"),
        [
            ("invalid_acceess_token", "Invalid access_token.", SignInAgain),
            ("error_auth", "Invalid access_token.", SignInAgain),
            ("error_auth", "Shop is in holiday mode", Refused),
            ("error_sign", "Wrong sign.", Misconfigured),
            ("error_param", "Timestamp is expired.", Misconfigured),
            ("error_param", "Invalid partner_id or sign", Misconfigured),
            ("error_param", "item_name length must be between 10 and 120", Refused),
            ("error_param", "The design of the image is poor", Refused),
            ("source_ip_undeclared", "Source IP is undeclared", Misconfigured),
            ("error_api_permission", "No permission", Misconfigured),
            ("shop_banned", "Shop is banned", NeedsPerson),
            ("error_rate_limit", "Too fast", WaitUntil),
            ("error_limit", "Daily limit", WaitUntil),
            ("error_server", "Something wrong", TransportFailed),
            ("error_system_busy", "Busy", TransportFailed),
            ("product.error_never_seen", "?", Refused),
        ],
    )
    def test_kind_by_code_and_message(self, code: str, message: str, kind: type[MarketplaceError]) -> None:
        error = error_of(code, message, request_id="r1", exchange={"call": "x"}, now=NOW)
        assert type(error) is kind
        assert (error.code, error.request_id, error.exchange) == (code, "r1", {"call": "x"})

    def test_the_daily_quota_starts_again_at_midnight_utc_plus_8(self) -> None:
        error = error_of("error_limit", "", request_id="", exchange={}, now=NOW)
        assert isinstance(error, WaitUntil)
        assert error.until.astimezone(UTC) == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)

    def test_the_field_to_mend_is_named(self) -> None:
        error = error_of("error_param", "original_price is wrong", request_id="", exchange={}, now=NOW)
        assert isinstance(error, Refused)
        assert error.reasons[0].field == "price_vnd"


class TestWords:
    def test_known_and_unknown(self) -> None:
        assert state_of("NORMAL") is ListingState.LIVE
        assert state_of("SHOPEE_DELETE") is ListingState.DELETED
        assert state_of("normal") is ListingState.UNKNOWN
        assert state_of("") is ListingState.UNKNOWN

    def test_violations_are_read_at_any_depth(self) -> None:
        why = {"violation_type": "T", "violation_reason": "Sai.", "suggestion": "Sửa."}
        reasons = violations_of({"item_list": [{"item_id": 1, "deep": {"list": [why]}}]})
        assert [(reason.code, reason.text) for reason in reasons] == [("T", "Sai. Sửa.")]


class TestPayload:
    def test_grams_and_millimetres_become_kilograms_and_centimetres(self) -> None:
        draft = replace(make_draft(), weight_g=1250, extra={"package_mm": [301, 200, 95]})
        body = payload.content(draft, "100780", ["a"])
        assert body["weight"] == 1.25
        assert body["dimension"] == {"package_length": 31, "package_width": 20, "package_height": 10}

    def test_attributes_by_name_value_and_what_has_no_field(self) -> None:
        known = [Attribute(7, "Xuất xứ", False, {"viet nam": 871}), Attribute(8, "Hạn sử dụng", True, {})]
        draft = replace(make_draft(), attributes={"XUẤT XỨ": "Việt Nam", "Độ cồn": "30"})
        said, unused, missing = payload.attribute_list(draft, known)
        assert said[0]["attribute_value_list"] == [{"value_id": 871, "original_value_name": "Việt Nam"}]
        assert len(unused) == 1
        assert "Độ cồn" in unused[0]
        assert [reason.field for reason in missing] == ["attributes.Hạn sử dụng"]

    def test_an_unregistered_brand_is_no_brand(self) -> None:
        draft = replace(make_draft(), brand="Đồng Rui")
        assert payload.brand(draft, {"quang hanh": 5}) == payload.NO_BRAND
        assert payload.brand(draft, {"dong rui": 5})["brand_id"] == 5

    def test_more_than_18_hashtags_are_refused(self) -> None:
        tags = " ".join(f"#t{n}" for n in range(19))
        assert [r.code for r in payload.static_reasons(replace(make_draft(), description=tags))] == [
            "hashtags"
        ]


class TestMetadata:
    def test_only_leaves_are_chosen(self) -> None:
        categories: list[dict[str, Any]] = [
            {"category_id": 1, "display_category_name": "Đặc sản vùng miền", "has_children": True},
            {"category_id": 2, "display_category_name": "Thực phẩm khác", "has_children": False},
        ]
        assert category_for("Thực phẩm", list(categories)) == 2
        assert category_for("Đồ uống", list(categories)) is None

    def test_limits_of_the_category(self) -> None:
        limits = Limits(title=(40, 120), pictures=(3, 9), price=(1, 100), dimension_needed=True)
        codes = [reason.code for reason in against_limits(make_draft(), limits)]
        assert codes == ["title_length", "picture_count", "price_range", "dimension_missing"]


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://shopee.vn/product/14701711/23500000001", "23500000001"),
            ("https://shopee.vn/product/14701711/23500000001/?sp_atk=1#x", "23500000001"),
            (
                "https://shopee.vn/M%E1%BB%B1c-%E1%BB%91ng-C%C3%B4-T%C3%B4-i.14701711.23500000001?x=1",
                "23500000001",
            ),
            ("https://www.shopee.vn/Mực-ống-i.1.2", "2"),
            ("https://shopee.vn.example.org/product/1/2", ""),
            ("https://shopee.vn/shop/1", ""),
            ("ftp://shopee.vn/product/1/2", ""),
        ],
    )
    def test_match_url(self, market: Marketplace, url: str, expected: str) -> None:
        assert market.match_url(url) == expected

    def test_a_page_of_another_shop_is_not_ours(self, market: Marketplace) -> None:
        draft = make_draft()
        page = Page("https://shopee.vn/product/2/3", 200, f"<h1>{draft.title}</h1>")
        match = market.match_page(page, draft, Shop("1"))
        assert (match.matches, match.checks["seller"]) == (False, False)
        assert market.match_page(page, draft, Shop("2")).matches


class TestRunningAgainstTheSandbox:
    async def test_a_read_lost_before_the_create_sent_nothing(self, shopee_stage: SandboxStage) -> None:
        order = {
            "call": "get_item_limit",
            "kind": "drop_after_commit",
            "shop_id": shopee_stage.shop.shop_id,
        }
        await shopee_stage.client.post(f"{shopee_stage.base}/_sandbox/faults", json=order)
        with pytest.raises(TransportFailed) as caught:
            await shopee_stage.market.publish(shopee_stage.shop, shopee_stage.draft(), ["x"])
        assert not caught.value.sent

    async def test_limits_once_read_are_used_before_sending(self, shopee_stage: SandboxStage) -> None:
        long = replace(shopee_stage.draft(), category_id="100780", title="Trứng vịt " * 20)
        assert shopee_stage.market.validate(long) == ()
        with pytest.raises(Refused):
            await shopee_stage.market.publish(shopee_stage.shop, long, ["x"])
        assert [reason.code for reason in shopee_stage.market.validate(long)] == ["title_length"]

    async def test_a_banned_item_is_suspended_with_its_reason(self, shopee_stage: SandboxStage) -> None:
        stage = shopee_stage
        item = (await stage.market.list_items(stage.shop)).items[0]
        await stage.set_word(item.remote_id, "BANNED")
        seen = await stage.market.status(stage.shop, item.remote_id)
        assert seen.state is ListingState.SUSPENDED
        assert "Sửa mô tả" in seen.reasons[0].text

    async def test_what_stands_in_the_shop_can_be_adopted(self, shopee_stage: SandboxStage) -> None:
        stage = shopee_stage
        page = await stage.market.list_items(stage.shop)
        assert [item.seller_sku for item in page.items] == ["CU-0001", "CU-0002", "CU-0003"]
        assert page.next_cursor == ""
        assert all(item.price_vnd and item.public_url for item in page.items)
