"""What the Shopee-like marketplace checks, keeps and shows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.sandbox.conftest import Caller, until

SHOP_INFO = "logistics/get_channel_list"


class TestSignature:
    async def test_a_good_one_passes(self, caller: Caller) -> None:
        assert (await caller.get(SHOP_INFO))["error"] == ""

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"sign": "0" * 64}, "error_sign"),
            ({"sign": "không phải"}, "error_sign"),
            ({"partner_key": "other"}, "error_sign"),
            ({"timestamp": int(time.time()) - 400}, "error_param"),
            ({"timestamp": int(time.time()) + 400}, "error_param"),
            ({"timestamp": "nay"}, "error_param"),
            ({"partner_id": "1"}, "error_param"),
            ({"access_token": "other"}, "invalid_acceess_token"),
        ],
    )
    async def test_a_bad_one_does_not(self, caller: Caller, changed: dict[str, Any], code: str) -> None:
        assert (await caller.get(SHOP_INFO, **changed))["error"] == code

    async def test_a_token_opens_its_own_shop_only(self, caller: Caller) -> None:
        query = caller.query(SHOP_INFO)
        other = Caller(caller.http, "220001").query(SHOP_INFO, access_token=query["access_token"])
        answer = await caller.http.get(f"/shopee/api/v2/{SHOP_INFO}", params=other)
        assert answer.json()["error"] == "invalid_acceess_token"

    async def test_an_unknown_call_is_refused(self, caller: Caller) -> None:
        assert (await caller.get("product/no_such_call"))["error"] == "error_not_found"
        assert (await caller.post("product/get_category", {}))["error"] == "error_not_found"


class TestPictures:
    async def test_a_picture_is_taken_and_shown(self, caller: Caller) -> None:
        info = (await caller.picture())["response"]["image_info"]
        shown = await caller.http.get(info["image_url_list"][0]["image_url"])
        assert shown.headers["content-type"] == "image/jpeg"

    @pytest.mark.parametrize("content", [b"", b"text", b"GIF89a" + b"\0" * 50, b"\xff\xd8\xff\xe0 cut"])
    async def test_what_is_none_is_refused(self, caller: Caller, content: bytes) -> None:
        assert (await caller.picture(content))["error"] == "error_image_invalid"


class TestAddItem:
    async def test_it_is_reviewed_then_shown(self, reviewed: Caller) -> None:
        made = (await reviewed.post("product/add_item", await reviewed.item()))["response"]
        assert made["item_status"] == "REVIEWING"
        page = f"/shopee/product/{reviewed.shop_id}/{made['item_id']}"
        assert (await reviewed.http.get(page)).status_code == 404

        async def is_shown() -> bool:
            return (await reviewed.http.get(page)).status_code == 200

        await until(is_shown)
        shown = await reviewed.http.get(page)
        assert "Trứng vịt biển vỉ 30 quả" in shown.text
        assert "Sàn mô phỏng" in shown.text

    @pytest.mark.parametrize(
        "changed",
        [
            {"item_name": None},
            {"item_name": "Chả"},
            {"item_name": "x" * 121},
            {"description": None},
            {"description": "#a " * 19},
            {"original_price": None},
            {"original_price": 10},
            {"original_price": 1000.5},
            {"original_price": "135000"},
            {"weight": 0},
            {"weight": 500},
            {"category_id": 100629},
            {"category_id": 1},
            {"category_id": 100721},
            {"category_id": 100782},
            {"brand": None},
            {"brand": {"brand_id": 5}},
            {"seller_stock": None},
            {"seller_stock": [{"stock": -1}]},
            {"logistic_info": None},
            {"logistic_info": []},
            {"logistic_info": [{"logistic_id": 5002, "enabled": True}]},
            {"image": None},
            {"image": {"image_id_list": []}},
            {"image": {"image_id_list": ["never-uploaded"]}},
            {"gtin_code": "12a"},
            {"attribute_list": [{"attribute_id": 1}]},
            {"dimension": {"package_length": 1.5, "package_width": 1, "package_height": 1}},
            {"item_status": "BANNED"},
        ],
    )
    async def test_a_bad_field_is_refused_and_nothing_kept(
        self, caller: Caller, changed: dict[str, Any]
    ) -> None:
        said = await caller.post("product/add_item", await caller.item(**changed))
        assert said["error"]
        assert said["message"]
        assert await caller.history() == []

    async def test_the_same_sku_makes_a_second_item(self, caller: Caller) -> None:
        body = await caller.item()
        ids = [(await caller.post("product/add_item", body))["response"]["item_id"] for _ in range(2)]
        found = await caller.get("product/search_item", item_sku="OURS-1", page_size=10)
        assert found["response"]["item_id_list"] == ids
        doubles = (await caller.http.get("/_sandbox/doubles")).json()
        assert [(row["sku"], row["ids"]) for row in doubles] == [("OURS-1", ids)]

    @pytest.mark.parametrize("body", [[], "x", None])
    async def test_a_body_that_is_no_object_is_refused(self, caller: Caller, body: Any) -> None:
        assert (await caller.post("product/add_item", body))["error"] == "error_param"


class TestChanges:
    async def test_a_wrong_price_is_told_in_the_failure_list(self, caller: Caller) -> None:
        made = (await caller.post("product/add_item", await caller.item()))["response"]
        body = {"item_id": made["item_id"], "price_list": [{"model_id": 0, "original_price": 1}]}
        said = await caller.post("product/update_price", body)
        assert said["error"] == ""
        assert len(said["response"]["failure_list"]) == 1

    async def test_a_foreign_item_is_not_found(self, caller: Caller) -> None:
        made = (await caller.post("product/add_item", await caller.item()))["response"]
        other = Caller(caller.http, "220001")
        said = await other.post("product/delete_item", {"item_id": made["item_id"]})
        assert said["error"] == "product.error_item_not_found"

    async def test_a_deleted_item_is_no_longer_found(self, caller: Caller) -> None:
        made = (await caller.post("product/add_item", await caller.item()))["response"]
        await caller.post("product/delete_item", {"item_id": made["item_id"]})
        found = await caller.get("product/search_item", item_sku="OURS-1", page_size=10)
        assert found["response"]["item_id_list"] == []


class TestSeed:
    async def test_a_known_shop_already_sells_a_product_of_the_sample(self, caller: Caller) -> None:
        found = await caller.get("product/get_item_list", page_size=50, item_status=["NORMAL", "UNLIST"])
        ids = ",".join(str(item["item_id"]) for item in found["response"]["item"])
        info = await caller.get("product/get_item_base_info", item_id_list=ids)
        names = [item["item_name"] for item in info["response"]["item_list"]]
        assert len(names) == 3
        assert "Trứng vịt biển Đồng Rui" in names

    async def test_pages_of_items(self, caller: Caller) -> None:
        seen: list[int] = []
        offset = 0
        for _ in range(3):
            found = await caller.get(
                "product/get_item_list", page_size=1, offset=offset, item_status="NORMAL"
            )
            seen += [item["item_id"] for item in found["response"]["item"]]
            offset = found["response"]["next_offset"]
        assert len(set(seen)) == 3
        assert offset == 0
