from __future__ import annotations

import asyncio

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
