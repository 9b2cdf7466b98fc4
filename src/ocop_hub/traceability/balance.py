"""What came out of a lot against what it held: too much is never taken in silently.

Only amounts that can be compared are (kg with tạ, hộp with hộp); where a lot says no amount, nothing is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit.text import clean
from ocop_hub.traceability.details import AmountIn, DetailsIn, InputIn
from ocop_hub.traceability.errors import EventInvalid, LotNotFound, QuantityExceeded, UnitMismatch
from ocop_hub.traceability.models import EventKind, Lot, TraceEvent
from ocop_hub.traceability.queries import standing_events_of
from ocop_hub.traceability.units import Measured, measured, written_amount

#: A reason is a sentence, not a dash.
SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A lot that another is made from: the actor's own, or another producer's published one."""

    id: UUID
    producer_id: UUID
    code: str
    quantity: int | None
    unit: str
    #: Whether the actor may know what else was taken from it.
    seen: bool = True


async def find_sources(session: AsyncSession, lot: Lot, inputs: Sequence[InputIn]) -> list[Source]:
    """The lots that ``inputs`` name, in their order.

    Nobody else takes from them until the transaction ends. Raises LotNotFound, EventInvalid for a lot that goes
    into itself or into what it was made from.
    """
    await hold_lots(session, [each.lot_id for each in inputs])
    found: list[Source] = []
    for each in inputs:
        row = await session.get(Lot, each.lot_id)
        if row is not None:
            found.append(Source(row.id, row.producer_id, row.code, row.quantity, row.quantity_unit))
            continue
        # Another producer's: the function tells of a published lot what its page tells anyway.
        other = (
            await session.execute(text("SELECT * FROM published_lot(:id)"), {"id": each.lot_id})
        ).one_or_none()
        if other is None:
            raise LotNotFound("Không có lô nguyên liệu này, hoặc lô chưa được công bố.")
        found.append(
            Source(other.id, other.producer_id, other.code, other.quantity, other.quantity_unit, False)
        )
    # Asked of the owner's function: the chain may lead through lots of producers the actor cannot see.
    made = set(
        (await session.execute(text("SELECT lot_id FROM lots_made_from(:id)"), {"id": lot.id})).scalars()
    )
    for source in found:
        if source.id == lot.id or source.id in made:
            raise EventInvalid(f"Lô {source.code} không thể là nguyên liệu của chính nó.")
    return found


async def hold_lots(session: AsyncSession, lot_ids: Iterable[UUID]) -> None:
    """Let whoever else takes from these lots, or recalls them, wait for this transaction.

    Not by their rows: those of another producer cannot be locked. Everyone takes them in one order.
    """
    for lot_id in sorted(set(lot_ids)):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(lot_id), 0))))


async def check_balance(
    session: AsyncSession,
    lot: Lot,
    kind: EventKind,
    details: DetailsIn,
    sources: Sequence[Source],
    *,
    corrects_id: UUID | None = None,
) -> list[str]:
    """Sentences on what exceeds; empty when nothing does. What the event ``corrects_id`` took is free again.

    Raises UnitMismatch, and QuantityExceeded when something exceeds and ``details.over_reason`` gives no
    reason for it.
    """
    over: list[str] = []
    #: By source, what this event has taken already: one lot may be named twice.
    taken: dict[UUID, list[Measured]] = {}
    for given, source in zip(details.inputs, sources, strict=True):
        if given.quantity is None:
            continue
        amount = AmountIn(quantity=given.quantity, unit=given.unit or source.unit or "đơn vị")
        before = await _gone(session, source, lot.producer_id, corrects_id)
        mine = taken.setdefault(source.id, [])
        over += _beyond(source, amount, [*before, *mine])
        mine.append(measured(amount.quantity, amount.unit))
    over += _beyond_inputs(details)
    if details.amount is not None and kind in (EventKind.SHIPPING, EventKind.SALE):
        await hold_lots(session, [lot.id])
        gone = await _gone_as(session, lot.id, kind, corrects_id)
        used, _ = await _used_up(session, lot.id, lot.producer_id, corrects_id)
        held = Source(lot.id, lot.producer_id, lot.code, lot.quantity, lot.quantity_unit)
        over += _beyond(held, details.amount, [*gone, *used])
    if over and len(clean(details.over_reason)) < SHORTEST_REASON:
        raise QuantityExceeded(
            " ".join(over) + " Nếu đúng như vậy, hãy ghi lý do vào ô “Lý do vượt số lượng”."
        )
    return over


