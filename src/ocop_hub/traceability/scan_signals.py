"""Scans by day, and what in them is worth a look. Reasons are stored; nothing of this is on a buyer's page.

A scan proves nothing by itself: a code is a picture that anyone may copy or show around.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.models import (
    AlertKind,
    EventKind,
    Lot,
    LotState,
    Scan,
    ScanAlert,
    ScanDay,
    TraceEvent,
)
from ocop_hub.traceability.units import measured

#: Raw scans are kept this long; then only their daily counts (dropped with their month by ``ocop-hub migrate``).
KEPT_DAYS = 90
#: Days counted again at each turn: a scan stored around midnight is not missed.
RECOUNTED = 2
#: A seller looking at her own label is no signal: this many in a day are.
FEWEST_SCANS = 3
#: Looks at one serial in one day; a family and a shop stay below.
SERIAL_SCANS = 10
#: Looks per unit made, over the lot's life.
SCANS_PER_UNIT = 3

#: Also run by the owner role before a month is dropped. Months end at midnight UTC, in the middle of a business
#: day: what is left of that day may not lower its count.
COUNT_DAYS = """
INSERT INTO scan_days (id, day, product_id, producer_id, lot_id, scans, serial_scans)
SELECT gen_random_uuid(), CAST(scanned_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AS day,
       product_id, (array_agg(producer_id))[1], lot_id, count(*), count(serial)
  FROM scans
 WHERE scanned_at >= CAST(CAST({since} AS date) AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh'
 GROUP BY 2, product_id, lot_id
ON CONFLICT (product_id, lot_id, day)
DO UPDATE SET scans = greatest(scan_days.scans, excluded.scans),
              serial_scans = greatest(scan_days.serial_scans, excluded.serial_scans)
"""


async def count_days(session: AsyncSession) -> None:
    """Bring the daily counts up to date, from the last day counted on. Scope: all."""
    last = await session.scalar(select(func.max(ScanDay.day)))
    since = (last or clock.today() - timedelta(days=KEPT_DAYS)) - timedelta(days=RECOUNTED)
    await session.execute(text(COUNT_DAYS.format(since=":since")), {"since": since})


async def find_alerts(session: AsyncSession, *, day: date) -> int:
    """Look at one day's scans and store what is worth a look; gives how many alerts are new. Scope: all."""
    rows = [
        *await _after_recall(session, day),
        *await _after_expiry(session, day),
        *await _more_than_made(session, day),
        *await _one_serial_often(session, day),
    ]
    if not rows:
        return 0
    made = insert(ScanAlert).values(rows).on_conflict_do_nothing().returning(ScanAlert.id)
    return len((await session.execute(made)).all())


def alerts_visible_to(actor: Actor) -> Select[ScanAlert]:
    """The alerts of the producers that this actor sees."""
    return select(ScanAlert).where(of_visible_producer(actor, ScanAlert.producer_id))


def days_of_lot(actor: Actor, lot: Lot) -> Select[ScanDay]:
    """A lot's scans by day, oldest first."""
    seen = select(ScanDay).where(of_visible_producer(actor, ScanDay.producer_id), ScanDay.lot_id == lot.id)
    return seen.order_by(ScanDay.day)


def _row(kind: AlertKind, lot: Lot, day: date, scans: int, **reason: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "producer_id": lot.producer_id,
        "product_id": lot.product_id,
        "lot_id": lot.id,
        "kind": kind,
        "day": day,
        "scans": scans,
        "reason": reason,
    }


async def _after_recall(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    """Looks from the day after the recall on: the lot may still be on shelves."""
    recalled = (
        select(func.max(TraceEvent.occurred_at))
        .where(TraceEvent.lot_id == Lot.id, TraceEvent.kind == EventKind.RECALL)
        .scalar_subquery()
    )
    rows = await session.execute(
        _lots_on(day).where(Lot.state == LotState.RECALLED, recalled < clock.day_start(day))
    )
    return [_row(AlertKind.AFTER_RECALL, lot, day, scans, fewest=FEWEST_SCANS) for lot, scans in rows]


async def _after_expiry(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    rows = await session.execute(_lots_on(day).where(Lot.best_before < day))
    return [
        _row(
            AlertKind.AFTER_EXPIRY,
            lot,
            day,
            scans,
            best_before=lot.best_before.isoformat() if lot.best_before else "",
            fewest=FEWEST_SCANS,
        )
        for lot, scans in rows
    ]


def _lots_on(day: date) -> Select[Lot, int]:
    return (
        select(Lot, ScanDay.scans)
        .join(ScanDay, ScanDay.lot_id == Lot.id)
        .where(ScanDay.day == day, ScanDay.scans >= FEWEST_SCANS)
    )


async def _more_than_made(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    """More looks over the lot's life than its units explain; only lots counted in pieces say that."""
    on_day = func.sum(case((ScanDay.day == day, ScanDay.scans), else_=0))
    total = func.sum(ScanDay.scans)
    sums = (
        select(ScanDay.lot_id, total.label("total"), on_day.label("today"))
        .where(ScanDay.lot_id.is_not(None), ScanDay.day <= day)
        .group_by(ScanDay.lot_id)
        .having(on_day > 0)
        .subquery()
    )
    rows = await session.execute(
        select(Lot, sums.c.total, sums.c.today)
        .join(sums, sums.c.lot_id == Lot.id)
        .where(Lot.quantity.is_not(None), sums.c.total > SCANS_PER_UNIT * Lot.quantity)
    )
    return [
        _row(AlertKind.MORE_THAN_MADE, lot, day, int(today), total=int(all_of_it), made=lot.quantity)
        for lot, all_of_it, today in rows
        if _in_pieces(lot)
    ]


def _in_pieces(lot: Lot) -> bool:
    return measured(Decimal(1), lot.quantity_unit).dimension not in ("mass", "volume", "")


async def _one_serial_often(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    often = (
        select(Scan.lot_id, Scan.serial, func.count().label("scans"))
        .where(
            Scan.scanned_at >= clock.day_start(day),
            Scan.scanned_at < clock.day_start(day + timedelta(days=1)),
            Scan.serial.is_not(None),
            Scan.lot_id.is_not(None),
        )
        .group_by(Scan.lot_id, Scan.serial)
        .having(func.count() > SERIAL_SCANS)
        .subquery()
    )
    rows: Sequence[Any] = (
        await session.execute(
            select(Lot, func.sum(often.c.scans), func.array_agg(often.c.serial))
            .join(often, often.c.lot_id == Lot.id)
            .group_by(Lot.id)
        )
    ).all()
    return [
        _row(
            AlertKind.ONE_SERIAL_OFTEN, lot, day, int(scans), serials=sorted(serials)[:20], most=SERIAL_SCANS
        )
        for lot, scans, serials in rows
    ]
