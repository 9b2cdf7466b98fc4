"""Two producers that are one: found, merged, and split again, with all that hangs on them.

A producer's rows lie in rooms above this one, so what moves is asked of the database: every table with a
``producer_id`` that this role may change. Rows that belong to another row (a lot to a product) go where that
one goes; the others are noted by their keys, so that they can go back. What was closed or written down for
good (audit, closed figures) stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.producers.errors import CannotMerge, MergeUndone
from ocop_hub.producers.likeness import KIND_WORDS
from ocop_hub.producers.models import Merge, MergeKind, Producer

#: Whose owner a row's is, by the column that names it; earlier ones move first.
_PARENTS = (
    ("account_id", "marketplace_accounts"),
    ("product_id", "products"),
    ("lot_id", "lots"),
    ("listing_id", "listings"),
    ("run_id", "print_runs"),
)
_READINESS = "publishing.readiness"

#: Rows that the other has of the same kind already stay where they are.
_APART = {
    "producer_members": " AND NOT EXISTS (SELECT FROM producer_members m WHERE m.producer_id = :new"
    " AND m.user_id = t.user_id)",
    "consents": " AND NOT EXISTS (SELECT FROM consents c WHERE c.producer_id = :new AND c.purpose = t.purpose"
    " AND c.withdrawn_at IS NULL AND t.withdrawn_at IS NULL)",
}

_TABLES = text("""
    SELECT c.relname AS name,
           array_agg(a.attname::text) AS columns,
           (SELECT k.attname::text FROM pg_index i JOIN pg_attribute k
              ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
             WHERE i.indrelid = c.oid AND i.indisprimary) AS key
      FROM pg_class c
      JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = 'producer_id' AND NOT own.attisdropped
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname NOT IN ('merges', 'audit_entries')
       AND has_column_privilege(c.oid, own.attnum, 'UPDATE')
     GROUP BY c.oid, c.relname
     ORDER BY c.relname
""")

# Two names are one when they agree without the word for the kind; a household's number is a person's and may
# stand for several shops.
_DUPLICATES = text(f"""
    WITH standing AS (
      SELECT id, name, claimed_at, current_unit_id, province_id, tax_number,
             regexp_replace(name_folded, '{KIND_WORDS}', '') AS bare
        FROM producers WHERE merged_into_id IS NULL
    )
    SELECT a.id AS first_id, a.name AS first_name, b.id AS second_id, b.name AS second_name,
           a.tax_number IS NOT NULL AND a.tax_number = b.tax_number AS same_tax_number
      FROM standing a JOIN standing b ON a.id < b.id AND (
           (a.bare = b.bare AND a.province_id IS NOT DISTINCT FROM b.province_id
            AND (a.current_unit_id = b.current_unit_id OR a.current_unit_id IS NULL OR b.current_unit_id IS NULL))
        OR (a.tax_number = b.tax_number AND length(a.tax_number) <> 12))
     WHERE a.tax_number IS NULL OR b.tax_number IS NULL OR a.tax_number = b.tax_number
     ORDER BY a.bare, a.id, b.id
     LIMIT :limit
""")  # noqa: S608 - the pattern of ``likeness``


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two that may be one; ``same_tax_number`` makes it nearly sure."""

    first_id: UUID
    first_name: str
    second_id: UUID
    second_name: str
    same_tax_number: bool = False


async def duplicates(session: AsyncSession, actor: Actor, *, limit: int = 200) -> list[Duplicate]:
    """Pairs of standing producers with the same folded name and place, or the same tax number."""
    require_office(actor)
    found = await session.execute(_DUPLICATES, {"limit": limit})
    return [Duplicate(**row) for row in found.mappings()]


async def merge_producers(
    session: AsyncSession, actor: Actor, from_id: UUID, into_id: UUID, *, reason: str = ""
) -> Merge:
    """Let ``from_id`` be ``into_id`` from now on: products, stalls, lots, members and history go over.

    Printed codes lead where they led. Raises NotFound, Forbidden, :class:`CannotMerge`.
    """
    require_office(actor)
    ids = sorted((from_id, into_id))
    found = await session.scalars(
        select(Producer).where(Producer.id.in_(ids)).order_by(Producer.id).with_for_update()
    )
    by_id = {producer.id: producer for producer in found}
    if by_id.keys() != set(ids):
        raise NotFound("Không có chủ thể này.")
    if from_id == into_id or any(each.merged_into_id is not None for each in by_id.values()):
        raise CannotMerge("Hãy chọn hai chủ thể khác nhau, chưa gộp vào đâu.")
    source, target = by_id[from_id], by_id[into_id]
    moved = await _move(session, from_id, into_id)
    earlier = await session.scalars(
        update(Producer)
        .where(Producer.merged_into_id == from_id)
        .values(merged_into_id=into_id)
        .returning(Producer.id)
    )
    moved["producers"] = [str(each) for each in earlier]
    source.merged_into_id = into_id
    if target.claimed_at is None and source.claimed_at is not None:
        target.claimed_at = source.claimed_at
        moved["claimed"] = [str(into_id)]
    merge = Merge(
        id=new_id(),
        producer_id=into_id,
        kind=MergeKind.PRODUCER,
        from_id=from_id,
        into_id=into_id,
        moved=moved,
        reason=clean(reason),
        merged_by=actor.label,
    )
    session.add(merge)
    _audit(session, actor, merge, "merge")
    await _wake(session, moved.get("products", []))
    return merge


