"""Reading others' EPCIS events: which lots they speak of, which step they are, what they measure. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from ocop_hub.gs1 import digital_link
from ocop_hub.gs1.epc import constrained
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.traceability.details import MOST_READINGS, Measure, ReadingIn
from ocop_hub.traceability.epcis.events import UNIT
from ocop_hub.traceability.models import EventKind

Event = Mapping[str, Any]

_STEPS = {
    "inspecting": EventKind.INSPECTION,
    "sampling": EventKind.INSPECTION,
    "sensor_reporting": EventKind.INSPECTION,
    "packing": EventKind.PACKING,
    "repackaging": EventKind.PACKING,
    "shipping": EventKind.SHIPPING,
    "departing": EventKind.SHIPPING,
    "transporting": EventKind.SHIPPING,
    "consigning": EventKind.SHIPPING,
    "receiving": EventKind.RECEIVING,
    "accepting": EventKind.RECEIVING,
    "arriving": EventKind.RECEIVING,
    "storing": EventKind.RECEIVING,
    "retail_selling": EventKind.SALE,
    "dispensing": EventKind.SALE,
}
_BORN = frozenset({"commissioning", "creating_class_instance"})
_UNITS = {"KGM": "kg", "GRM": "g", "TNE": "tấn", "LTR": "lít", "MLT": "ml"}
#: GS1 measurement type and UN/ECE unit (Recommendation 20) → ours, and how its unit becomes ours.
_MEASURES: dict[tuple[str, str], tuple[Measure, Callable[[Decimal], Decimal]]] = {
    ("Temperature", "CEL"): (Measure.TEMPERATURE, lambda value: value),
    ("Temperature", "FAH"): (Measure.TEMPERATURE, lambda value: (value - 32) * 5 / 9),
    ("Temperature", "KEL"): (Measure.TEMPERATURE, lambda value: value - Decimal("273.15")),
    ("RelativeHumidity", "P1"): (Measure.HUMIDITY, lambda value: value),
}
_OUT = ("outputQuantityList", "quantityList", "childQuantityList", "outputEPCList", "epcList", "childEPCs")
_IN = ("inputQuantityList", "inputEPCList")


@dataclass(frozen=True, slots=True)
class LotName:
    """How an event names a lot: GTIN and lot code, or our own id (``urn:uuid:``)."""

    gtin: str = ""
    code: str = ""
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A lot in a list of an event, with the amount beside it where there is one."""

    lot: LotName
    quantity: Decimal | None = None
    unit: str = ""


def step_of(event: Event) -> EventKind:
    """Our word for the step: ours where the event carries it, else by business step and disposition."""
    own = event.get("ocop:step")
    if isinstance(own, str) and own in {each.value for each in EventKind}:
        return EventKind(own)
    if word(event.get("disposition")) == "recalled":
        return EventKind.RECALL
    if event["type"] == "TransformationEvent":
        return EventKind.PROCESSING
    step = word(event.get("bizStep"))
    if step in _BORN:
        return EventKind.HARVEST
    # A step we have no name for is kept as it came, and shown as a place the lot was at.
    return _STEPS.get(step, EventKind.PRODUCTION_PLACE)


def word(value: object) -> str:
    """The bare word of a CBV value: ``shipping`` of ``https://ref.gs1.org/cbv/BizStep-shipping`` or of its URN."""
    return re.split(r"[:/-]", value)[-1] if isinstance(value, str) else ""


def moment_of(event: Event) -> datetime:
    """When it happened, in the zone it tells. Raises ValueError for a time that is none."""
    moment = datetime.fromisoformat(str(event["eventTime"]).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment


def made(event: Event) -> list[Named]:
    """The lots that the event is about: what came out of it, was seen, or was packed."""
    return _named(event, _OUT)


def used(event: Event) -> list[Named]:
    """The lots that went in."""
    return _named(event, _IN)


def readings(event: Event) -> list[ReadingIn]:
    """Temperatures and relative humidities that sensors reported, in our units; other reports stay in the event."""
    found: list[ReadingIn] = []
    for element in event.get("sensorElementList") or ():
        seen_at = element.get("sensorMetadata", {}).get("time")
        for report in element.get("sensorReport") or ():
            measured = _MEASURES.get((word(report.get("type")), str(report.get("uom", ""))))
            value = report.get("value", report.get("meanValue"))
            if measured is None or value is None:
                continue
            measure, in_ours = measured
            # A reading that is none (−500 °C) is not passed on as one.
            with suppress(ValidationError, ArithmeticError):
                value = round(in_ours(Decimal(str(value))), 3)
                found.append(ReadingIn(measure=measure, value=value, at=report.get("time", seen_at)))
    return found[:MOST_READINGS]


def unit_of(event: Event) -> str:
    """The code of the commune where it happened, as our own documents name it; empty for none."""
    place = event.get("readPoint")
    name = str(place.get("id", "")) if isinstance(place, Mapping) else ""
    return name.removeprefix(UNIT) if name.startswith(UNIT) else ""


def _named(event: Event, fields: Sequence[str]) -> list[Named]:
    found: dict[LotName, Named] = {}
    for field in fields:
        for entry in event.get(field) or ():
            named = _entry(entry)
            if named is not None and named.lot not in found:
                found[named.lot] = named
    return list(found.values())


def _entry(entry: object) -> Named | None:
    if isinstance(entry, str):
        lot = lot_name(entry)
        return Named(lot) if lot is not None else None
    if not isinstance(entry, Mapping):
        return None
    lot = lot_name(str(entry.get("epcClass", "")))
    if lot is None:
        return None
    try:
        quantity = Decimal(str(entry["quantity"])) if "quantity" in entry else None
    except InvalidOperation:
        quantity = None
    return Named(lot, quantity, _UNITS.get(str(entry.get("uom", "")), str(entry.get("uom", ""))))


def lot_name(uri: str) -> LotName | None:
    """The lot that a class or instance URI names; None for anything else (``/t/…`` is the caller's)."""
    if uri.startswith("urn:uuid:"):
        try:
            return LotName(id=UUID(uri.removeprefix("urn:uuid:")))
        except ValueError:
            return None
    plain = constrained(uri) if uri.startswith("urn:epc:") else uri
    if not plain.startswith(("http://", "https://")):
        return None
    try:
        link = digital_link.parse(plain, permit_zero_suppressed_gtin=True)
    except DigitalLinkError:
        return None
    if link.gtin is None or link.lot is None:
        return None
    return LotName(gtin=link.gtin, code=link.lot.upper())
