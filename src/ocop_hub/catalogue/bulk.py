"""Products as a list states them: added or brought up to date, in a few statements whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk_write import KnownProduct, gtin_owners, known_of, known_rows, write_known
from ocop_hub.catalogue.content import EMPTY
from ocop_hub.catalogue.errors import GtinTaken
from ocop_hub.catalogue.models import Product
from ocop_hub.db import among
from ocop_hub.errors import HubError
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold
from ocop_hub.producers.actor import Actor


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
    owners = await gtin_owners(session, (each.content.get("gtin") for each in listed))
    stored = [_apply(each, known, owners) for each in listed]
    await write_known(session, actor, list({id(k): k for k in known.values()}.values()))
    return stored


async def _known(
    session: AsyncSession, listed: Sequence[ListedProduct]
) -> dict[tuple[UUID, str], KnownProduct]:
    query = known_rows()
    rows = (
        (
            await session.execute(
                query.where(
                    among(Product.producer_id, {each.producer_id for each in listed}),
                    among(Product.name_folded, {fold(each.name) for each in listed}),
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
    made: dict[UUID, KnownProduct] = {}
    found: dict[tuple[UUID, str], KnownProduct] = {}
    for row in sorted(rows, key=lambda r: r["merged_into_id"] is None):
        target = by_id.get(row["merged_into_id"], row)
        one = made.setdefault(target["id"], known_of(target))
        found[row["producer_id"], row["name"]] = one
    return found


def _apply(
    each: ListedProduct, known: dict[tuple[UUID, str], KnownProduct], owners: dict[str, UUID]
) -> StoredProduct:
    key = each.producer_id, each.name
    one = known.get(key)
    gtin = each.content.get("gtin")
    if gtin is not None and owners.get(gtin) not in (None, one.id if one else None):
        return StoredProduct(Outcome.REFUSED, refusal=_taken(gtin))
    if one is None:
        content = {**EMPTY, "name": each.name, **each.content}
        one = known[key] = KnownProduct(new_id(), each.producer_id, 1, content, None)
        outcome = Outcome.CREATED
    else:
        # A renamed product that was merged keeps the name it has now.
        changed = {n: v for n, v in _says_anew(each.content, one.content) if one.content[n] != v}
        if "group_code" in changed and "sub_group_code" not in each.content:
            changed["sub_group_code"] = None  # one of the former group's
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
