"""Is this a valid EPCIS 2.0 JSON document, and which of its events is not? After GS1's own JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

#: Addresses under which GS1 publishes the EPCIS 2.0 context. No context is ever fetched.
KNOWN_CONTEXTS = frozenset(
    f"{scheme}://{rest}"
    for scheme in ("https", "http")
    for rest in (
        "ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
        "ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "gs1.github.io/EPCIS/epcis-context.jsonld",
    )
)
FORMATS = FormatChecker(formats=())
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    """Formal only: a scheme or prefix, a colon, something without blanks."""
    return not isinstance(value, str) or _URI.fullmatch(value) is not None


@FORMATS.checks("date-time")
def _is_moment(value: object) -> bool:
    """RFC 3339: a moment that exists, with its zone."""
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False


_EVENT = "EPCIS-Document-Event"
_EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
_EVENT_LIST = "epcisBody.eventList"
#: Allowed values named in a sentence at most, and letters of one that was given.
_MOST_NAMED = 8
_LONGEST_VALUE = 40
_KINDS = {
    "string": "chữ", "number": "số", "integer": "số nguyên", "boolean": "true hoặc false",
    "object": "một đối tượng", "array": "một danh sách", "null": "null",
}  # fmt: skip
_FORMATS = {
    "uri": "một URI, như https://id.gs1.org/01/09506000134352/10/LO-1",
    "date-time": "một thời điểm có thật kèm múi giờ, như 2026-09-30T08:00:00+07:00",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong. ``index`` counts events from 0; None: the document around them.

    ``field`` is the place in the event, or in the document: ``quantityList[0].epcClass``; empty: all of it.
    """

    index: int | None
    field: str
    problem: str


def document_problem(document: Mapping[str, Any]) -> Problem | None:
    """What is wrong with the document around its events, or None."""
    if document.get("type") != "EPCISDocument":
        return Problem(None, "type", "Cần một EPCISDocument; chỗ này ghi kiểu khác.")
    context = document.get("@context")
    if (problem := _foreign_context(context, None)) is not None:
        return problem
    if not any(isinstance(each, str) for each in _as_list(context)):
        return Problem(None, "@context", "Thiếu @context EPCIS 2.0 của GS1.")
    body = document.get("epcisBody")
    events = body.get("eventList") if isinstance(body, Mapping) else None
    if not isinstance(events, list) or not events:
        return Problem(None, "epcisBody.eventList", "Không có sự kiện nào trong epcisBody.eventList.")
    emptied = {**document, "epcisBody": {"eventList": []}}
    return _first(_validator("epcisDocument"), emptied, None)


def event_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Each event of the document that is no valid EPCIS event, with its first fault."""
    validator = _validator(_EVENT)
    for index, event in enumerate(document["epcisBody"]["eventList"]):
        found = _first(validator, event, index)
        if found is None and "@context" in event:
            found = _foreign_context(event["@context"], index)
        if found is not None:
            yield found


def valid_against_schema(document: Mapping[str, Any]) -> bool:
    """Whether the whole document, of any kind the schema knows, is valid."""
    return bool(Draft7Validator(_schema(), format_checker=FORMATS).is_valid(document))


def _foreign_context(context: object, index: int | None) -> Problem | None:
    """A context by an address that is not GS1's: what its words mean could only be known by fetching it."""
    foreign = [each for each in _as_list(context) if isinstance(each, str) and each not in KNOWN_CONTEXTS]
    if not foreign:
        return None
    text = f"Không dùng @context “{foreign[0][:100]}”: ngữ cảnh chỉ nhận EPCIS 2.0 của GS1 và không gian tên."
    return Problem(index, "@context", text)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _first(validator: Draft7Validator, value: object, index: int | None) -> Problem | None:
    error = best_match(validator.iter_errors(value))
    if error is None:
        return None
    path, rule = _broken(error)
    field = _written(path)
    root = () if index is None else (_EVENT_LIST, index)
    place = _written((*root, *path)) or "đầu tài liệu"
    return Problem(index, field, f"Sai cấu trúc EPCIS 2.0 ở {place}: {rule}")


