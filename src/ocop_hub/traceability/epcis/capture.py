"""Taking over an EPCIS document: each event checked on its own, all kept or none unless asked otherwise."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGtin
from ocop_hub.errors import FieldProblem, HubError
from ocop_hub.gs1 import epcis_schema
from ocop_hub.gs1.epcis_schema import Problem
from ocop_hub.gs1.event_hash import event_hash, namespaces_of
from ocop_hub.jobs import enqueue
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.traceability import queries, recording, service, timeline
from ocop_hub.traceability.balance import Source, check_balance, hold_lots
from ocop_hub.traceability.details import MOST_QUANTITY, AmountIn, DetailsIn, InputIn
from ocop_hub.traceability.epcis import reading as epcis_read
from ocop_hub.traceability.epcis.document import inline_context
from ocop_hub.traceability.errors import (
    CaptureNotFound,
    DocumentInvalid,
    EventInvalid,
    LotNotFound,
    ProducerNotNamed,
)
from ocop_hub.traceability.models import (
    CaptureState,
    EpcisCapture,
    EventKind,
    Lot,
    LotInput,
    LotState,
    TraceEvent,
)
from ocop_hub.traceability.schemas import LotIn
from ocop_hub.traceability.timeline import Moment

CAPTURE_JOB = "traceability.capture"
MOST_EVENTS = 20_000
MOST_ERRORS = 1_000
LONGEST_NOTE = 2_000
#: Of objects and lists in each other; a plain event has six.
DEEPEST = 60
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")

JsonEvent = dict[str, Any]


async def accept(
    session: AsyncSession,
    actor: Actor,
    document: dict[str, Any],
    *,
    producer_id: UUID | None = None,
    proceed: bool = False,
) -> EpcisCapture:
    """Keep a document and wake the job that takes it over.

    ``proceed``: keep the good events beside wrong ones. Raises ProducerNotNamed, DocumentInvalid when the
    document around its events is no EPCIS 2.0 document.
    """
    owner = await _owner(session, actor, producer_id)
    await asyncio.to_thread(_check_content, document)
    problem = epcis_schema.document_problem(document)
    if problem is not None:
        at_field = FieldProblem(problem.field, DocumentInvalid.code, problem.problem)
        raise DocumentInvalid(problem.problem, fields=[at_field])
    events = document["epcisBody"]["eventList"]
    if len(events) > MOST_EVENTS:
        raise DocumentInvalid(f"Tài liệu có {len(events)} sự kiện; mỗi lần gửi nhiều nhất {MOST_EVENTS}.")
    capture = EpcisCapture(
        id=new_id(),
        producer_id=owner,
        created_by=actor.label,
        proceed=proceed,
        document=document,
        event_count=len(events),
    )
    session.add(capture)
    await session.flush()
    await enqueue(session, CAPTURE_JOB, {"capture_id": str(capture.id)}, dedupe_key=f"capture:{capture.id}")
    return capture


async def find_capture(session: AsyncSession, actor: Actor, capture_id: UUID) -> EpcisCapture:
    """A capture the actor may see. Raises CaptureNotFound."""
    found = await session.execute(queries.captures_of(actor).where(EpcisCapture.id == capture_id))
    capture = found.scalar_one_or_none()
    if capture is None:
        raise CaptureNotFound("Không có lần gửi EPCIS này, hoặc không thuộc chủ thể của bạn.")
    return capture


async def _owner(session: AsyncSession, actor: Actor, producer_id: UUID | None) -> UUID:
    if producer_id is None and len(actor.producers) == 1:
        (producer_id,) = actor.producers
    if producer_id is None:
        raise ProducerNotNamed("Hãy nêu chủ thể của các lô bằng tham số producer_id.")
    if not actor.may_change(producer_id) or await session.get(Producer, producer_id) is None:
        raise LotNotFound("Không có chủ thể này, hoặc bạn không được ghi cho chủ thể này.")
    return producer_id


def _check_content(document: JsonEvent) -> None:
    """Refuse what Python's JSON reads and PostgreSQL or our own walks over it do not (:class:`DocumentInvalid`).

    U+0000, half a surrogate pair, 1e999; and nesting that no document needs.
    """
    left: list[tuple[object, int]] = [(document, 0)]
    while left:
        value, depth = left.pop()
        if depth > DEEPEST:
            raise DocumentInvalid(f"Tài liệu lồng quá {DEEPEST} tầng. Hãy xuất lại tài liệu.")
        if isinstance(value, Mapping):
            left += [(each, depth + 1) for pair in value.items() for each in pair]
        elif isinstance(value, list):
            left += [(each, depth + 1) for each in value]
        elif isinstance(value, str) and _UNWRITABLE.search(value) is not None:
            raise DocumentInvalid(
                "Tài liệu có ký tự không dùng được (U+0000 hoặc nửa ký tự). Hãy xuất lại tài liệu."
            )
        elif isinstance(value, float) and not math.isfinite(value):
            raise DocumentInvalid("Tài liệu có số vô hạn. Hãy xuất lại tài liệu.")


@dataclass(slots=True)
class _Taking:
    """One run over a document."""

    session: AsyncSession
    actor: Actor
    producer_id: UUID
    #: What the document's own context says; of that, prefix → URI, as hashes need it.
    context: dict[str, Any]
    namespaces: dict[str, str]
    #: eventID → the row that holds it.
    rows: dict[str, TraceEvent] = field(default_factory=dict)
    #: eventID of a corrective event → eventID of what it corrects.
    corrects: dict[str, str] = field(default_factory=dict)
    lots: dict[epcis_read.LotName, Lot | None] = field(default_factory=dict)
    moments: dict[UUID, list[Moment]] = field(default_factory=dict)


async def take_over(session: AsyncSession, capture: EpcisCapture) -> None:
    """Store the events of a capture that is still running, and say which of them are wrong.

    The session's scope is the capture's producer. Running it twice is harmless: an event that a lot already
    holds, by its hash, is not stored again.
    """
    document = capture.document
    problems = {each.index: each for each in await asyncio.to_thread(_schema_problems, document)}
    user = capture.created_by.partition("user:")[2]
    taking = _Taking(
        session,
        Actor(Role.PRODUCER, UUID(user) if user else None, producers=frozenset({capture.producer_id})),
        capture.producer_id,
        inline_context(document["@context"]),
        namespaces_of(document["@context"]),
    )
    events: list[JsonEvent] = document["epcisBody"]["eventList"]
    for event in events:
        for corrective in _corrective_ids(event):
            taking.corrects[corrective] = _event_id(taking, event)
    if problems and not capture.proceed:
        # Nothing will be kept: faults of structure are told without storing the rest first.
        stored, wrong = 0, list(problems.values())
    else:
        stored, wrong = await _take_all(taking, events, problems, proceed=capture.proceed)
    failed = bool(wrong) and (not capture.proceed or not stored)
    capture.stored_count = 0 if failed else stored
    capture.errors = [asdict(each) for each in wrong[:MOST_ERRORS]]
    capture.state = CaptureState.FAILED if failed else CaptureState.DONE
    capture.finished_at = clock.now()
    await session.flush()


def _schema_problems(document: dict[str, Any]) -> list[Problem]:
    return list(epcis_schema.event_problems(document))


async def _take_all(
    taking: _Taking, events: list[JsonEvent], problems: dict[int | None, Problem], *, proceed: bool
) -> tuple[int, list[Problem]]:
    wrong: list[Problem] = []
    stored = 0
    whole = await taking.session.begin_nested()
    for index in _corrected_before(taking, events):
        problem = problems.get(index)
        if problem is None:
            try:
                async with taking.session.begin_nested():
                    stored += await _take(taking, events[index])
            except HubError as refusal:
                problem = Problem(index, "", refusal.detail)
        if problem is not None:
            wrong.append(problem)
    if wrong and not proceed:
        await whole.rollback()
    else:
        await whole.commit()
    return stored, sorted(wrong, key=lambda each: each.index or 0)


def _corrected_before(taking: _Taking, events: list[JsonEvent]) -> list[int]:
    """The order to store in: as they stand, but nothing before what it corrects."""
    at = {_event_id(taking, event): index for index, event in enumerate(events) if _corrective_ids(event)}

    def place(index: int) -> tuple[int, bool]:
        corrected = at.get(taking.corrects.get(events[index].get("eventID", ""), ""), -1)
        return max(index, corrected), corrected > index

    return sorted(range(len(events)), key=place)


def _corrective_ids(event: JsonEvent) -> list[str]:
    declaration = event.get("errorDeclaration") if isinstance(event, dict) else None
    ids = declaration.get("correctiveEventIDs") if isinstance(declaration, dict) else None
    return [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []


def _event_id(taking: _Taking, event: JsonEvent) -> str:
    given = event.get("eventID")
    return given if isinstance(given, str) else event_hash(event, taking.namespaces)


async def _take(taking: _Taking, event: JsonEvent) -> int:
    """Store one event on each lot of the producer that it is about; gives how many rows were written."""
    try:
        at = epcis_read.moment_of(event)
    except ValueError:
        raise EventInvalid(f"eventTime “{event['eventTime']}” không phải thời điểm có múi giờ.") from None
    kind = epcis_read.step_of(event)
    timeline.check_moment(Moment(kind, at), now=clock.now())
    named = epcis_read.made(event)
    lots = [(each, await _lot(taking, each.lot, event)) for each in named]
    ours = [(each, lot) for each, lot in lots if lot is not None]
    if not ours:
        raise LotNotFound(
            "Sự kiện không nói về lô nào của chủ thể này: GTIN hoặc số lô không thuộc chủ thể, hoặc thiếu số lô."
        )
    return sum([await _store(taking, event, Moment(kind, at), each, lot) for each, lot in ours])


async def _lot(taking: _Taking, name: epcis_read.LotName, event: JsonEvent) -> Lot | None:
    """The producer's lot of that name; made when the event brings it into being."""
    if name in taking.lots:
        return taking.lots[name]
    found = await taking.session.execute(
        queries.lots_named(name.gtin, name.code, name.id).where(Lot.producer_id == taking.producer_id)
    )
    lot = found.scalar_one_or_none()
    if lot is None and name.gtin and (event.get("action") == "ADD" or event["type"] == "TransformationEvent"):
        product = await taking.session.scalar(
            select(Product)
            .join(ProductGtin, ProductGtin.product_id == Product.id)
            .where(ProductGtin.gtin == name.gtin, Product.producer_id == taking.producer_id)
        )
        if product is not None:
            lot = await service.create_lot(taking.session, taking.actor, product, LotIn(code=name.code))
    if lot is not None:
        await taking.session.refresh(lot, with_for_update=True)
        taking.lots[name] = lot
    return lot


