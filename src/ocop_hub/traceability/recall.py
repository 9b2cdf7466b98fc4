"""Calling a lot back with all that was made from it, and telling the producers it reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.jobs import enqueue
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import service
from ocop_hub.traceability.balance import hold_lots
from ocop_hub.traceability.models import AlertKind, Lot, LotState, ScanAlert

TELL_JOB = "traceability.tell_recall"


@dataclass(frozen=True, slots=True)
class Recalled:
    """The lot asked for, what was called back with it, and how many lots of others were made from it."""

    lot: Lot
    with_it: tuple[Lot, ...]
    lots_of_others: int


async def recall(session: AsyncSession, actor: Actor, lot: Lot, *, reason: str) -> Recalled:
    """Call a lot back, and every lot made from it that the actor may change, however many steps later.

    Other producers decide on their own lots: they are told, by an alert with the reason.
    Raises as :func:`service.recall_lot`.
    """
    made = await _made_and_held(session, lot)
    await service.recall_lot(session, actor, lot, reason=reason)
    ours = [row.lot_id for row in made if actor.may_change(row.producer_id)]
    lots = await session.scalars(
        select(Lot)
        .where(Lot.id.in_(ours), Lot.state.in_([LotState.DRAFT, LotState.RELEASED]))
        # Everyone locks in one order, so that two recalls at once do not wait for each other.
        .order_by(Lot.id)
    )
    followed = [
        await service.recall_lot(session, actor, each, reason=f"Làm từ lô {lot.code} đã thu hồi: {reason}")
        for each in lots.all()
    ]
    await enqueue(session, TELL_JOB, {"lot_id": str(lot.id)}, dedupe_key=f"recall:{lot.id}")
    return Recalled(lot, tuple(followed), len(made) - len(ours))


async def _made_and_held(session: AsyncSession, lot: Lot) -> Sequence[Row[Any]]:
    """What was made from the lot. Whoever is just writing down more is waited for, or finds it recalled."""
    held = {lot.id}
    while True:
        await hold_lots(session, held)
        made = (await session.execute(text("SELECT * FROM lots_made_from(:id)"), {"id": lot.id})).all()
        if held.issuperset(row.lot_id for row in made):
            return made
        held.update(row.lot_id for row in made)


async def reached(session: AsyncSession, actor: Actor, lot: Lot) -> Recalled:
    """What a recall of this lot reached, as far as the actor may know: own lots by name, others' by number."""
    made = (await session.execute(text("SELECT * FROM lots_made_from(:id)"), {"id": lot.id})).all()
    ours = [row.lot_id for row in made if actor.may_change(row.producer_id)]
    lots = await session.scalars(
        select(Lot).where(Lot.id.in_(ours), Lot.state == LotState.RECALLED).order_by(Lot.code, Lot.id)
    )
    return Recalled(lot, tuple(lots.all()), len(made) - len(ours))


async def tell(session: AsyncSession, lot_id: UUID) -> int:
    """Store an alert for each lot of another producer that was made from this one. Scope: all."""
    lot = await session.get(Lot, lot_id)
    if lot is None or lot.state is not LotState.RECALLED:
        return 0
    reached = await session.scalars(
        select(Lot).where(
            Lot.id.in_(text("SELECT lot_id FROM lots_made_from(:source)").bindparams(source=lot_id)),
            Lot.producer_id != lot.producer_id,
        )
    )
    rows = [
        {
            "id": new_id(),
            "producer_id": each.producer_id,
            "product_id": each.product_id,
            "lot_id": each.id,
            "kind": AlertKind.SOURCE_RECALLED,
            "day": clock.today(),
            "scans": 0,
            "reason": {"source_lot": lot.code, "reason": lot.recall_note},
        }
        for each in reached
    ]
    if rows:
        await session.execute(insert(ScanAlert).values(rows).on_conflict_do_nothing())
    return len(rows)
