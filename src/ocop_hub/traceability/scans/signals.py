"""Scans by day, and what in them is worth a look. Reasons are stored; nothing of this is on a buyer's page.

A scan proves nothing by itself: a code is a picture that anyone may copy or show around.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from ocop_hub import audit
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.traceability.errors import AlertNotFound, AnswerMissing
from ocop_hub.traceability.models import (
    AlertKind,
    EventKind,
    Lot,
    LotState,
    PrintRun,
    Scan,
    ScanAlert,
    ScanDay,
    SerialTally,
    TraceEvent,
)
from ocop_hub.traceability.units import measured

#: Raw scans are kept this long; then only their daily counts (dropped with their month by the worker).
KEPT_DAYS = 90
#: Days counted again at each turn: a scan stored around midnight is not missed.
RECOUNTED = 2
#: A seller looking at her own label is no signal: this many in a day are.
FEWEST_SCANS = 3
#: Looks at one serial in one day; a family and a shop stay below.
SERIAL_SCANS = 10
#: Looks per unit made, over the lot's life.
SCANS_PER_UNIT = 3

#: Looks at serials that no print run holds, on one lot in a day: a misread or two stay below.
STRAY_SCANS = 5
#: Countries or provinces in which one serial is looked at in a day; only where a proxy names places.
PLACES = 4
LONGEST_ANSWER = 500

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
        *await _before_activation(session, day),
        *await _unknown_serials(session, day),
        *await _many_places(session, day),
    ]
    if not rows:
        return 0
    made = insert(ScanAlert).values(rows).on_conflict_do_nothing().returning(ScanAlert.id)
    return len((await session.execute(made)).all())


def alerts_visible_to(actor: Actor) -> Select[ScanAlert]:
    """The alerts of the producers that this actor sees."""
    return select(ScanAlert).where(of_visible_producer(actor, ScanAlert.producer_id))


async def answer_alert(session: AsyncSession, actor: Actor, alert_id: UUID, *, answer: str) -> ScanAlert:
    """Write down what was found; a later answer takes the place of an earlier one, which stays in the audit.

    Raises AlertNotFound (not of a producer this actor may change), AnswerMissing.
    """
    require_signed_in(actor)
    alert = (await session.scalars(alerts_visible_to(actor).where(ScanAlert.id == alert_id))).one_or_none()
    if alert is None or not actor.may_change(alert.producer_id):
        raise AlertNotFound("Không có cảnh báo này, hoặc cảnh báo không thuộc chủ thể của bạn.")
    found = clean(answer)[:LONGEST_ANSWER]
    if not found:
        raise AnswerMissing("Hãy ghi bạn đã xem gì, ví dụ: Tem in thử ở xưởng, đã hủy.")
    alert.answered_at, alert.answered_by, alert.answer = clock.now(), actor.label, found
    audit.record(
        session,
        actor=actor.label,
        action="traceability.alert_answered",
        subject=f"scan_alert:{alert.id}",
        producer_id=alert.producer_id,
        answer=found,
    )
    await session.flush()
    return alert


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


def _within(column: InstrumentedAttribute[Any], day: date) -> ColumnElement[bool]:
    return and_(column >= clock.day_start(day), column < clock.day_start(day + timedelta(days=1)))


async def _before_activation(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    """Labels looked at that nobody had activated: several, since who prints tries one."""
    early = (
        select(PrintRun.lot_id, func.count().label("labels"))
        .join(SerialTally, SerialTally.run_id == PrintRun.id)
        .where(_within(SerialTally.early_scan_at, day))
        .group_by(PrintRun.lot_id)
        .having(func.count() >= FEWEST_SCANS)
        .subquery()
    )
    rows = await session.execute(select(Lot, early.c.labels).join(early, early.c.lot_id == Lot.id))
    return [
        _row(AlertKind.BEFORE_ACTIVATION, lot, day, int(labels), labels=int(labels), fewest=FEWEST_SCANS)
        for lot, labels in rows
    ]


async def _unknown_serials(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    """Serials the lot's keys never made. Many different ones are tried out; one again and again is copied."""
    stray = (
        select(
            Scan.lot_id, func.count().label("scans"), func.count(Scan.serial.distinct()).label("different")
        )
        .where(_within(Scan.scanned_at, day), Scan.stray, Scan.lot_id.is_not(None))
        .group_by(Scan.lot_id)
        .having(func.count() >= STRAY_SCANS)
        .subquery()
    )
    rows = await session.execute(
        select(Lot, stray.c.scans, stray.c.different).join(stray, stray.c.lot_id == Lot.id)
    )
    return [
        _row(AlertKind.UNKNOWN_SERIALS, lot, day, int(scans), different=int(different), fewest=STRAY_SCANS)
        for lot, scans, different in rows
    ]


async def _many_places(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    """One serial in more countries or provinces in a day than goods travel."""
    spread = (
        select(Scan.lot_id, Scan.serial, func.count().label("scans"))
        .where(_within(Scan.scanned_at, day), Scan.serial.is_not(None), Scan.place != "", ~Scan.stray)
        .group_by(Scan.lot_id, Scan.serial)
        .having(func.count(Scan.place.distinct()) >= PLACES)
        .subquery()
    )
    rows: Sequence[Any] = (
        await session.execute(
            select(Lot, func.sum(spread.c.scans), func.array_agg(spread.c.serial))
            .join(spread, spread.c.lot_id == Lot.id)
            .group_by(Lot.id)
        )
    ).all()
    return [
        _row(AlertKind.MANY_PLACES, lot, day, int(scans), serials=sorted(serials)[:20], fewest=PLACES)
        for lot, scans, serials in rows
    ]


async def _one_serial_often(session: AsyncSession, day: date) -> list[dict[str, Any]]:
    often = (
        select(Scan.lot_id, Scan.serial, func.count().label("scans"))
        .where(_within(Scan.scanned_at, day), Scan.serial.is_not(None), Scan.lot_id.is_not(None))
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
