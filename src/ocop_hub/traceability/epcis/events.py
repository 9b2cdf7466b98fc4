"""A lot's events as EPCIS 2.0 / CBV 2.0 says them: pure, from our rows to JSON-LD.

Mapping: harvest and bought raw material are ObjectEvent ADD (commissioning; CBV 2.0 has no "harvesting"), with
what the instance is in ILMD; anything with inputs is a TransformationEvent; the rest is ObjectEvent OBSERVE.
Names of persons, and who typed it in, are not part of it.

Identifiers carry no host, so that hashes hold when the installation moves: ``https://id.gs1.org/01/…/10/…``, and
``urn:uuid:`` of the lot where the product has no GTIN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ocop_hub.gs1 import digital_link
from ocop_hub.gs1.digital_link import CANONICAL_STEM
from ocop_hub.traceability.models import EventKind, TraceEvent
from ocop_hub.traceability.units import epcis_quantity

CONTEXT_URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACES = {"ocop": "urn:ocop-hub:voc:"}
#: Before the code of a commune, ward or province.
UNIT = "urn:ocop-hub:unit:"
CONTEXT: list[Any] = [CONTEXT_URL, NAMESPACES]

#: (action, bizStep, disposition) of each step; empty strings are left out.
STEPS: dict[EventKind, tuple[str, str, str]] = {
    EventKind.HARVEST: ("ADD", "commissioning", "active"),
    EventKind.PURCHASE: ("ADD", "commissioning", "active"),
    EventKind.FIRST_PROCESSING: ("OBSERVE", "other", "in_progress"),
    EventKind.PROCESSING: ("OBSERVE", "other", "in_progress"),
    EventKind.INSPECTION: ("OBSERVE", "inspecting", ""),
    EventKind.PACKING: ("OBSERVE", "packing", ""),
    EventKind.PRODUCTION_PLACE: ("OBSERVE", "other", ""),
    EventKind.SHIPPING: ("OBSERVE", "shipping", "in_transit"),
    EventKind.RECEIVING: ("OBSERVE", "receiving", ""),
    EventKind.SALE: ("OBSERVE", "retail_selling", "retail_sold"),
    EventKind.RECALL: ("OBSERVE", "other", "recalled"),
}
_SENSORS = {"temperature": ("Temperature", "CEL"), "humidity": ("RelativeHumidity", "P1")}


@dataclass(frozen=True, slots=True)
class InputLot:
    """A lot that went in: its class URI, and how much where it is told."""

    uri: str
    quantity: Decimal | None
    unit: str


def lot_class(gtin: str | None, code: str, lot_id: UUID) -> str:
    """The URI of a lot as a class of things."""
    return digital_link.build(CANONICAL_STEM, gtin, lot=code) if gtin else f"urn:uuid:{lot_id}"


def as_epcis(event: TraceEvent, lot_uri: str, inputs: Sequence[InputLot] = ()) -> dict[str, Any]:
    """The event as EPCIS; JSON values only, the same for the same event."""
    action, step, disposition = STEPS[event.kind]
    amount = event.details.get("amount") or {}
    made = _quantity(lot_uri, Decimal(str(amount["quantity"])) if amount else None, amount.get("unit", ""))
    told: dict[str, Any] = {
        "type": "TransformationEvent" if inputs else "ObjectEvent",
        "eventTime": event.occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "eventTimeZoneOffset": event.zone_offset,
    }
    if inputs:
        told["inputQuantityList"] = [_quantity(each.uri, each.quantity, each.unit) for each in inputs]
        told["outputQuantityList"] = [made]
        told["bizStep"] = "commissioning" if step == "other" else step
    else:
        told |= {"action": action, "quantityList": [made], "bizStep": step}
    if disposition:
        told["disposition"] = disposition
    return told | _where(event) | _around(event) | _own_words(event)


def _quantity(uri: str, quantity: Decimal | None, unit: str) -> dict[str, Any]:
    told: dict[str, Any] = {"epcClass": uri}
    if quantity is not None:
        amount, code = epcis_quantity(quantity, unit)
        # A JSON number: whole where it is whole.
        told["quantity"] = int(amount) if amount == amount.to_integral_value() else float(amount)
        if code:
            told["uom"] = code
    return told


def _where(event: TraceEvent) -> dict[str, Any]:
    gln, point = event.details.get("gln"), event.details.get("point")
    if gln:
        place = f"{CANONICAL_STEM}/414/{gln}"
    elif point:
        place = f"geo:{point['latitude']},{point['longitude']}"
    elif event.unit_id:
        place = f"{UNIT}{event.unit_id}"
    else:
        return {}
    return {"readPoint": {"id": place}}


def _around(event: TraceEvent) -> dict[str, Any]:
    """Parties, papers, readings, and what the harvested thing is."""
    told: dict[str, Any] = {}
    details = event.details
    for party in details.get("parties", ()):
        if not party.get("gln") or party["role"] == "inspector":
            continue
        field, name = (
            ("sourceList", "source") if party["role"] == "from" else ("destinationList", "destination")
        )
        entry = {"type": "possessing_party", name: f"{CANONICAL_STEM}/417/{party['gln']}"}
        told.setdefault(field, []).append(entry)
    if number := details.get("test_number"):
        told["bizTransactionList"] = [
            {"type": "testres", "bizTransaction": f"urn:ocop-hub:test:{_urn(number)}"}
        ]
    if readings := details.get("readings"):
        told["sensorElementList"] = [_sensor(each) for each in readings]
    if event.kind is EventKind.HARVEST:
        ilmd = {"ocop:harvestDate": event.occurred_at.isoformat()[:10]}
        told["ilmd"] = ilmd | ({"ocop:plot": details["plot"]} if details.get("plot") else {})
    return told


def _sensor(reading: dict[str, Any]) -> dict[str, Any]:
    kind, unit = _SENSORS[reading["measure"]]
    report: dict[str, Any] = {"type": kind, "value": float(reading["value"]), "uom": unit}
    element: dict[str, Any] = {"sensorReport": [report]}
    return {"sensorMetadata": {"time": reading["at"]}, **element} if reading.get("at") else element


def _own_words(event: TraceEvent) -> dict[str, Any]:
    """Under our own namespace: what EPCIS has no field for."""
    told = {
        "ocop:step": event.kind.value,
        "ocop:note": event.note,
        "ocop:place": event.place_text,
        "ocop:attachment": [each["key"] for each in event.details.get("attachments", ())],
    }
    return {name: value for name, value in told.items() if value}


def _urn(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "-" for char in text)


def document(events: Iterable[dict[str, Any]], *, created: datetime) -> dict[str, Any]:
    """An EPCIS document of events as they were frozen."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "epcisBody": {"eventList": list(events)},
    }
