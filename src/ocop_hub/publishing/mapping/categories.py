"""From our groups to a marketplace's categories: the tree as it was read, what an office chose, what is wrong with it.

A mapping names the version of the tree it was chosen from. It goes on while its category still stands there as
one that takes products; a listing whose category is gone is refused here, before anything is sent. Without a
mapping the adapter goes by the names of ``marketplaces.categories``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product, ProductGroup, ProductSubGroup
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold
from ocop_hub.marketplaces.categories import Category, CategoryField
from ocop_hub.marketplaces.contract import Capabilities, ListingDraft, ListingState, Reason
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.publishing.draft import Subject, build_draft
from ocop_hub.publishing.errors import NoSuchCategory
from ocop_hub.publishing.models import Desired, Listing, Step
from ocop_hub.publishing.models_office import CategoryMapping, CategoryTree
from ocop_hub.publishing.service import wake

MOST_FOUND: Final = 30
#: A tree names its categories at most this deep; a circle in it ends here.
DEEPEST: Final = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the mapping says of one product, and why it cannot be sent so."""

    category_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Mappings:
    """The mappings of one marketplace with what the tree says of their categories; read in two statements.

    ``standing``: id of a category → whether it takes products (None: not in the tree); empty without a tree.
    """

    by_group: Mapping[tuple[str, str], CategoryMapping] = field(default_factory=dict)
    tree_read: bool = False
    standing: Mapping[str, bool | None] = field(default_factory=dict)
    fields: Mapping[str, Sequence[CategoryField]] = field(default_factory=dict)

    def of(self, subject: Subject, overrides: Mapping[str, Any]) -> Chosen:
        """The category and values for a product; what its listing says otherwise goes first."""
        mapping = self.by_group.get((subject.group_code, subject.sub_group_code)) or self.by_group.get(
            (subject.group_code, "")
        )
        own = str(overrides.get("category_id") or "")
        category_id = own or (mapping.category_id if mapping is not None else "")
        if not category_id:
            return Chosen()
        mapped = mapping is not None and mapping.category_id == category_id
        attributes = dict(mapping.attributes) if mapping is not None and mapped else {}
        return Chosen(category_id, attributes, self._problems(category_id, attributes, subject))

    def _problems(
        self, category_id: str, attributes: Mapping[str, str], subject: Subject
    ) -> tuple[Reason, ...]:
        if self.tree_read and not self.standing.get(category_id):
            text = (
                f"Ngành hàng {category_id} đã chọn cho nhóm “{subject.group_name}” không còn nhận sản phẩm trên sàn. "
                "Cán bộ cấp tỉnh cần chọn lại ở trang Ngành hàng trên sàn."
            )
            return (Reason("category_id", "category-gone", text),)
        given = {fold(name) for name, value in attributes.items() if value.strip()}
        return tuple(
            Reason(
                f"attributes.{each.name}",
                "attribute-missing",
                f"Ngành hàng này cần “{each.name}”. Cán bộ cấp tỉnh cần điền ở trang Ngành hàng trên sàn.",
            )
            for each in self.fields.get(category_id, ())
            if each.required and fold(each.name) not in given
        )


async def load(session: AsyncSession, marketplace_key: str, more_ids: Iterable[str] = ()) -> Mappings:
    """The mappings in force on a marketplace; ``more_ids``: categories that listings name themselves."""
    rows = await session.scalars(open_mappings(marketplace_key))
    by_group = {(row.group_code, row.sub_group_code): row for row in rows}
    wanted = sorted({row.category_id for row in by_group.values()} | {each for each in more_ids if each})
    if not wanted:
        return Mappings()
    found = (
        await session.execute(
            select(
                *(CategoryTree.tree[each] for each in wanted), *(CategoryTree.fields[each] for each in wanted)
            ).where(CategoryTree.marketplace_key == marketplace_key)
        )
    ).first()
    if found is None:
        return Mappings(by_group)
    entries, fields = found[: len(wanted)], found[len(wanted) :]
    return Mappings(
        by_group,
        True,
        {each: entry["leaf"] if entry else None for each, entry in zip(wanted, entries, strict=True)},
        {each: read_fields(kept) for each, kept in zip(wanted, fields, strict=True)},
    )


def drafted(
    subject: Subject, overrides: Mapping[str, Any], chosen: Chosen, capabilities: Capabilities
) -> ListingDraft:
    """The draft with the category and values that were chosen for it; without pictures."""
    return build_draft(
        subject,
        overrides=overrides,
        category_id=chosen.category_id,
        attributes=chosen.attributes,
        title_chars=capabilities.title_chars,
    )


async def category_of(
    session: AsyncSession, marketplace_key: str, group_code: str, sub_group_code: str
) -> str:
    """The category chosen for a sub-group, else for its group; empty where nobody chose one."""
    found = await session.scalars(
        open_mappings(marketplace_key)
        .where(
            CategoryMapping.group_code == group_code,
            CategoryMapping.sub_group_code.in_(["", sub_group_code]),
        )
        .order_by(CategoryMapping.sub_group_code.desc())
    )
    first = found.first()
    return first.category_id if first is not None else ""


def open_mappings(marketplace_key: str = "") -> Select[CategoryMapping]:
    """Mappings in force, of one marketplace or all."""
    query = select(CategoryMapping).where(CategoryMapping.ended_at.is_(None))
    return query.where(CategoryMapping.marketplace_key == marketplace_key) if marketplace_key else query


def version_of(categories: Collection[Category]) -> str:
    """Twelve hexadecimal digits that change with any category's id, name, place or use."""
    told = sorted(tuple(asdict(each).items()) for each in categories)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


