"""The products of the Shopee-like marketplace: created, changed, taken down, and read."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocop_hub.sandbox import shopee_rules as rules
from ocop_hub.sandbox.shopee_rules import ShopeeError, bad
from ocop_hub.sandbox.store import Store, StoredItem

MARKET = "shopee"
MAX_BATCH = 50


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked call: the query, the JSON body, an uploaded picture, and how long to hide a new item."""

    shop_id: str
    query: Mapping[str, Sequence[str]]
    body: Mapping[str, Any]
    picture: bytes
    find_delay: float

    def one(self, name: str, default: str | None = None) -> str:
        values = self.query.get(name)
        if not values:
            if default is None:
                raise bad(f"{name} is required")
            return default
        return values[0]

    def integer(self, name: str, default: int | None = None) -> int:
        said = self.one(name, None if default is None else str(default))
        if not (said.isascii() and said.isdigit()):
            raise bad(f"{name} must be a number")
        return int(said)


Answer = Mapping[str, Any]
Handler = Callable[[Incoming], Awaitable[Answer]]


class Products:
    """What becomes of products. A handler takes a checked call and returns its payload."""

    def __init__(self, store: Store, public_base: str, *, review_seconds: float) -> None:
        self._store = store
        self._public_base = public_base
        self._review_seconds = review_seconds

    # Changes

    def _checked_pictures(self, image: Any) -> list[str]:
        ids = image.get("image_id_list") if isinstance(image, Mapping) else None
        if not isinstance(ids, list) or not rules.PICTURES[0] <= len(ids) <= rules.PICTURES[1]:
            raise bad("image.image_id_list must have 1 to 9 images")
        for one in ids:
            if not isinstance(one, str) or self._store.picture(one) is None:
                raise bad("image.image_id_list: image id is invalid or expired")
        return ids

    async def add(self, incoming: Incoming) -> Answer:
        data = rules.checked_item(incoming.body)
        data["image_ids"] = self._checked_pictures(incoming.body.get("image"))
        wanted = incoming.body.get("item_status", "NORMAL")
        if wanted not in ("NORMAL", "UNLIST"):
            raise bad("item_status must be NORMAL or UNLIST")
        sku = str(incoming.body.get("item_sku", ""))
        word = "UNLIST" if wanted == "UNLIST" else "REVIEWING"
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                incoming.shop_id,
                sku,
                data,
                word=word,
                review_seconds=self._review_seconds,
                find_delay=incoming.find_delay,
            )
            self._record(incoming, "product/add_item", item_id, sku, {"title": data["item_name"]})
        return {"item_id": item_id, "item_status": word, "item_name": data["item_name"]}

    def _own_item(self, incoming: Incoming, item_id: Any) -> StoredItem:
        item = self._store.item(MARKET, item_id) if isinstance(item_id, int) else None
        if item is None or item.shop_id != incoming.shop_id or item.word.endswith("DELETE"):
            raise ShopeeError("product.error_item_not_found", "Item does not exist in this shop")
        return item

    def _record(self, incoming: Incoming, call: str, item_id: int, sku: str, detail: Any) -> None:
        self._store.record(MARKET, incoming.shop_id, call, item_id=item_id, sku=sku, detail=detail)

    async def update(self, incoming: Incoming) -> Answer:
        item = self._own_item(incoming, incoming.body.get("item_id"))
        data = {**item.data, **rules.checked_content(incoming.body)}
        if "image" in incoming.body:
            data["image_ids"] = self._checked_pictures(incoming.body["image"])
        sku = str(incoming.body.get("item_sku", item.sku))
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=sku)
            self._record(incoming, "product/update_item", item.id, sku, {"title": data["item_name"]})
        return {"item_id": item.id, "item_name": data["item_name"]}

    async def update_price(self, incoming: Incoming) -> Answer:
        return self._change_models(
            incoming, "update_price", "price_list", lambda entry: {"original_price": rules.price_of(entry)}
        )

    async def update_stock(self, incoming: Incoming) -> Answer:
        return self._change_models(
            incoming, "update_stock", "stock_list", lambda entry: {"stock": rules.stock_of(entry)}
        )

    def _change_models(
        self, incoming: Incoming, call: str, name: str, read: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> Answer:
        """A wrong entry is told in ``failure_list`` while ``error`` stays empty, as the real calls do."""
        item = self._own_item(incoming, incoming.body.get("item_id"))
        entries = incoming.body.get(name)
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH:
            raise bad(f"{name} must have 1 to {MAX_BATCH} entries")
        done: list[Any] = []
        failed: list[Any] = []
        for entry in entries:
            model_id = entry.get("model_id", 0) if isinstance(entry, Mapping) else 0
            try:
                if model_id != 0 or not isinstance(entry, Mapping):
                    raise bad("model does not exist")
                change = read(entry)
            except ShopeeError as error:
                failed.append({"model_id": model_id, "failed_reason": error.message})
                continue
            with self._store.transaction():
                self._store.change_item(item.id, {**item.data, **change})
                self._record(incoming, f"product/{call}", item.id, item.sku, change)
            done.append({"model_id": model_id, **change})
        return {"success_list": done, "failure_list": failed}

    async def unlist(self, incoming: Incoming) -> Answer:
        entries = incoming.body.get("item_list")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH:
            raise bad(f"item_list must have 1 to {MAX_BATCH} entries")
        done: list[Any] = []
        failed: list[Any] = []
        for entry in entries:
            item_id = entry.get("item_id") if isinstance(entry, Mapping) else None
            try:
                item = self._own_item(incoming, item_id)
                if item.word == "BANNED":
                    raise bad("item is banned")
            except ShopeeError as error:
                failed.append({"item_id": item_id, "failed_reason": error.message})
                continue
            unlist = entry.get("unlist") is True
            with self._store.transaction():
                self._store.set_word(item.id, "UNLIST" if unlist else "NORMAL")
                self._record(incoming, "product/unlist_item", item.id, item.sku, {"unlist": unlist})
            done.append({"item_id": item.id, "unlist": unlist})
        return {"success_list": done, "failure_list": failed}

    async def delete(self, incoming: Incoming) -> Answer:
        item = self._own_item(incoming, incoming.body.get("item_id"))
        with self._store.transaction():
            self._store.set_word(item.id, "SELLER_DELETE")
            self._record(incoming, "product/delete_item", item.id, item.sku, {})
        return {}

    # Reads

    async def listed(self, incoming: Incoming) -> Answer:
        size = incoming.integer("page_size")
        if not 1 <= size <= 100:
            raise bad("page_size must be between 1 and 100")
        wanted = set(incoming.query.get("item_status", ()))
        if not wanted:
            raise bad("item_status is required")
        start = incoming.integer("offset", 0)
        items = [
            item
            for item in self._store.items(MARKET, incoming.shop_id)
            if item.findable and item.word in wanted
        ]
        more = start + size < len(items)
        page = items[start : start + size]
        return {
            "item": [{"item_id": item.id, "item_status": item.word} for item in page],
            "total_count": len(items),
            "has_next_page": more,
            "next_offset": start + size if more else 0,
        }

    async def base_info(self, incoming: Incoming) -> Answer:
        items = [self._store.item(MARKET, one) for one in numbers(incoming.one("item_id_list"), MAX_BATCH)]
        return {
            "item_list": [self._shown(item) for item in items if item and item.shop_id == incoming.shop_id]
        }

    async def violation_info(self, incoming: Incoming) -> Answer:
        ids = numbers(incoming.one("item_id_list"), MAX_BATCH)
        why = {
            "violation_type": "Prohibited listing",
            "violation_reason": "Thông tin sản phẩm chưa đúng quy định.",
            "suggestion": "Sửa mô tả rồi gửi lại.",
            "fix_deadline_time": int(time.time()) + 7 * 86_400,
        }
        return {"item_list": [{"item_id": one, "violation_list": [why]} for one in ids]}

    async def search(self, incoming: Incoming) -> Answer:
        found = self._store.items(MARKET, incoming.shop_id, sku=incoming.one("item_sku"))
        ids = [item.id for item in found if item.findable and not item.word.endswith("DELETE")]
        return {"item_id_list": ids, "total_count": len(ids), "next_offset": ""}

    def _shown(self, item: StoredItem) -> Answer:
        data = item.data
        price = float(data["original_price"])
        return {
            "item_id": item.id,
            "item_sku": item.sku,
            "item_status": item.word,
            "item_name": data["item_name"],
            "description": data["description"],
            "category_id": data.get("category_id", 0),
            "gtin_code": data.get("gtin_code", ""),
            "deboost": "FALSE",
            "price_info": [{"currency": "VND", "original_price": price, "current_price": price}],
            "stock_info_v2": {"summary_info": {"total_available_stock": data["stock"]}},
            "image": {
                "image_id_list": data["image_ids"],
                "image_url_list": [self.picture_url(one) for one in data["image_ids"]],
            },
        }

    def picture_url(self, picture_id: str) -> str:
        return f"{self._public_base}/file/{picture_id}"


def numbers(said: str, most: int) -> list[int]:
    """Numbers separated by commas, as calls on several products take them."""
    parts = said.split(",")
    if len(parts) > most or not all(part.isascii() and part.isdigit() for part in parts):
        raise bad(f"ids must be at most {most} numbers separated by commas")
    return [int(part) for part in parts]
