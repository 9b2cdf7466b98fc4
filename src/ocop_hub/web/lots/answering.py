"""What lists that wait for a person's answer have in common: which part is shown, and writing the answer down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.errors import HubError
from ocop_hub.traceability.models import Lot
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.forms import Problem, problems, tried


@dataclass(frozen=True, slots=True)
class Shown:
    """All of a list, or only what nobody has answered; from where."""

    every: bool = False
    cursor: str = ""


async def _shown(
    xem: Annotated[str, Query(max_length=10)] = "", sau: Annotated[Cursor, Query()] = ""
) -> Shown:
    return Shown(every=xem == "het", cursor=sau)


ShownDep = Annotated[Shown, Depends(_shown)]


async def answered(
    session: AsyncSession, write: Callable[[], Awaitable[object]], field: str
) -> list[Problem]:
    """Write an answer down; what is wrong with it, to be shown at ``field``. Raises what is not there (404)."""
    done = await tried(session, write)
    if not isinstance(done, HubError):
        return []
    if done.status == 404:
        raise done
    return problems(done, field)


async def product_names(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """By id."""
    rows = await session.execute(select(Product.id, Product.name).where(Product.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


async def lot_codes(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """By id."""
    rows = await session.execute(select(Lot.id, Lot.code).where(Lot.id.in_(set(ids))))
    return {row.id: row.code for row in rows}
