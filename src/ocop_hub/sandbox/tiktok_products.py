"""The products of the TikTok-Shop-like marketplace: created, edited, audited, read, and what buyers see of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ocop_hub.sandbox import html
from ocop_hub.sandbox import tiktok_rules as rules
from ocop_hub.sandbox.plain_storefront import Front
from ocop_hub.sandbox.store import Store, StoredItem
from ocop_hub.sandbox.tiktok_rules import TikTokError, bad

MARKET = "tiktok_shop"
LOOK = html.Look("Sàn mô phỏng kiểu TikTok Shop", "#111216", "/tiktok_shop/")
MAX_PAGE = 100
#: Stored words under the published names.
WORDS = {"REVIEWING": "PENDING", "NORMAL": "ACTIVATE"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked call: path, query, JSON body, an uploaded picture, and how long to hide a new product."""

    path: str
    shop_id: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    picture: bytes
    find_delay: float

    def part(self, number: int) -> str:
        """A part of the path, counted from 0 behind the leading slash."""
        return self.path.split("/")[number + 1]


def word_of(item: StoredItem) -> str:
    """``status``: a failed audit is FAILED, what its seller took down is SELLER_DEACTIVATED."""
    if item.word == "NORMAL" and item.data.get("failed"):
        return "FAILED"
    if item.word == "NORMAL" and not item.data.get("active", True):
        return "SELLER_DEACTIVATED"
    return WORDS.get(item.word, item.word)


def is_shown(item: StoredItem) -> bool:
    return word_of(item) == "ACTIVATE"


FRONT = Front(
    MARKET,
    LOOK,
    "/view/product/{name}",
    re.compile(r"(\d+)"),
    lambda item: f"/view/product/{item.id}",
    is_shown,
)


