"""Writing events down: checked against what the lot holds, frozen as EPCIS, chained by their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product
from ocop_hub.gs1.event_hash import event_hash
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import queries, timeline
from ocop_hub.traceability.balance import Source, check_balance, find_sources, hold_lots
from ocop_hub.traceability.details import DetailsIn
from ocop_hub.traceability.epcis.events import NAMESPACES, InputLot, as_epcis, lot_class
from ocop_hub.traceability.errors import AlreadyCorrected, EventInvalid, EventNotFound, LotStateRefuses
from ocop_hub.traceability.models import EventKind, Lot, LotInput, LotState, TraceEvent
from ocop_hub.traceability.schemas import EventIn
from ocop_hub.traceability.timeline import Moment


async def write(session: AsyncSession, actor: Actor, lot: Lot, added: list[EventIn]) -> list[TraceEvent]:
    """Check ``added`` together with what the lot already holds, then write them and move the page on.

    Raises LotStateRefuses, EventNotFound, AlreadyCorrected, EventInvalid, LotNotFound (a lot that went in),
    UnitMismatch, QuantityExceeded.
    """
    # Before the lot's own row, as a recall does it, so that neither waits for the other in a circle.
    await hold_lots(session, [source.lot_id for each in added for source in each.details.inputs])
    # The row is locked so that two phones writing at once are checked one after the other.
    await session.refresh(lot, with_for_update=True)
    if lot.state is LotState.CLOSED:
        raise LotStateRefuses(f"Lô {lot.code} đã kết thúc nên không ghi thêm công đoạn được.")
    standing = await _standing_without_corrected(session, lot, added)
    now = clock.now()
    moments = [Moment(each.kind, each.occurred_at) for each in added]
    for moment in moments:
        timeline.check_moment(moment, now=now)
    await _check_units(session, added)
    kept = [Moment(each.kind, each.occurred_at) for each in standing]
    timeline.check_order([*kept, *moments])
    _take_dates(lot, [*kept, *moments])
    events = [await append(session, actor, lot, each) for each in added]
    lot.page_version += 1
    # The events' ids and times are wanted by the caller; the flush also lets the constraint speak here.
    await session.flush()
    for each in events:
        audit_lot(session, actor, "event_recorded", lot, kind=each.kind.value, event=str(each.id))
    return events


async def append(session: AsyncSession, actor: Actor, lot: Lot, data: EventIn) -> TraceEvent:
    """Write one event at the end of the lot's chain; times are checked by :func:`write`.

    The lot's row has to be locked. Raises LotNotFound (a lot that went in), EventInvalid, UnitMismatch,
    QuantityExceeded.
    """
    sources = await find_sources(session, lot, data.details.inputs) if data.details.inputs else []
    await refuse_recalled(session, lot, sources, corrects_id=data.corrects_id)
    over = await check_balance(session, lot, data.kind, data.details, sources, corrects_id=data.corrects_id)
    event = _event(actor, lot, data)
    product = await session.get_one(Product, lot.product_id)
    inputs = await _input_lots(session, data, sources)
    event.epcis = as_epcis(event, lot_class(product.gtin, lot.code, lot.id), inputs)
    await enchain(session, lot, event)
    session.add(event)
    # The rows that point to the event come after it; the next event's balance reads them.
    await session.flush()
    session.add_all(input_rows(event, data.details, sources))
    await session.flush()
    if over:
        reason = clean(data.details.over_reason)
        audit_lot(
            session, actor, "quantity_exceeded", lot, event=str(event.id), reason=reason, what=" ".join(over)
        )
    return event


async def refuse_recalled(
    session: AsyncSession, lot: Lot, sources: Sequence[Source], *, corrects_id: UUID | None
) -> None:
    """A recall reaches what was made from the lot; what is written down after it must not slip past.

    Free are a lot that was called back itself, and a correction of an event that named the source before.
    Raises LotStateRefuses.
    """
    if lot.state is LotState.RECALLED:
        return
    ids = [source.id for source in sources]
    recalled = select(Lot.code).where(Lot.id.in_(ids), Lot.state == LotState.RECALLED)
    if corrects_id is not None:
        before = select(LotInput.input_lot_id).where(LotInput.event_id == corrects_id)
        recalled = recalled.where(Lot.id.not_in(before))
    code = await session.scalar(recalled.order_by(Lot.code).limit(1))
    if code is not None:
        raise LotStateRefuses(
            f"Lô {code} đã thu hồi nên không ghi làm nguyên liệu được. "
            f"Nếu lô {lot.code} đã làm từ lô đó, hãy thu hồi lô {lot.code} trước rồi ghi."
        )


async def enchain(
    session: AsyncSession, lot: Lot, event: TraceEvent, *, namespaces: Mapping[str, str] = NAMESPACES
) -> None:
    """Hash the event's EPCIS form and tie it to the event written before it; the lot's row is locked."""
    before = (
        await session.execute(
            select(TraceEvent.position, TraceEvent.chain_hash)
            .where(TraceEvent.lot_id == lot.id)
            .order_by(TraceEvent.position.desc(), TraceEvent.recorded_at.desc())
            .limit(1)
        )
    ).one_or_none()
    position, chain = (before.position, before.chain_hash) if before is not None else (0, "")
    event.position = position + 1
    event.event_hash = event_hash(event.epcis, namespaces)
    event.chain_hash = chained(chain, event.event_hash)


def chained(before: str, hash_of_event: str) -> str:
    """SHA-256, in hex, of the chain so far and the next event's hash; the chain begins empty."""
    return hashlib.sha256(f"{before}{hash_of_event}".encode()).hexdigest()


