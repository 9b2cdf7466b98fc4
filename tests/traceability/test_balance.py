"""Amounts in and out, what lots are made from, and the chain of hashes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast, four_facts, make_released_lot

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue.models import Product
from ocop_hub.db import Scope, ScopeKind, apply_scope
from ocop_hub.kit import clock
from ocop_hub.traceability import queries, service
from ocop_hub.traceability.details import DetailsIn
from ocop_hub.traceability.errors import (
    EventInvalid,
    LotNotFound,
    LotStateRefuses,
    QuantityExceeded,
    UnitMismatch,
)
from ocop_hub.traceability.models import EventKind, Lot, LotInput
from ocop_hub.traceability.recording import chained
from ocop_hub.traceability.schemas import EventIn, LotIn
from ocop_hub.traceability.units import epcis_quantity, measured, written_amount


def event(kind: EventKind, **details: Any) -> EventIn:
    return EventIn(
        kind=kind, occurred_at=clock.now() - timedelta(hours=1), details=DetailsIn.model_validate(details)
    )


async def lot_of(session: AsyncSession, cast: Cast, code: str, quantity: int = 100, unit: str = "kg") -> Lot:
    given = LotIn(code=code, quantity=quantity, quantity_unit=unit)
    return await service.create_lot(session, cast.alice, cast.tea, given)


def took(lot: Lot, quantity: str, unit: str = "kg", **more: Any) -> dict[str, Any]:
    return {"inputs": [{"lot_id": lot.id, "quantity": quantity, "unit": unit}], **more}


class TestUnits:
    @pytest.mark.parametrize(
        ("quantity", "unit", "dimension", "amount"),
        [("1.5", "tạ", "mass", "150000"), ("2", "Lít", "volume", "2000"), ("3", "Hộp", "hop", "3")],
    )
    def test_are_made_comparable(self, quantity: str, unit: str, dimension: str, amount: str) -> None:
        known = measured(Decimal(quantity), unit)
        assert (known.dimension, known.amount) == (dimension, Decimal(amount))

    def test_written(self) -> None:
        assert written_amount(Decimal("12.500"), "kg") == "12,5 kg"
        assert epcis_quantity(Decimal(2), "tạ") == (Decimal(200), "KGM")
        assert epcis_quantity(Decimal(2), "hộp") == (Decimal(2), "")


class TestBalance:
    async def test_more_than_a_lot_holds_is_refused_with_the_figures(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        leaves, tea, more = [await lot_of(session, cast, code) for code in ("LA", "TRA", "TRA2")]
        await service.record_event(
            session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "80"))
        )
        with pytest.raises(
            QuantityExceeded, match=r"Lô LA có 100 kg, đã dùng 80 kg, lần này 30 kg: vượt 10 kg"
        ):
            await service.record_event(
                session, cast.alice, more, event(EventKind.PROCESSING, **took(leaves, "0.3", "tạ"))
            )
        await service.record_event(
            session, cast.alice, more, event(EventKind.PROCESSING, **took(leaves, "20"))
        )

    async def test_a_reason_lets_it_through_and_is_on_record(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        given = took(leaves, "120", over_reason="Cân lại thấy lô có 120 kg")
        await service.record_event(session, cast.alice, tea, event(EventKind.PROCESSING, **given))
        entry = (
            await session.execute(
                select(AuditEntry).where(AuditEntry.action == "traceability.quantity_exceeded")
            )
        ).scalar_one()
        assert entry.details["reason"] == "Cân lại thấy lô có 120 kg"
        assert "vượt 20 kg" in entry.details["what"]

    async def test_what_a_correction_took_back_is_free_again(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        wrong = await service.record_event(
            session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "90"))
        )
        right = event(EventKind.PROCESSING, **took(leaves, "9"))
        right.corrects_id = wrong.id
        await service.record_event(session, cast.alice, tea, right)
        await service.record_event(
            session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "90"))
        )

    async def test_a_correction_does_not_count_beside_what_it_corrects(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        ninety, eighty = [{"amount": {"quantity": n, "unit": "kg"}} for n in ("90", "80")]
        for kind, wrong, right in (
            (EventKind.PROCESSING, took(leaves, "90"), took(leaves, "80")),
            (EventKind.SHIPPING, ninety, eighty),
        ):
            first = await service.record_event(session, cast.alice, tea, event(kind, **wrong))
            second = event(kind, **right)
            second.corrects_id = first.id
            await service.record_event(session, cast.alice, tea, second)

    async def test_a_lot_named_twice_is_taken_from_twice(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        sixty = took(leaves, "60")["inputs"]
        with pytest.raises(QuantityExceeded, match="đã dùng 60 kg, lần này 60 kg: vượt 20 kg"):
            await service.record_event(
                session, cast.alice, tea, event(EventKind.PROCESSING, inputs=sixty + sixty)
            )

    async def test_nothing_is_made_from_a_recalled_lot_unless_it_is_recalled_too(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        early = await service.record_event(
            session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "9"))
        )
        await service.recall_lot(session, cast.alice, leaves, reason="Nhiễm khuẩn")
        more = event(EventKind.PROCESSING, **took(leaves, "1"))
        with pytest.raises(LotStateRefuses, match="Lô LA đã thu hồi"):
            await service.record_event(session, cast.alice, tea, more)
        right = event(EventKind.PROCESSING, **took(leaves, "8"))
        right.corrects_id = early.id
        await service.record_event(session, cast.alice, tea, right)
        await service.recall_lot(session, cast.alice, tea, reason="Làm từ lô LA")
        await service.record_event(session, cast.alice, tea, more)

    async def test_more_made_than_went_in(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        given = took(leaves, "10", amount={"quantity": "12", "unit": "kg"})
        with pytest.raises(QuantityExceeded, match="Làm ra 12 kg từ 10 kg"):
            await service.record_event(session, cast.alice, tea, event(EventKind.PROCESSING, **given))

    async def test_shipped_and_sold_are_not_counted_twice(self, session: AsyncSession, cast: Cast) -> None:
        tea = await lot_of(session, cast, "TRA", 10, "hộp")
        ten = {"amount": {"quantity": "10", "unit": "hộp"}}
        await service.record_event(session, cast.alice, tea, event(EventKind.SHIPPING, **ten))
        await service.record_event(session, cast.alice, tea, event(EventKind.SALE, **ten))
        with pytest.raises(QuantityExceeded):
            await service.record_event(session, cast.alice, tea, event(EventKind.SALE, **ten))

    async def test_units_that_cannot_be_compared(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        with pytest.raises(UnitMismatch, match="theo kg"):
            await service.record_event(
                session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "3", "hộp"))
            )

    async def test_not_from_itself_nor_in_a_circle(self, session: AsyncSession, cast: Cast) -> None:
        leaves, tea = [await lot_of(session, cast, code) for code in ("LA", "TRA")]
        await service.record_event(session, cast.alice, tea, event(EventKind.PROCESSING, **took(leaves, "1")))
        for made, source in ((leaves, leaves), (leaves, tea)):
            with pytest.raises(EventInvalid, match="của chính nó"):
                await service.record_event(
                    session, cast.alice, made, event(EventKind.PROCESSING, **took(source, "1"))
                )


class TestAnothersLot:
    async def test_a_published_one_may_go_in_and_a_draft_may_not(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        published = await make_released_lot(session, cast)
        draft = await lot_of(session, cast, "NHAP")
        (bobs,) = cast.bob.producers
        published_id, draft_id, tea_id = published.id, draft.id, cast.tea.id
        await session.execute(
            text("UPDATE products SET producer_id = :bob WHERE id = :tea"), {"bob": bobs, "tea": tea_id}
        )
        session.expire_all()
        tea = await session.get_one(Product, tea_id)
        mine = await service.create_lot(session, cast.bob, tea, LotIn(code="CUA-BINH"))
        ids = published_id, draft_id, mine.id
        await apply_scope(session, Scope(ScopeKind.OWN, producers=cast.bob.producers))
        session.expunge_all()
        mine = await service.find_lot(session, cast.bob, ids[2])
        with pytest.raises(LotNotFound):
            await service.record_event(
                session, cast.bob, mine, event(EventKind.PROCESSING, inputs=[{"lot_id": ids[1]}])
            )
        await service.record_event(
            session, cast.bob, mine, event(EventKind.PROCESSING, inputs=[{"lot_id": ids[0]}])
        )
        row = (await session.scalars(select(LotInput))).one()
        assert (row.input_lot_id, row.producer_id) == (ids[0], bobs)
        # The one it came from learns whom it reached; a third party learns nothing.
        reached = text("SELECT producer_id FROM lots_made_from(:id)")
        await apply_scope(session, Scope(ScopeKind.OWN, producers=cast.alice.producers))
        assert (await session.execute(reached, {"id": ids[0]})).scalars().all() == [bobs]
        await apply_scope(session, Scope(ScopeKind.OWN, producers=cast.bob.producers))
        assert (await session.execute(reached, {"id": ids[0]})).scalars().all() == []


class TestDetails:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"attachments": [{"key": "../../etc/passwd"}]},
            {"amount": {"quantity": "-1", "unit": "kg"}},
            {"amount": {"quantity": "1", "unit": ""}},
            {"point": {"latitude": "91", "longitude": "107"}},
            {"gln": "8936000000012"},
            {"readings": [{"measure": "temperature", "value": "20", "at": "2026-09-30T08:00:00"}]},
            {"unknown": 1},
        ],
    )
    def test_refuses(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            DetailsIn.model_validate(wrong)

    def test_keeps_what_was_said(self) -> None:
        given = {
            "amount": {"quantity": "12.5", "unit": "kg"},
            "attachments": [{"key": f"pictures/ab/{'a' * 64}.jpg", "title": "Phiếu kiểm nghiệm"}],
            "readings": [{"measure": "humidity", "value": "61"}],
        }
        assert DetailsIn.model_validate(given).stored() == given


class TestChain:
    async def test_every_event_is_hashed_and_tied_to_the_one_before(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await make_released_lot(session, cast)
        await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
        events = sorted(
            (await session.execute(queries.events_of(lot.id))).scalars(), key=lambda each: each.position
        )
        assert [each.position for each in events] == [1, 2, 3, 4, 5]
        chain = ""
        for each in events:
            assert each.event_hash.startswith("ni:///sha-256;")
            chain = chained(chain, each.event_hash)
            assert each.chain_hash == chain

    async def test_facts_given_together_keep_their_order(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(session, cast.alice, cast.tea, LotIn(code="MOI"))
        events = await service.record_four_facts(session, cast.alice, lot, four_facts())
        assert [each.position for each in events] == [1, 2, 3, 4]
        assert events[0].epcis["ilmd"]["ocop:harvestDate"] == events[0].occurred_at.isoformat()[:10]
        assert events[2].epcis["quantityList"] == [{"epcClass": f"urn:uuid:{lot.id}"}]
