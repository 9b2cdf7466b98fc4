"""What came out of a lot against what it held: too much is never taken in silently.

Only amounts that can be compared are (kg with tạ, hộp with hộp); where a lot says no amount, nothing is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ocop_hub.kit.text import clean
from ocop_hub.traceability.details import AmountIn, DetailsIn, InputIn
from ocop_hub.traceability.errors import EventInvalid, LotNotFound, QuantityExceeded, UnitMismatch
from ocop_hub.traceability.models import EventKind, Lot, LotInput, TraceEvent
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


async def find_sources(session: AsyncSession, lot: Lot, inputs: Sequence[InputIn]) -> list[Source]:
    """The lots that ``inputs`` name, in their order.

    Raises LotNotFound, EventInvalid for a lot that goes into itself or into what it was made from.
    """
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
        found.append(Source(other.id, other.producer_id, other.code, other.quantity, other.quantity_unit))
    made = set(
        (await session.execute(text("SELECT lot_id FROM lots_made_from(:id)"), {"id": lot.id})).scalars()
    )
    for source in found:
        if source.id == lot.id or source.id in made:
            raise EventInvalid(f"Lô {source.code} không thể là nguyên liệu của chính nó.")
    return found


async def check_balance(
    session: AsyncSession, lot: Lot, kind: EventKind, details: DetailsIn, sources: Sequence[Source]
) -> list[str]:
    """Sentences on what exceeds; empty when nothing does.

    Raises UnitMismatch, and QuantityExceeded when something exceeds and ``details.over_reason`` gives no
    reason for it.
    """
    over: list[str] = []
    for given, source in zip(details.inputs, sources, strict=True):
        over += await _beyond_source(session, given, source)
    over += _beyond_inputs(details)
    if details.amount is not None and kind in (EventKind.SHIPPING, EventKind.SALE):
        gone = await _gone_as(session, lot.id, kind)
        used = await _used_up(session, lot.id)
        held = Source(lot.id, lot.producer_id, lot.code, lot.quantity, lot.quantity_unit)
        over += _beyond(held, details.amount, [*gone, *used])
    if over and len(clean(details.over_reason)) < SHORTEST_REASON:
        raise QuantityExceeded(
            " ".join(over) + " Nếu đúng như vậy, hãy ghi lý do vào ô “Lý do vượt số lượng”."
        )
    return over


async def _beyond_source(session: AsyncSession, given: InputIn, source: Source) -> list[str]:
    if given.quantity is None:
        return []
    amount = AmountIn(quantity=given.quantity, unit=given.unit or source.unit or "đơn vị")
    used = await _used_up(session, source.id)
    shipped = await _gone_as(session, source.id, EventKind.SHIPPING)
    sold = await _gone_as(session, source.id, EventKind.SALE)
    # What was shipped is often what was sold: the larger of the two left the lot.
    return _beyond(source, amount, [*used, *max(shipped, sold, key=lambda each: sum(m.amount for m in each))])


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
    return [
        f"Lô {source.code} có {written_amount(Decimal(source.quantity), source.unit)}, "
        f"đã dùng {written_amount(before / one, source.unit)}, lần này "
        f"{written_amount(asked.amount / one, source.unit)}: vượt {written_amount(excess / one, source.unit)}."
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


async def _used_up(session: AsyncSession, lot_id: UUID) -> list[Measured]:
    """What standing events of other lots took of this one."""
    later = aliased(TraceEvent)
    rows = await session.execute(
        select(LotInput.quantity, LotInput.unit).where(
            LotInput.input_lot_id == lot_id,
            LotInput.quantity.is_not(None),
            ~exists().where(later.corrects_id == LotInput.event_id),
        )
    )
    return [measured(quantity, unit) for quantity, unit in rows if quantity is not None]


async def _gone_as(session: AsyncSession, lot_id: UUID, kind: EventKind) -> list[Measured]:
    later = aliased(TraceEvent)
    rows = await session.scalars(
        select(TraceEvent.details["amount"]).where(
            TraceEvent.lot_id == lot_id,
            TraceEvent.kind == kind,
            TraceEvent.details.has_key("amount"),
            ~exists().where(later.corrects_id == TraceEvent.id),
        )
    )
    return [measured(Decimal(str(each["quantity"])), each["unit"]) for each in rows]
