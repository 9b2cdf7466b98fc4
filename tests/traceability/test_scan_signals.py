"""Daily counts, what is worth a look, what is dropped after its days, and how guessing is slowed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers
from tests.traceability.builders import GTIN, OLD_LOT, Cast, House, make_released_lot

from ocop_hub.db import OWNER_ROLE, SYSTEM, Database, plain_url
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.errors import AlertNotFound, AnswerMissing
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.models import (
    AlertKind,
    Lot,
    PrintRun,
    RunKind,
    Scan,
    ScanAlert,
    ScanDay,
    SerialTally,
)
from ocop_hub.traceability.scans import signals as scan_signals
from ocop_hub.traceability.scans.partitions import drop_old, ensure_partitions
from ocop_hub.traceability.scans.path import GUESS_BURST, ScanHandler, ScanRoute
from ocop_hub.traceability.scans.serial_check import SerialCheck
from ocop_hub.traceability.scans.token_bucket import TokenBucket
from ocop_hub.traceability.scans.wire import place_of
from ocop_hub.web.trace.page import render_fault, render_serial, render_story

TODAY = clock.today()


def scan(lot: Lot, at: datetime, serial: str | None = None, *, place: str = "", stray: bool = False) -> Scan:
    return Scan(
        id=new_id(), scanned_at=at, product_id=lot.product_id, producer_id=lot.producer_id, lot_id=lot.id,
        serial=serial, language="vi", place=place, stray=stray,
    )  # fmt: skip


async def looks(
    session: AsyncSession, lot: Lot, times: int, serial: str | None = None, *, stray: bool = False
) -> None:
    session.add_all([scan(lot, clock.now(), serial, stray=stray) for _ in range(times)])
    await session.flush()


async def alerts(session: AsyncSession) -> list[tuple[AlertKind, int]]:
    await scan_signals.count_days(session)
    await scan_signals.find_alerts(session, day=TODAY)
    return [(each.kind, each.scans) for each in await session.scalars(select(ScanAlert))]


class TestDays:
    async def test_are_business_days_and_counting_again_changes_nothing(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await make_released_lot(session, cast)
        midnight = clock.day_start(TODAY)
        session.add_all([scan(lot, midnight - timedelta(seconds=1)), scan(lot, midnight, "S1")])
        await session.flush()
        for _ in range(2):
            await scan_signals.count_days(session)
            days = (await session.scalars(select(ScanDay).order_by(ScanDay.day))).all()
            assert [(each.day, each.scans, each.serial_scans) for each in days] == [
                (TODAY - timedelta(days=1), 1, 0),
                (TODAY, 1, 1),
            ]


class TestAlerts:
    async def test_quiet_days_raise_none(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await looks(session, lot, 50)
        assert await alerts(session) == []

    async def test_past_the_shelf_life(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        lot.best_before = TODAY - timedelta(days=1)
        await looks(session, lot, 3)
        assert await alerts(session) == [(AlertKind.AFTER_EXPIRY, 3)]
        assert await alerts(session) == [(AlertKind.AFTER_EXPIRY, 3)]

    async def test_after_a_recall_but_not_on_its_day(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await service.recall_lot(session, cast.alice, lot, reason="Nhiễm khuẩn")
        await looks(session, lot, 5)
        assert await alerts(session) == []
        tomorrow = TODAY + timedelta(days=1)
        session.add_all([scan(lot, clock.day_start(tomorrow)) for _ in range(5)])
        await session.flush()
        await scan_signals.count_days(session)
        assert await scan_signals.find_alerts(session, day=tomorrow) == 1

    async def test_more_than_was_made_counts_pieces_only(self, session: AsyncSession, cast: Cast) -> None:
        boxes = await make_released_lot(session, cast)
        boxes.quantity, boxes.quantity_unit = 10, "hộp"
        weighed = await make_released_lot(session, cast, cast.tea, "CAN")
        weighed.quantity, weighed.quantity_unit = 10, "kg"
        for lot in (boxes, weighed):
            await looks(session, lot, 31)
        assert await alerts(session) == [(AlertKind.MORE_THAN_MADE, 31)]
        (alert,) = await session.scalars(select(ScanAlert))
        assert alert.reason == {"total": 31, "made": 10}

    async def test_one_serial_often(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await looks(session, lot, 10, "IT")
        await looks(session, lot, 11, "OFTEN")
        assert await alerts(session) == [(AlertKind.ONE_SERIAL_OFTEN, 11)]
        (alert,) = await session.scalars(select(ScanAlert))
        assert alert.reason == {"serials": ["OFTEN"], "most": 10}

    async def test_labels_looked_at_before_activation(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        sealer = Sealer(b"k" * 32)
        run = await print_runs.plan_run(
            session, cast.alice, lot, RunPlan(RunKind.SERIAL, 9), public_url="https://o.vn", sealer=sealer
        )

        async def looked_at(position: int) -> None:
            session.add(
                SerialTally(
                    run_id=run.id, position=position, producer_id=lot.producer_id, scans=1, early_scans=1,
                    first_scan_at=clock.now(), last_scan_at=clock.now(), early_scan_at=clock.now(),
                )
            )  # fmt: skip
            await session.flush()

        for position in (0, 1):
            await looked_at(position)
        assert await alerts(session) == []
        await looked_at(2)
        assert await alerts(session) == [(AlertKind.BEFORE_ACTIVATION, 3)]

    async def test_serials_that_no_run_holds(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await looks(session, lot, 4, "GUESSED", stray=True)
        assert await alerts(session) == []
        await looks(session, lot, 1, "GUESSED2", stray=True)
        assert await alerts(session) == [(AlertKind.UNKNOWN_SERIALS, 5)]
        (alert,) = await session.scalars(select(ScanAlert))
        assert alert.reason == {"different": 2, "fewest": 5}

    async def test_one_serial_in_many_places(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        for serial, places in (("STAYS", "VN-13"), ("TRAVELS", "VN-13 VN-HN VN-SG CN"), ("UNKNOWN", "")):
            session.add_all(
                [scan(lot, clock.now(), serial, place=each) for each in places.split() or [""] * 5]
            )
        await session.flush()
        assert await alerts(session) == [(AlertKind.MANY_PLACES, 4)]
        (alert,) = await session.scalars(select(ScanAlert))
        assert alert.reason == {"serials": ["TRAVELS"], "fewest": 4}

    async def test_are_answered_by_those_whose_lot_it_is(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        lot.best_before = TODAY - timedelta(days=1)
        await looks(session, lot, 3)
        await alerts(session)
        (alert,) = await session.scalars(select(ScanAlert))
        with pytest.raises(AnswerMissing):
            await scan_signals.answer_alert(session, cast.alice, alert.id, answer=" ")
        with pytest.raises(AlertNotFound):
            await scan_signals.answer_alert(session, cast.bob, alert.id, answer="x")
        said = await scan_signals.answer_alert(session, cast.alice, alert.id, answer="Hàng trưng bày")
        assert (said.answer, said.answered_by) == ("Hàng trưng bày", cast.alice.label)
        assert said.answered_at is not None


class TestPlace:
    @pytest.mark.parametrize(
        ("told", "kept"),
        [
            ("VN-13", "VN-13"),
            ("vn", "VN"),
            ("Hạ Long", ""),
            ("20.95,107.07", ""),
            ("203.0.113.9", ""),
            ("", ""),
        ],
    )
    def test_nothing_finer_than_a_province_is_kept(self, told: str, kept: str) -> None:
        headers = Headers(raw=[(b"x-place", told.encode())])
        assert place_of(headers, "x-place") == kept

    def test_without_a_setting_no_header_is_believed(self) -> None:
        assert place_of(Headers({"x-place": "VN"}), "") == ""


async def test_old_months_go_and_their_counts_stay(database: Database) -> None:
    app: Any = await database.connect_raw()
    owner = await asyncpg.connect(plain_url(database.address.url), server_settings={"role": OWNER_ROLE})
    row = (
        "INSERT INTO scans (id, scanned_at, product_id, producer_id, language) "
        "VALUES (gen_random_uuid(), $1, $2, $2, 'vi')"
    )
    try:
        await ensure_partitions(owner, months_ahead=4, today=date(2026, 1, 1))
        await app.execute("SELECT set_config('app.scope', 'public', false)")
        product = new_id()
        for day in ("2025-12-31", "2026-01-31", "2026-02-01", "2026-05-30"):
            await app.execute(row, datetime.fromisoformat(f"{day}T12:00:00+07:00"), product)
        # One business day over the end of a month in UTC: half of it goes with February.
        for hour in ("03", "12"):
            await app.execute(row, datetime.fromisoformat(f"2026-03-01T{hour}:00:00+07:00"), product)
        assert await drop_old(owner, kept_days=90, today=date(2026, 5, 31)) == [
            "scans_2026_01",
            "scans_2026_02",
        ]
        assert await owner.fetchval("SELECT count(*) FROM scans") == 2
        assert await owner.fetchval("SELECT sum(scans) FROM scan_days") == 6
        assert await drop_old(owner, kept_days=90, today=date(2026, 5, 31)) == []
        assert await owner.fetchval("SELECT sum(scans) FROM scan_days") == 6
    finally:
        await owner.close()
        await app.close()


class TestGuessing:
    def test_a_bucket_refills_with_time(self) -> None:
        now = [0.0]
        bucket = TokenBucket(rate=2, burst=3, monotonic=lambda: now[0])
        assert [bucket.take() for _ in range(4)] == [True, True, True, False]
        now[0] = 1.0
        assert [bucket.take() for _ in range(3)] == [True, True, False]

    async def test_too_many_unknown_codes_are_told_to_wait_while_known_ones_are_answered(
        self, house: House, settings: Settings
    ) -> None:
        handler = ScanHandler(
            house.database,
            public_url="https://ocop.example.vn",
            render=render_story,
            render_fault=render_fault,
            render_serial=render_serial,
            serials=SerialCheck(house.database, lambda: sealer_of(settings)),
            guesses=TokenBucket(rate=0.0001, burst=2),
        )
        house.app.router.routes.insert(0, ScanRoute(handler))
        statuses = [(await house.client.get(f"/t/{n:010d}")).status_code for n in range(3)]
        assert statuses == [404, 404, 429]
        refused = await house.client.get("/t/0000000009")
        assert refused.headers["retry-after"] == "10"
        assert "Hãy quét lại sau 10 giây" in refused.text
        assert (await house.client.get(f"/t/{house.tea_code}")).status_code == 200
        await handler.close()

    async def test_made_up_serials_are_told_to_wait_while_true_ones_are_answered(
        self, house: House, house_settings: Settings
    ) -> None:
        sealer = sealer_of(house_settings)
        async with house.database.session(SYSTEM) as session:
            lot = await session.get_one(Lot, house.lot.id)
            run = await print_runs.plan_run(
                session, house.cast.alice, lot, RunPlan(RunKind.SERIAL, 9), public_url="https://ocop.example.vn",
                sealer=sealer,
            )  # fmt: skip
            maker = await print_runs.maker_of(session, run, sealer=sealer)
        handler = ScanHandler(
            house.database,
            public_url="https://ocop.example.vn",
            render=render_story,
            render_fault=render_fault,
            render_serial=render_serial,
            serials=SerialCheck(house.database, lambda: sealer),
            guesses=TokenBucket(rate=0.0001, burst=2),
            place_header="x-place",
        )
        house.app.router.routes.insert(0, ScanRoute(handler))
        path = f"/01/{GTIN}/10/{OLD_LOT}/21/"
        asked = [f"{path}{n:016d}" for n in range(3)] + [path + maker.make(1, 0)]
        answers = [await house.client.get(each, headers={"x-place": "VN-13"}) for each in asked]
        assert [each.status_code for each in answers] == [200, 200, 429, 200]
        async with house.database.session(SYSTEM) as session:
            rows = (await session.scalars(select(Scan).order_by(Scan.scanned_at))).all()
            assert [(each.stray, each.place) for each in rows] == [
                (True, "VN-13"), (True, "VN-13"), (False, "VN-13"),
            ]  # fmt: skip
            tally = (await session.scalars(select(SerialTally))).one()
            assert (tally.scans, tally.early_scans) == (1, 1)
            run = await session.get_one(PrintRun, run.id)
            await activation.activate(session, house.cast.alice, run, Part(), sealer=sealer)
        await house.client.get(asked[-1])
        async with house.database.session(SYSTEM) as session:
            tally = (await session.scalars(select(SerialTally))).one()
            assert (tally.scans, tally.early_scans) == (2, 1)
        await handler.close()

    def test_a_person_who_mistypes_is_far_below(self) -> None:
        assert GUESS_BURST >= 100


@pytest.mark.parametrize(("day", "steps"), [(date(2026, 11, 22), 6), (date(2000, 1, 1), 0)])
def test_templates_are_dated(day: date, steps: int) -> None:
    from ocop_hub.traceability.templates import template_for

    found = template_for("thuc_pham", day)
    assert len(found.steps if found is not None else ()) == steps
