"""What the TikTok-Shop-like marketplace checks and keeps; signed by hand, as the reference says."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import Caller, jpeg, until

from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, SERVICE_ID, access_token_for

SHOP = "220003"
CIPHER = f"ROW_sandbox_{SHOP}"
SHOPS = "/authorization/202309/shops"
PRODUCTS = "/product/202309/products"
WAREHOUSES = "/logistics/202309/warehouses"


async def call(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    body: Any = None,
    sent: bytes | None = None,
    key: str = PARTNER_KEY,
    token: str = "",
    **query: str,
) -> dict[str, Any]:
    """A call of a seller's program; ``sent`` goes out instead of the bytes that were signed."""
    raw = b"" if body is None else json.dumps(body).encode()
    said = {"app_key": PARTNER_ID, "timestamp": str(int(time.time())), "shop_cipher": CIPHER} | query
    said = {name: value for name, value in said.items() if value}
    text = path + "".join(name + said[name] for name in sorted(said))
    message = key.encode() + text.encode() + raw + key.encode()
    said["sign"] = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
    headers = {"x-tts-access-token": token or access_token_for(SHOP)}
    answer = await http.request(
        method, f"/tiktok_shop{path}", params=said, headers=headers, content=raw if sent is None else sent
    )
    got: dict[str, Any] = answer.json()
    return got


async def uploaded(http: httpx.AsyncClient) -> str:
    path = "/product/202309/images/upload"
    said = {"app_key": PARTNER_ID, "timestamp": str(int(time.time()))}
    text = PARTNER_KEY + path + "".join(name + said[name] for name in sorted(said)) + PARTNER_KEY
    said["sign"] = hmac.new(PARTNER_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    answer = await http.post(
        f"/tiktok_shop{path}",
        params=said,
        headers={"x-tts-access-token": access_token_for(SHOP)},
        files={"data": ("a.jpg", jpeg(), "image/jpeg")},
        data={"use_case": "MAIN_IMAGE"},
    )
    uri: str = answer.json()["data"]["uri"]
    return uri


async def product(http: httpx.AsyncClient, **changed: Any) -> dict[str, Any]:
    """The body of a create that is taken."""
    body: dict[str, Any] = {
        "save_mode": "LISTING",
        "title": "Trứng vịt biển Đồng Rui vỉ 30 quả",
        "description": "<p>Vỏ dày.</p>",
        "category_id": "600010",
        "category_version": "v2",
        "main_images": [{"uri": await uploaded(http)}],
        "package_weight": {"value": "2.4", "unit": "KILOGRAM"},
        "skus": [sku()],
    }
    return {name: value for name, value in (body | changed).items() if value is not None}


def sku(**changed: Any) -> dict[str, Any]:
    return {
        "seller_sku": "OURS-1",
        "price": {"amount": "135000", "currency": "VND"},
        "inventory": [{"warehouse_id": "7400001", "quantity": 40}],
    } | changed


class TestSignature:
    async def test_a_good_one_passes(self, caller: Caller) -> None:
        assert (await call(caller.http, "GET", WAREHOUSES))["code"] == 0
        assert (await call(caller.http, "GET", SHOPS, shop_cipher=""))["data"]["shops"][0]["cipher"] == CIPHER

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"key": "other"}, 106001),
            ({"app_key": "1"}, 106001),
            ({"timestamp": "1"}, 36009004),
            ({"timestamp": "nay"}, 36009004),
            ({"shop_cipher": ""}, 106013),
            ({"shop_cipher": "ROW_sandbox_220001"}, 106013),
            ({"token": "other"}, 105002),
        ],
    )
    async def test_a_bad_one_does_not(self, caller: Caller, changed: dict[str, Any], code: int) -> None:
        assert (await call(caller.http, "GET", WAREHOUSES, **changed))["code"] == code

    async def test_a_clock_that_is_ahead_is_refused(self, caller: Caller) -> None:
        ahead = str(int(time.time()) + 60)
        assert (await call(caller.http, "GET", WAREHOUSES, timestamp=ahead))["code"] == 36009004

    async def test_a_cipher_where_none_belongs_is_unexpected(self, caller: Caller) -> None:
        assert (await call(caller.http, "GET", SHOPS))["code"] == 36009004

    async def test_other_bytes_than_the_signed_ones_are_refused(self, caller: Caller) -> None:
        body = {"product_ids": ["1"]}
        spaced = json.dumps(body, indent=1).encode()
        assert (await call(caller.http, "POST", f"{PRODUCTS}/deactivate", body=body, sent=spaced))[
            "code"
        ] == 106001


