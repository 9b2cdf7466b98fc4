"""Two products that are one: found, merged, and split again.

Certificates, photos and listings go over as far as the other has none of the same; lots, printed codes and
revisions stay with the name they were made under, which leads to what it became. What was seen of any listing on
a marketplace counts for the product that is left: also of a second one in a stall, which stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.service import wake_readiness
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.producers.errors import CannotMerge
from ocop_hub.producers.merging import Duplicate, open_merge, split_producers
from ocop_hub.producers.models import Merge, MergeKind

#: What may go over, and when it may not: the tables of rooms above are known here by name only.
_GOING: Final = {
    "certificates": "SELECT FROM certificates o WHERE o.product_id = :new AND lower(o.valid) = lower(t.valid)",
    "product_photos": "SELECT FROM product_photos o WHERE o.product_id = :new AND o.sha256 = t.sha256",
    "photo_fetches": "SELECT FROM photo_fetches o WHERE o.product_id = :new AND o.url = t.url",
    "spoken_stories": "SELECT FROM spoken_stories o WHERE o.product_id = :new AND o.sha256 = t.sha256",
    "listings": "SELECT FROM listings o WHERE o.product_id = :new AND o.account_id = t.account_id",
    "product_variants": "SELECT WHERE false",
    "shop_items": "SELECT WHERE false",
}
_ALL_INTERVALS: Final = text("UPDATE listing_intervals SET product_id = :new WHERE product_id = :old")
_OWN_INTERVALS: Final = text("""
    UPDATE listing_intervals i SET product_id = :new FROM listings l JOIN products p ON p.id = l.product_id
     WHERE l.id = i.listing_id AND :new IN (p.id, p.merged_into_id) AND i.product_id = :old
""")
#: While certificates go over they may overlap; then each ends where the product's next one begins, and no earlier
#: (``certificates.validity.fitted``).
_LET_OVERLAP: Final = text("SET CONSTRAINTS ex_certificates_overlap DEFERRED")
_FIT: Final = text("""
    UPDATE certificates c SET valid = tstzrange(f.begins, least(f.given, f.next)),
           lapses_at = CASE WHEN f.next < f.given THEN f.given END
      FROM (SELECT id, lower(valid) AS begins,
                   least(coalesce(lapses_at, upper(valid)), withdrawn_at) AS given,
                   lead(lower(valid)) OVER (PARTITION BY product_id ORDER BY lower(valid)) AS next
              FROM certificates WHERE product_id IN (:old, :new) AND NOT isempty(valid)) f
     WHERE f.id = c.id
""")
_NO_OVERLAP: Final = text("SET CONSTRAINTS ex_certificates_overlap IMMEDIATE")
_DUPLICATES: Final = text("""
    SELECT a.id AS first_id, a.name AS first_name, b.id AS second_id, b.name AS second_name
      FROM products a JOIN products b
        ON a.producer_id = b.producer_id AND a.name_folded = b.name_folded AND a.id < b.id
     WHERE a.merged_into_id IS NULL AND b.merged_into_id IS NULL
     ORDER BY a.sort_key, a.id, b.id
     LIMIT :limit
