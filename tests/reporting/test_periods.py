"""Periods: confirmed, closed under a document, corrected beside it; nothing frozen moves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY, PROVINCE
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.audit import AuditEntry
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import Forbidden
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.reporting.coverage import question_for, report
from ocop_hub.reporting.errors import (
    AsOfOutOfRange,
    DocumentIncomplete,
    NothingToCorrect,
    ObjectionMissing,
    PeriodClosed,
    PeriodExists,
    PeriodNotClosed,
    PeriodNotOver,
    UnitNotInPeriod,
)
from ocop_hub.reporting.figures import By, Standing
from ocop_hub.reporting.models import Denominator, ListingRule, PeriodState, ReportPeriod
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.closing import (
    closed_report,
    correction_of,
    counts_of,
    products_of,
    rule_of,
)
from ocop_hub.reporting.service import NewRule, follow_rule

LIVE, API = ListingState.LIVE, Grade.API
FOREVER = clock.day_start(date(2040, 1, 1))
YESTERDAY = clock.today() - timedelta(days=1)
MINH = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)


def paper(number: str = "123/BC-SNNMT") -> periods.Paper:
    return periods.Paper(number, clock.today())


@pytest.fixture
async def period(session: AsyncSession, world: World) -> ReportPeriod:
    """Ba Chẽ has two products, one of them live; Bãi Cháy one, live."""
    held = [(4, LONG_AGO, FOREVER)]
    live = {"postmart": [(LIVE, API, LONG_AGO, None)]}
    await world.make(
        [
            Made(certificates=held, listings=live),
            Made(certificates=held, producer=1),
            Made(unit=BAI_CHAY, certificates=held, listings=live),
        ]
    )
    return await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=YESTERDAY)


class TestOpening:
    async def test_names_itself_after_the_month(self, session: AsyncSession) -> None:
        made = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=date(2026, 9, 30))
        assert (made.name, made.state) == ("Tháng 9/2026", PeriodState.OPEN)

    async def test_one_day_has_one_period(self, session: AsyncSession, period: ReportPeriod) -> None:
        with pytest.raises(PeriodExists, match="Đã có kỳ số liệu"):
            await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=period.as_of)

    async def test_not_years_ahead(self, session: AsyncSession) -> None:
        with pytest.raises(AsOfOutOfRange):
            await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=date(2999, 1, 1))

    async def test_only_an_office_opens(self, session: AsyncSession) -> None:
        with pytest.raises(Forbidden):
            await periods.open_period(session, MINH, province="22", as_of=YESTERDAY)


class TestConfirming:
    async def test_a_commune_confirms_what_it_sees(self, session: AsyncSession, period: ReportPeriod) -> None:
        kept = await periods.confirm(session, MINH, period.id)
        assert (kept.unit_id, kept.numerator, kept.denominator) == (BA_CHE, 1, 2)
        assert period.state is PeriodState.OPEN

    async def test_confirmed_when_every_commune_with_products_has(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        await periods.confirm(session, MINH, period.id)
        await apply_scope(session, SYSTEM)
        await periods.confirm(session, SYSTEM_ACTOR, period.id, BAI_CHAY)
        assert period.state is PeriodState.CONFIRMED

    async def test_not_for_another_commune(self, session: AsyncSession, period: ReportPeriod) -> None:
        with pytest.raises(UnitNotInPeriod):
            await periods.confirm(session, MINH, period.id, BAI_CHAY)
        with pytest.raises(UnitNotInPeriod):
            await periods.confirm(session, SYSTEM_ACTOR, period.id, "c-00000")

    async def test_not_before_the_day_is_over(self, session: AsyncSession) -> None:
        today = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=clock.today())
        with pytest.raises(PeriodNotOver, match="chốt được từ ngày"):
            await periods.confirm(session, MINH, today.id)
        with pytest.raises(PeriodNotOver):
            await periods.close(session, SYSTEM_ACTOR, today.id, paper())


class TestObjecting:
    async def test_stands_beside_the_commune_until_it_confirms(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        said = await periods.object_to(session, MINH, period.id, "  Thiếu miến dong đã lên Voso ")
        assert (said.unit_id, said.objection) == (BA_CHE, "Thiếu miến dong đã lên Voso")
        await apply_scope(session, SYSTEM)
        await periods.confirm(session, SYSTEM_ACTOR, period.id, BAI_CHAY)
        assert period.state is PeriodState.OPEN
        await apply_scope(session, MINH.scope)
        again = await periods.confirm(session, MINH, period.id)
        assert again.objection == ""
        assert period.state.value == PeriodState.CONFIRMED

    async def test_takes_back_what_was_confirmed(self, session: AsyncSession, period: ReportPeriod) -> None:
        await periods.confirm(session, MINH, period.id)
        await apply_scope(session, SYSTEM)
        await periods.confirm(session, SYSTEM_ACTOR, period.id, BAI_CHAY)
        await periods.object_to(session, SYSTEM_ACTOR, period.id, "Sai số sao", BAI_CHAY)
        assert period.state is PeriodState.OPEN

    async def test_closing_names_who_objects_beside_who_is_silent(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        await periods.object_to(session, MINH, period.id, "Thiếu miến dong")
        await apply_scope(session, SYSTEM)
        closed = await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        assert closed.objecting == [{"id": BA_CHE, "name": "Xã Ba Chẽ", "objection": "Thiếu miến dong"}]
        assert [each["id"] for each in closed.silent] == [BAI_CHAY]
        with pytest.raises(PeriodClosed):
            await periods.object_to(session, MINH, period.id, "Thiếu trà")

    @pytest.mark.parametrize("said", ["  ", "x" * 1_001])
    async def test_says_what_is_wrong(self, session: AsyncSession, period: ReportPeriod, said: str) -> None:
        with pytest.raises(ObjectionMissing) as refused:
            await periods.object_to(session, MINH, period.id, said)
        assert [each.field for each in refused.value.fields] == ["objection"]


class TestClosing:
    async def test_freezes_figure_list_rule_and_who_was_silent(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        await periods.confirm(session, MINH, period.id)
        await apply_scope(session, SYSTEM)
        closed = await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        live = await report(
            session, SYSTEM_ACTOR, await question_for(session, province="22", as_of=YESTERDAY), By.UNIT
        )
        assert period.state is PeriodState.CLOSED
        assert counts_of(closed.counts) == live.figure.counts
        frozen = closed_report(period, closed, By.UNIT)
        assert frozen.figure.closed
        assert frozen.figure.document_number == "123/BC-SNNMT"
        assert frozen.rows == tuple(row for row in live.rows if row.counts.denominator)
        assert rule_of(closed.rule) == live.question.rule
        assert closed.silent == [{"id": BAI_CHAY, "name": "Phường Bãi Cháy"}]
        listed = list(await session.scalars(products_of(closed.id)))
        assert [one.standing for one in listed].count(Standing.LISTED.value) == 2
        assert {one.reason_code for one in listed} == {"", "no_stall"}
        assert {(one.stars, one.grade) for one in listed} == {(4, "api"), (4, None)}

    async def test_twice_is_refused_with_the_document(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        with pytest.raises(PeriodClosed, match="đã chốt theo văn bản 123/BC-SNNMT") as refused:
            await periods.close(session, SYSTEM_ACTOR, period.id, paper("124/BC"))
        assert "điều chỉnh sau chốt" in refused.value.detail
        with pytest.raises(PeriodClosed):
            await periods.confirm(session, MINH, period.id)

    async def test_needs_its_document(self, session: AsyncSession, period: ReportPeriod) -> None:
        wrong = periods.Paper("  ", clock.today() + timedelta(days=1))
        with pytest.raises(DocumentIncomplete) as refused:
            await periods.close(session, SYSTEM_ACTOR, period.id, wrong)
        assert [each.field for each in refused.value.fields] == ["document_number", "document_date"]

    async def test_a_later_rule_does_not_touch_it(self, session: AsyncSession, period: ReportPeriod) -> None:
        closed = await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        await follow_rule(
            session,
            SYSTEM_ACTOR,
            NewRule(
                YESTERDAY - timedelta(days=9),
                "Mới",
                Denominator.CERTIFIED_EVER,
                ListingRule.EVER_LISTED,
                API,
                ("voso",),
            ),
        )
        again = await periods.closed_figure(session, period.id)
        assert closed_report(period, again).figure == closed_report(period, closed).figure
        assert closed_report(period, again).figure.rule_number == 1

    async def test_is_on_record(self, session: AsyncSession, period: ReportPeriod) -> None:
        await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        await session.flush()
        kept = await session.execute(
            select(AuditEntry.details).where(AuditEntry.action == "reporting.close_period")
        )
        assert kept.scalar_one()["document"] == "123/BC-SNNMT"

    @pytest.mark.parametrize("table", ["closed_figures", "closed_products"])
    @pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET reason = ''"])
    async def test_the_database_refuses_to_change_it(
        self, session: AsyncSession, period: ReportPeriod, table: str, verb: str
    ) -> None:
        await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text(verb.format(table)))


class TestCorrecting:
    async def test_stands_beside_with_the_difference(
        self, session: AsyncSession, period: ReportPeriod, world: World
    ) -> None:
        first = await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        await world.make([Made(unit=BAI_CHAY, province=PROVINCE, certificates=[(3, LONG_AGO, FOREVER)])])
        second = await periods.correct(
            session, SYSTEM_ACTOR, period.id, paper("9/BC"), reason="Quyết định đến muộn"
        )
        assert period.state is PeriodState.ADJUSTED
        assert (first.counts["denominator"], second.counts["denominator"]) == (3, 4)
        moved = await periods.difference(session, first, second)
        assert [(one.was, one.now) for one in moved] == [(None, Standing.MISSING)]
        assert (await periods.closed_figure(session, period.id)).number == 1
        assert (await periods.closed_figure(session, period.id, 0)).id == first.id
        assert correction_of(first) == ""
        assert correction_of(second) == "Điều chỉnh sau chốt lần 1; lý do: Quyết định đến muộn"

    async def test_nothing_changed_is_refused(self, session: AsyncSession, period: ReportPeriod) -> None:
        await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        with pytest.raises(NothingToCorrect):
            await periods.correct(session, SYSTEM_ACTOR, period.id, paper("9/BC"), reason="Xem lại")

    async def test_a_product_of_another_commune_or_with_other_stars_is_a_correction(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        first = await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        for change in (
            f"UPDATE products SET current_unit_id = '{BAI_CHAY}' WHERE name = 'Sản phẩm 0'",
            "UPDATE certificates SET stars = 3"
            " WHERE product_id IN (SELECT id FROM products WHERE name = 'Sản phẩm 2')",
        ):
            await session.execute(text(change))
        second = await periods.correct(
            session, SYSTEM_ACTOR, period.id, paper("9/BC"), reason="Ghi nhầm xã và hạng sao"
        )
        units = {row.key: row.counts.denominator for row in closed_report(period, second, By.UNIT).rows}
        assert units == {BA_CHE: 1, BAI_CHAY: 2}
        moved = await periods.difference(session, first, second)
        assert [(each.name, each.was, each.now, each.reason) for each in moved] == [
            ("Sản phẩm 0", Standing.LISTED, Standing.LISTED, "Trước đây tính cho Xã Ba Chẽ."),
            ("Sản phẩm 2", Standing.LISTED, Standing.LISTED, "Trước đây ghi 4 sao."),
        ]

    async def test_wants_a_reason_and_a_closed_period(
        self, session: AsyncSession, period: ReportPeriod
    ) -> None:
        with pytest.raises(PeriodNotClosed):
            await periods.correct(session, SYSTEM_ACTOR, period.id, paper(), reason="x")
        await periods.close(session, SYSTEM_ACTOR, period.id, paper())
        with pytest.raises(DocumentIncomplete, match="lý do"):
            await periods.correct(session, SYSTEM_ACTOR, period.id, paper("9/BC"), reason=" ")
