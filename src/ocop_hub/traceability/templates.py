"""The usual steps of a lot, by product group and day: dated data beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from ocop_hub.traceability.models import EventKind

FOR_EVERY_GROUP = "*"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and which details its form asks for (field names of ``DetailsIn``)."""

    kind: EventKind
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """The steps of a group from a day on, until a later edition."""

    group: str
    valid_from: date
    steps: tuple[Step, ...]


@lru_cache
def templates() -> tuple[Template, ...]:
    """Every edition, as written."""
    text = files("ocop_hub.traceability").joinpath("event_templates.toml").read_text(encoding="utf-8")
    return tuple(
        Template(
            each["group"],
            each["valid_from"],
            tuple(Step(EventKind(step["kind"]), tuple(step["ask"])) for step in each["steps"]),
        )
        for each in tomllib.loads(text)["template"]
    )


def template_for(group: str, on: date) -> Template | None:
    """The edition in force on a day: the group's own, else the one for every group, else None."""
    for wanted in (group, FOR_EVERY_GROUP):
        editions = [each for each in templates() if each.group == wanted and each.valid_from <= on]
        if editions:
            return max(editions, key=lambda each: each.valid_from)
    return None
