"""What Lazada wants to be asked at run time: categories, attributes, brands. Kept for a while in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.adapters.lazada.api import LazadaApi
from ocop_hub.marketplaces.categories import Category, choose
from ocop_hub.marketplaces.contract import Call, ListingDraft, Shop
from ocop_hub.marketplaces.memory import Memory

LANGUAGE = "vi_VN"
#: Brands are one list for the whole region; as many pages are searched for a name.
BRAND_PAGE = 200
BRAND_PAGES = 5


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a category: ``options`` are the listed values by folded name."""

    name: str
    label: str
    mandatory: bool
    of_sku: bool
    options: Mapping[str, str]


def leaves_of(tree: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Category ids by folded name, leaves only."""

    def walk(nodes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for node in nodes:
            if node.get("leaf") is True:
                yield fold(str(node.get("name", ""))), str(node.get("category_id", ""))
            children = node.get("children")
            if isinstance(children, list):
                yield from walk([child for child in children if isinstance(child, Mapping)])

    return dict(walk(tree))


def categories_of(tree: Sequence[Mapping[str, Any]], parent_id: str = "") -> Iterator[Category]:
    """Every category of ``/category/tree/get``, parents before their children."""
    for node in tree:
        own = str(node.get("category_id", ""))
        yield Category(own, str(node.get("name", "")), parent_id, node.get("leaf") is True)
        children = node.get("children")
        if isinstance(children, list):
            yield from categories_of([each for each in children if isinstance(each, Mapping)], own)


def attributes_of(records: Sequence[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """Read ``/category/attributes/get``."""
    return tuple(
        Attribute(
            str(record["name"]),
            str(record.get("label") or record["name"]),
            record.get("is_mandatory") in (1, True, "1"),
            record.get("attribute_type") == "sku",
            {
                fold(str(option.get("name", ""))): str(option.get("name", ""))
                for option in record.get("options") or ()
                if isinstance(option, Mapping)
            },
        )
        for record in records
        if record.get("name")
    )


class Metadata:
    """Reads with a short memory; none of it is one stall's own."""

    def __init__(self, api: LazadaApi) -> None:
        self._api = api
        self._memory = Memory(api.now)

    async def category(self, shop: Shop, draft: ListingDraft) -> str:
        """The category of a draft: as chosen, else by the OCOP group, else as Lazada suggests by the name."""
        if draft.category_id:
            return draft.category_id

        by_group = choose(draft.group, leaves_of(await self.tree(shop)))
        if by_group:
            return str(by_group)
        said = await self._api.get(
            Call.PUBLISH, shop, "/product/category/suggestion/get", product_name=draft.title
        )
        suggested = said.records("categorySuggestions")
        return str(suggested[0].get("categoryId") or "") if suggested else ""

    async def tree(self, shop: Shop) -> list[Mapping[str, Any]]:
        """The records of the categories at the top, the others inside them."""

        async def read() -> list[Mapping[str, Any]]:
            said = await self._api.get(Call.PUBLISH, shop, "/category/tree/get", language_code=LANGUAGE)
            return said.records()

        return await self._memory.recall(("categories", ""), read)

    async def attributes(self, shop: Shop, category_id: str) -> tuple[Attribute, ...]:
        async def read() -> tuple[Attribute, ...]:
            said = await self._api.get(
                Call.PUBLISH,
                shop,
                "/category/attributes/get",
                primary_category_id=category_id,
                language_code=LANGUAGE,
            )
            return attributes_of(said.records())

        return await self._memory.recall(("attributes", category_id), read)

    async def brand(self, shop: Shop, name: str) -> str:
        """The id of a registered brand; empty when there is none of that name on the pages searched."""

        async def read() -> str:
            for page in range(BRAND_PAGES):
                said = await self._api.get(
                    Call.PUBLISH,
                    shop,
                    "/category/brands/query",
                    startRow=page * BRAND_PAGE,
                    pageSize=BRAND_PAGE,
                )
                brands = said.records("module")
                for brand in brands:
                    if fold(str(brand.get("name", ""))) == fold(name):
                        return str(brand.get("brand_id", ""))
                if len(brands) < BRAND_PAGE:
                    break
            return ""

        found: str = await self._memory.recall(("brand", fold(name)), read) if name else ""
        return found
