"""A recall follows what was made from the lot, and others on the way are told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast, House, four_facts, make_product, make_released_lot

from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.producers.models import Producer
from ocop_hub.traceability import jobs, service
from ocop_hub.traceability.details import DetailsIn, InputIn
from ocop_hub.traceability.errors import LotNotFound, LotStateRefuses, QuantityExceeded
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


async def take(
    house: House, lot_id: UUID, source_id: UUID, quantity: int, corrects_id: UUID | None = None
) -> UUID:
    """One event of Alice's lot in a transaction of its own."""
    async with house.database.session(house.cast.alice.scope) as session:
        lot = await service.find_lot(session, house.cast.alice, lot_id)
        details = DetailsIn.model_validate(
            {"inputs": [{"lot_id": source_id, "quantity": quantity, "unit": "kg"}]}
        )
        at = clock.now() - timedelta(hours=1)
        event = EventIn(kind=EventKind.PROCESSING, occurred_at=at, details=details, corrects_id=corrects_id)
        return (await service.record_event(session, house.cast.alice, lot, event)).id


async def test_two_at_once_do_not_take_more_than_a_lot_holds(house: House) -> None:
    async with house.database.session(SYSTEM) as session:
        source = await service.create_lot(
            session, house.cast.alice, house.cast.tea, LotIn(code="LA", quantity=100, quantity_unit="kg")
        )
        made = [
            (await service.create_lot(session, house.cast.alice, house.cast.tea, LotIn(code=code))).id
            for code in ("A", "B", "C", "D")
        ]
    done = await asyncio.gather(*(take(house, each, source.id, 60) for each in made), return_exceptions=True)
    assert [type(each) for each in done if isinstance(each, Exception)] == [QuantityExceeded] * 3


async def test_what_is_written_down_during_a_recall_is_recalled_or_refused(house: House) -> None:
    async with house.database.session(SYSTEM) as session:
        source = await service.create_lot(
            session, house.cast.alice, house.cast.tea, LotIn(code="LA", quantity=100, quantity_unit="kg")
        )
        made = [
            (await service.create_lot(session, house.cast.alice, house.cast.tea, LotIn(code=code))).id
            for code in ("A", "B", "C", "D")
        ]

    async def call_back() -> None:
        async with house.database.session(house.cast.alice.scope) as session:
            lot = await service.find_lot(session, house.cast.alice, source.id)
            await recall(session, house.cast.alice, lot, reason="Nhiễm khuẩn")

    takes = [take(house, each, source.id, 1) for each in made]
    done = await asyncio.gather(*takes[:2], call_back(), *takes[2:], return_exceptions=True)
    written = [lot for lot, each in zip(made, [*done[:2], *done[3:]], strict=True) if isinstance(each, UUID)]
    assert done[2] is None
    assert all(isinstance(each, (UUID, LotStateRefuses)) for each in (*done[:2], *done[3:]))
    async with house.database.session(SYSTEM) as session:
        recalled = await session.scalars(
            select(Lot.id).where(Lot.id.in_(made), Lot.state == LotState.RECALLED)
        )
        assert set(recalled) == set(written)


async def test_what_others_took_counts_and_what_they_corrected_does_not(house: House) -> None:
    (bobs,) = house.cast.bob.producers
    async with house.database.session(SYSTEM) as session:
        await session.execute(
            update(Lot).where(Lot.id == house.lot.id).values(quantity=100, quantity_unit="kg")
        )
        mine = await service.create_lot(session, house.cast.alice, house.cast.tea, LotIn(code="A"))
        product = make_product(session, await session.get_one(Producer, bobs), "Bánh nhân mực")
        await session.flush()
        theirs = await service.create_lot(session, house.cast.bob, product, LotIn(code="BANH"))
    corrects: UUID | None = None
    for quantity in (90, 30):
        async with house.database.session(house.cast.bob.scope) as session:
            lot = await service.find_lot(session, house.cast.bob, theirs.id)
            given = {"inputs": [{"lot_id": house.lot.id, "quantity": quantity, "unit": "kg"}]}
            event = EventIn(
                kind=EventKind.PROCESSING,
                occurred_at=clock.now() - timedelta(hours=1),
                details=DetailsIn.model_validate(given),
                corrects_id=corrects,
            )
            corrects = (await service.record_event(session, house.cast.bob, lot, event)).id
    with pytest.raises(QuantityExceeded, match="đã dùng 30 kg, lần này 80 kg"):
        await take(house, mine.id, house.lot.id, 80)
    await take(house, mine.id, house.lot.id, 70)
