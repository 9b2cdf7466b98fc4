"""The limiter that all processes share: two pools of connections stand for two processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import TransportFailed, WaitUntil
from ocop_hub.marketplaces.limits import LONGEST_OPEN, OPEN_FOR, TRIP_AFTER, Limiter, ProcessLimiter, open_for
from ocop_hub.publishing.lane.limiter import DatabaseLimiter
from ocop_hub.publishing.models import StallLimit

SPACING = timedelta(milliseconds=200)
DEADLINE = timedelta(seconds=5)
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
        async with limiter.slot("shopee", shop_id, deadline=DEADLINE):
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
            async with second.slot("shopee", "1", deadline=DEADLINE):
                raise AssertionError("a held stall was called")
        assert refused.value.until == until
        async with second.slot("shopee", "2", deadline=DEADLINE):
            pass

    async def test_a_shorter_one_does_not_end_a_longer_one(self, limiters: list[DatabaseLimiter]) -> None:
        first, second = limiters
        until = clock.now() + timedelta(hours=1)
        await first.hold("shopee", "1", until)
        await second.hold("shopee", "1", clock.now() - timedelta(seconds=1))
        with pytest.raises(WaitUntil) as refused:
            async with first.slot("shopee", "1", deadline=DEADLINE):
                raise AssertionError("a held stall was called")
        assert refused.value.until == until

    async def test_is_over_when_its_time_is(self, limiters: list[DatabaseLimiter]) -> None:
        first, second = limiters
        async with first.slot("shopee", "1", deadline=DEADLINE):
            pass
        await first.hold("shopee", "1", clock.now() - timedelta(seconds=1))
        async with second.slot("shopee", "1", deadline=DEADLINE):
            pass


async def fails(limiter: Limiter, shop_id: str) -> None:
    """One call that brings no answer."""
    with pytest.raises(TransportFailed):
        async with limiter.slot("shopee", shop_id, deadline=DEADLINE):
            raise TransportFailed("Mất câu trả lời.")


class TestBreaker:
    @pytest.fixture(params=["process", "database"])
    def pair(self, request: pytest.FixtureRequest, limiters: list[DatabaseLimiter]) -> list[Limiter]:
        """Two limiters that know of one another: the same object, or two processes over one database."""
        one = ProcessLimiter(spacing=timedelta(0))
        return [one, one] if request.param == "process" else list(limiters)

    async def test_opens_after_failures_in_a_row_and_for_this_stall_only(self, pair: list[Limiter]) -> None:
        here, there = pair
        for _ in range(TRIP_AFTER):
            await fails(here, "31")
        with pytest.raises(WaitUntil) as open_:
            async with there.slot("shopee", "31", deadline=DEADLINE):
                pass
        assert open_.value.code == "breaker-open"
        assert clock.now() < open_.value.until <= clock.now() + OPEN_FOR
        async with there.slot("shopee", "32", deadline=DEADLINE):
            pass

    async def test_an_answer_between_failures_starts_the_count_again(self, pair: list[Limiter]) -> None:
        for _ in range(2):
            for _ in range(TRIP_AFTER - 1):
                await fails(pair[0], "33")
            async with pair[1].slot("shopee", "33", deadline=DEADLINE):
                pass

    async def test_an_answer_that_says_down_counts_as_a_failure(self, pair: list[Limiter]) -> None:
        for _ in range(TRIP_AFTER):
            async with pair[0].slot("shopee", "34", deadline=DEADLINE) as turn:
                turn.failed = True
        with pytest.raises(WaitUntil, match="tạm ngừng"):
            async with pair[1].slot("shopee", "34", deadline=DEADLINE):
                pass

    async def test_half_open_lets_one_try_and_its_answer_closes(
        self, limiters: list[DatabaseLimiter], database: Database
    ) -> None:
        here, there = limiters
        for _ in range(TRIP_AFTER):
            await fails(here, "35")
        async with database.session(SYSTEM) as session:
            await session.execute(
                update(StallLimit).where(StallLimit.shop_id == "35").values(open_until=clock.now())
            )
        async with here.slot("shopee", "35", deadline=DEADLINE):
            with pytest.raises(WaitUntil):
                async with there.slot("shopee", "35", deadline=DEADLINE):
                    pass
        async with there.slot("shopee", "35", deadline=DEADLINE):
            pass

    def test_each_further_failure_doubles_the_pause(self) -> None:
        assert open_for(TRIP_AFTER - 1) == timedelta(0)
        assert open_for(TRIP_AFTER) == OPEN_FOR
        assert open_for(TRIP_AFTER + 2) == OPEN_FOR * 4
        assert open_for(10_000) == LONGEST_OPEN


class TestPlaces:
    async def test_no_more_at_once_over_processes(self, database: Database) -> None:
        other = Database(database.address, pool_size=4)
        limiters = [DatabaseLimiter(each, spacing=timedelta(0), concurrency=2) for each in (database, other)]
        under_way, most = 0, 0

        async def call(limiter: Limiter) -> None:
            nonlocal under_way, most
            async with limiter.slot("shopee", "41", deadline=DEADLINE):
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(0.05)
                under_way -= 1

        await asyncio.gather(*(call(limiter) for limiter in limiters for _ in range(4)))
        await other.close()
        assert most == 2

    async def test_the_place_of_a_dead_process_comes_free(self, database: Database) -> None:
        limiter = DatabaseLimiter(database, spacing=timedelta(0), concurrency=1)
        slot = limiter.slot("shopee", "42", deadline=timedelta(milliseconds=300))
        await slot.__aenter__()  # and is never left, as by a process that was killed
        async with asyncio.timeout(5), limiter.slot("shopee", "42", deadline=DEADLINE):
            pass
