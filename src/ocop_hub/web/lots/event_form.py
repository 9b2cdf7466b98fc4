"""The form of one công đoạn: from what was typed on a phone to an event, and back for a correction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ocop_hub.kit import clock
from ocop_hub.kit.values import ValueProblem, parse_quantity, parse_reading
from ocop_hub.traceability.details import (
    AmountIn,
    AttachmentIn,
    DetailsIn,
    InputIn,
    Measure,
    PartyIn,
    PointIn,
    ReadingIn,
)
from ocop_hub.traceability.models import EventKind, TraceEvent
from ocop_hub.traceability.schemas import EventIn
from ocop_hub.traceability.units import written_amount
from ocop_hub.web.forms import Problem, invalid, read
from ocop_hub.web.i18n import N_

#: Kinds a person writes down; a recall is an act of its own.
KINDS: Final = tuple(kind for kind in EventKind if kind is not EventKind.RECALL)
#: Rows for source lots that stand open on the form.
SOURCE_ROWS: Final = 3
ZONES: Final = (
    ("Asia/Ho_Chi_Minh", N_("Giờ Việt Nam (+7)")),
    ("Asia/Shanghai", N_("Giờ Trung Quốc (+8)")),
    ("Asia/Tokyo", N_("Giờ Nhật Bản, Hàn Quốc (+9)")),
    ("UTC", N_("Giờ quốc tế (+0)")),
)
PARTIES: Final = (("party_from", "from"), ("party_to", "to"), ("inspector", "inspector"))
READINGS: Final = (("temperature", Measure.TEMPERATURE), ("humidity", Measure.HUMIDITY))
#: The form's name for each part of an event that its own checks may refuse.
_NAMES: Final = {
    "amount": "quantity",
    "point": "latitude",
    "attachments": "files",
    "place_text": "place",
    "occurred_at": "at",
}
_KEPT = re.compile(r"(?P<key>(?:pictures|papers)/[0-9a-f]{2}/[0-9a-f]{64}(?:\.[a-z0-9]{1,5})?)")


@dataclass(frozen=True, slots=True)
class Source:
    """A row of the form: an own lot by id, or what stands on another producer's label."""

    lot: str
    quantity: Decimal | None
    unit: str
    field: str


def sources(values: Mapping[str, str], errors: list[Problem]) -> list[Source]:
    """The lots that were named as having gone in; ``lot`` is an id or a label's text."""
    found = []
    for n in (*range(1, SOURCE_ROWS + 1), "other"):
        lot = values.get(f"source_{n}", "")
        quantity = read(values, f"source_quantity_{n}", parse_quantity, errors)
        if lot:
            found.append(Source(lot, quantity, values.get(f"source_unit_{n}", "")[:40], f"source_{n}"))
        elif quantity is not None:
            errors.append({"field": f"source_{n}", "problem": "Chưa chọn lô nguyên liệu cho số lượng này."})
    return found


def event_of(
    values: Mapping[str, str],
    inputs: list[InputIn],
    attachments: list[AttachmentIn],
    errors: list[Problem],
) -> EventIn | None:
    """The event that was typed; what is wrong goes to ``errors``."""
    moment = _moment(values, errors)
    details: dict[str, Any] = {
        "amount": _amount(values, errors),
        "inputs": inputs,
        "attachments": attachments,
        "readings": _readings(values, moment, errors),
        "parties": [
            PartyIn(role=role, name=values[name][:200]) for name, role in PARTIES if values.get(name)
        ],
        "plot": values.get("plot", ""),
        "gln": values.get("gln", ""),
        "point": _point(values, errors),
        "test_number": values.get("test_number", ""),
        "over_reason": values.get("over_reason", ""),
    }
    if errors or moment is None:
        return None
    try:
        return EventIn(
            kind=EventKind(values["kind"]),
            occurred_at=moment,
            unit_id=values.get("unit_id") or None,
            place_text=values.get("place", ""),
            note=values.get("note", ""),
            details=DetailsIn(**details),
            corrects_id=UUID(values["corrects"]) if values.get("corrects") else None,
        )
    except ValidationError as error:
        errors += invalid(error, _NAMES)
        return None