async def _store(taking: _Taking, event: JsonEvent, moment: Moment, named: epcis_read.Named, lot: Lot) -> int:
    session = taking.session
    names = {**taking.namespaces, **namespaces_of(event.get("@context"))}
    digest = event_hash(event, names)
    identity = _event_id(taking, event)
    known = await session.scalar(queries.event_of_hash(lot.id, digest))
    voids = known is not None and "errorDeclaration" in event and "errorDeclaration" not in known.epcis
    if known is not None:
        taking.rows.setdefault(identity, known)
        if not voids or _corrective_ids(event):
            return 0
    if lot.state is LotState.CLOSED:
        raise EventInvalid(f"Lô {lot.code} đã kết thúc nên không ghi thêm công đoạn được.")
    await _check_order(taking, lot, moment)
    details, sources = await _details(taking, event, named, lot)
    corrects_id = known.id if known is not None else _corrected(taking, identity)
    stands = "errorDeclaration" not in event
    if stands:
        await hold_lots(session, [lot.id, *(source.id for source in sources)])
        await check_balance(session, lot, moment.kind, details, sources, corrects_id=corrects_id)
    row = TraceEvent(
        id=new_id(),
        lot_id=lot.id,
        producer_id=lot.producer_id,
        kind=moment.kind,
        occurred_at=moment.at,
        zone_offset=str(event["eventTimeZoneOffset"]),
        recorded_by=taking.actor.label,
        unit_id=await _unit(session, event),
        place_text=str(event.get("ocop:place", ""))[:200],
        note=str(event.get("ocop:note", ""))[:LONGEST_NOTE],
        details={**details.stored(), "context": taking.context},
        corrects_id=corrects_id,
        epcis=event,
    )
    await recording.enchain(session, lot, row, namespaces=names)
    session.add(row)
    await session.flush()
    if stands:  # what was declared an error made nothing from anything
        session.add_all(_inputs(row, details, sources))
    taking.rows.setdefault(identity, row)
    _move_lot(lot, moment, row)
    return 1


