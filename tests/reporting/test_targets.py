"""Targets, the trend's forecast, and what is missing as work per commune."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.db import apply_scope
from ocop_hub.errors import Forbidden
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.reporting import coverage
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.errors import TargetOutOfRange
from ocop_hub.reporting.figures import By, Counts
from ocop_hub.reporting.targets.service import (
    NewTarget,
    forecast,
    lacking,
    progress,
    progresses,
    set_target,
    target_in_view,
    targets,
)
from ocop_hub.reporting.targets.worklist import work, work_text, work_xlsx

FOREVER = clock.day_start(date(2040, 1, 1))
DUE = clock.today() + timedelta(days=90)
HELD = [(4, LONG_AGO, FOREVER)]
MINH = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)


@pytest.fixture
async def province(world: World) -> None:
    """Four products; one live for a year, one for ten days; two missing, one of them a service."""
    since = clock.now()
    live = [
        {"postmart": [(ListingState.LIVE, Grade.API, since - timedelta(days=days), None)]}
        for days in (365, 10)
    ]
    await world.make(
        [
            Made(certificates=HELD, listings=live[0]),
            Made(certificates=HELD, listings=live[1], unit=BAI_CHAY),
            Made(certificates=HELD, unit=BAI_CHAY),
            Made(certificates=HELD, group="du_lich"),
        ]
    )


class TestSetting:
    async def test_the_same_part_and_day_again_takes_its_place(self, session: AsyncSession) -> None:
        first = await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal("92.5")))
        again = await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal(100)))
        assert first.id == again.id
        assert [one.share_tenths for one in await session.scalars(targets("22"))] == [1000]

    @pytest.mark.parametrize(
        "wrong",
        [
            NewTarget(DUE, Decimal(0)),
            NewTarget(DUE, Decimal("100.1")),
            NewTarget(clock.today() - timedelta(days=1), Decimal(90)),
            NewTarget(DUE, Decimal(90), By.UNIT, "c-00000"),
            NewTarget(DUE, Decimal(90), By.UNIT, ""),
            NewTarget(DUE, Decimal(90), By.PRODUCER, "x"),
        ],
    )
    async def test_what_cannot_be_a_target(self, session: AsyncSession, wrong: NewTarget) -> None:
        with pytest.raises(TargetOutOfRange):
            await set_target(session, SYSTEM_ACTOR, "22", wrong)

    async def test_only_an_office_sets(self, session: AsyncSession) -> None:
        with pytest.raises(Forbidden):
            await set_target(session, MINH, "22", NewTarget(DUE, Decimal(90)))


@pytest.mark.usefixtures("province")
class TestProgress:
    async def test_share_part_of_target_what_lacks_and_where_it_leads(self, session: AsyncSession) -> None:
        target = await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal(80)))
        question = await question_for(session, province="22")
        found = await progress(session, SYSTEM_ACTOR, question, target)
        assert (found.counts.numerator, found.counts.denominator) == (2, 4)
        assert found.reached == Fraction(50, 80)
        assert found.lacking == 2
        assert found.forecast == Decimal("75.0")  # 25 points in 90 days, 90 more to go

    async def test_of_one_commune(self, session: AsyncSession) -> None:
        new = NewTarget(DUE, Decimal(100), By.UNIT, BAI_CHAY)
        target = await set_target(session, SYSTEM_ACTOR, "22", new)
        question = await question_for(session, province="22")
        found = await progress(session, SYSTEM_ACTOR, question, target)
        assert (found.counts.numerator, found.counts.denominator, found.lacking) == (1, 2, 1)

    async def test_of_many_together_as_of_each_alone(self, session: AsyncSession) -> None:
        parts = [(By.TOTAL, ""), (By.UNIT, BAI_CHAY), (By.UNIT, BA_CHE), (By.STARS, "3"), (By.STARS, "5")]
        made = [
            await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal(80), cut, key))
            for cut, key in parts
        ]
        question = await question_for(session, province="22")
        for actor in (SYSTEM_ACTOR, MINH):
            together = await progresses(session, actor, question, made)
            for (cut, key), found in zip(parts, together, strict=True):
                part = replace(question, narrowed={cut: key} if key else {})
                alone = (await coverage.figure(session, actor, part)).counts
                assert replace(found.counts, grades={}) == replace(alone, grades={}), (cut, key)

    async def test_a_communes_officer_is_shown_her_own(self, session: AsyncSession) -> None:
        await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal(80)))
        own = await set_target(session, SYSTEM_ACTOR, "22", NewTarget(DUE, Decimal(70), By.UNIT, BA_CHE))
        question = await question_for(session, province="22")
        seen = await target_in_view(session, MINH, question)
        whole = await target_in_view(session, SYSTEM_ACTOR, question)
        assert seen is not None
        assert seen.id == own.id
        assert whole is not None
        assert whole.share_tenths == 800


class TestFigures:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "tenths", "wanted"),
        [(393, 437, 1000, 44), (393, 437, 700, 0), (1, 3, 500, 1), (0, 0, 1000, 0), (2, 3, 667, 1)],
    )
    def test_lacking(self, numerator: int, denominator: int, tenths: int, wanted: int) -> None:
        assert lacking(Counts(numerator, denominator), tenths) == wanted

    def test_a_forecast_stays_within_0_and_100(self) -> None:
        today, due = date(2026, 9, 30), date(2027, 9, 30)
        assert forecast(Counts(1, 10), Counts(9, 10), today, due) == Decimal("100.0")
        assert forecast(Counts(9, 10), Counts(1, 10), today, due) == Decimal("0.0")
        assert forecast(Counts(0, 0), Counts(9, 10), today, due) is None
        assert forecast(Counts(5, 10), Counts(9, 10), today, today) == Decimal("90.0")


@pytest.mark.usefixtures("province")
class TestWork:
    async def test_by_commune_with_reason_and_next_step_and_without_services(
        self, session: AsyncSession
    ) -> None:
        question = await question_for(session, province="22")
        communes = await work(session, SYSTEM_ACTOR, question)
        assert [(one.unit_name, len(one.items)) for one in communes] == [("Phường Bãi Cháy", 1)]
        text = work_text(["Cần đưa lên sàn"], communes, "https://vi.du/bao-cao")
        assert text.startswith(
            "Cần đưa lên sàn\n\nPhường Bãi Cháy (1 sản phẩm):\n1. Sản phẩm 2 (Chủ thể 1): "
        )
        assert "Việc tiếp theo: " in text
        assert text.endswith("Xem danh sách: https://vi.du/bao-cao\n")

    async def test_the_sheet_has_one_row_each(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22")
        made = work_xlsx(["x"], await work(session, SYSTEM_ACTOR, question), "https://vi.du")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
        assert [row[:3] for row in rows if row[0] == "Phường Bãi Cháy"] == [
            ["Phường Bãi Cháy", "Sản phẩm 2", "Chủ thể 1"]
        ]

    async def test_only_what_the_reader_may_see(self, session: AsyncSession) -> None:
        await apply_scope(session, MINH.scope)
        question = await question_for(session, province="22")
        assert await work(session, MINH, question) == ()