def kept(values: Mapping[str, str]) -> list[str]:
    """Keys of the files that came with an earlier attempt and need not be chosen again."""
    return [found["key"] for found in _KEPT.finditer(values.get("kept", ""))]


def values_of(event: TraceEvent) -> dict[str, str]:
    """The form filled with what an event says, to be corrected."""
    known = {name: value for name, value in event.details.items() if name in DetailsIn.model_fields}
    details = DetailsIn.model_validate(known)
    found = {
        "kind": event.kind.value,
        "corrects": str(event.id),
        "at": f"{event.occurred_at.astimezone(clock.BUSINESS_ZONE):%Y-%m-%dT%H:%M}",
        "unit_id": event.unit_id or "",
        "place": event.place_text,
        "note": event.note,
        "plot": details.plot,
        "gln": details.gln,
        "test_number": details.test_number,
        "over_reason": details.over_reason,
        "kept": " ".join(each.key for each in details.attachments),
        "paper_title": next((each.title for each in details.attachments), ""),
        "papers_public": "1" if all(each.public for each in details.attachments) else "",
    }
    if details.amount is not None:
        found |= {"quantity": _number(details.amount.quantity), "quantity_unit": details.amount.unit}
    if details.point is not None:
        found |= {"latitude": str(details.point.latitude), "longitude": str(details.point.longitude)}
    found |= {name: each.name for name, role in PARTIES for each in details.parties if each.role == role}
    found |= {
        name: _number(each.value)
        for name, measure in READINGS
        for each in details.readings
        if each.measure is measure
    }
    for n, each in enumerate(details.inputs[:SOURCE_ROWS], start=1):
        found[f"source_{n}"] = str(each.lot_id)
        found[f"source_quantity_{n}"] = _number(each.quantity) if each.quantity is not None else ""
        found[f"source_unit_{n}"] = each.unit
    return found


def _number(value: Decimal) -> str:
    return written_amount(value, "")


def _moment(values: Mapping[str, str], errors: list[Problem]) -> datetime | None:
    if not values.get("at"):
        errors.append({"field": "at", "problem": "Chưa ghi ngày giờ."})
        return None
    zone = values.get("zone", "")
    known = zone if zone in {name for name, _ in ZONES} else ZONES[0][0]

    def parse(text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueProblem(
                "moment_unreadable", f"Không hiểu “{text[:30]}”; ghi ngày giờ như 2026-09-30 08:30."
            ) from None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(known))

    return read(values, "at", parse, errors)


def _amount(values: Mapping[str, str], errors: list[Problem]) -> AmountIn | None:
    quantity = read(values, "quantity", parse_quantity, errors)
    unit = values.get("quantity_unit", "")
    if quantity is None:
        return None
    if not unit:
        errors.append({"field": "quantity_unit", "problem": "Chưa ghi đơn vị tính, ví dụ kg, lít, hộp."})
        return None
    return AmountIn(quantity=quantity, unit=unit[:40])


def _readings(values: Mapping[str, str], moment: datetime | None, errors: list[Problem]) -> list[ReadingIn]:
    found = []
    for name, measure in READINGS:
        value = read(values, name, parse_reading, errors)
        if value is not None:
            found.append(ReadingIn(measure=measure, value=value, at=moment))
    return found


def _point(values: Mapping[str, str], errors: list[Problem]) -> PointIn | None:
    latitude, longitude = values.get("latitude", ""), values.get("longitude", "")
    if not latitude and not longitude:
        return None
    try:
        return PointIn(
            latitude=round(Decimal(latitude.replace(",", ".")), 6),
            longitude=round(Decimal(longitude.replace(",", ".")), 6),
        )
    except (ArithmeticError, ValidationError):
        errors.append(
            {"field": "latitude", "problem": "Tọa độ chưa đúng; ghi vĩ độ và kinh độ như 21,027 và 107,35."}
        )
        return None
