"""Labels with a serial each, from the print run to the line on the buyer's page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import GTIN, OLD_LOT, House, four_facts

from ocop_hub.db import PUBLIC, SYSTEM
from ocop_hub.kit.sealing import Sealer
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.labels.serials import SerialMaker
from ocop_hub.traceability.models import Lot, PrintRun, RunKind, Scan, SerialTally
from ocop_hub.traceability.scans.resolver import Target
from ocop_hub.traceability.scans.serial_check import SerialCheck, Unread
from ocop_hub.traceability.schemas import LotIn

LOT_PATH = f"/01/{GTIN}/10/{OLD_LOT}"
NOT_ACTIVE = "chưa kích hoạt tem"
FIRST = "lượt quét đầu tiên"
UNKNOWN = "không có trong đợt in tem nào"


@dataclass(frozen=True, slots=True)
class Printed:
    """A run of 100 labels of the squid lot, 1–50 active, 10 blocked."""

    house: House
    run: PrintRun
    maker: SerialMaker
    sealer: Sealer

    def path(self, number: int) -> str:
        return f"{LOT_PATH}/21/{self.maker.make(self.run.number, number - 1)}"

    async def page(self, path: str) -> str:
        answer = await self.house.client.get(path)
        assert answer.status_code == 200
        return answer.text


async def plan(session: AsyncSession, house: House, lot: Lot, sealer: Sealer) -> PrintRun:
    asked = RunPlan(RunKind.SERIAL, 100)
    return await print_runs.plan_run(
        session, house.cast.alice, lot, asked, public_url="https://ocop.example.vn", sealer=sealer
    )


@pytest.fixture
async def printed(house: House, house_settings: Settings) -> Printed:
    sealer = sealer_of(house_settings)
    async with house.database.session(SYSTEM) as session:
        lot = await session.get_one(Lot, house.lot.id)
        run = await plan(session, house, lot, sealer)
        await activation.activate(session, house.cast.alice, run, Part(last=50), sealer=sealer)
        await activation.block(
            session, house.cast.alice, run, Part(first=10, last=10), sealer=sealer, reason="Mất"
        )
        maker = await print_runs.maker_of(session, run, sealer=sealer)
    return Printed(house, run, maker, sealer)


async def tallies(house: House) -> dict[int, int]:
    async with house.database.session(SYSTEM) as session:
        return {each.position: each.scans for each in await session.scalars(select(SerialTally))}


class TestTheLine:
    async def test_counts_from_the_first_scan_on(self, printed: Printed) -> None:
        path = printed.path(1)
        assert FIRST in await printed.page(path)
        again = await printed.page(path.lower())
        assert f"Tem {path.rpartition('/')[2]} đã được quét 2 lần, lần đầu" in again
        assert await tallies(printed.house) == {0: 2}
        assert await printed.house.scans() == 2

    async def test_says_not_activated_and_blocked(self, printed: Printed) -> None:
        assert NOT_ACTIVE in await printed.page(printed.path(51))
        assert "đã được khóa" in await printed.page(printed.path(10))
        async with printed.house.database.session(SYSTEM) as session:
            run = await session.get_one(PrintRun, printed.run.id)
            await activation.activate(
                session, printed.house.cast.alice, run, Part(first=51), sealer=printed.sealer
            )
        assert "đã được quét 2 lần" in await printed.page(printed.path(51))

    async def test_says_voided_at_once(self, printed: Printed) -> None:
        assert FIRST in await printed.page(printed.path(2))
        async with printed.house.database.session(SYSTEM) as session:
            run = await session.get_one(PrintRun, printed.run.id)
            await print_runs.void(session, printed.house.cast.alice, run, reason="In lệch")
        assert "đợt in đã hủy" in await printed.page(printed.path(2))

    async def test_says_unknown_for_made_up_and_moved_serials(self, printed: Printed) -> None:
        true = printed.maker.make(1, 0)
        beyond = printed.maker.make(1, 100)
        other_run = printed.maker.make(2, 0)
        for serial in ("0" * 16, true[:-1] + ("0" if true[-1] != "0" else "1"), "ABC123", beyond, other_run):
            assert UNKNOWN in await printed.page(f"{LOT_PATH}/21/{serial}")
        async with printed.house.database.session(SYSTEM) as session:
            squid = printed.house.cast.squid
            other = await service.create_lot(session, printed.house.cast.alice, squid, LotIn(code="LO-2"))
            await service.record_four_facts(session, printed.house.cast.alice, other, four_facts())
            await service.release_lot(session, printed.house.cast.alice, other)
            await plan(session, printed.house, other, printed.sealer)
        assert UNKNOWN in await printed.page(f"/01/{GTIN}/10/LO-2/21/{true}")
        assert UNKNOWN in await printed.page(f"/t/{printed.house.tea_lot_code}/21/{true}")
        assert await tallies(printed.house) == {}

    async def test_never_says_genuine(self, printed: Printed) -> None:
        for number in (1, 10, 51):
            page = (await printed.page(printed.path(number))).lower()
            assert not [word for word in ("hàng thật", "chính hãng", "xác thực") if word in page]

    async def test_of_a_lot_without_gtin(self, printed: Printed) -> None:
        house = printed.house
        async with house.database.session(SYSTEM) as session:
            lot = (await session.scalars(select(Lot).where(Lot.code == "TRA/01"))).one()
            run = await plan(session, house, lot, printed.sealer)
            await activation.activate(session, house.cast.alice, run, Part(), sealer=printed.sealer)
            maker = await print_runs.maker_of(session, run, sealer=printed.sealer)
        page = await printed.page(f"/t/{house.tea_lot_code}/21/{maker.make(1, 99)}")
        assert FIRST in page
        assert "TRA/01" in page

    async def test_a_run_made_after_the_keys_were_kept_is_known(self, printed: Printed) -> None:
        await printed.page(printed.path(1))
        async with printed.house.database.session(SYSTEM) as session:
            lot = await session.get_one(Lot, printed.house.lot.id)
            await plan(session, printed.house, lot, printed.sealer)
        assert NOT_ACTIVE in await printed.page(f"{LOT_PATH}/21/{printed.maker.make(2, 0)}")

    async def test_is_kept_on_the_way_to_another_language(self, printed: Printed) -> None:
        page = await printed.page(printed.path(1))
        serial = printed.maker.make(1, 0)
        assert f'href="/p/en{LOT_PATH}/21/{serial}"' in page
        english = await printed.page(f"/p/en{LOT_PATH}/21/{serial}")
        assert f"Label {serial}: first scan." in english
        sent_on = await printed.house.client.get(printed.path(1), headers={"Accept": "*/*"})
        assert sent_on.headers["location"] == f"/p/vi{LOT_PATH}/21/{serial}"
        assert await tallies(printed.house) == {0: 2}

    async def test_is_the_same_compressed(self, printed: Printed) -> None:
        path = f"/p/vi{LOT_PATH}/21/{printed.maker.make(1, 3)}"
        packed = await printed.house.client.get(path, headers={"Accept-Encoding": "gzip"})
        clear = await printed.house.client.get(path, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.text == clear.text
        assert "chưa có lượt quét nào" in clear.text

    async def test_a_page_without_serial_has_no_line(self, printed: Printed) -> None:
        await printed.page(printed.path(1))
        page = await printed.page(LOT_PATH)
        assert "Tem " not in page
        assert f'href="/p/en{LOT_PATH}"' in page

    async def test_many_at_once_are_all_counted(self, printed: Printed) -> None:
        asked = [printed.path(1 + n % 3) for n in range(60)]
        await asyncio.gather(*(printed.page(path) for path in asked))
        assert await tallies(printed.house) == {0: 20, 1: 20, 2: 20}

    @pytest.mark.parametrize("rest", ["/21/", "/21/" + "A" * 21, "/21/€", "/21/A/B", "/22/A", "/x"])
    async def test_a_broken_address_is_a_fault(self, printed: Printed, rest: str) -> None:
        answer = await printed.house.client.get(f"/t/{printed.house.tea_lot_code}{rest}")
        assert answer.status_code == 400


class TestSerialCheck:
    async def test_another_secret_says_nothing(self, printed: Printed) -> None:
        check = SerialCheck(printed.house.database, lambda: Sealer(b"o" * 32))
        target = Target(gtin=GTIN, lot=OLD_LOT, serial=printed.maker.make(1, 0))
        assert await check.read(target) is Unread.CANNOT_SAY

    async def test_made_up_serials_cost_no_query(self, printed: Printed) -> None:
        opened: list[Sealer] = []

        def sealer() -> Sealer:
            opened.append(printed.sealer)
            return printed.sealer

        minutes = iter(range(0, 10**6, 60)).__next__
        check = SerialCheck(printed.house.database, sealer, monotonic=minutes)
        for serial in ("0" * 16, "ABC", printed.maker.make(1, 0), "1" * 16):
            await check.read(Target(gtin=GTIN, lot=OLD_LOT, serial=serial))
        assert len(opened) == 1
        await check.read(Target(gtin=GTIN, lot=OLD_LOT, serial=printed.maker.make(2, 0)))
        assert len(opened) == 2

    async def test_keeps_a_bounded_number_of_lots(self, printed: Printed) -> None:
        check = SerialCheck(printed.house.database, lambda: printed.sealer, most=1)
        one = Target(gtin=GTIN, lot=OLD_LOT, serial=printed.maker.make(1, 0))
        two = Target(code=printed.house.tea_lot_code, serial="0" * 16)
        assert not isinstance(await check.read(one), Unread)
        assert await check.read(two) is Unread.NOT_OURS
        assert not isinstance(await check.read(one), Unread)

    async def test_a_draft_is_not_called_unknown(self, printed: Printed) -> None:
        check = SerialCheck(printed.house.database, lambda: printed.sealer)
        assert await check.read(Target(gtin=GTIN, lot="NEVER-MADE", serial="0" * 16)) is None


async def test_the_public_may_count_and_nothing_else(printed: Printed) -> None:
    """Under the buyer's scope serials are read and counted; activating, blocking and voiding is refused."""
    async with printed.house.database.session(PUBLIC) as session:
        changed = await session.execute(text("UPDATE print_runs SET voided_at = now() RETURNING id"))
        assert changed.all() == []
    async with printed.house.database.session(SYSTEM) as session:
        assert (await session.get_one(PrintRun, printed.run.id)).voided_at is None
        assert len((await session.scalars(select(Scan))).all()) == 0