async def _gone(
    session: AsyncSession, source: Source, taker_id: UUID, corrects_id: UUID | None
) -> list[Measured]:
    """What has left a lot already, before ``taker_id`` takes of it."""
    used, by_others = await _used_up(session, source.id, source.producer_id, corrects_id)
    if taker_id != source.producer_id:
        return [*used, *by_others]
    shipped = await _gone_as(session, source.id, EventKind.SHIPPING, corrects_id)
    sold = await _gone_as(session, source.id, EventKind.SALE, corrects_id)
    # What was shipped is often what was sold, or what others made something from: the largest left the lot.
    return [*used, *max(shipped, sold, by_others, key=lambda each: sum(m.amount for m in each))]


def _beyond(source: Source, amount: AmountIn, gone: Sequence[Measured]) -> list[str]:
    if source.quantity is None or not source.unit:
        return []
    held = measured(Decimal(source.quantity), source.unit)
    asked = _same(held, amount, source.code, source.unit)
    before = sum((each.amount for each in gone if each.dimension == held.dimension), Decimal(0))
    excess = before + asked.amount - held.amount
    if excess <= 0:
        return []
    one = held.amount / source.quantity
    has = written_amount(Decimal(source.quantity), source.unit)
    now = written_amount(asked.amount / one, source.unit)
    if not source.seen:
        return [f"Lô {source.code} có {has}, không còn đủ {now} cho lần này."]
    return [
        f"Lô {source.code} có {has}, đã dùng {written_amount(before / one, source.unit)}, "
        f"lần này {now}: vượt {written_amount(excess / one, source.unit)}."
    ]


def _beyond_inputs(details: DetailsIn) -> list[str]:
    """More came out than went in, where both are told in comparable units."""
    out = details.amount
    given = [each for each in details.inputs if each.quantity is not None and each.unit]
    if out is None or not given or len(given) < len(details.inputs):
        return []
    came = measured(out.quantity, out.unit)
    went = [measured(each.quantity or Decimal(0), each.unit) for each in given]
    if any(each.dimension != came.dimension for each in went):
        return []  # leaves become bags of tea: counted in other units, not comparable
    total = sum((each.amount for each in went), Decimal(0))
    if came.amount <= total:
        return []
    one = came.amount / out.quantity
    return [
        f"Làm ra {written_amount(out.quantity, out.unit)} từ {written_amount(total / one, out.unit)} nguyên liệu."
    ]


def _same(held: Measured, amount: AmountIn, code: str, unit: str) -> Measured:
    asked = measured(amount.quantity, amount.unit)
    if asked.dimension != held.dimension:
        raise UnitMismatch(
            f"Lô {code} ghi số lượng theo {unit}, lần này ghi theo {amount.unit} nên không so được. "
            f"Hãy ghi theo {unit}."
        )
    return asked


async def _used_up(
    session: AsyncSession, lot_id: UUID, owner_id: UUID, corrects_id: UUID | None
) -> tuple[list[Measured], list[Measured]]:
    """What standing events of other lots took of this one: the owner's, and those of other producers."""
    rows = await session.execute(text("SELECT * FROM taken_from_lot(:id)"), {"id": lot_id})
    own: list[Measured] = []
    others: list[Measured] = []
    for row in rows:
        if row.event_id != corrects_id:
            (own if row.producer_id == owner_id else others).append(measured(row.quantity, row.unit))
    return own, others


async def _gone_as(
    session: AsyncSession, lot_id: UUID, kind: EventKind, corrects_id: UUID | None
) -> list[Measured]:
    rows = await session.scalars(
        standing_events_of(lot_id)
        .where(
            TraceEvent.kind == kind,
            TraceEvent.details.has_key("amount"),
            TraceEvent.id.is_distinct_from(corrects_id),
        )
        .with_only_columns(TraceEvent.details["amount"])
    )
    return [measured(Decimal(str(each["quantity"])), each["unit"]) for each in rows]
