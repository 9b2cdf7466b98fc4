"""The usual steps of a lot, by product group and day: dated data beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ocop_hub.traceability.models import EventKind

FOR_EVERY_GROUP = "*"
#: What a form may ask for: fields of ``DetailsIn``, its parties by the part they play.
ASKABLE = frozenset(
    {
        "amount",
        "attachments",
        "inputs",
        "inspector",
        "party_from",
        "party_to",
        "plot",
        "readings",
        "test_number",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and what its form asks for beside time and place: names of :data:`ASKABLE`."""

    kind: EventKind
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """The steps of a group from a day on, until a later edition."""

    group: str
    valid_from: date
    steps: tuple[Step, ...]


def templates() -> tuple[Template, ...]:
    """Every edition, as written."""
    return tuple(
        Template(
            each["group"],
            each["valid_from"],
            tuple(Step(EventKind(step["kind"]), tuple(step["ask"])) for step in each["steps"]),
        )
        for each in _written()["template"]
    )


def template_for(group: str, on: date) -> Template | None:
    """The edition in force on a day: the group's own, else the one for every group, else None."""
    for wanted in (group, FOR_EVERY_GROUP):
        editions = [each for each in templates() if each.group == wanted and each.valid_from <= on]
        if editions:
            return max(editions, key=lambda each: each.valid_from)
    return None


def step_for(group: str, kind: EventKind, on: date) -> Step:
    """The step of a kind as its group asks for it, else as it is asked for everywhere."""
    found = template_for(group, on)
    for step in found.steps if found is not None else ():
        if step.kind is kind:
            return step
    return Step(kind, tuple(_written()["ask"].get(kind.value, ())))


@lru_cache
def _written() -> dict[str, Any]:
    text = files("ocop_hub.traceability").joinpath("event_templates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
