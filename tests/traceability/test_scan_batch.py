from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from tests.traceability.builders import GTIN, OLD_LOT, House

from ocop_hub.db import Database, DatabaseAddress
from ocop_hub.traceability.scans.batch import (
    LARGEST_BATCH,
    LOST,
    STORED,
    DatabaseAway,
    Found,
    Look,
    LookRefused,
    ScanBatch,
)
from ocop_hub.traceability.scans.resolver import Target

GOOD = Look(Target(gtin=GTIN, lot=OLD_LOT), "vi", counted=True)


async def test_one_bad_row_never_fails_its_batch(house: House) -> None:
    batch = ScanBatch(house.database.connect_raw)
    # PostgreSQL refuses NUL in text; asyncpg cannot encode a lone surrogate.
    bad = [Look(Target(gtin=GTIN, lot="A\0"), "vi", True), Look(Target(code="\ud800"), "vi", True)]
    looks = [*[GOOD] * 20, bad[0], *[GOOD] * 20, bad[1]]
    answers = await asyncio.gather(*(batch.look(each) for each in looks), return_exceptions=True)
    await batch.close()
    assert sum(isinstance(each, Found) for each in answers) == 40
    assert [type(answers[20]), type(answers[41])] == [LookRefused, LookRefused]
    assert await house.scans() == 40


async def test_more_looks_than_one_batch_holds(house: House) -> None:
    stored = STORED._value.get()
    batch = ScanBatch(house.database.connect_raw)
    looks = LARGEST_BATCH + 7
    answers = await asyncio.gather(*(batch.look(GOOD) for _ in range(looks)))
    await batch.close()
    assert all(answers)
    assert await house.scans() == looks == STORED._value.get() - stored


async def test_unknown_labels_are_answered_and_not_stored(house: House) -> None:
    batch = ScanBatch(house.database.connect_raw)
    answers = await asyncio.gather(
        batch.look(Look(Target(gtin="09506000134376"), "vi", True)),
        batch.look(Look(Target(code="0000000000"), "en", True)),
        batch.look(GOOD),
        batch.look(Look(Target(gtin=GTIN), "vi", counted=False)),
    )
    await batch.close()
    assert answers[0] is None
    assert answers[1] is None
    assert answers[2] is not None
    assert answers[2].lot_id == house.lot.id
    assert answers[3] is not None
    assert (answers[3].lot_id, answers[3].for_lot) == (None, False)
    assert await house.scans() == 1


async def test_without_a_database_nobody_waits_for_ever() -> None:
    nowhere = Database(DatabaseAddress("postgresql://nobody@127.0.0.1:1/none"))
    batch = ScanBatch(nowhere.connect_raw)
    lost = LOST._value.get()
    answers = await asyncio.gather(*(batch.look(GOOD) for _ in range(5)), return_exceptions=True)
    assert {type(each) for each in answers} == {DatabaseAway}
    with pytest.raises(DatabaseAway):
        await batch.look(GOOD)
    assert LOST._value.get() - lost == 6
    await batch.close()
    await nowhere.close()


@asynccontextmanager
async def scans_locked(house: House) -> AsyncIterator[None]:
    """No scan can be stored meanwhile, as with a server that is stopped in the middle of a batch."""
    blocker = await house.database.connect_raw()
    try:
        await blocker.execute("BEGIN; SET LOCAL app.scope = 'all'; LOCK TABLE scans IN SHARE MODE")
        yield
    finally:
        await blocker.close()


async def test_what_was_called_lost_is_not_stored_later(house: House) -> None:
    batch = ScanBatch(house.database.connect_raw, deadline=0.5)
    # The statement is prepared, so that the next time all of it is with the server at once.
    await batch.look(replace(GOOD, counted=False))
    async with scans_locked(house):
        with pytest.raises(DatabaseAway):
            await batch.look(GOOD)
    await batch.close()
    # Whoever still waits for the lock gets it before this does.
    async with scans_locked(house):
        assert await house.scans() == 0


async def test_a_server_that_does_not_give_up_is_left(house: House) -> None:
    async def connect(settings: Mapping[str, str]) -> asyncpg.Connection[Any]:
        return await house.database.connect_raw({**settings, "statement_timeout": "0"})

    batch = ScanBatch(connect, deadline=0.3, away_pause=0)
    async with scans_locked(house):
        with pytest.raises(DatabaseAway):
            await asyncio.wait_for(batch.look(GOOD), 10)
    assert await batch.look(GOOD) is not None
    await batch.close()


async def test_nobody_waits_behind_a_fault() -> None:
    async def connect(settings: Mapping[str, str]) -> asyncpg.Connection[Any]:
        raise RuntimeError("a fault")

    batch = ScanBatch(connect)
    answers = await asyncio.gather(*(batch.look(GOOD) for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in answers} == {DatabaseAway}
    with pytest.raises(RuntimeError):
        await batch.close()
