from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast, four_facts, make_released_lot

from ocop_hub.audit import AuditEntry
from ocop_hub.kit import clock
from ocop_hub.producers.actor import PUBLIC_ACTOR
from ocop_hub.traceability import queries, service
from ocop_hub.traceability.errors import (
    AlreadyCorrected,
    EventInvalid,
    EventNotFound,
    LotCodeInvalid,
    LotCodeTaken,
    LotDatesInvalid,
    LotNotFound,
    LotStateRefuses,
    ProductHasNoLots,
    ProductNotFound,
)
from ocop_hub.traceability.models import EventKind, Lot, LotState, ResolverLink
from ocop_hub.traceability.schemas import EventIn, FourFactsIn, LotIn, PlaceIn
from ocop_hub.traceability.service import ShopLink


def event(kind: EventKind = EventKind.PROCESSING, *, days_ago: float = 1, **more: Any) -> EventIn:
    return EventIn(kind=kind, occurred_at=clock.now() - timedelta(days=days_ago), **more)


async def new_lot(session: AsyncSession, cast: Cast, **more: Any) -> Lot:
    return await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-1", **more))


class TestCreateLot:
    async def test_keeps_a_free_name_beside_the_code(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(
            session, cast.alice, cast.squid, LotIn(code="lo-1", display_name=" Lô  đầu mùa ")
        )
        assert (lot.code, lot.display_name, lot.state) == ("LO-1", "Lô đầu mùa", LotState.DRAFT)

    async def test_has_a_code_of_its_own(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        of_lot = await service.ensure_code(session, cast.squid, lot)
        of_product = await service.ensure_code(session, cast.squid)
        assert of_lot != of_product
        assert await service.ensure_code(session, cast.squid, lot) == of_lot

    async def test_the_same_code_twice_is_refused(self, session: AsyncSession, cast: Cast) -> None:
        await new_lot(session, cast)
        with pytest.raises(LotCodeTaken, match="LO-1"):
            await service.create_lot(session, cast.alice, cast.squid, LotIn(code="lo-1"))
        await service.create_lot(session, cast.alice, cast.tea, LotIn(code="LO-1"))

    async def test_vietnamese_letters_are_refused(self, session: AsyncSession, cast: Cast) -> None:
        with pytest.raises(LotCodeInvalid, match="LO-01"):
            await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LÔ-01"))

    async def test_anothers_product_is_not_there(self, session: AsyncSession, cast: Cast) -> None:
        with pytest.raises(ProductNotFound):
            await service.create_lot(session, cast.bob, cast.squid, LotIn(code="LO-1"))

    async def test_a_service_has_no_lots(self, session: AsyncSession, cast: Cast) -> None:
        cast.tea.group_code = "du_lich"
        with pytest.raises(ProductHasNoLots):
            await service.create_lot(session, cast.alice, cast.tea, LotIn(code="LO-1"))

    async def test_dates_that_cannot_be(self, session: AsyncSession, cast: Cast) -> None:
        today = clock.today()
        with pytest.raises(LotDatesInvalid, match="chưa tới"):
            await new_lot(session, cast, produced_on=today + timedelta(days=1))
        with pytest.raises(LotDatesInvalid, match="Hạn sử dụng"):
            await new_lot(session, cast, produced_on=today, best_before=today)


class TestRecordEvent:
    async def test_moves_the_page_on(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        written = await service.record_event(session, cast.alice, lot, event(note="Hấp 30 phút"))
        assert lot.page_version == 2
        assert (written.zone_offset, written.note) == ("+00:00", "Hấp 30 phút")

    async def test_not_in_the_future(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        with pytest.raises(EventInvalid, match="chưa tới"):
            await service.record_event(session, cast.alice, lot, event(days_ago=-1))

    async def test_not_before_the_harvest(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        await service.record_event(session, cast.alice, lot, event(EventKind.HARVEST, days_ago=3))
        with pytest.raises(EventInvalid, match="đứng trước thu hoạch"):
            await service.record_event(session, cast.alice, lot, event(EventKind.PACKING, days_ago=5))

    async def test_nor_a_harvest_after_the_packing(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        await service.record_event(session, cast.alice, lot, event(EventKind.PACKING, days_ago=5))
        with pytest.raises(EventInvalid, match="đứng trước thu hoạch"):
            await service.record_event(session, cast.alice, lot, event(EventKind.HARVEST, days_ago=3))

    async def test_a_correction_takes_the_place_of_what_it_corrects(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await new_lot(session, cast)
        wrong = await service.record_event(session, cast.alice, lot, event(EventKind.PACKING, days_ago=5))
        right = await service.record_event(
            session, cast.alice, lot, event(EventKind.PACKING, days_ago=2, corrects_id=wrong.id)
        )
        standing = (await session.scalars(queries.standing_events_of(lot.id))).all()
        every = (await session.scalars(queries.events_of(lot.id))).all()
        assert [each.id for each in standing] == [right.id]
        assert [each.id for each in every] == [wrong.id, right.id]
        assert lot.packed_at == right.occurred_at
        with pytest.raises(AlreadyCorrected):
            await service.record_event(session, cast.alice, lot, event(corrects_id=wrong.id))

    async def test_corrects_only_its_own_lots_events(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        other = await service.create_lot(session, cast.alice, cast.tea, LotIn(code="LO-1"))
        theirs = await service.record_event(session, cast.alice, other, event())
        with pytest.raises(EventNotFound):
            await service.record_event(session, cast.alice, lot, event(corrects_id=theirs.id))

    async def test_refuses_a_place_nobody_knows(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        with pytest.raises(EventInvalid, match="xx-1"):
            await service.record_event(session, cast.alice, lot, event(unit_id="xx-1"))

    async def test_anothers_lot_is_not_there(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        with pytest.raises(LotNotFound):
            await service.record_event(session, cast.bob, lot, event())


class TestRecordFourFacts:
    async def test_writes_four_events(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        events = await service.record_four_facts(session, cast.alice, lot, four_facts())
        assert [each.kind for each in events] == [
            EventKind.HARVEST,
            EventKind.FIRST_PROCESSING,
            EventKind.PACKING,
            EventKind.PRODUCTION_PLACE,
        ]
        assert {each.place_text for each in events} == {"Xưởng Bến Đoan"}
        assert lot.packed_at == events[2].occurred_at

    async def test_all_or_none(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        facts = four_facts()
        facts.harvest.at = facts.packing.at + timedelta(hours=30)
        with pytest.raises(EventInvalid):
            await service.record_four_facts(session, cast.alice, lot, facts)
        assert (await session.scalars(queries.events_of(lot.id))).all() == []

    async def test_needs_a_place(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        facts = FourFactsIn(**{**dict(four_facts()), "place": PlaceIn(text="  ")})
        with pytest.raises(EventInvalid, match="nơi sản xuất"):
            await service.record_four_facts(session, cast.alice, lot, facts)

    async def test_packed_after_its_shelf_life(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast, best_before=clock.today() - timedelta(days=30))
        with pytest.raises(LotDatesInvalid):
            await service.record_four_facts(session, cast.alice, lot, four_facts())


class TestReleaseAndRecall:
    async def test_a_lot_that_was_never_packed_stays_a_draft(self, session: AsyncSession, cast: Cast) -> None:
        lot = await new_lot(session, cast)
        with pytest.raises(LotStateRefuses, match="đóng gói"):
            await service.release_lot(session, cast.alice, lot)

    async def test_the_public_sees_released_lots_only(self, session: AsyncSession, cast: Cast) -> None:
        await new_lot(session, cast)
        released = await make_released_lot(session, cast)
        seen = await session.scalars(queries.visible_to(PUBLIC_ACTOR).where(Lot.product_id == cast.squid.id))
        assert [each.id for each in seen] == [released.id]

    async def test_recall_says_why_and_moves_the_page_on(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        before = lot.page_version
        await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
        assert (lot.state, lot.recall_note) == (LotState.RECALLED, "Sai hạn sử dụng")
        assert lot.page_version == before + 1
        with pytest.raises(LotStateRefuses, match="Thu hồi"):
            await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")

    async def test_anothers_lot_is_not_there(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        with pytest.raises(LotNotFound):
            await service.recall_lot(session, cast.bob, lot, reason="Sai hạn sử dụng")

    async def test_is_on_record(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
        await session.flush()
        actions = await session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"lot:{lot.id}").order_by(AuditEntry.id)
        )
        found = list(actions)
        assert found[0] == "traceability.lot_created"
        assert found[-2:] == ["traceability.lot_released", "traceability.lot_recalled"]


class TestSetShopLinks:
    async def test_replaces_what_was_there(self, session: AsyncSession, cast: Cast) -> None:
        await service.set_shop_links(
            session, cast.squid, [ShopLink("https://a", "A"), ShopLink("https://b", "B")]
        )
        await service.set_shop_links(
            session, cast.squid, [ShopLink("https://b", "B2"), ShopLink("https://c", "C")]
        )
        links = await session.scalars(
            queries.links_of(cast.squid.id, None).with_only_columns(ResolverLink.title)
        )
        assert list(links) == ["B2", "C"]
        await service.set_shop_links(session, cast.squid, [])
        assert (await session.scalars(queries.links_of(cast.squid.id, None))).all() == []

    async def test_one_address_of_two_stalls_is_kept_once(self, session: AsyncSession, cast: Cast) -> None:
        same = [ShopLink("https://a", "A"), ShopLink("https://a", "B")]
        await service.set_shop_links(session, cast.squid, same)
        links = queries.links_of(cast.squid.id, None).with_only_columns(ResolverLink.title)
        assert list(await session.scalars(links)) == ["A"]
