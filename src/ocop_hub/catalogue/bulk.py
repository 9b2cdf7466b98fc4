"""Products as a list states them: added or brought up to date, in a few statements whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.audit import AuditEntry, acting_for
from ocop_hub.catalogue.content import CONTENT, EMPTY, as_json, changed_only, name_keys
from ocop_hub.catalogue.errors import GtinTaken, says_gtin_taken
from ocop_hub.catalogue.models import Product, ProductGtin, ProductRevision
from ocop_hub.catalogue.service import READINESS, readiness_wake_up
from ocop_hub.db import insert_rows, upsert_rows
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold
from ocop_hub.producers.actor import Actor

_KEYS = ("name_folded", "sort_key")


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as a list states it. ``content`` holds only what the list says, under names of ``CONTENT``.

    Name and text are plain and clean already, a GTIN has its 14 digits and a right check digit.
    """

    producer_id: UUID
    name: str
    content: Mapping[str, Any]


class Outcome(StrEnum):
    """What became of a listed product."""

    CREATED = "create"
    UPDATED = "update"
    UNCHANGED = "same"
    REFUSED = "wrong"


@dataclass(slots=True)
class StoredProduct:
    """``product_id`` is None, and ``refusal`` set, only where the product was refused."""

    outcome: Outcome
    product_id: UUID | None = None
    refusal: HubError | None = None


@dataclass(slots=True)
class _Known:
    id: UUID
    producer_id: UUID
    revision: int
    content: dict[str, Any]
    before: dict[str, Any] | None


async def store_products(
    session: AsyncSession, actor: Actor, listed: Sequence[ListedProduct]
) -> list[StoredProduct]:
    """One answer per listed product, in order. A product is known by its producer and its name, marks included.

    What differs becomes a new revision; the same list again writes nothing. Raises :class:`GtinTaken` where a
    GTIN belongs to a product that this actor may not see; one that may be seen is refused alone.
    """
    if not listed:
        return []
    known = await _known(session, listed)
    owners = await _gtin_owners(session, listed)
    stored = [_apply(each, known, owners) for each in listed]
    await _write(session, actor, list({id(k): k for k in known.values()}.values()))
    return stored


async def _known(session: AsyncSession, listed: Sequence[ListedProduct]) -> dict[tuple[UUID, str], _Known]:
    columns = [getattr(Product, name) for name in CONTENT]
    query = select(Product.id, Product.producer_id, Product.revision, Product.merged_into_id, *columns)
    rows = (
        (
            await session.execute(
                query.where(
                    Product.producer_id
                    == any_(cast(list({each.producer_id for each in listed}), ARRAY(Uuid()))),
                    Product.name_folded
                    == any_(cast(list({fold(each.name) for each in listed}), ARRAY(String()))),
                ).with_for_update()
            )
        )
        .mappings()
        .all()
    )
    targets = [row["merged_into_id"] for row in rows if row["merged_into_id"] is not None]
    by_id = {row["id"]: row for row in rows}
    if targets:
        more = await session.execute(query.where(Product.id.in_(targets)).with_for_update())
        by_id |= {row["id"]: row for row in more.mappings()}
    made: dict[UUID, _Known] = {}
    found: dict[tuple[UUID, str], _Known] = {}
    for row in sorted(rows, key=lambda r: r["merged_into_id"] is None):
        target = by_id.get(row["merged_into_id"], row)
        one = made.setdefault(target["id"], _from_row(target))
        found[row["producer_id"], row["name"]] = one
    return found


def _from_row(row: Mapping[Any, Any]) -> _Known:
    content = {name: row[name] for name in CONTENT}
    return _Known(row["id"], row["producer_id"], row["revision"], content, dict(content))


