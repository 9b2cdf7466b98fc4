"""How often and how many at once: what the gateway asks before a call leaves.

The form here lives in one process. A form shared by several workers keeps the same three methods and stands
where the database is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ocop_hub.marketplaces.contract import WaitUntil


class Limiter(Protocol):
    """Spacing and concurrency of the calls to one stall."""

    def slot(self, marketplace: str, shop_id: str) -> AbstractAsyncContextManager[None]:
        """Hold one place while a call is under way; waits its turn.

        Raises :class:`WaitUntil` when the stall is on hold, before anything is sent.
        """

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        """Let no call of this stall out before ``until`` (UTC): the marketplace said so."""


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0
    held_until: datetime | None = None


class ProcessLimiter:
    """Limits of one process: at most ``concurrency`` calls of a stall at once, ``spacing`` between their starts."""

    def __init__(self, *, spacing: timedelta = timedelta(milliseconds=50), concurrency: int = 2) -> None:
        self._spacing = spacing.total_seconds()
        self._concurrency = concurrency
        self._lanes: dict[tuple[str, str], _Lane] = {}

    def _lane(self, marketplace: str, shop_id: str) -> _Lane:
        key = (marketplace, shop_id)
        if key not in self._lanes:
            self._lanes[key] = _Lane(asyncio.Semaphore(self._concurrency))
        return self._lanes[key]

    @asynccontextmanager
    async def slot(self, marketplace: str, shop_id: str) -> AsyncGenerator[None]:
        lane = self._lane(marketplace, shop_id)
        if lane.held_until is not None and lane.held_until > datetime.now(UTC):
            raise WaitUntil(
                f"Sàn yêu cầu gian hàng này chờ đến {lane.held_until.isoformat()}.", until=lane.held_until
            )
        async with lane.places:
            async with lane.turn:
                loop = asyncio.get_running_loop()
                await asyncio.sleep(max(0.0, lane.next_at - loop.time()))
                lane.next_at = loop.time() + self._spacing
            yield

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        lane = self._lane(marketplace, shop_id)
        if lane.held_until is None or until > lane.held_until:
            lane.held_until = until
