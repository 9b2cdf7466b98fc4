"""What gathers, what stays apart, and whose failure it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ocop_hub.kit.gathering import Gathered


class Slow:
    """Takes a moment for each group and keeps what it was given."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.01)
        self.groups.append(list(items))
        if 13 in items:
            raise ValueError(f"13 among {len(items)}")
        return [item * 2 for item in items]


async def test_what_comes_while_one_is_under_way_goes_together() -> None:
    slow = Slow()
    gathered = Gathered(slow)
    first = asyncio.create_task(gathered.do(1))
    await asyncio.sleep(0.005)
    assert await asyncio.gather(first, *(gathered.do(each) for each in (2, 3, 4))) == [2, 4, 6, 8]
    assert slow.groups == [[1], [2, 3, 4]]


async def test_a_group_is_bounded() -> None:
    slow = Slow()
    gathered = Gathered(slow, at_most=2)
    await asyncio.gather(*(gathered.do(each) for each in range(5)))
    assert [len(group) for group in slow.groups] == [2, 2, 1]


async def test_the_same_key_stays_apart_and_in_order() -> None:
    slow = Slow()
    gathered = Gathered(slow, apart=lambda item: item % 10)
    await asyncio.gather(*(gathered.do(each) for each in (1, 11, 2, 21)))
    assert slow.groups == [[1, 2], [11], [21]]


async def test_one_that_fails_does_not_fail_the_others() -> None:
    gathered = Gathered(Slow())
    answers = await asyncio.gather(*(gathered.do(each) for each in (12, 13, 14)), return_exceptions=True)
    assert (answers[0], answers[2]) == (24, 28)
    assert repr(answers[1]) == "ValueError('13 among 1')"


async def test_who_stopped_waiting_is_left_out() -> None:
    slow = Slow()
    gathered = Gathered(slow)
    first, second = asyncio.create_task(gathered.do(1)), asyncio.create_task(gathered.do(2))
    third = asyncio.create_task(gathered.do(3))
    await asyncio.sleep(0.005)
    late = asyncio.create_task(gathered.do(4))
    await asyncio.sleep(0)
    late.cancel()
    third.cancel()
    assert (await first, await second) == (2, 4)
    with pytest.raises(asyncio.CancelledError):
        await late
    assert await gathered.do(5) == 10
    assert slow.groups == [[1, 2, 3], [5]]
