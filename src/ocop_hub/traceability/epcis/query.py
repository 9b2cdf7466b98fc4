"""``GET /epcis/v2/events``: the common filters of the EPCIS 2.0 query interface, and pages by token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ocop_hub.gs1.epc import constrained
from ocop_hub.kit.paging import read_cursor, write_cursor
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import queries
from ocop_hub.traceability.codes import read_trace_code
from ocop_hub.traceability.epcis.reading import lot_name, word
from ocop_hub.traceability.errors import EventNotFound, QueryInvalid
from ocop_hub.traceability.models import Lot, LotInput, TraceCode, TraceEvent

DEFAULT_PAGE = 30
LARGEST_PAGE = 1_000
_WORDS = {
    "EQ_bizStep": "bizStep",
    "EQ_disposition": "disposition",
    "EQ_action": "action",
    "eventType": "type",
}
_TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")
_MATCHES = ("MATCH_epc", "MATCH_epcClass", "MATCH_anyEPC", "MATCH_anyEPCClass")
KNOWN = frozenset({*_WORDS, *_TIMES, *_MATCHES, "perPage", "nextPageToken"})


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in the order of their time; ``token`` leads to the next page, empty on the last."""

    rows: list[TraceEvent]
    token: str


async def find_events(session: AsyncSession, actor: Actor, asked: Mapping[str, str]) -> EventPage:
    """The events the actor may see that fit ``asked`` (parameter → value, alternatives parted by ``|``).

    Raises QueryInvalid for a parameter or value this interface does not know, BadCursor.
    """
    if unknown := sorted(set(asked) - KNOWN):
        raise QueryInvalid(
            f"Chưa hỗ trợ tham số {', '.join(unknown)}. Dùng được: {', '.join(sorted(KNOWN))}."
        )
    size = _size(asked.get("perPage", ""))
    query = _once_each(queries.events_visible_to(actor)).where(TraceEvent.event_hash != "")
    for parameter, field in _WORDS.items():
        if parameter in asked:
            bare = func.regexp_replace(TraceEvent.epcis[field].astext, "^.*(BizStep-|Disp-|[:/])", "")
            query = query.where(bare.in_([word(each) for each in asked[parameter].split("|")]))
    for parameter in _TIMES:
        if parameter in asked:
            query = query.where(_time(parameter, asked[parameter]))
    for parameter in _MATCHES:
        if parameter in asked:
            query = query.where(await _match(session, asked[parameter].split("|")))
    if token := asked.get("nextPageToken"):
        at, row_id = read_cursor(token, 2)
        query = query.where(tuple_(TraceEvent.occurred_at, TraceEvent.id) > (_moment(at), UUID(row_id)))
    query = query.order_by(TraceEvent.occurred_at, TraceEvent.id).limit(size + 1)
    rows = list((await session.scalars(query)).all())
    if len(rows) <= size:
        return EventPage(rows, "")
    last = rows[size - 1]
    return EventPage(rows[:size], write_cursor(last.occurred_at.isoformat(), str(last.id)))


async def find_event(session: AsyncSession, actor: Actor, event_id: str) -> TraceEvent:
    """The event with that eventID, which is its CBV 2.0 hash unless it came with another. Raises EventNotFound."""
    asked = queries.events_visible_to(actor).where(
        or_(TraceEvent.event_hash == event_id, TraceEvent.epcis.contains({"eventID": event_id}))
    )
    found = (await session.scalars(asked.order_by(TraceEvent.id).limit(1))).first()
    if found is None:
        raise EventNotFound("Không có công đoạn nào mang eventID này, hoặc không thuộc chủ thể của bạn.")
    return found


def _once_each(query: Select[TraceEvent]) -> Select[TraceEvent]:
    """An event on several lots of one producer is one event."""
    same = aliased(TraceEvent)
    return query.where(
        ~exists().where(
            same.event_hash == TraceEvent.event_hash,
            same.producer_id == TraceEvent.producer_id,
            same.lot_id != TraceEvent.lot_id,
            same.id < TraceEvent.id,
        )
    )


def _size(text: str) -> int:
    if not text:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise QueryInvalid(f"perPage phải là số từ 1 đến {LARGEST_PAGE}.")
    return int(text)


def _time(parameter: str, text: str) -> ColumnElement[bool]:
    column = TraceEvent.occurred_at if parameter.endswith("eventTime") else TraceEvent.recorded_at
    moment = _moment(text)
    return column >= moment if parameter.startswith("GE_") else column < moment


def _moment(text: str) -> datetime:
    try:
        # A plus sign that was not percent-coded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+").replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise QueryInvalid(f"“{text[:40]}” không phải thời điểm có múi giờ, như 2026-09-30T08:00:00+07:00.")
    return moment


async def _match(session: AsyncSession, uris: list[str]) -> ColumnElement[bool]:
    """Events about a lot, those it went into, and those that carry the very identifier."""
    found: list[ColumnElement[bool]] = []
    for uri in uris:
        lots = _lots_of(uri)
        if lots is not None:
            ids = list((await session.scalars(lots)).all())
            used = select(LotInput.event_id).where(LotInput.input_lot_id.in_(ids))
            found += [TraceEvent.lot_id.in_(ids), TraceEvent.id.in_(used)]
        for form in {uri, constrained(uri)}:
            for field in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
                found.append(TraceEvent.epcis.contains({field: [form]}))
    return or_(*found)


def _lots_of(uri: str) -> Select[UUID] | None:
    """The lots a URI names: by GTIN and lot code, by our id, or by a printed ``/t/…``."""
    tail = uri.rstrip("/").rpartition("/t/")[2] if "/t/" in uri else ""
    code = read_trace_code(tail) if tail else None
    if code is not None:
        return select(TraceCode.lot_id).where(TraceCode.code == code, TraceCode.lot_id.is_not(None))  # type: ignore[return-value]  # not null by the condition
    name = lot_name(uri)
    if name is None or "/21/" in uri:
        return None
    return queries.lots_named(name.gtin, name.code, name.id).with_only_columns(Lot.id)