async def _input_lots(session: AsyncSession, data: EventIn, sources: list[Source]) -> list[InputLot]:
    """What went in, as EPCIS names it."""
    found: list[InputLot] = []
    for given, source in zip(data.details.inputs, sources, strict=True):
        lot = await session.get(Lot, source.id)
        product = await session.get(Product, lot.product_id) if lot is not None else None
        uri = lot_class(product.gtin if product is not None else None, source.code, source.id)
        found.append(InputLot(uri, given.quantity, given.unit or source.unit))
    return found


def input_rows(event: TraceEvent, details: DetailsIn, sources: Sequence[Source]) -> list[LotInput]:
    """The rows that say what the event's lot was made from."""
    return [
        LotInput(
            event_id=event.id,
            lot_id=event.lot_id,
            producer_id=event.producer_id,
            input_lot_id=source.id,
            input_producer_id=source.producer_id,
            quantity=given.quantity,
            unit=clean(given.unit or source.unit),
        )
        for given, source in zip(details.inputs, sources, strict=True)
    ]


async def _standing_without_corrected(
    session: AsyncSession, lot: Lot, added: list[EventIn]
) -> list[TraceEvent]:
    every = list((await session.execute(queries.events_of(lot.id))).scalars())
    replaced = {each.corrects_id for each in every if each.corrects_id is not None}
    for corrected in (each.corrects_id for each in added if each.corrects_id is not None):
        if corrected not in {each.id for each in every}:
            raise EventNotFound(f"Lô {lot.code} không có công đoạn cần sửa.")
        if corrected in replaced:
            raise AlreadyCorrected("Công đoạn này đã được sửa một lần. Hãy sửa bản ghi mới nhất.")
        replaced.add(corrected)
    return [each for each in every if each.id not in replaced]


async def _check_units(session: AsyncSession, added: list[EventIn]) -> None:
    wanted = {each.unit_id for each in added if each.unit_id}
    if not wanted:
        return
    known = set((await session.execute(select(AdminUnit.id).where(AdminUnit.id.in_(wanted)))).scalars())
    if missing := wanted - known:
        raise EventInvalid(f"Không có đơn vị hành chính mang mã {', '.join(sorted(missing))}.")


def _take_dates(lot: Lot, moments: list[Moment]) -> None:
    """The lot's own dates follow its events; a production day that was typed stays."""
    packed = [each.at for each in moments if each.kind is EventKind.PACKING]
    if not packed:
        return
    lot.packed_at = max(packed)
    produced = lot.produced_on or clock.business_day(lot.packed_at)
    timeline.check_lot_dates(produced, lot.best_before, today=clock.today())


def _event(actor: Actor, lot: Lot, data: EventIn) -> TraceEvent:
    return TraceEvent(
        id=new_id(),
        lot_id=lot.id,
        producer_id=lot.producer_id,
        kind=data.kind,
        occurred_at=data.occurred_at,
        zone_offset=_zone_offset(data.occurred_at),
        recorded_by=actor.label,
        unit_id=data.unit_id or None,
        place_text=clean(data.place_text),
        note=clean(data.note),
        details=data.details.stored(),
        corrects_id=data.corrects_id,
    )


def _zone_offset(moment: datetime) -> str:
    """The offset as EPCIS writes it, ``+07:00``; a time in UTC was written by a program and stays so."""
    offset = moment.strftime("%z") or "+0000"
    return f"{offset[:3]}:{offset[3:5]}"


def audit_lot(session: AsyncSession, actor: Actor, verb: str, lot: Lot, **details: str) -> None:
    """One audit row on a lot."""
    audit.record(
        session,
        actor=actor.label,
        action=f"traceability.{verb}",
        subject=f"lot:{lot.id}",
        producer_id=lot.producer_id,
        **details,
    )
