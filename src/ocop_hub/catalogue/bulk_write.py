"""Writing many products at once: rows, revisions, audit rows and wake-ups, in a few statements for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Function,
    Select,
    String,
    Uuid,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.audit import AuditEntry, acting_for
from ocop_hub.catalogue.approval_need import REVIEWED, need_today
from ocop_hub.catalogue.content import CONTENT, as_json, changed_only, name_keys
from ocop_hub.catalogue.errors import GtinTaken, says_gtin_taken
from ocop_hub.catalogue.models import ApprovalNeed, Product, ProductGtin, ProductRevision, ProductStatus
from ocop_hub.catalogue.service import READINESS, readiness_wake_up
from ocop_hub.db import among, insert_rows, sent_rows, table_of, upsert_rows
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor

_KEYS = ("name_folded", "sort_key")
#: What the audit row of an added product tells: the same of all.
_NEW: Final = {"revision": 1, "by": "list"}
#: Certificates lie in a room above, and are known here by name only.
_CERTIFIED: Final = text(
    "SELECT product_id FROM certificates WHERE product_id = ANY (:ids) AND valid @> now()"
)


@dataclass(slots=True)
class KnownProduct:
    """A product that a list speaks of. ``before`` is its content as stored, None for one to be added."""

    id: UUID
    producer_id: UUID
    revision: int
    content: dict[str, Any]
    before: dict[str, Any] | None


def known_rows() -> Select[Any]:
    """Every product's row as :func:`known_of` reads it."""
    columns = [getattr(Product, name) for name in CONTENT]
    return select(Product.id, Product.producer_id, Product.revision, Product.merged_into_id, *columns)


def known_of(row: Mapping[Any, Any]) -> KnownProduct:
    """The product of one row of :func:`known_rows`."""
    content = {name: row[name] for name in CONTENT}
    return KnownProduct(row["id"], row["producer_id"], row["revision"], content, dict(content))


async def gtin_owners(session: AsyncSession, gtins: Iterable[str | None]) -> dict[str, UUID]:
    """Whose each of these GTINs is already, of the product itself or of one of its packs."""
    wanted = {gtin for gtin in gtins if gtin}
    if not wanted:
        return {}
    rows = await session.execute(
        select(ProductGtin.gtin, ProductGtin.product_id).where(among(ProductGtin.gtin, wanted))
    )
    return {row.gtin: row.product_id for row in rows}


async def write_known(session: AsyncSession, actor: Actor, all_known: Sequence[KnownProduct]) -> None:
    """Store what is new or differs: product, revision, audit row and wake-up, in a few statements for all.

    Where a rule asks for it, a producer's own changes wait for the province's word. Raises :class:`GtinTaken`.
    """
    created = [one for one in all_known if one.before is None]
    updated = [one for one in all_known if one.before is not None and one.before != one.content]
    await _ask_for_approval(session, actor, created, updated)
    for one in updated:
        one.revision += 1
    changing = (*CONTENT, *_KEYS, "revision", "updated_at")
    try:
        async with session.begin_nested():
            if updated:
                await session.execute(upsert_rows(Product, _rows(updated), changing))
            if created:
                await session.execute(insert_rows(Product, _rows(created)))
    except IntegrityError as refused:
        if not says_gtin_taken(refused):
            raise
        raise GtinTaken(
            "Một mã GTIN trong danh sách đã dùng cho sản phẩm của chủ thể khác. Hãy xem lại các mã."
        ) from None
    if created:
        await session.execute(_first_revisions(created, actor))
    if updated:
        await session.execute(insert_rows(ProductRevision, (_revision(one, actor) for one in updated)))
    if both := [*created, *updated]:
        await session.execute(insert_rows(AuditEntry, (_audit(session, one, actor) for one in both)))
    # A product that is new has no listing yet to be told.
    await jobs.enqueue_many(session, READINESS, [readiness_wake_up(one.id) for one in updated])


async def _ask_for_approval(
    session: AsyncSession, actor: Actor, created: Sequence[KnownProduct], updated: Sequence[KnownProduct]
) -> None:
    """As ``approval_need`` says for one product: new ones are handed in, changed ones may be drafts again."""
    if actor.is_office:
        return
    need = await need_today(session)
    if need is ApprovalNeed.NOBODY:
        return
    for one in created:
        one.content["status"] = ProductStatus.SUBMITTED
    seen = [
        one
        for one in updated
        if one.content["status"] == ProductStatus.APPROVED
        and any(one.content[name] != (one.before or {})[name] for name in REVIEWED)
    ]
    certified: set[UUID] = set()
    if need is ApprovalNeed.UNCERTIFIED and seen:
        certified = set(await session.scalars(_CERTIFIED, {"ids": [one.id for one in seen]}))
    for one in seen:
        if one.id not in certified:
            one.content["status"] = ProductStatus.DRAFT


def _rows(products: Sequence[KnownProduct]) -> Iterator[dict[str, Any]]:
    now = clock.now()
    for one in products:
        yield {
            "id": one.id,
            "producer_id": one.producer_id,
            **one.content,
            **name_keys(one.content["name"]),
            "revision": one.revision,
            "updated_at": now,
        }


def _first_revisions(created: Sequence[KnownProduct], actor: Actor) -> Insert:
    """Revisions that hold all of what was just stored: the database has it, so it is not sent once more."""
    ids = [one.id for one in created]
    first = sent_rows({"id": (Uuid(), [new_id() for _ in ids]), "product_id": (Uuid(), ids)})
    named: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = [
        (literal_column(f"'{name}'"), table_of(Product).c[name]) for name in CONTENT
    ]
    content: Function[dict[str, Any]] = func.jsonb_build_object(*chain.from_iterable(named))
    stored = select(
        first.c.id,
        Product.id,
        Product.producer_id,
        Product.revision,
        cast(literal(actor.label), String()),
        cast(literal({}, JSONB()), JSONB()),
        content,
    ).join_from(first, Product, Product.id == first.c.product_id)
    names = ("id", "product_id", "producer_id", "number", "changed_by", "before", "after")
    return insert(ProductRevision).from_select(names, stored)


def _revision(one: KnownProduct, actor: Actor) -> dict[str, Any]:
    before, after = changed_only(as_json(one.before or {}), as_json(one.content))
    return {
        "id": new_id(),
        "product_id": one.id,
        "producer_id": one.producer_id,
        "number": one.revision,
        "changed_by": actor.label,
        "before": before,
        "after": after,
    }


def _audit(session: AsyncSession, one: KnownProduct, actor: Actor) -> dict[str, Any]:
    created = one.before is None
    return {
        "actor": actor.label,
        "acting_for": acting_for(session, one.producer_id),
        "action": "catalogue.create_product" if created else "catalogue.update_product",
        "subject": f"product:{one.id}",
        "producer_id": one.producer_id,
        "details": _NEW if created else {"revision": one.revision, "by": "list"},
    }
