"""A short memory of what marketplaces are asked before each listing and change by the week."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

#: How long categories, attributes, brands and warehouses are taken as told.
AN_HOUR = timedelta(hours=1)


class Memory:
    """Answers by key, for a while, in this process."""

    def __init__(self, now: Callable[[], datetime], *, keep: timedelta = AN_HOUR) -> None:
        self._now = now
        self._keep = keep
        self._kept: dict[tuple[str, ...], tuple[datetime, Any]] = {}

    async def recall(self, key: tuple[str, ...], read: Callable[[], Awaitable[T]]) -> T:
        """What is known under ``key``; asked anew by ``read`` when nothing is, or it is too old.

        One kind of answer per key.
        """
        held = self._kept.get(key)
        if held is not None and held[0] > self._now():
            known: T = held[1]
            return known
        value = await read()
        self._kept[key] = (self._now() + self._keep, value)
        return value

    def known(self, key: tuple[str, ...]) -> Any:
        """What was last told under ``key``, whatever its age; None for nothing."""
        held = self._kept.get(key)
        return held[1] if held is not None else None

    def forget(self, key: tuple[str, ...]) -> None:
        """Ask anew next time."""
        self._kept.pop(key, None)
