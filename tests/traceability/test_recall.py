"""A recall follows what was made from the lot, and others on the way are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast, House, four_facts, make_product, make_released_lot

from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.producers.models import Producer
from ocop_hub.traceability import jobs, service
from ocop_hub.traceability.details import DetailsIn, InputIn
from ocop_hub.traceability.errors import LotNotFound, LotStateRefuses
from ocop_hub.traceability.models import AlertKind, EventKind, Lot, LotState, ScanAlert
from ocop_hub.traceability.recall import recall
from ocop_hub.traceability.schemas import EventIn, LotIn


async def make_from(session: AsyncSession, cast: Cast, source: Lot, code: str) -> Lot:
    """A released lot of tea that ``source`` went into."""
    lot = await service.create_lot(session, cast.alice, cast.tea, LotIn(code=code))
    await service.record_four_facts(session, cast.alice, lot, four_facts())
    details = DetailsIn(inputs=[InputIn(lot_id=source.id)])
    event = EventIn(kind=EventKind.PROCESSING, occurred_at=clock.now() - timedelta(hours=1), details=details)
    await service.record_event(session, cast.alice, lot, event)
    return await service.release_lot(session, cast.alice, lot)


class TestRecall:
    async def test_follows_every_step(self, session: AsyncSession, cast: Cast) -> None:
        first = await make_released_lot(session, cast)
        second = await make_from(session, cast, first, "HAI")
        third = await make_from(session, cast, second, "BA")
        other = await make_released_lot(session, cast, cast.tea, "KHAC")
        done = await recall(session, cast.alice, first, reason="Nhiễm khuẩn")
        assert {each.code for each in done.with_it} == {"HAI", "BA"}
        assert done.lots_of_others == 0
        for lot in (first, second, third):
            assert lot.state is LotState.RECALLED
        assert third.recall_note == f"Làm từ lô {first.code} đã thu hồi: Nhiễm khuẩn"
        assert other.state is LotState.RELEASED

    async def test_what_is_recalled_already_is_left(self, session: AsyncSession, cast: Cast) -> None:
        first = await make_released_lot(session, cast)
        second = await make_from(session, cast, first, "HAI")
        await service.recall_lot(session, cast.alice, second, reason="Sai hạn sử dụng")
        done = await recall(session, cast.alice, first, reason="Nhiễm khuẩn")
        assert done.with_it == ()
        assert second.recall_note == "Sai hạn sử dụng"
        with pytest.raises(LotStateRefuses):
            await recall(session, cast.alice, first, reason="Nhiễm khuẩn")

    async def test_not_anothers(self, session: AsyncSession, cast: Cast) -> None:
        with pytest.raises(LotNotFound):
            await recall(session, cast.bob, await make_released_lot(session, cast), reason="Nhiễm khuẩn")


async def bobs_lot(database: Database, house: House) -> Lot:
    """Bob's lot, made from Alice's released one."""
    async with database.session(SYSTEM) as session:
        (bobs,) = house.cast.bob.producers
        product = make_product(session, await session.get_one(Producer, bobs), "Bánh nhân mực")
        await session.flush()
        lot = await service.create_lot(session, house.cast.bob, product, LotIn(code="BANH"))
        details = DetailsIn(inputs=[InputIn(lot_id=house.lot.id)])
        event = EventIn(
            kind=EventKind.PROCESSING, occurred_at=clock.now() - timedelta(hours=1), details=details
        )
        await service.record_event(session, house.cast.bob, lot, event)
    return lot


async def test_another_producer_is_told_and_keeps_the_say(house: House) -> None:
    theirs = await bobs_lot(house.database, house)
    async with house.database.session(house.cast.alice.scope) as session:
        lot = await service.find_lot(session, house.cast.alice, house.lot.id)
        done = await recall(session, house.cast.alice, lot, reason="Nhiễm khuẩn")
        assert (done.with_it, done.lots_of_others) == ((), 1)
    for _ in range(2):
        await jobs.tell_recall(JobContext(house.database, {}), {"lot_id": str(house.lot.id)})
    async with house.database.session(house.cast.bob.scope) as session:
        alert = (await session.scalars(select(ScanAlert))).one()
        assert (alert.kind, alert.lot_id) == (AlertKind.SOURCE_RECALLED, theirs.id)
        assert alert.reason == {"source_lot": house.lot.code, "reason": "Nhiễm khuẩn"}
        assert (await session.get_one(Lot, theirs.id)).state is LotState.DRAFT
    async with house.database.session(house.cast.alice.scope) as session:
        assert (await session.scalars(select(ScanAlert))).all() == []