async def open_merge(session: AsyncSession, actor: Actor, merge_id: UUID) -> Merge:
    """A merge that can be undone, locked. Raises NotFound, Forbidden, :class:`MergeUndone`."""
    require_office(actor)
    merge: Merge | None = await session.get(Merge, merge_id, with_for_update=True)
    if merge is None:
        raise NotFound("Không có lần gộp này.")
    if merge.undone_at is not None:
        raise MergeUndone("Lần gộp này đã được tách trước đó.")
    return merge


async def split_producers(session: AsyncSession, actor: Actor, merge: Merge) -> None:
    """Undo a merge: what went over goes back, with all that was added to it since.

    Raises :class:`CannotMerge` where the producer that has it all was merged further.
    """
    target = await session.get_one(Producer, merge.into_id, with_for_update=True)
    source = await session.get_one(Producer, merge.from_id, with_for_update=True)
    if target.merged_into_id is not None:
        raise CannotMerge("Chủ thể này đã gộp tiếp vào chủ thể khác. Hãy tách lần gộp sau trước.")
    source.merged_into_id = None
    if merge.moved.get("claimed"):
        target.claimed_at = None
    await session.execute(
        update(Producer)
        .where(Producer.id.in_([UUID(each) for each in merge.moved["producers"]]))
        .values(merged_into_id=source.id)
    )
    await _move_back(session, merge)
    merge.undone_at, merge.undone_by = clock.now(), actor.label
    _audit(session, actor, merge, "split")
    await _wake(session, merge.moved.get("products", []))


async def _move(session: AsyncSession, from_id: UUID, into_id: UUID) -> dict[str, Any]:
    """Hand every row of a producer over; the keys of those that hang on no other row, by table."""
    tables = (await session.execute(_TABLES)).mappings().all()
    sides = {"old": from_id, "new": into_id}
    moved: dict[str, Any] = {}
    for table in tables:
        if _parent(table) is None:
            apart = _APART.get(table["name"], "")
            keys = await session.scalars(
                text(
                    f'UPDATE "{table["name"]}" t SET producer_id = :new WHERE producer_id = :old{apart}'  # noqa: S608 - names from the catalog
                    f' RETURNING t."{table["key"]}"::text'
                ),
                sides,
            )
            moved[table["name"]] = list(keys)
    await _follow(session, tables, sides)
    return {name: keys for name, keys in moved.items() if keys}


async def _move_back(session: AsyncSession, merge: Merge) -> None:
    tables = (await session.execute(_TABLES)).mappings().all()
    sides = {"old": merge.into_id, "new": merge.from_id}
    for table in tables:
        if _parent(table) is None and (keys := merge.moved.get(table["name"])):
            await session.execute(
                text(
                    f'UPDATE "{table["name"]}" SET producer_id = :new'  # noqa: S608 - names from the catalog
                    f' WHERE producer_id = :old AND "{table["key"]}"::text = ANY (:keys)'
                ),
                {**sides, "keys": keys},
            )
    await _follow(session, tables, sides)


async def _follow(session: AsyncSession, tables: Sequence[RowMapping], sides: dict[str, UUID]) -> None:
    """Let the rows that belong to others go where those went, and pages that show the name be made anew."""
    for column, parent in _PARENTS:
        for table in tables:
            if _parent(table) == (column, parent):
                anew = ", page_version = c.page_version + 1" if "page_version" in table["columns"] else ""
                await session.execute(
                    text(
                        f'UPDATE "{table["name"]}" c SET producer_id = :new{anew} FROM "{parent}" p'  # noqa: S608 - names from the catalog
                        f' WHERE p.id = c."{column}" AND p.producer_id = :new AND c.producer_id = :old'
                    ),
                    sides,
                )


def _parent(table: RowMapping) -> tuple[str, str] | None:
    return next((each for each in _PARENTS if each[0] in table["columns"] and each[1] != table["name"]), None)


async def _wake(session: AsyncSession, product_ids: Sequence[str]) -> None:
    await jobs.enqueue_many(
        session, _READINESS, [({"product_id": each}, f"{_READINESS}:{each}") for each in product_ids]
    )


def _audit(session: AsyncSession, actor: Actor, merge: Merge, verb: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"producers.{verb}",
        subject=f"producer:{merge.from_id}",
        producer_id=merge.into_id,
        merge=str(merge.id),
    )