def _corrected(taking: _Taking, identity: str) -> UUID | None:
    """The row that this event takes the place of, as the document says."""
    wrong = taking.corrects.get(identity)
    row = taking.rows.get(wrong) if wrong is not None else None
    return row.id if row is not None else None


async def _check_order(taking: _Taking, lot: Lot, moment: Moment) -> None:
    if lot.id not in taking.moments:
        standing = await taking.session.scalars(queries.standing_events_of(lot.id))
        taking.moments[lot.id] = [Moment(each.kind, each.occurred_at) for each in standing]
    timeline.check_order([*taking.moments[lot.id], moment])
    taking.moments[lot.id].append(moment)


async def _details(
    taking: _Taking, event: JsonEvent, named: epcis_read.Named, lot: Lot
) -> tuple[DetailsIn, list[Source]]:
    """Amounts as our own events keep them, so that they count in the balance."""
    inputs: list[InputIn] = []
    sources: list[Source] = []
    for each in epcis_read.used(event):
        found = (
            await taking.session.execute(queries.lots_named(each.lot.gtin, each.lot.code, each.lot.id))
        ).scalar_one_or_none()
        if found is None or found.id == lot.id:
            continue
        unit = each.unit or found.quantity_unit
        inputs.append(InputIn(lot_id=found.id, quantity=_amount(each.quantity), unit=unit))
        sources.append(Source(found.id, found.producer_id, found.code, found.quantity, found.quantity_unit))
    unit = named.unit or lot.quantity_unit
    quantity = _amount(named.quantity)
    amount = AmountIn(quantity=quantity, unit=unit) if quantity and unit else None
    reason = str(event.get("ocop:overReason", ""))[:500]
    told = DetailsIn(amount=amount, inputs=inputs, readings=epcis_read.readings(event), over_reason=reason)
    return told, sources


