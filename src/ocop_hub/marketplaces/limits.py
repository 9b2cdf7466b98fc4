"""How often, how many at once, and whether at all: what the gateway asks before a call leaves.

The forms here live in one process. The one shared by several workers keeps the same protocol and stands where
the database is.

The circuit breaker of a stall counts calls in a row that brought no usable answer. At ``TRIP_AFTER`` it opens
and nothing is let out for ``OPEN_FOR``, doubled with each further failure up to ``LONGEST_OPEN``; then one
call is let through to try, and the answer closes it or opens it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ocop_hub.marketplaces.contract import TransportFailed, WaitUntil

TRIP_AFTER = 5
OPEN_FOR = timedelta(seconds=15)
LONGEST_OPEN = timedelta(minutes=5)


@dataclass(slots=True)
class Turn:
    """One call under way; ``failed`` is set by the gateway where an answer says that the other side is down."""

    failed: bool = False


class Limiter(Protocol):
    """Spacing, concurrency and circuit breaker of the calls to one stall."""

    def slot(
        self, marketplace: str, shop_id: str, *, deadline: timedelta
    ) -> AbstractAsyncContextManager[Turn]:
        """Hold one place while a call is under way; waits its turn. The place is free after ``deadline`` at
        the latest, whatever becomes of its holder.

        A :class:`TransportFailed` that passes through counts for the breaker. Raises :class:`WaitUntil` when
        the stall is on hold or its breaker is open, before anything is sent.
        """

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        """Let no call of this stall out before ``until`` (UTC): the marketplace said so."""


def open_for(failures: int) -> timedelta:
    """How long the breaker stays open after so many failures in a row; zero below ``TRIP_AFTER``."""
    if failures < TRIP_AFTER:
        return timedelta(0)
    doubled: timedelta = OPEN_FOR * 2 ** min(failures - TRIP_AFTER, 10)
    return min(doubled, LONGEST_OPEN)


def held(until: datetime) -> WaitUntil:
    """The refusal while a marketplace wants to be left alone."""
    return WaitUntil(f"Sàn yêu cầu gian hàng này chờ đến {until.isoformat()}.", until=until, code="held")


def broken(until: datetime) -> WaitUntil:
    """The refusal while a breaker is open."""
    text = "Sàn không trả lời nhiều lần liền; hệ thống tạm ngừng gọi để thử lại sau."
    return WaitUntil(text, until=until, code="breaker-open")


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0
    held_until: datetime | None = None
    failures: int = 0
    open_until: datetime | None = None


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
    async def slot(self, marketplace: str, shop_id: str, *, deadline: timedelta) -> AsyncGenerator[Turn]:
        lane, now, turn = self._lane(marketplace, shop_id), datetime.now(UTC), Turn()
        if lane.held_until is not None and lane.held_until > now:
            raise held(lane.held_until)
        if lane.open_until is not None and lane.open_until > now:
            raise broken(lane.open_until)
        if lane.open_until is not None:
            lane.open_until = now + OPEN_FOR  # the one that tries; others wait for what it brings
        async with lane.places:
            async with lane.turn:
                loop = asyncio.get_running_loop()
                await asyncio.sleep(max(0.0, lane.next_at - loop.time()))
                lane.next_at = loop.time() + self._spacing
            try:
                yield turn
            except TransportFailed:
                turn.failed = True
                raise
            finally:
                self._over(lane, turn)

    def _over(self, lane: _Lane, turn: Turn) -> None:
        lane.failures = lane.failures + 1 if turn.failed else 0
        pause = open_for(lane.failures)
        lane.open_until = datetime.now(UTC) + pause if pause else None

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        lane = self._lane(marketplace, shop_id)
        if lane.held_until is None or until > lane.held_until:
            lane.held_until = until
