from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

from ocop_hub.kit.ids import new_id
from ocop_hub.traceability.scans.page_cache import Flights, Page, PageCache, Version, compressed

VERSION = Version(product_id=new_id(), revision=1, lot_id=new_id(), page_version=3, day=1)


def page(text: str, size: int = 10) -> Page:
    story: Any = object()  # the cache carries it and never looks inside
    return Page(story=cast(Any, story), body=text.encode().ljust(size), gzipped=b"")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestPageCache:
    def test_gives_only_the_version_asked_for(self) -> None:
        cache, kept = PageCache(), page("a")
        cache.put(("/t/A", "vi"), VERSION, kept)
        assert cache.get(("/t/A", "vi"), VERSION) is kept
        assert cache.get(("/t/A", "en"), VERSION) is None
        assert cache.get(("/t/A", "vi"), replace(VERSION, page_version=4)) is None
        assert cache.get(("/t/A", "vi"), replace(VERSION, day=2)) is None
        assert cache.last(("/t/A", "vi")) is kept

    def test_grows_old(self) -> None:
        clock = Clock()
        cache = PageCache(fresh_for=30, monotonic=clock)
        cache.put(("/t/A", "vi"), VERSION, page("a"))
        clock.now = 30.0
        assert cache.get(("/t/A", "vi"), VERSION) is not None
        clock.now = 30.1
        assert cache.get(("/t/A", "vi"), VERSION) is None

    def test_lets_go_of_what_is_asked_least(self) -> None:
        cache = PageCache(max_bytes=250)
        for name in ("/t/A", "/t/B"):
            cache.put((name, "vi"), VERSION, page(name, 100))
        cache.get(("/t/A", "vi"), VERSION)
        cache.put(("/t/A", "vi"), VERSION, page("again", 100))
        cache.get(("/t/A", "vi"), VERSION)
        cache.put(("/t/C", "vi"), VERSION, page("c", 100))
        assert cache.last(("/t/B", "vi")) is None
        assert cache.last(("/t/A", "vi")) is not None


class TestFlights:
    async def test_many_wait_for_one_work(self) -> None:
        flights: Flights[str, int] = Flights()
        begun, go = 0, asyncio.Event()

        async def work() -> int:
            nonlocal begun
            begun += 1
            await go.wait()
            return begun

        waiting = [asyncio.create_task(flights.once("a", work)) for _ in range(20)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        go.set()
        assert await asyncio.gather(*waiting[1:]) == [1] * 19
        assert waiting[0].cancelled()
        assert await flights.once("a", work) == 2

    async def test_a_failure_is_everybodys_and_is_not_kept(self) -> None:
        flights: Flights[str, int] = Flights()

        async def fail() -> int:
            raise LookupError

        async def work() -> int:
            return 3

        both = await asyncio.gather(*(flights.once("a", fail) for _ in range(2)), return_exceptions=True)
        assert [type(each) for each in both] == [LookupError] * 2
        assert await flights.once("a", work) == 3


def test_the_same_page_compresses_to_the_same_bytes() -> None:
    assert compressed(b"x" * 100) == compressed(b"x" * 100)
