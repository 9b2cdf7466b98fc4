"""What the Lazada-like marketplace checks and keeps; signed by hand, as the reference says."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import time
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.sandbox.conftest import Caller

from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for

SHOP = "220003"


def signed(path: str, query: dict[str, str], form: dict[str, str], key: str = PARTNER_KEY) -> str:
    params = {name: value for name, value in (query | form).items() if value}
    message = path + "".join(name + params[name] for name in sorted(params))
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest().upper()


async def call(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    form: dict[str, str] | None = None,
    picture: bytes | None = None,
    key: str = PARTNER_KEY,
    **query: str,
) -> dict[str, Any]:
    """A call of a seller's program."""
    said = {
        "app_key": PARTNER_ID,
        "timestamp": str(int(time.time() * 1000)),
        "sign_method": "sha256",
        "access_token": access_token_for(SHOP),
    } | query
    said["sign"] = query.get("sign") or signed(path, said, form or {}, key)
    files = {"image": ("a.jpg", picture, "image/jpeg")} if picture is not None else None
    answer = await http.request(method, f"/lazada/rest{path}", params=said, data=form, files=files)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def jpeg(side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "#2f6f4f").save(buffer, "JPEG")
    return buffer.getvalue()


async def product(http: httpx.AsyncClient, **changed: Any) -> dict[str, str]:
    """The form of a create that is taken; ``Sku__price`` and the like change the SKU, others the product."""
    uploaded = await call(http, "POST", "/image/upload", picture=jpeg(400))
    sku = {
        "SellerSku": "OURS-1",
        "quantity": "40",
        "price": "135000",
        "package_length": "30",
        "package_width": "20",
        "package_height": "10",
        "package_weight": "2.4",
    }
    said: dict[str, Any] = {
        "PrimaryCategory": "11010",
        "Images": {"Image": [uploaded["data"]["image"]["url"]]},
        "Attributes": {"name": "Trứng vịt biển", "description": "<p>Vỉ 30 quả.</p>", "brand_id": "30768"},
    }
    for name, value in changed.items():
        place, _, inner = name.rpartition("__")
        target = {"": said, "Sku": sku, "Attributes": said["Attributes"]}[place]
        target[inner] = value
    said["Skus"] = {"Sku": [sku]}
    return {"payload": json.dumps({"Request": {"Product": said}})}


class TestSignature:
    async def test_a_good_one_passes(self, caller: Caller) -> None:
        assert (await call(caller.http, "GET", "/category/tree/get"))["code"] == "0"

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"sign": "0" * 64}, "IncompleteSignature"),
            ({"key": "other"}, "IncompleteSignature"),
            ({"sign_method": "md5"}, "IncompleteSignature"),
            ({"timestamp": "1"}, "IllegalTimestamp"),
            ({"timestamp": "nay"}, "IllegalTimestamp"),
            ({"app_key": "1"}, "InvalidAppKey"),
            ({"access_token": "other"}, "IllegalAccessToken"),
        ],
    )
    async def test_a_bad_one_does_not(self, caller: Caller, changed: dict[str, Any], code: str) -> None:
        assert (await call(caller.http, "GET", "/category/tree/get", **changed))["code"] == code

    async def test_the_form_is_signed_too(self, caller: Caller) -> None:
        query = {"app_key": PARTNER_ID, "timestamp": str(int(time.time() * 1000)), "sign_method": "sha256"}
        query |= {"access_token": access_token_for(SHOP)}
        query["sign"] = signed("/product/deactivate", query, {"payload": "{}"})
        answer = await caller.http.post(
            "/lazada/rest/product/deactivate", params=query, data={"payload": "[]"}
        )
        assert answer.json()["code"] == "IncompleteSignature"

    async def test_an_unknown_path_is_refused(self, caller: Caller) -> None:
        assert (await call(caller.http, "GET", "/no/such"))["code"] == "InvalidApiPath"
        assert (await call(caller.http, "GET", "/product/create"))["code"] == "InvalidApiPath"


class TestPictures:
    @pytest.mark.parametrize("content", [b"text", jpeg(329), jpeg(5001)], ids=["text", "small", "large"])
    async def test_what_is_none_or_of_the_wrong_size_is_refused(self, caller: Caller, content: bytes) -> None:
        said = await call(caller.http, "POST", "/image/upload", picture=content)
        assert said["detail"][0]["field"] == "image"


class TestCreate:
    async def test_it_is_reviewed_then_approved(self, caller: Caller) -> None:
        made = await call(caller.http, "POST", "/product/create", form=await product(caller.http))
        number = str(made["data"]["item_id"])
        first = await call(caller.http, "GET", "/product/item/get", item_id=number)
        assert first["data"]["status"] == "PENDING"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"PrimaryCategory": "11001"}, "PrimaryCategory"),
            ({"PrimaryCategory": "x"}, "PrimaryCategory"),
            ({"PrimaryCategory": "11021"}, "expiry_months"),
            ({"Images": {"Image": []}}, "Images"),
            ({"Images": {"Image": ["https://elsewhere.test/a.jpg"]}}, "Images"),
            ({"Attributes": None}, "Attributes"),
            ({"Attributes__name": "x"}, "name"),
            ({"Attributes__description": ""}, "description"),
            ({"Attributes__brand_id": "5"}, "brand_id"),
            ({"Attributes__no_such": "5"}, "no_such"),
            ({"Sku__price": "12"}, "price"),
            ({"Sku__quantity": "-1"}, "quantity"),
            ({"Sku__package_weight": ""}, "package_weight"),
            ({"Sku__SellerSku": ""}, "SellerSku"),
        ],
    )
    async def test_a_bad_field_is_named_and_nothing_kept(
        self, caller: Caller, changed: dict[str, Any], field: str
    ) -> None:
        said = await call(caller.http, "POST", "/product/create", form=await product(caller.http, **changed))
        assert (said["code"], said["detail"][0]["field"]) == ("500", field)
        assert await caller.history() == []

    async def test_another_stalls_item_is_not_found(self, caller: Caller) -> None:
        made = await call(caller.http, "POST", "/product/create", form=await product(caller.http))
        number = str(made["data"]["item_id"])
        token = access_token_for("220001")
        said = await call(caller.http, "GET", "/product/item/get", item_id=number, access_token=token)
        assert said["message"] == "ITEM_NOT_FOUND"


async def test_a_stall_starts_with_three_items_that_are_not_ours(caller: Caller) -> None:
    said = await call(caller.http, "GET", "/products/get", filter="all", offset="0", limit="50")
    assert [each["skus"][0]["SellerSku"] for each in said["data"]["products"]] == [
        "CU-0001",
        "CU-0002",
        "CU-0003",
    ]


async def test_too_many_calls_are_refused_and_kept_as_a_violation(caller: Caller) -> None:
    codes = {(await call(caller.http, "GET", "/category/tree/get"))["code"] for _ in range(30)}
    assert codes == {"0", "ApiCallLimit"}
    assert {row["call"] for row in await caller.history()} == {"violation"}
