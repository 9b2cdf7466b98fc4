"""The way of a lot as its page tells it: what happened, where, from what, and which papers stand behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ocop_hub.gs1 import digital_link
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.places.models import AdminUnit
from ocop_hub.traceability import queries
from ocop_hub.traceability.details import DetailsIn, Measure
from ocop_hub.traceability.epcis.links import EventLink, links_of
from ocop_hub.traceability.models import EventKind, Lot, TraceEvent
from ocop_hub.traceability.scans.resolver import Target
from ocop_hub.traceability.units import written_amount

_OF_LOT = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class StoryPaper:
    """A photo or paper kept with an event; ``position`` counts the event's attachments from 0."""

    event_id: UUID
    position: int
    key: str
    title: str

    @property
    def is_picture(self) -> bool:
        return self.key.startswith("pictures/")


@dataclass(frozen=True, slots=True)
class StoryInput:
    """A lot that went in: its code, and the path of its page where it has one."""

    code: str
    path: str


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One step. ``corrected``: it took the place of an earlier record.

    ``inspector``, ``test_number``: who tested and under which number, as the producer says; ``papers`` are
    those a buyer may see; ``links`` lead to certificates and documents elsewhere, which nobody here has read.
    """

    id: UUID
    kind: EventKind
    at: datetime
    place: str
    text: str
    amount: str = ""
    readings: tuple[tuple[Measure, Decimal], ...] = ()
    papers: tuple[StoryPaper, ...] = ()
    inspector: str = ""
    test_number: str = ""
    inputs: tuple[StoryInput, ...] = ()
    links: tuple[EventLink, ...] = ()
    corrected: bool = False


def paper_path(paper: StoryPaper) -> str:
    """Where a picture or PDF of an event is read."""
    return f"/media/{paper.key}" if paper.is_picture else f"/giay-to/{paper.event_id}/{paper.position}"


async def story_events(
    session: AsyncSession, lot_id: UUID, *, every_paper: bool = False
) -> tuple[StoryEvent, ...]:
    """The standing events of a lot in the order they happened, as far as the session sees them.

    ``every_paper``: with the papers that only the producer may open.
    """
    events = list((await session.execute(queries.standing_events_of(lot_id))).scalars())
    places = await _places(session, events)
    found = []
    for each in events:
        place = ", ".join(filter(None, (each.place_text, places.get(each.unit_id or "", ""))))
        found.append(_told(each, place, await _inputs(session, each), every_paper=every_paper))
    return tuple(found)


def _told(event: TraceEvent, place: str, inputs: tuple[StoryInput, ...], *, every_paper: bool) -> StoryEvent:
    # Events taken over from an EPCIS document keep its context beside the details.
    known = {name: value for name, value in event.details.items() if name in DetailsIn.model_fields}
    details = DetailsIn.model_validate(known)
    amount = details.amount
    return StoryEvent(
        id=event.id,
        kind=event.kind,
        at=event.occurred_at,
        place=place,
        text=event.note,
        amount=written_amount(amount.quantity, amount.unit) if amount else "",
        readings=tuple((each.measure, each.value) for each in details.readings),
        papers=tuple(
            StoryPaper(event.id, position, each.key, each.title)
            for position, each in enumerate(details.attachments)
            if each.public or every_paper
        ),
        inspector=next((each.name for each in details.parties if each.role == "inspector"), ""),
        test_number=details.test_number,
        inputs=inputs,
        links=links_of(event.epcis),
        corrected=event.corrects_id is not None,
    )


async def _inputs(session: AsyncSession, event: TraceEvent) -> tuple[StoryInput, ...]:
    """The lots that went into an event, by the names its frozen form gives them."""
    found = []
    for entry in event.epcis.get("inputQuantityList", ()):
        told = await _input(session, str(entry.get("epcClass", "")))
        if told is not None:
            found.append(told)
    return tuple(found)


async def _input(session: AsyncSession, name: str) -> StoryInput | None:
    if name.startswith(_OF_LOT):
        return await _input_without_gtin(session, name.removeprefix(_OF_LOT))
    try:
        link = digital_link.parse(name)
    except DigitalLinkError:
        return None  # named by a scheme we cannot read: nothing to show a buyer
    if link.gtin is None or link.lot is None:
        return None
    return StoryInput(link.lot, Target(gtin=link.gtin, lot=link.lot).path)


async def _input_without_gtin(session: AsyncSession, text: str) -> StoryInput | None:
    try:
        lot = await session.get(Lot, UUID(text))
    except ValueError:
        return None
    if lot is None:
        return None
    code = (await session.execute(queries.trace_code_of(lot.product_id, lot.id))).scalar_one_or_none()
    return StoryInput(lot.code, f"/t/{code.code}" if code is not None else "")


async def _places(session: AsyncSession, events: Sequence[TraceEvent]) -> dict[str, str]:
    wanted = {each.unit_id for each in events if each.unit_id}
    if not wanted:
        return {}
    province = aliased(AdminUnit)
    result = await session.execute(
        select(AdminUnit, province)
        .outerjoin(province, province.id == AdminUnit.province_id)
        .where(AdminUnit.id.in_(wanted))
    )
    return {unit.id: written_place(unit, above) for unit, above in result}


def written_place(unit: AdminUnit | None, province: AdminUnit | None) -> str:
    """A unit with the province above it, as people write it; empty for none."""
    if unit is None:
        return ""
    if province is None or province.id == unit.id:
        return unit.full_name
    return f"{unit.full_name}, {province.full_name}"