""")


async def duplicates(session: AsyncSession, actor: Actor, *, limit: int = 200) -> list[Duplicate]:
    """Pairs of standing products of one producer whose names differ in marks or case at most."""
    require_office(actor)
    found = await session.execute(_DUPLICATES, {"limit": limit})
    return [Duplicate(**row) for row in found.mappings()]


async def merge_products(
    session: AsyncSession, actor: Actor, from_id: UUID, into_id: UUID, *, reason: str = ""
) -> Merge:
    """Let ``from_id`` be ``into_id`` from now on. Printed codes lead to it.

    Raises NotFound, Forbidden, and :class:`CannotMerge` for products of two producers.
    """
    require_office(actor)
    # In one order: two offices that merge the same two the other way round wait instead of locking each other
    # out.
    ids = sorted((from_id, into_id))
    found = await session.scalars(
        select(Product).where(Product.id.in_(ids)).order_by(Product.id).with_for_update()
    )
    by_id = {product.id: product for product in found}
    if by_id.keys() != set(ids):
        raise NotFound("Không có sản phẩm này.")
    if from_id == into_id or any(each.merged_into_id is not None for each in by_id.values()):
        raise CannotMerge("Hãy chọn hai sản phẩm khác nhau, chưa gộp vào đâu.")
    source, target = by_id[from_id], by_id[into_id]
    if source.producer_id != target.producer_id:
        raise CannotMerge(
            "Hai sản phẩm của hai chủ thể khác nhau. Nếu là một chủ thể, hãy gộp hai chủ thể trước."
        )
    sides = {"old": from_id, "new": into_id}
    await session.execute(_LET_OVERLAP)
    moved = await _move(session, sides)
    await _fit_certificates(session, sides)
    await session.execute(_ALL_INTERVALS, sides)
    earlier = await session.scalars(
        update(Product)
        .where(Product.merged_into_id == from_id)
        .values(merged_into_id=into_id)
        .returning(Product.id)
    )
    moved["products"] = [str(each) for each in earlier]
    source.merged_into_id = into_id
    merge = Merge(
        id=new_id(),
        producer_id=target.producer_id,
        kind=MergeKind.PRODUCT,
        from_id=from_id,
        into_id=into_id,
        moved=moved,
        reason=clean(reason),
        merged_by=actor.label,
    )
    session.add(merge)
    await _tell(session, actor, merge, "merge")
    return merge


async def _move(session: AsyncSession, sides: Mapping[str, UUID]) -> dict[str, Any]:
    """Let the rows of ``old`` be rows of ``new`` where none of those stands in their way; their ids, by table."""
    moved: dict[str, Any] = {}
    for table, standing in _GOING.items():
        keys = await session.scalars(
            text(
                f"UPDATE {table} t SET product_id = :new WHERE t.product_id = :old"  # noqa: S608 - names from above
                f" AND NOT EXISTS ({standing}) RETURNING t.id::text"
            ),
            sides,
        )
        moved[table] = list(keys)
    return moved


async def undo(session: AsyncSession, actor: Actor, merge_id: UUID) -> Merge:
    """Split what was merged, producers or products; what was added to it since goes along.

    Raises NotFound, Forbidden, :class:`MergeUndone`, :class:`CannotMerge`.
    """
    merge = await open_merge(session, actor, merge_id)
    if merge.kind is MergeKind.PRODUCER:
        await split_producers(session, actor, merge)
    else:
        await _split_products(session, actor, merge)
    return merge


async def _split_products(session: AsyncSession, actor: Actor, merge: Merge) -> None:
    target = await session.get_one(Product, merge.into_id, with_for_update=True)
    source = await session.get_one(Product, merge.from_id, with_for_update=True)
    if target.merged_into_id is not None:
        raise CannotMerge("Sản phẩm này đã gộp tiếp vào sản phẩm khác. Hãy tách lần gộp sau trước.")
    sides = {"old": merge.into_id, "new": merge.from_id}
    await session.execute(_LET_OVERLAP)
    for table in _GOING:
        await session.execute(
            text(
                f"UPDATE {table} SET product_id = :new WHERE product_id = :old"  # noqa: S608 - names from above
                " AND id::text = ANY (:keys)"
            ),
            {**sides, "keys": merge.moved[table]},
        )
    await _fit_certificates(session, sides)
    source.merged_into_id = None
    await session.execute(
        update(Product)
        .where(Product.id.in_([UUID(each) for each in merge.moved["products"]]))
        .values(merged_into_id=source.id)
    )
    await session.flush()
    await session.execute(_OWN_INTERVALS, sides)
    merge.undone_at, merge.undone_by = clock.now(), actor.label
    await _tell(session, actor, merge, "split")


async def _fit_certificates(session: AsyncSession, sides: dict[str, UUID]) -> None:
    await session.execute(_FIT, sides)
    await session.execute(_NO_OVERLAP)


async def _tell(session: AsyncSession, actor: Actor, merge: Merge, verb: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"catalogue.{verb}",
        subject=f"product:{merge.from_id}",
        producer_id=merge.producer_id,
        merge=str(merge.id),
    )
    # A product's page and its listings speak of what it is now.
    for product_id in (merge.from_id, merge.into_id):
        await wake_readiness(session, product_id)
