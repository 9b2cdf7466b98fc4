"""What marketplaces told is kept for a while, and what was not told is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ocop_hub.marketplaces.contract import TransportFailed
from ocop_hub.marketplaces.memory import Memory


class Told:
    """A marketplace that counts how often it is asked, and a clock beside it."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)

    async def read(self) -> int:
        self.asked += 1
        return self.asked


async def test_it_is_asked_again_when_the_answer_is_old() -> None:
    told = Told()
    memory = Memory(lambda: told.now, keep=timedelta(hours=1))
    assert [await memory.recall(("a",), told.read) for _ in range(3)] == [1, 1, 1]
    assert await memory.recall(("b",), told.read) == 2
    told.now += timedelta(hours=1)
    assert memory.known(("a",)) == 1
    assert await memory.recall(("a",), told.read) == 3


async def test_what_failed_or_was_forgotten_is_not_known() -> None:
    told = Told()
    memory = Memory(lambda: told.now)

    async def lost() -> int:
        raise TransportFailed("Sàn không trả lời.")

    with pytest.raises(TransportFailed):
        await memory.recall(("a",), lost)
    assert memory.known(("a",)) is None
    assert await memory.recall(("a",), told.read) == 1
    memory.forget(("a",))
    memory.forget(("never",))
    assert await memory.recall(("a",), told.read) == 2
