"""The limiter that all processes share: two pools of connections stand for two processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from ocop_hub.db import Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import WaitUntil
from ocop_hub.marketplaces.limits import Limiter, ProcessLimiter
from ocop_hub.publishing.limiter import DatabaseLimiter

SPACING = timedelta(milliseconds=200)
CALLS = 4
#: What rounding of the clocks may take off.
TOLERANCE = 0.005


@pytest.fixture
async def limiters(database: Database) -> AsyncIterator[list[DatabaseLimiter]]:
    other = Database(database.address, pool_size=8)
    yield [DatabaseLimiter(each, spacing=SPACING) for each in (database, other)]
    await other.close()


async def starts(limiters: Sequence[Limiter], shop_ids: Sequence[str] = ("1",)) -> tuple[float, list[float]]:
    """Moments (seconds) at which calls through all limiters started, and when they were first asked for."""
    seen: list[float] = []

    async def call(limiter: Limiter, shop_id: str) -> None:
        async with limiter.slot("shopee", shop_id):
            seen.append(time.monotonic())

    asked = time.monotonic()
    await asyncio.gather(
        *(call(limiter, shop) for limiter in limiters for shop in shop_ids for _ in range(CALLS))
    )
    return asked, sorted(seen)


def too_early(asked: float, seen: list[float], spacing: timedelta) -> list[int]:
    """Which starts, by their number, came before their turn could have been.

    The n-th start may be late on a busy machine, but never before n spacings are over.
    """
    return [
        number for number, at in enumerate(seen) if at < asked + number * spacing.total_seconds() - TOLERANCE
    ]


class TestSpacing:
    async def test_holds_over_processes(self, limiters: list[DatabaseLimiter]) -> None:
        asked, seen = await starts(limiters)
        assert len(seen) == 2 * CALLS
        assert too_early(asked, seen, SPACING) == []

    async def test_the_check_sees_limiters_that_share_nothing(self) -> None:
        apart = [ProcessLimiter(spacing=SPACING), ProcessLimiter(spacing=SPACING)]
        asked, seen = await starts(apart)
        assert too_early(asked, seen, SPACING)

    async def test_stalls_do_not_wait_for_each_other(self, limiters: list[DatabaseLimiter]) -> None:
        """Two stalls' turns are handed out side by side: together they would be too early for one stall."""
        asked, seen = await starts(limiters[:1], ("1", "2"))
        assert too_early(asked, seen, SPACING)


class TestHold:
    async def test_is_seen_by_every_process_and_is_for_one_stall(
        self, limiters: list[DatabaseLimiter]
    ) -> None:
        first, second = limiters
        until = clock.now() + timedelta(hours=1)
        await first.hold("shopee", "1", until)
        with pytest.raises(WaitUntil) as refused:
            async with second.slot("shopee", "1"):
                raise AssertionError("a held stall was called")
        assert refused.value.until == until
        async with second.slot("shopee", "2"):
            pass

    async def test_a_shorter_one_does_not_end_a_longer_one(self, limiters: list[DatabaseLimiter]) -> None:
        first, second = limiters
        until = clock.now() + timedelta(hours=1)
        await first.hold("shopee", "1", until)
        await second.hold("shopee", "1", clock.now() - timedelta(seconds=1))
        with pytest.raises(WaitUntil) as refused:
            async with first.slot("shopee", "1"):
                raise AssertionError("a held stall was called")
        assert refused.value.until == until

    async def test_is_over_when_its_time_is(self, limiters: list[DatabaseLimiter]) -> None:
        first, second = limiters
        async with first.slot("shopee", "1"):
            pass
        await first.hold("shopee", "1", clock.now() - timedelta(seconds=1))
        async with second.slot("shopee", "1"):
            pass
