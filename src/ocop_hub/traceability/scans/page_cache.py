"""Pages as they are sent, kept per address and language until what they tell of moves on."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from ocop_hub.traceability.scans.page_slots import Slotted
from ocop_hub.traceability.scans.resolver import Language
from ocop_hub.traceability.story.page import TraceStory

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Version:
    """What a page was made from. ``day``: the business day, since a certificate lapses at midnight."""

    product_id: UUID
    revision: int
    lot_id: UUID | None
    page_version: int
    day: int


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page and its compressed form; ``story`` to render it again under a notice.

    ``slotted``: the same page for labels with a serial each.
    """

    story: TraceStory
    body: bytes
    gzipped: bytes
    slotted: Slotted | None = None

    @property
    def size(self) -> int:
        return len(self.body) + len(self.gzipped) + (self.slotted.size if self.slotted else 0)


@dataclass(frozen=True, slots=True)
class _Entry:
    page: Page
    version: Version
    made_at: float


Key = tuple[str, Language]


def compressed(body: bytes) -> bytes:
    """gzip without a time stamp: the same page gives the same bytes."""
    return gzip.compress(body, compresslevel=6, mtime=0)


K = TypeVar("K")
T = TypeVar("T")


class Flights(Generic[K, T]):
    """What several wait for at the same time is done once, and all of them get it, or its failure."""

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Task[T]] = {}

    async def once(self, key: K, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of ``work``, begun now or under way already; nothing of it is kept afterwards."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(work())
            task.add_done_callback(lambda _: self._under_way.pop(key))
        # One who goes away, the first included, takes nothing from the others.
        return await asyncio.shield(task)


class PageCache:
    """The least recently asked page goes first once ``max_bytes`` are held.

    A page of the right version is used for ``fresh_for`` seconds at most: what has no version of its own
    (shop links, photos, a certificate withdrawn) is seen that much later. A recall has one.
    """

    def __init__(
        self,
        *,
        max_bytes: int = 64 * MEBIBYTE,
        fresh_for: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._max_bytes = max_bytes
        self._fresh_for = fresh_for
        self._monotonic = monotonic
        self._held = 0

    def get(self, key: Key, version: Version) -> Page | None:
        """The page if it is still the one to show."""
        entry = self._entries.get(key)
        if entry is None or entry.version != version:
            return None
        if self._monotonic() - entry.made_at > self._fresh_for:
            return None
        self._entries.move_to_end(key)
        return entry.page

    def last(self, key: Key) -> Page | None:
        """The page as it was last known, however old: for when the database is away."""
        entry = self._entries.get(key)
        return None if entry is None else entry.page

    def put(self, key: Key, version: Version, page: Page) -> None:
        """Keep a page, in place of an older one of the same address."""
        old = self._entries.pop(key, None)
        self._held += page.size - (old.page.size if old else 0)
        self._entries[key] = _Entry(page, version, self._monotonic())
        # The page just made stays, however large: it is the one that is being asked for.
        while self._held > self._max_bytes and len(self._entries) > 1:
            _, gone = self._entries.popitem(last=False)
            self._held -= gone.page.size
