"""Is this a valid EPCIS 2.0 JSON document, and which of its events is not? After GS1's own JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import best_match

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
LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong. ``index`` counts events from 0; None: the document around them."""

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
    field = ".".join(str(each) for each in error.absolute_path)
    return Problem(index, field, f"Sai cấu trúc EPCIS 2.0: {error.message[:LONGEST_MESSAGE]}")


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