class TestCreate:
    async def test_it_is_audited_then_on_sale(self, reviewed: Caller) -> None:
        made = await call(reviewed.http, "POST", PRODUCTS, body=await product(reviewed.http))
        path = f"{PRODUCTS}/{made['data']['product_id']}"
        first = (await call(reviewed.http, "GET", path))["data"]
        assert (first["status"], first["audit"]["status"]) == ("PENDING", "AUDITING")

        async def on_sale() -> bool:
            return bool((await call(reviewed.http, "GET", path))["data"]["status"] == "ACTIVATE")

        await until(on_sale)
        page = await reviewed.http.get(f"/tiktok_shop/view/product/{made['data']['product_id']}")
        assert "Vỏ dày." in page.text

    @pytest.mark.parametrize(
        "changed",
        [
            {"title": "quá ngắn"},
            {"title": "x" * 256},
            {"description": ""},
            {"description": "x" * 10_001},
            {"category_id": "600001"},
            {"category_id": "600020"},
            {"category_version": None},
            {"save_mode": "AS_DRAFT"},
            {"brand_id": "5"},
            {"main_images": []},
            {"main_images": [{"uri": "tos-elsewhere"}]},
            {"package_weight": {"value": "2.4001", "unit": "KILOGRAM"}},
            {"package_weight": {"value": 2.4, "unit": "KILOGRAM"}},
            {"package_dimensions": {"length": "1.5", "width": "1", "height": "1", "unit": "CENTIMETER"}},
            {"product_attributes": [{"id": "100107", "values": [{"name": "Lào"}]}]},
            {"skus": []},
            {"skus": [sku(seller_sku="có dấu cách")]},
            {"skus": [sku(price={"amount": "135000", "currency": "USD"})]},
            {"skus": [sku(price={"amount": 135000, "currency": "VND"})]},
            {"skus": [sku(inventory=[{"warehouse_id": "7400001", "quantity": 0}])]},
            {"skus": [sku(inventory=[{"warehouse_id": "7400002", "quantity": 5}])]},
        ],
    )
    async def test_a_bad_field_is_refused_and_nothing_kept(
        self, caller: Caller, changed: dict[str, Any]
    ) -> None:
        body = await product(caller.http, **changed)
        said = await call(caller.http, "POST", PRODUCTS, body=body)
        assert said["code"] == 12052001
        checked = await call(caller.http, "POST", f"{PRODUCTS}/listing_check", body=body)
        assert (checked["data"]["check_result"] == "FAILED") is (changed != {"save_mode": "AS_DRAFT"})
        assert await caller.history() == []

    async def test_a_sku_that_is_left_out_cannot_be_deleted_here(self, caller: Caller) -> None:
        made = await call(caller.http, "POST", PRODUCTS, body=await product(caller.http))
        path = f"/product/202509/products/{made['data']['product_id']}/partial_edit"
        assert (await call(caller.http, "POST", path, body={"skus": [sku()]}))["code"] == 12052001

    async def test_prices_wait_for_the_audit(self, caller: Caller) -> None:
        made = await call(caller.http, "POST", PRODUCTS, body=await product(caller.http))
        path = f"{PRODUCTS}/{made['data']['product_id']}/prices/update"
        said = await call(caller.http, "POST", path, body={"skus": [sku(id=made["data"]["product_id"])]})
        assert "on sale" in said["message"]


class TestConsent:
    async def test_the_way_back_is_the_declared_one(self, caller: Caller) -> None:
        page = "/tiktok_shop/open/authorize"
        asked = {"service_id": SERVICE_ID, "state": "s", "redirect_uri": "https://elsewhere.test/"}
        assert (await caller.http.get(page, params=asked)).status_code == 400
        target = {"market": "tiktok_shop", "url": "https://ours.test/back"}
        await caller.http.put("/_sandbox/redirect", json=target)
        assert (await caller.http.get(page, params=asked)).status_code == 200
        form = {"shop_id": SHOP, "state": "s", "answer": "yes", "redirect_uri": "https://elsewhere.test/"}
        answer = await caller.http.post(page, data=form)
        assert answer.headers["location"].startswith("https://ours.test/back?code=")


async def test_a_stall_starts_with_three_items_that_are_not_ours(caller: Caller) -> None:
    said = await call(
        caller.http, "POST", "/product/202502/products/search", body={"status": "ALL"}, page_size="2"
    )
    assert [each["skus"][0]["seller_sku"] for each in said["data"]["products"]] == ["CU-0001", "CU-0002"]
    assert said["data"]["next_page_token"] == "2"