def _written(path: Iterable[str | int]) -> str:
    """A place as programs write it: ``epcisBody.eventList[3].ilmd``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _broken(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    """The place and the rule in Vietnamese; never the value around it, which may be a whole event."""
    path = tuple(error.absolute_path)
    if error.validator == "anyOf" and isinstance(error.instance, Mapping) and "type" in error.instance:
        return _ilmd_or_action(path, error.instance)
    if path == ("type",):
        return path, f"Cần một trong: {', '.join(_EVENTS)}, hoặc loại riêng mang tiền tố khai ở @context."
    if "propertyNames" in error.absolute_schema_path:
        return (
            (*path, str(error.instance)),
            "Không có mục tên này; mục riêng phải mang tiền tố khai ở @context.",
        )
    return path, _rule(error)


def _ilmd_or_action(
    path: tuple[str | int, ...], event: Mapping[str, Any]
) -> tuple[tuple[str | int, ...], str]:
    """GS1 writes one choice for both: ``ilmd`` goes with ADD alone, and ``action`` is one of three words."""
    if "ilmd" in event and event.get("action") != "ADD":
        return (*path, "ilmd"), "ilmd chỉ đi cùng action ADD."
    if event.get("action") not in ("ADD", "OBSERVE", "DELETE"):
        return (*path, "action"), "Cần một trong: ADD, OBSERVE, DELETE."
    return path, "Các mục không đi cùng nhau được."


def _rule(error: ValidationError) -> str:
    asked: Any = error.validator_value
    given: Any = error.instance
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "required":
            return f"Thiếu mục: {', '.join(name for name in asked if name not in given)}."
        case "type":
            kinds = [asked] if isinstance(asked, str) else asked
            return f"Phải là {' hoặc '.join(_KINDS.get(kind, kind) for kind in kinds)}."
        case "format":
            return f"Phải là {_FORMATS.get(asked, asked)}."
        case "pattern":
            return f"Không đúng cách viết {asked}."
        case "minItems" | "minProperties":
            return f"Cần ít nhất {asked} mục."
        case "uniqueItems":
            return "Có mục ghi hai lần."
        case "additionalProperties":
            unknown = sorted(set(given) - set(schema.get("properties", ())))
            return f"Không có mục tên {', '.join(unknown[:_MOST_NAMED])} ở đây."
        case "enum" | "const" | "anyOf" | "oneOf":
            words = _words(schema)
            named = f" Các từ dùng được: {', '.join(words[:_MOST_NAMED])}" if words else ""
            more = ", …" if len(words) > _MOST_NAMED else ""
            return f"Không dùng được giá trị {_short(given)}.{named}{more}{'.' if named and not more else ''}"
        case other:
            return f"Không theo luật {other} của lược đồ EPCIS 2.0 (GS1)."


def _words(schema: Mapping[str, Any]) -> list[str]:
    """The values that a schema names, in itself or in one of its choices."""
    if "const" in schema:
        return [str(schema["const"])]
    named = [str(each) for each in schema.get("enum", ())]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        named += _words(choice)
    return named


def _short(value: object) -> str:
    """A word or number as it was given; of anything larger only what it is."""
    if isinstance(value, Mapping | list):
        return _KINDS["object" if isinstance(value, Mapping) else "array"]
    return f"“{str(value)[:_LONGEST_VALUE]}”"


@lru_cache
def _schema() -> dict[str, Any]:
    folder = files("ocop_hub.gs1").joinpath("epcis_2_0")
    schema: dict[str, Any] = json.loads(folder.joinpath("EPCIS-JSON-Schema.json").read_text(encoding="utf-8"))
    return schema


@lru_cache
def _validator(definition: str) -> Draft7Validator:
    schema = _schema()
    # Without $id, references inside stay inside: nothing is looked up elsewhere.
    return Draft7Validator(
        {"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]}, format_checker=FORMATS
    )
