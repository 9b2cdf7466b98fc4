"""What TikTok Shop wants to be asked at run time: category, attributes, brands, warehouses.

Kept for a while in memory, per shop where the answer is the shop's own. Categories are of version 2, the only one
in South-East Asia.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.adapters.tiktok_shop.answers import mappings
from ocop_hub.marketplaces.adapters.tiktok_shop.api import TikTokApi
from ocop_hub.marketplaces.categories import Category, CategoryField
from ocop_hub.marketplaces.contract import BadAnswer, Call, ListingDraft, Shop
from ocop_hub.marketplaces.memory import Memory

VERSION = "v2"
LOCALE = "vi-VN"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the product: listed values by folded name, and as they are written; free text where
    ``customisable``."""

    attribute_id: str
    name: str
    mandatory: bool
    customisable: bool
    values: Mapping[str, str]
    written: tuple[str, ...] = ()


def attributes_of(records: Sequence[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """Read the attributes of a category; those that make variants are left out."""
    return tuple(
        Attribute(
            str(record.get("id", "")),
            str(record.get("name", "")),
            # Spelt so in the interface; the right spelling is read too, should it be mended.
            record.get("is_requried") is True or record.get("is_required") is True,
            record.get("is_customizable") is True,
            {
                fold(str(value.get("name", ""))): str(value.get("id", ""))
                for value in mappings(record.get("values"))
            },
            tuple(str(value.get("name", "")) for value in mappings(record.get("values"))),
        )
        for record in records
        if record.get("type") == "PRODUCT_PROPERTY"
    )


def categories_of(records: Sequence[Mapping[str, Any]]) -> tuple[Category, ...]:
    """Read the categories; ``0`` is the parent of those at the top."""
    return tuple(
        Category(
            str(record.get("id", "")),
            str(record.get("local_name", "")),
            "" if str(record.get("parent_id", "")) == "0" else str(record.get("parent_id", "")),
            record.get("is_leaf") is True,
        )
        for record in records
    )


def fields_of(attributes: Sequence[Attribute]) -> tuple[CategoryField, ...]:
    """Attributes as people fill them in; where anything may stand, no values are named."""
    return tuple(
        CategoryField(each.name, each.mandatory, () if each.customisable else each.written)
        for each in attributes
    )


def warehouse_of(records: Sequence[Mapping[str, Any]]) -> str:
    """The warehouse goods are sold from: the default one, else the first that is enabled; empty for none."""
    selling = [
        record
        for record in records
        if record.get("type") == "SALES_WAREHOUSE" and record.get("effect_status") == "ENABLED"
    ]
    chosen = next((record for record in selling if record.get("is_default") is True), None)
    return str((chosen or (selling[0] if selling else {})).get("id", ""))


class Metadata:
    """Reads with a short memory."""

    def __init__(self, api: TikTokApi) -> None:
        self._api = api
        self._memory = Memory(api.now)

    async def category(self, shop: Shop, draft: ListingDraft) -> str:
        """The leaf category: as chosen, else as TikTok Shop recommends by name and description."""
        if draft.category_id:
            return draft.category_id

        body = {
            "product_title": draft.title,
            "description": draft.description,
            "category_version": VERSION,
            "locale": LOCALE,
        }
        said = await self._api.post(Call.PUBLISH, shop, "/product/202309/categories/recommend", body)
        return str(said.data.get("leaf_category_id") or "")

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        async def read() -> tuple[Category, ...]:
            said = await self._api.get(
                Call.PUBLISH, shop, "/product/202309/categories", category_version=VERSION, locale=LOCALE
            )
            return categories_of(said.records("categories"))

        return await self._memory.recall(("categories", shop.shop_id), read)

    async def attributes(self, shop: Shop, category_id: str) -> tuple[Attribute, ...]:
        async def read() -> tuple[Attribute, ...]:
            said = await self._api.get(
                Call.PUBLISH,
                shop,
                f"/product/202309/categories/{category_id}/attributes",
                category_version=VERSION,
                locale=LOCALE,
            )
            return attributes_of(said.records("attributes"))

        return await self._memory.recall(("attributes", category_id), read)

    async def brand(self, shop: Shop, name: str, category_id: str) -> str:
        """The id of a registered brand; empty when there is none of that name."""
        if not name:
            return ""

        async def read() -> str:
            said = await self._api.get(
                Call.PUBLISH,
                shop,
                "/product/202309/brands",
                brand_name=name,
                category_id=category_id,
                category_version=VERSION,
                page_size=20,
            )
            named = (
                brand for brand in said.records("brands") if fold(str(brand.get("name", ""))) == fold(name)
            )
            return str(next(named, {}).get("id", ""))

        return await self._memory.recall(("brand", category_id, fold(name)), read)

    async def warehouse(self, shop: Shop) -> str:
        """The shop's warehouse; a shop without one cannot sell and is asked again next time."""

        async def read() -> str:
            said = await self._api.get(Call.PUBLISH, shop, "/logistics/202309/warehouses")
            return warehouse_of(said.records("warehouses"))

        found: str = await self._memory.recall(("warehouse", shop.shop_id), read)
        if not found:
            self._memory.forget(("warehouse", shop.shop_id))
        return found

    async def shops(self, shop: Shop) -> list[Mapping[str, Any]]:
        """The shops a token opens, each with its ``cipher``. Raises :class:`BadAnswer` when none is told."""
        said = await self._api.get(Call.EXCHANGE, shop, "/authorization/202309/shops", of_shop=False)
        if not said.records("shops"):
            raise BadAnswer("TikTok Shop không cho biết gian hàng nào đã đồng ý.", exchange=said.exchange)
        return said.records("shops")
