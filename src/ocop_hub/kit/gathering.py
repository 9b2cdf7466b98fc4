"""Work that is cheaper together: while one group is under way, what comes gathers for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Gathered(Generic[T, R]):
    """Calls ``work`` with everything that came since its last call; nobody waits for a group to fill.

    ``work`` answers each item, in order. When it fails for several, each is tried alone, so that one never
    fails the others: ``work`` must have done nothing when it raises. Items with the same ``apart`` key never
    share a group and keep their order.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        at_most: int = 64,
        apart: Callable[[T], object] = id,
    ) -> None:
        self._work = work
        self._at_most = at_most
        self._apart = apart
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """The answer to ``item``; raises what ``work`` raises for it."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while group := self._next():
                await self._answer(group)
        finally:
            self._running = None
            for _, answer in self._waiting:  # only when this task was cancelled, with its loop
                answer.cancel()

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        group: list[tuple[T, asyncio.Future[R]]] = []
        left: list[tuple[T, asyncio.Future[R]]] = []
        taken: set[object] = set()
        for item, answer in self._waiting:
            key = self._apart(item)
            if answer.cancelled():
                continue
            if key in taken or len(group) >= self._at_most:
                left.append((item, answer))
            else:
                group.append((item, answer))
            # Also of one that stays behind: a later one with its key must not overtake it.
            taken.add(key)
        self._waiting = left
        return group

    async def _answer(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        work = self._work([item for item, _ in group])
        (answers,) = await asyncio.gather(work, return_exceptions=True)
        if not isinstance(answers, BaseException):
            for (_, waiting), answer in zip(group, answers, strict=True):
                if not waiting.cancelled():
                    waiting.set_result(answer)
        elif len(group) > 1:
            # One by one: who asked for what is wrong must not cost the others their answers.
            for each in group:
                await self._answer([each])
        elif not group[0][1].cancelled():
            group[0][1].set_exception(answers)
