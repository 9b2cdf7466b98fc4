"""Sheets of lots: what is read, what is refused by row and column, and that nothing is written twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.intake import lot_runs
from ocop_hub.intake.errors import ColumnMissing, HeaderNotFound
from ocop_hub.intake.lot_sheet import read_lots
from ocop_hub.intake.models import ImportRun, ImportState
from ocop_hub.intake.runs import AlreadyDecided
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.traceability.models import EventKind, Lot, LotState, TraceEvent

SAMPLE = Path(__file__).parents[2] / "samples" / "lots_sample.csv"
HEADER = "Số lô;Tên sản phẩm;Ngày thu hoạch;Ngày đóng gói;Hạn sử dụng;Số lượng;Đơn vị tính;Công đoạn;Ngày công đoạn\n"


def sheet(*rows: str) -> bytes:
    return (HEADER + "\n".join(rows) + "\n").encode()


@pytest.fixture
async def hoa(session: AsyncSession) -> Actor:
    cast = await builders.make_cast(session)
    await builders.make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ", group="do_uong")
    await builders.make_product(session, cast.his, "Mực một nắng")
    return builders.actor_for(cast.hoa, Role.PRODUCER, cast.hers)


async def sent(session: AsyncSession, actor: Actor, content: bytes, *, keep: bool = True) -> ImportRun:
    return await lot_runs.take(
        session, actor, Media.in_memory(), filename="lo.csv", content=content, keep=keep
    )


async def count(session: AsyncSession) -> tuple[int, int]:
    lots = await session.scalar(select(func.count()).select_from(Lot))
    events = await session.scalar(select(func.count()).select_from(TraceEvent))
    return lots or 0, events or 0


async def test_the_sample_goes_in_once(session: AsyncSession, hoa: Actor) -> None:
    content = SAMPLE.read_bytes()
    first = await sent(session, hoa, content)
    assert first.counts == {"created": 2, "updated": 1, "unchanged": 0, "wrong": 0}
    assert await count(session) == (2, 7)
    again = await sent(session, hoa, content)
    assert again.counts == {"created": 0, "updated": 0, "unchanged": 3, "wrong": 0}
    assert await count(session) == (2, 7)
    lot = (await session.scalars(select(Lot).where(Lot.code == "TRA-260901"))).one()
    assert (lot.state, lot.quantity, lot.quantity_unit) == (LotState.RELEASED, 120, "hộp")
    kinds = set(await session.scalars(select(TraceEvent.kind).where(TraceEvent.lot_id == lot.id)))
    assert EventKind.INSPECTION in kinds


async def test_a_preview_stores_nothing_until_it_is_decided(session: AsyncSession, hoa: Actor) -> None:
    media = Media.in_memory()
    run = await lot_runs.take(session, hoa, media, filename="lo.csv", content=SAMPLE.read_bytes())
    assert run.counts["created"] == 2
    assert await count(session) == (0, 0)
    await lot_runs.decide(session, hoa, media, run.id, keep=True)
    assert run.state is ImportState.STORED
    assert await count(session) == (2, 7)
    with pytest.raises(AlreadyDecided):
        await lot_runs.decide(session, hoa, media, run.id, keep=True)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (";Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;", "Số lô", "Thiếu số lô"),
        ("LÔ 1;Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;", "Số lô", "không in được lên mã"),
        ("L1;;01/9/2026;;;;;;", "Tên sản phẩm", "Thiếu tên sản phẩm"),
        ("L1;Trà hoa vàng Ba Chẽ;31/02/2026;;;;;;", "Ngày thu hoạch", "Không có ngày"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;nhiều;kg;;", "Số lượng", "Không hiểu số lượng"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;;;bay;01/9/2026", "Công đoạn", "Không có công đoạn"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;;;kiểm tra;", "Ngày công đoạn", "Thiếu ngày"),
        ("L1;Mực một nắng;01/9/2026;;;;;;", "Số lô", "Không có sản phẩm"),
        ("L1;Trà hoa vàng Ba Chẽ;09/9/2026;05/9/2026;;;;;", "Số lô", "đứng trước thu hoạch"),
        ("L1;Trà hoa vàng Ba Chẽ;01/9/2099;;;;;;", "Số lô", "chưa tới"),
    ],
)
async def test_a_wrong_row_is_named_and_the_good_one_beside_it_kept(
    session: AsyncSession, hoa: Actor, row: str, column: str, said: str
) -> None:
    good = "TOT-1;Trà hoa vàng Ba Chẽ;01/9/2026;02/9/2026;;;;;"
    run = await sent(session, hoa, sheet(row, good))
    assert run.counts == {"created": 1, "updated": 0, "unchanged": 0, "wrong": 1}
    (problem,) = run.report["errors"]
    assert (problem["row"], problem["field"]) == (2, column)
    assert said in problem["problem"]
    assert [lot.code for lot in await session.scalars(select(Lot))] == ["TOT-1"]


async def test_another_day_for_a_step_that_happens_once_is_refused(session: AsyncSession, hoa: Actor) -> None:
    await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;"))
    run = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;02/9/2026;;;;;;"))
    assert "đã ghi thu hoạch ngày 1/9/2026" in run.report["errors"][0]["problem"]


class TestHeader:
    def test_none(self) -> None:
        with pytest.raises(HeaderNotFound):
            read_lots(b"a;b\n1;2\n")

    def test_without_a_product(self) -> None:
        with pytest.raises(ColumnMissing):
            read_lots("Số lô;Ngày đóng gói\nL1;01/9/2026\n".encode())
