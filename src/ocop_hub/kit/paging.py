"""Lists in pages: a cursor says after which row the next page begins, so rows added meanwhile shift nothing.

A cursor is opaque to callers. :func:`fetch_page` does all of it for a query over one entity with one sort key;
a list with another shape reads ``limit + 1`` rows itself and uses :func:`read_cursor` and :func:`cut`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

Item = TypeVar("Item")
Row = TypeVar("Row")
SortValue = str | int | datetime

LONGEST_CURSOR = 1_000
LARGEST_INTEGER = 2**63 - 1
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class BadCursor(ValueError):
    """A cursor that this list did not give out. The application answers 422."""


class Page(BaseModel, Generic[Item]):
    """One page. ``next_cursor`` is the cursor of the page after it, null on the last one."""

    items: list[Item]
    next_cursor: str | None = Field(None, description="Give it as ?cursor= to read on; null: nothing more")


@dataclass(frozen=True, slots=True)
class PageParams:
    """What a caller asks: how many rows, and after which."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def page_params(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="next_cursor of the page before")
    ] = None,
) -> PageParams:
    """The query parameters ``limit`` and ``cursor``."""
    return PageParams(limit=limit, cursor=cursor or None)


PageDep = Annotated[PageParams, Depends(page_params)]


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
    if any("\x00" in value for value in place):
        raise BadCursor(cursor)
    return place


def cut(
    rows: Sequence[Row], limit: int, place: Callable[[Row], Sequence[str]]
) -> tuple[list[Row], str | None]:
    """The page out of ``limit + 1`` rows read, and the cursor of the next one if there was a row too many."""
    shown = list(rows[:limit])
    return shown, write_cursor(*place(shown[-1])) if len(rows) > limit and shown else None


async def fetch_page(
    session: AsyncSession,
    query: Select[Row],
    *,
    sort: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[UUID],
    params: PageParams,
    descending: bool = False,
) -> tuple[list[Row], str | None]:
    """The rows of one page and the cursor of the next (None on the last).

    ``query`` selects one entity, unordered; ``sort`` (text, integer or moment, never NULL) and ``row_id`` are
    columns of that entity. Raises :class:`BadCursor`.
    """
    kind: type[SortValue] = sort.type.python_type
    if params.cursor:
        value, last_id = _position(params.cursor, kind)
        place = tuple_(sort, row_id)
        mark = tuple_(literal(value, sort.type), literal(last_id, row_id.type))
        query = query.where(place < mark if descending else place > mark)
    order = (sort.desc(), row_id.desc()) if descending else (sort.asc(), row_id.asc())
    found = (await session.execute(query.order_by(*order).limit(params.limit + 1))).scalars().all()

    def place_of(row: Row) -> tuple[str, str]:
        value = getattr(row, sort.key)
        return (
            value.isoformat() if isinstance(value, datetime) else str(value),
            str(getattr(row, row_id.key)),
        )

    return cut(found, params.limit, place_of)


def _position(cursor: str, kind: type[SortValue]) -> tuple[SortValue, UUID]:
    text, row_id = read_cursor(cursor, 2)
    try:
        value = datetime.fromisoformat(text) if issubclass(kind, datetime) else kind(text)
        last_id = UUID(row_id)
    except ValueError:
        raise BadCursor(cursor) from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise BadCursor(cursor)
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise BadCursor(cursor)
    return value, last_id
