"""What Shopee wants to be asked at run time: categories, limits, attributes, brands, delivery channels.

Kept for a while in memory: these change by the week, and every publish needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.adapters.shopee.api import ShopeeApi
from ocop_hub.marketplaces.categories import Category, CategoryField, choose
from ocop_hub.marketplaces.contract import Call, ListingDraft, Reason, Shop
from ocop_hub.marketplaces.memory import Memory


@dataclass(frozen=True, slots=True)
class Limits:
    """``get_item_limit`` of one category; None where Shopee states none. Lengths in characters, price in đồng."""

    title: tuple[int, int] | None = None
    description: tuple[int, int] | None = None
    pictures: tuple[int, int] | None = None
    price: tuple[int, int] | None = None
    stock: tuple[int, int] | None = None
    dimension_needed: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a category: values by folded name, and as they are written."""

    attribute_id: int
    name: str
    mandatory: bool
    values: Mapping[str, int]
    written: tuple[str, ...] = ()


def _range(response: Mapping[str, Any], name: str) -> tuple[int, int] | None:
    said = response.get(name)
    if not isinstance(said, Mapping):
        return None
    low, high = said.get("min_limit"), said.get("max_limit")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return int(low), int(high)


def limits_of(response: Mapping[str, Any]) -> Limits:
    """Read ``get_item_limit``."""
    dimension = response.get("dimension_limit")
    return Limits(
        title=_range(response, "item_name_length_limit"),
        description=_range(response, "item_description_length_limit"),
        pictures=_range(response, "item_image_count_limit"),
        price=_range(response, "price_limit"),
        stock=_range(response, "stock_limit"),
        dimension_needed=isinstance(dimension, Mapping) and dimension.get("dimension_mandatory") is True,
    )


def against_limits(draft: ListingDraft, limits: Limits) -> tuple[Reason, ...]:
    """What of the draft is outside the category's own limits."""
    checks = (
        ("title", "title_length", "Tên sản phẩm", len(draft.title), limits.title, "ký tự"),
        ("description", "description_length", "Mô tả", len(draft.description), limits.description, "ký tự"),
        ("pictures", "picture_count", "Số ảnh", len(draft.pictures), limits.pictures, "ảnh"),
        ("price_vnd", "price_range", "Giá bán", draft.price_vnd, limits.price, "đồng"),
        ("stock", "stock_range", "Số lượng", draft.stock, limits.stock, "đơn vị"),
    )
    found = [
        Reason(name, code, f"{label} là {value} {unit}; Shopee nhận từ {span[0]} đến {span[1]} {unit}.")
        for name, code, label, value, span, unit in checks
        if span is not None and not span[0] <= value <= span[1]
    ]
    if limits.dimension_needed and "package_mm" not in draft.extra:
        found.append(
            Reason(
                "extra.package_mm", "dimension_missing", "Ngành hàng này cần dài, rộng, cao của kiện hàng."
            )
        )
    return tuple(found)


def category_for(group: str, categories: list[Mapping[str, Any]]) -> int | None:
    """The leaf category an OCOP group goes to when nobody chose one."""
    leaves = {
        fold(str(entry.get("display_category_name", ""))): int(entry["category_id"])
        for entry in categories
        if entry.get("has_children") is False
    }
    return choose(group, leaves)


def attributes_of(tree: list[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """Read ``get_attribute_tree``: the first level only, as free text or by a listed value."""
    nodes = [node for entry in tree for node in entry.get("attribute_tree", ())]
    return tuple(
        Attribute(
            int(node["attribute_id"]),
            str(node.get("name", "")),
            node.get("mandatory") is True,
            {
                fold(str(value.get("name", ""))): int(value.get("value_id", 0))
                for value in node.get("attribute_value_list", ())
            },
            tuple(str(value.get("name", "")) for value in node.get("attribute_value_list", ())),
        )
        for node in nodes
    )


def categories_of(records: list[Mapping[str, Any]]) -> tuple[Category, ...]:
    """Read ``get_category``; 0 is the parent of those at the top."""
    return tuple(
        Category(
            str(record["category_id"]),
            str(record.get("display_category_name", "")),
            str(record.get("parent_category_id") or ""),
            record.get("has_children") is False,
        )
        for record in records
    )


def fields_of(attributes: Sequence[Attribute]) -> tuple[CategoryField, ...]:
    """Attributes as people fill them in."""
    return tuple(CategoryField(each.name, each.mandatory, each.written) for each in attributes)


class Metadata:
    """Reads with a short memory, per shop where the answer is the shop's own."""

    def __init__(self, api: ShopeeApi) -> None:
        self._api = api
        self._memory = Memory(api.now)

    def known_limits(self, category_id: str) -> Limits | None:
        """Limits already read for a category, whatever their age; nothing is sent."""
        known: Limits | None = self._memory.known(("limits", category_id))
        return known

    async def limits(self, shop: Shop, category_id: str) -> Limits:
        async def read() -> Limits:
            said = await self._api.get(
                Call.PUBLISH, shop, "product/get_item_limit", category_id=int(category_id)
            )
            return limits_of(said.response)

        return await self._memory.recall(("limits", category_id), read)

    async def category(self, shop: Shop, group: str) -> int | None:
        """The default category of an OCOP group."""
        return category_for(group, await self.categories(shop))

    async def categories(self, shop: Shop) -> list[Mapping[str, Any]]:
        """The records of every category."""

        async def read() -> list[Mapping[str, Any]]:
            said = await self._api.get(Call.PUBLISH, shop, "product/get_category", language="vi")
            return said.records("category_list")

        return await self._memory.recall(("categories",), read)

    async def attributes(self, shop: Shop, category_id: str) -> tuple[Attribute, ...]:
        async def read() -> tuple[Attribute, ...]:
            said = await self._api.get(
                Call.PUBLISH, shop, "product/get_attribute_tree", category_id_list=category_id
            )
            return attributes_of(said.records("list"))

        return await self._memory.recall(("attributes", category_id), read)

    async def brands(self, shop: Shop, category_id: str) -> Mapping[str, int]:
        """Brand ids by folded name: the first page, as most of our products have no registered brand."""

        async def read() -> dict[str, int]:
            said = await self._api.get(
                Call.PUBLISH,
                shop,
                "product/get_brand_list",
                category_id=int(category_id),
                status=1,
                offset=0,
                page_size=100,
            )
            return {
                fold(str(entry.get("original_brand_name", ""))): int(entry["brand_id"])
                for entry in said.records("brand_list")
            }

        return await self._memory.recall(("brands", category_id), read)

    async def channels(self, shop: Shop) -> tuple[int, ...]:
        """Delivery channels switched on in the shop."""

        async def read() -> tuple[int, ...]:
            said = await self._api.get(Call.PUBLISH, shop, "logistics/get_channel_list")
            return tuple(
                int(entry["logistics_channel_id"])
                for entry in said.records("logistics_channel_list")
                if entry.get("enabled") is True
            )

        return await self._memory.recall(("channels", shop.shop_id), read)
