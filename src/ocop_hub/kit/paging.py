"""Lists in pages: a cursor says after which row the next page begins, so rows added meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")
Row = TypeVar("Row")

LONGEST_CURSOR = 1_000


class BadCursor(ValueError):
    """A cursor that this list did not give out."""


class Page(BaseModel, Generic[Item]):
    """One page. ``next`` is the cursor of the page after it, null on the last one."""

    items: list[Item]
    next: str | None = Field(None, description="Give it as ?cursor= to read on; null: nothing more")


def write_cursor(*place: str) -> str:
    """A cursor that carries the sort values of the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[str]:
    """The sort values of a cursor made by :func:`write_cursor`. Raises :class:`BadCursor`."""
    if len(cursor) > LONGEST_CURSOR:
        raise BadCursor(cursor[:20])
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise BadCursor(cursor) from None
    if not isinstance(place, list) or len(place) != length or not all(isinstance(v, str) for v in place):
        raise BadCursor(cursor)
    return place


def cut(
    rows: Sequence[Row], limit: int, place: Callable[[Row], Sequence[str]]
) -> tuple[list[Row], str | None]:
    """The page out of ``limit + 1`` rows read, and the cursor of the next one if there was a row too many."""
    shown = list(rows[:limit])
    return shown, write_cursor(*place(shown[-1])) if len(rows) > limit and shown else None