class Products:
    """What becomes of products. A handler takes a checked call and returns its payload."""

    def __init__(self, store: Store, public_base: str, *, review_seconds: float) -> None:
        self._store = store
        self._public_base = public_base
        self._review_seconds = review_seconds

    def picture_url(self, uri: str) -> str:
        return f"{self._public_base}/file/{uri}"

    # Changes

    def _images(self, body: Mapping[str, Any]) -> list[str]:
        uris = [str(image.get("uri", "")) for image in rules.objects(body, "main_images", rules.PICTURES)]
        if any(self._store.picture(uri) is None for uri in uris):
            raise bad("main_images: image was not uploaded here")
        return uris

    def _product(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """(product, SKU) of a create, checked."""
        rules.version(body)
        category_id = str(body.get("category_id", ""))
        rules.chain(category_id)
        sku = rules.objects(body, "skus", 1)[0]
        data: dict[str, Any] = {
            "item_name": rules.title_of(body),
            "description": rules.description_of(body),
            "category_id": category_id,
            "brand_id": rules.brand_of(body),
            "product_attributes": rules.attributes_of(body, category_id),
            "package_weight": rules.weight_of(body),
            "image_ids": self._images(body),
            "original_price": rules.price_of(sku),
            "stock": rules.stock_of(sku, least=rules.STOCK[0]),
            "active": True,
        }
        if "package_dimensions" in body:
            data["package_dimensions"] = rules.dimensions_of(body)
        data["failed"] = rules.fails(data)
        return data, rules.seller_sku_of(sku)

    async def check(self, incoming: Incoming) -> dict[str, Any]:
        try:
            self._product(incoming.body)
        except TikTokError as error:
            return {
                "check_result": "FAILED",
                "fail_reasons": [{"code": error.code, "message": error.message}],
            }
        return {"check_result": "PASS", "fail_reasons": []}

    async def create(self, incoming: Incoming) -> dict[str, Any]:
        if incoming.body.get("save_mode") != "LISTING":
            raise bad("this simulation takes save_mode LISTING only")
        data, sku = self._product(incoming.body)
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                incoming.shop_id,
                sku,
                data,
                word="REVIEWING",
                review_seconds=self._review_seconds,
                find_delay=incoming.find_delay,
            )
            self._record(incoming, item_id, sku, {"title": data["item_name"]})
        return {"product_id": str(item_id), "skus": [{"id": str(item_id), "seller_sku": sku}]}

    def _record(self, incoming: Incoming, item_id: int, sku: str, detail: Any) -> None:
        """In the history a call stands under its path without ids."""
        call = "/".join(part for part in incoming.path.strip("/").split("/")[2:] if not part.isdigit())
        self._store.record(MARKET, incoming.shop_id, call, item_id=item_id, sku=sku, detail=detail)

    def _own(self, incoming: Incoming, said: Any) -> StoredItem:
        number = str(said)
        item = self._store.item(MARKET, int(number)) if number.isdigit() and len(number) < 16 else None
        if item is None or item.shop_id != incoming.shop_id or item.word == "DELETED":
            raise TikTokError(12052220, "Product not found")
        return item

    async def edit(self, incoming: Incoming) -> dict[str, Any]:
        item, body = self._own(incoming, incoming.part(3)), incoming.body
        if item.word in ("FREEZE", "PLATFORM_DEACTIVATED"):
            raise bad("product is frozen and cannot be edited")
        data, sku = dict(item.data), item.sku
        readers: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {
            "title": ("item_name", rules.title_of),
            "description": ("description", rules.description_of),
            "brand_id": ("brand_id", rules.brand_of),
            "package_weight": ("package_weight", rules.weight_of),
            "package_dimensions": ("package_dimensions", rules.dimensions_of),
            "main_images": ("image_ids", self._images),
            "product_attributes": (
                "product_attributes",
                lambda said: rules.attributes_of(said, data.get("category_id", "600010")),
            ),
        }
        for name in body:
            if name in readers:
                data[readers[name][0]] = readers[name][1](body)
            elif name != "skus":
                raise bad(f"{name} cannot be edited here")
        if "skus" in body:
            one = rules.objects(body, "skus", 1)[0]
            if str(one.get("id", "")) != str(item.id):
                raise bad("skus: a SKU that is left out is deleted, and a product needs one")
            data |= {"original_price": rules.price_of(one), "stock": rules.stock_of(one, least=0)}
            sku = rules.seller_sku_of(one)
        data["failed"] = rules.fails(data)
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=sku)
            if word_of(item) == "FAILED":
                self._store.review_again(item.id, self._review_seconds)
            self._record(incoming, item.id, sku, {"edited": sorted(body)})
        return {"product_id": str(item.id)}

    async def prices(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        if word_of(item) != "ACTIVATE":
            raise bad("price can be updated only while the product is on sale")
        return self._change(incoming, item, lambda sku: {"original_price": rules.price_of(sku)})

    async def inventory(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        return self._change(incoming, item, lambda sku: {"stock": rules.stock_of(sku, least=0)})

    def _change(
        self, incoming: Incoming, item: StoredItem, read: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """A wrong entry is told in ``errors`` while ``code`` stays 0, as the real calls do."""
        sku = rules.objects(incoming.body, "skus", 1)[0]
        try:
            if str(sku.get("id", "")) != str(item.id):
                raise bad("sku does not belong to the product")
            changes = read(sku)
        except TikTokError as error:
            return {"errors": [{"code": error.code, "message": error.message}]}
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, **changes})
            self._record(incoming, item.id, item.sku, changes)
        return {}

    async def deactivate(self, incoming: Incoming) -> dict[str, Any]:
        return self._switch(incoming, active=False)

    async def activate(self, incoming: Incoming) -> dict[str, Any]:
        return self._switch(incoming, active=True)

    def _switch(self, incoming: Incoming, *, active: bool) -> dict[str, Any]:
        ids = incoming.body.get("product_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= rules.BATCH:
            raise bad(f"product_ids must have 1 to {rules.BATCH} entries")
        errors = []
        for one in ids:
            try:
                item = self._own(incoming, one)
                if word_of(item) not in ("ACTIVATE", "SELLER_DEACTIVATED"):
                    raise bad(f"product in status {word_of(item)} cannot be switched")
            except TikTokError as error:
                errors.append(
                    {"code": error.code, "message": error.message, "detail": {"product_id": str(one)}}
                )
                continue
            with self._store.transaction():
                self._store.change_item(item.id, {**item.data, "active": active})
                if active:
                    self._store.review_again(item.id, self._review_seconds)
                self._record(incoming, item.id, item.sku, {"active": active})
        return {"errors": errors}

    # Reads

    async def get(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        data = item.data
        brand = {"brand": {"id": data["brand_id"]}} if data.get("brand_id") else {}
        size = {"package_dimensions": data["package_dimensions"]} if "package_dimensions" in data else {}
        return self._brief(item) | {
            **brand,
            **size,
            "description": data["description"],
            "category_chains": rules.chain(data.get("category_id", "600010")),
            "product_attributes": data.get("product_attributes", []),
            "package_weight": data.get(
                "package_weight", {"value": f"{data.get('weight', 0.5):g}", "unit": "KILOGRAM"}
            ),
            "main_images": [{"uri": uri, "urls": [self.picture_url(uri)]} for uri in data["image_ids"]],
            "audit_failed_reasons": [rules.FAILED] if word_of(item) == "FAILED" else [],
        }

    def _brief(self, item: StoredItem) -> dict[str, Any]:
        word = word_of(item)
        audit = {"PENDING": "AUDITING", "FAILED": "FAILED"}.get(word, "APPROVED")
        amount = str(int(item.data["original_price"]))
        price = {"currency": "VND", "sale_price": amount, "tax_exclusive_price": amount}
        inventory = {"warehouse_id": rules.SALES_WAREHOUSE, "quantity": item.data["stock"]}
        return {
            "id": str(item.id),
            "title": item.data["item_name"],
            "status": word,
            "audit": {"status": audit},
            "skus": [{"id": str(item.id), "seller_sku": item.sku, "price": price, "inventory": [inventory]}],
        }

    async def search(self, incoming: Incoming) -> dict[str, Any]:
        size, start = incoming.query.get("page_size", ""), incoming.query.get("page_token", "0")
        if not size.isdigit() or not 1 <= int(size) <= MAX_PAGE or not start.isdigit():
            raise bad(f"page_size must be between 1 and {MAX_PAGE}")
        items = [
            item
            for item in self._store.items(MARKET, incoming.shop_id)
            if item.findable and item.word != "DELETED"
        ]
        skus = incoming.body.get("seller_skus")
        if isinstance(skus, list):
            items = [item for item in items if item.sku in skus]
        end = int(start) + int(size)
        return {
            "products": [self._brief(item) for item in items[int(start) : end]],
            "total_count": len(items),
            "next_page_token": str(end) if end < len(items) else "",
        }