async def _gtin_owners(session: AsyncSession, listed: Sequence[ListedProduct]) -> dict[str, UUID]:
    gtins = {each.content["gtin"] for each in listed if each.content.get("gtin")}
    if not gtins:
        return {}
    rows = await session.execute(
        select(ProductGtin.gtin, ProductGtin.product_id).where(
            ProductGtin.gtin == any_(cast(list(gtins), ARRAY(String())))
        )
    )
    return {row.gtin: row.product_id for row in rows}


def _apply(
    each: ListedProduct, known: dict[tuple[UUID, str], _Known], owners: dict[str, UUID]
) -> StoredProduct:
    key = each.producer_id, each.name
    one = known.get(key)
    gtin = each.content.get("gtin")
    if gtin is not None and owners.get(gtin) not in (None, one.id if one else None):
        return StoredProduct(Outcome.REFUSED, refusal=_taken(gtin))
    if one is None:
        content = {**EMPTY, "name": each.name, **each.content}
        one = known[key] = _Known(new_id(), each.producer_id, 1, content, None)
        outcome = Outcome.CREATED
    else:
        # A renamed product that was merged keeps the name it has now.
        changed = {n: v for n, v in _says_anew(each.content, one.content) if one.content[n] != v}
        one.content |= changed
        outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
    if gtin is not None:
        owners[gtin] = one.id
    return StoredProduct(outcome, one.id)


def _says_anew(listed: Mapping[str, Any], known: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """What a list says, without another way of writing the place that is known already."""
    unit = listed.get("certified_unit_id")
    same_then = unit is not None and unit == known["certified_unit_id"]
    same_now = (
        known["certified_unit_id"] is None
        and unit == listed.get("current_unit_id") == known["current_unit_id"]
    )
    if unit is None or not (same_then or same_now):
        return listed.items()
    return [(n, v) for n, v in listed.items() if n not in ("commune_as_written", "certified_unit_id")]


def _taken(gtin: str) -> GtinTaken:
    return GtinTaken(f"Mã GTIN {gtin} đã dùng cho một sản phẩm khác. Hãy xem lại mã trên bao bì.")


async def _write(session: AsyncSession, actor: Actor, all_known: Sequence[_Known]) -> None:
    created = [one for one in all_known if one.before is None]
    updated = [one for one in all_known if one.before is not None and one.before != one.content]
    for one in updated:
        one.revision += 1
    changing = (*CONTENT, *_KEYS, "revision", "updated_at")
    try:
        async with session.begin_nested():
            if updated:
                await session.execute(upsert_rows(Product, [_row(one) for one in updated], changing))
            if created:
                await session.execute(insert_rows(Product, [_row(one) for one in created]))
    except IntegrityError as refused:
        if not says_gtin_taken(refused):
            raise
        raise GtinTaken(
            "Một mã GTIN trong danh sách đã dùng cho sản phẩm của chủ thể khác. Hãy xem lại các mã."
        ) from None
    if both := [*created, *updated]:
        await session.execute(insert_rows(ProductRevision, [_revision(one, actor) for one in both]))
        await session.execute(insert_rows(AuditEntry, [_audit(session, one, actor) for one in both]))
    # A product that is new has no listing yet to be told.
    await jobs.enqueue_many(session, READINESS, [readiness_wake_up(one.id) for one in updated])


def _row(one: _Known) -> dict[str, Any]:
    return {
        "id": one.id,
        "producer_id": one.producer_id,
        **one.content,
        **name_keys(one.content["name"]),
        "revision": one.revision,
        "updated_at": clock.now(),
    }


def _revision(one: _Known, actor: Actor) -> dict[str, Any]:
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


def _audit(session: AsyncSession, one: _Known, actor: Actor) -> dict[str, Any]:
    created = one.before is None
    return {
        "actor": actor.label,
        "acting_for": acting_for(session, one.producer_id),
        "action": "catalogue.create_product" if created else "catalogue.update_product",
        "subject": f"product:{one.id}",
        "producer_id": one.producer_id,
        "details": {"revision": one.revision, "by": "list"},
    }