async def _unit(session: AsyncSession, event: JsonEvent) -> str | None:
    """The commune where it happened, where another installation of ours says it."""
    code = epcis_read.unit_of(event)
    unit = await session.get(AdminUnit, code) if code else None
    return unit.id if unit is not None else None


def _amount(quantity: Decimal | None) -> Decimal | None:
    """As amounts are kept, to the thousandth. Raises EventInvalid for one that is none."""
    if quantity is None or not quantity:
        return None
    if not 0 < quantity <= MOST_QUANTITY:
        raise EventInvalid(
            f"Không ghi được số lượng {quantity}; cần số lớn hơn 0, nhiều nhất {MOST_QUANTITY:f}."
        )
    return round(quantity, 3) or None


def _inputs(row: TraceEvent, details: DetailsIn, sources: list[Source]) -> list[LotInput]:
    return recording.input_rows(row, details, sources)


def _move_lot(lot: Lot, moment: Moment, row: TraceEvent) -> None:
    """What the lot itself says follows its events; the page moves on."""
    lot.page_version += 1
    if "errorDeclaration" in row.epcis:
        return
    if moment.kind is EventKind.PACKING:
        lot.packed_at = max(filter(None, (lot.packed_at, moment.at)))
    if moment.kind is EventKind.RECALL and lot.state is not LotState.RECALLED:
        lot.state, lot.recall_note = LotState.RECALLED, row.note