async def keep_tree(
    session: AsyncSession, marketplace_key: str, categories: Collection[Category]
) -> CategoryTree:
    """Take over a tree as it was just read; what was read of fields under another version is read anew."""
    version = version_of(categories)
    kept = await session.get(CategoryTree, marketplace_key, with_for_update=True)
    if kept is None:
        kept = CategoryTree(marketplace_key=marketplace_key, version="", tree={}, fields={})
        session.add(kept)
    if kept.version != version:
        kept.version, kept.fields = version, {}
        kept.tree = {
            each.category_id: {"name": each.name, "parent": each.parent_id, "leaf": each.leaf}
            for each in categories
        }
    kept.read_at = clock.now()
    await session.flush()
    return kept


async def keep_fields(
    session: AsyncSession, marketplace_key: str, category_id: str, fields: Sequence[CategoryField]
) -> None:
    """Keep what the marketplace asks for in a category, beside the tree it was read with."""
    kept = await session.get(CategoryTree, marketplace_key, with_for_update=True)
    if kept is not None:
        kept.fields = {**kept.fields, category_id: [asdict(each) for each in fields]}


def read_fields(kept: Sequence[Mapping[str, Any]] | None) -> tuple[CategoryField, ...]:
    """Fields as they were kept."""
    return tuple(CategoryField(each["name"], each["required"], tuple(each["values"])) for each in kept or ())


def path_of(tree: Mapping[str, Any], category_id: str) -> str:
    """Names from the top down to a category; empty where it is not in the tree."""
    names: list[str] = []
    while category_id in tree and len(names) < DEEPEST:
        names.append(str(tree[category_id]["name"]))
        category_id = str(tree[category_id]["parent"])
    return " › ".join(reversed(names))


def search(tree: Mapping[str, Any], words: str) -> list[tuple[str, str]]:
    """(id, path) of categories that take products and whose path has every word, the shortest paths first."""
    wanted = fold(words).split()
    leaves = ((each, path_of(tree, each)) for each, entry in tree.items() if entry["leaf"])
    found = [(each, path) for each, path in leaves if all(word in fold(path) for word in wanted)]
    return sorted(found, key=lambda pair: (len(pair[1]), pair[1]))[:MOST_FOUND]


async def choose(
    session: AsyncSession,
    actor: Actor,
    *,
    marketplace_key: str,
    group_code: str,
    category_id: str,
    sub_group_code: str = "",
    attributes: Mapping[str, str] | None = None,
    source: str = "",
) -> CategoryMapping:
    """Send a group's products to this category from now on; what was refused is tried again at once.

    ``source`` says where it was learnt; empty: the office's own choice. Raises :class:`NotFound` for a group that
    does not exist, :class:`NoSuchCategory` for a category that is not in the tree or takes no products.
    """
    require_office(actor)
    await _known_group(session, group_code, sub_group_code)
    tree = await session.get(CategoryTree, marketplace_key)
    entry = tree.tree.get(category_id) if tree is not None else None
    if tree is None or entry is None or not entry["leaf"]:
        raise NoSuchCategory("Ngành hàng này không có trong cây ngành hàng của sàn. Hãy tìm rồi chọn lại.")
    now = clock.now()
    await session.execute(
        update(CategoryMapping)
        .where(*_in_force(marketplace_key, group_code, sub_group_code))
        .values(ended_at=now)
    )
    mapping = CategoryMapping(
        id=new_id(),
        marketplace_key=marketplace_key,
        group_code=group_code,
        sub_group_code=sub_group_code,
        tree_version=tree.version,
        category_id=category_id,
        category_path=path_of(tree.tree, category_id),
        attributes=_filled(attributes or {}),
        source=source or "Cán bộ chọn",
        decided_by=actor.label,
        since=now,
    )
    session.add(mapping)
    audit.record(
        session,
        actor=actor.label,
        action="publishing.map_category",
        subject=f"marketplace:{marketplace_key}",
        group=group_code,
        category=category_id,
    )
    await session.flush()
    await _try_again(session, marketplace_key, group_code)
    return mapping


def _in_force(marketplace_key: str, group_code: str, sub_group_code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        CategoryMapping.marketplace_key == marketplace_key,
        CategoryMapping.group_code == group_code,
        CategoryMapping.sub_group_code == sub_group_code,
        CategoryMapping.ended_at.is_(None),
    )


def _filled(attributes: Mapping[str, str]) -> dict[str, str]:
    given = {clean(name): clean(value) for name, value in attributes.items()}
    return {name: value for name, value in given.items() if name and value}


async def _known_group(session: AsyncSession, group_code: str, sub_group_code: str) -> None:
    known = select(ProductGroup.code).where(ProductGroup.code == group_code)
    if sub_group_code:
        known = select(ProductSubGroup.code).where(
            ProductSubGroup.code == sub_group_code, ProductSubGroup.group_code == group_code
        )
    if await session.scalar(known) is None:
        raise NotFound("Không có nhóm sản phẩm này.")


async def _try_again(session: AsyncSession, marketplace_key: str, group_code: str) -> None:
    """Listings of the group that were refused are due at once; those that stand are changed at their next update."""
    refused = or_(
        Listing.state == ListingState.REJECTED,
        (Listing.state == ListingState.LIVE) & (Listing.reason != ""),
    )
    woken = await session.execute(
        update(Listing)
        .where(
            Listing.marketplace_key == marketplace_key,
            Listing.desired == Desired.LIVE,
            refused,
            Listing.product_id.in_(select(Product.id).where(Product.group_code == group_code)),
            Listing.step.in_([Step.IDLE, Step.LOOK]),
        )
        .values(sent_revision=0, step=Step.LOOK, next_look_at=func.now())
        .returning(Listing.id)
    )
    if woken.first() is not None:
        await wake(session, marketplace_key)
