"""The EPCIS event hash of CBV 2.0 (§8.9): the same event gives the same hash however it is written down.

An event becomes one *pre-hash string*: its fields in the order below, values in one form, lists sorted; what
the order does not name (ILMD, user extensions) follows, sorted. Its SHA-256 stands in an ``ni:`` URI.
``eventID``, ``recordTime``, ``errorDeclaration`` and comments take no part.

Where text and reference implementation differ we follow the latter, because its published hashes are what others
compare with (github.com/RalphTro/epcis-event-hash-generator, MIT, commit 5d2f1c3): the lists of business
transactions, sources and destinations stand among the last, sorted by name, not before the sensor data.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ocop_hub.gs1.epc import constrained

Namespaces = Mapping[str, str]
Node = Mapping[str, Any]

_STANDARD = {
    "gs1": "https://gs1.org/voc/",
    "cbv": "https://ref.gs1.org/cbv/",
    "epcis": "https://ref.gs1.org/epcis/",
    "cbvmda": "urn:epcglobal:cbv:mda",
}
_VALUE_PREFIXES = {name: _STANDARD[name] for name in ("gs1", "cbv", "epcis")}
_CBV = "https://ref.gs1.org/cbv/"
_CBV_URN = "urn:epcglobal:cbv:"
_URN_KINDS = {"bizstep": "BizStep", "disp": "Disp", "btt": "BTT", "sdt": "SDT", "er": "ER"}

# The word that stands before a bare vocabulary value, by field.
_VOCABULARY = {
    "bizStep": _CBV + "BizStep-",
    "disposition": _CBV + "Disp-",
    "set": _CBV + "Disp-",
    "unset": _CBV + "Disp-",
}
_SENSOR_VOCABULARY = {"type": _STANDARD["gs1"], "exception": _STANDARD["gs1"], "component": _CBV + "Comp-"}

_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue",
    "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_ORDER = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "epcList", "parentID", "inputEPCList", "childEPCs", "quantityList",
    "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action", "transformationID",
    "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "sensorElementList",
)  # fmt: skip
_EPC_LISTS = frozenset({"epcList", "inputEPCList", "childEPCs", "outputEPCList"})
_QUANTITY_LISTS = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})
_TYPED_LISTS = {
    "bizTransactionList": ("bizTransaction", _CBV + "BTT-"),
    "sourceList": ("source", _CBV + "SDT-"),
    "destinationList": ("destination", _CBV + "SDT-"),
}
_PLACES = frozenset({"readPoint", "bizLocation"})
_LEFT_OUT = frozenset(
    {
        "type", "eventID", "recordTime", "errorDeclaration", "@context", "rdfs:comment",
        "comment",
    }
)  # fmt: skip

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)",
)


def document_hashes(document: Node) -> list[str]:
    """The hash of each event of an EPCIS (query) document or of one bare event, in the order they stand."""
    return [event_hash(event, names) for event, names in events(document)]


def event_hash(event: Node, namespaces: Namespaces | None = None) -> str:
    """``ni:///sha-256;{hex}?ver=CBV2.0`` of one EPCIS 2.0 JSON event that has passed the EPCIS schema.

    namespaces: prefix → URI for user extensions, as namespaces_of gives them.
    """
    digest = hashlib.sha256(pre_hash(event, namespaces).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def events(document: Node) -> Iterator[tuple[Node, Namespaces]]:
    """The events of a document, each with the namespaces in force for it."""
    outer = namespaces_of(document.get("@context"))
    body = document.get("epcisBody")
    if body is None:
        found: Iterable[Node] = [document]
    elif "queryResults" in body:
        found = body["queryResults"]["resultsBody"]["eventList"]
    else:
        found = body["eventList"] if "eventList" in body else [body["event"]]
    for event in found:
        yield event, {**outer, **namespaces_of(event.get("@context"))}


def namespaces_of(context: object) -> dict[str, str]:
    """Prefix → URI of a JSON-LD ``@context``; contexts given by address are not fetched."""
    entries = context if isinstance(context, list) else [context]
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Mapping):
            found.update((name, uri) for name, uri in entry.items() if isinstance(uri, str))
    return found


def pre_hash(event: Node, namespaces: Namespaces | None = None) -> str:
    """The string that is hashed."""
    names = {**(namespaces or {}), **_STANDARD}
    regular = [_field(name, event[name], names) for name in _ORDER if event.get(name) is not None]
    rest = [
        text
        for name, value in event.items()
        if name not in _ORDER and name not in _LEFT_OUT
        for text in _last_field(name, value, names)
    ]
    return f"eventType={event['type']}" + "".join(regular) + "".join(sorted(rest))


def _field(name: str, value: Any, names: Namespaces) -> str:
    if name in _EPC_LISTS:
        return _list(name, (f"epc={_text(epc)}" for epc in value))
    if name in _QUANTITY_LISTS:
        return _list(name, ("quantityElement" + _pairs(item, _QUANTITY) for item in value))
    if name in _PLACES:
        return _parent(name, value, ("id",), names)
    if name == "persistentDisposition":
        return name + _pairs(value, ("set", "unset"), _VOCABULARY)
    if name == "sensorElementList":
        return _list(name, (_sensor_element(element, names) for element in value))
    return _pairs({name: value}, (name,), _VOCABULARY)


def _last_field(name: str, value: Any, names: Namespaces) -> Iterator[str]:
    if name in _TYPED_LISTS:
        key, words = _TYPED_LISTS[name]
        yield _list(name, (_pairs(item, ("type", key), {"type": words}) for item in value))
    else:
        yield from _extension(name, value, names)


def _list(name: str, items: Iterable[str]) -> str:
    found = sorted(items)
    return name + "".join(found) if found else ""


def _pairs(node: Node, order: tuple[str, ...], vocabulary: Mapping[str, str] | None = None) -> str:
    """``name=value`` of the fields named in ``order``; several values of one field are sorted."""
    prefixes = vocabulary or {}
    parts: list[str] = []
    for name in order:
        value = node.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        parts += sorted(f"{name}={_text(item, prefixes.get(name, ''))}" for item in values)
    return "".join(parts)


def _parent(
    name: str,
    node: Node,
    order: tuple[str, ...],
    names: Namespaces,
    vocabulary: Mapping[str, str] | None = None,
) -> str:
    """A field that holds others: the regular ones in order, then its extensions, sorted."""
    content = _pairs(node, order, vocabulary) + _extensions(node, order, names)
    return name + content if content else ""


def _sensor_element(element: Node, names: Namespaces) -> str:
    metadata = _parent("sensorMetadata", element.get("sensorMetadata", {}), _METADATA, names)
    reports = sorted(
        _parent("sensorReport", report, _REPORT, names, _SENSOR_VOCABULARY)
        for report in element.get("sensorReport", [])
    )
    own = _extensions(element, ("sensorMetadata", "sensorReport", "type"), names)
    return "sensorElement" + metadata + "".join(reports) + own


def _extensions(node: Node, regular: tuple[str, ...], names: Namespaces) -> str:
    found = [
        text
        for name, value in node.items()
        if name not in regular and name not in _LEFT_OUT
        for text in _extension(name, value, names)
    ]
    return "".join(sorted(found))


def _extension(name: str, value: Any, names: Namespaces) -> Iterator[str]:
    """``{namespace}name=value`` of each value; an object holds its own fields, sorted."""
    prefix, colon, local = name.partition(":")
    key = f"{{{names[prefix]}}}{local}" if colon and prefix in names else name
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield key + _extensions(item, (), names)
        elif item is not None:
            yield f"{key}={_text(item)}"


def _text(value: object, vocabulary: str = "") -> str:
    """A value in its one form. ``vocabulary``: what to put before a bare word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(str(value))
    text = str(value).strip()
    if vocabulary and ":" not in text:
        return vocabulary + text
    if _NUMBER.fullmatch(text):
        return _number(text)
    if match := _TIMESTAMP.fullmatch(text):
        return _timestamp(match)
    if text.startswith(_CBV_URN):
        return _web_vocabulary(text)
    prefix, colon, local = text.partition(":")
    if colon and prefix in _VALUE_PREFIXES:
        return _VALUE_PREFIXES[prefix] + local
    return constrained(text)


def _number(text: str) -> str:
    """Without exponent, plus sign, needless zeros. Text that looks like a number is one, as in XML."""
    plain = format(Decimal(text), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _timestamp(match: re.Match[str]) -> str:
    """UTC with milliseconds, half a millisecond rounded up. A moment that is none (month 13) stays as written."""
    seconds, fraction, zone = match[1], match[2] or "", match[3]
    try:
        moment = datetime.fromisoformat(seconds + zone.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return match[0]
    digits = fraction.ljust(4, "0")
    moment += timedelta(milliseconds=int(digits[:3]) + (digits[3] >= "5"))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _web_vocabulary(urn: str) -> str:
    """``urn:epcglobal:cbv:bizstep:receiving`` → its web address; other CBV URNs stay."""
    kind, _, word = urn.removeprefix(_CBV_URN).partition(":")
    return f"{_CBV}{_URN_KINDS[kind]}-{word}" if kind in _URN_KINDS else urn
