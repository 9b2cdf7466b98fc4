"""A marketplace's categories as people choose among them, and which one an OCOP group goes to when nobody did:
by name, as the ids differ by marketplace and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import Shop

Id = TypeVar("Id")

#: OCOP group → category names tried in turn, by folded name, leaves only. The ids differ by market and time,
#: so they are looked up; a mapping of the office (``draft.category_id``) goes before this.
GROUP_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "thuc pham": ("Đặc sản vùng miền", "Thực phẩm khác", "Đồ chế biến sẵn khác", "Thực phẩm"),
    "do uong": ("Trà và đồ uống đặc sản", "Đồ uống khác", "Đồ uống"),
    "thuoc": ("Thảo dược", "Dược liệu", "Thực phẩm chức năng khác"),
    "thu cong my nghe": ("Đồ thủ công mỹ nghệ", "Trang trí nhà cửa khác", "Quà tặng khác"),
    "sinh vat canh": ("Cây cảnh", "Cây cảnh và hạt giống", "Làm vườn khác"),
    "dich vu": ("Dịch vụ du lịch", "Du lịch và trải nghiệm", "Dịch vụ khác"),
}

#: Beginnings of group names as they were written over the years (Decisions 1048 and 919).
_GROUP_ALIASES = (
    ("thuoc", "thuoc"),
    ("duoc lieu", "thuoc"),
    ("thao duoc", "thuoc"),
    ("san pham thuoc", "thuoc"),
    ("do uong", "do uong"),
    ("thuc pham", "thuc pham"),
    ("thu cong", "thu cong my nghe"),
    ("hang thu cong", "thu cong my nghe"),
    ("luu niem", "thu cong my nghe"),
    ("sinh vat", "sinh vat canh"),
    ("dich vu", "dich vu"),
    ("du lich", "dich vu"),
)


def choose(group: str, leaves: Mapping[str, Id]) -> Id | None:
    """The id for an OCOP group among categories that take products (``leaves``: folded name → id)."""
    folded = fold(group)
    key = next((ours for start, ours in _GROUP_ALIASES if folded.startswith(start)), folded)
    wanted = (fold(name) for name in GROUP_CATEGORIES.get(key, ()))
    return next((leaves[name] for name in wanted if name in leaves), None)


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a marketplace. Products go to leaves only; ``parent_id`` is empty at the top."""

    category_id: str
    name: str
    parent_id: str = ""
    leaf: bool = True


@dataclass(frozen=True, slots=True)
class CategoryField:
    """What a marketplace asks for in a category; ``values``: those it lists, empty where anything may stand.

    ``name`` is what people read and what a draft's ``attributes`` are keyed by.
    """

    name: str
    required: bool
    values: tuple[str, ...] = ()


@runtime_checkable
class TellsCategories(Protocol):
    """A marketplace whose categories can be read, so that people choose among them. Raises the contract's errors."""

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        """All of them, as this stall may see them."""

    async def category_fields(self, shop: Shop, category_id: str) -> tuple[CategoryField, ...]:
        """What it asks for in one category."""
