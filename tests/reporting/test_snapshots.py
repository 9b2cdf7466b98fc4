"""Nightly snapshots: the same numbers as asking, when nothing came late; and who may read which part."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM, Database, apply_scope
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting import coverage, jobs
from ocop_hub.reporting.behind import products_behind
from ocop_hub.reporting.coverage import month_ends, question_for
from ocop_hub.reporting.figures import By, Counts, Geo
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import CoverageSnapshot, Denominator
from ocop_hub.reporting.rules import Overrides
from ocop_hub.reporting.snapshots import due, nightly_days, refresh, stored

LIVE, UNKNOWN = ListingState.LIVE, ListingState.UNKNOWN
FOREVER = clock.day_start(date(2040, 1, 1))
DAY = date(2026, 9, 30)
BEFORE = clock.day_start(date(2026, 3, 1))
MINH = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)


@pytest.fixture
async def province(world: World) -> None:
    four, three = [(4, LONG_AGO, FOREVER)], [(3, LONG_AGO, FOREVER)]
    await world.make(
        [
            Made(certificates=four, listings={"postmart": [(LIVE, Grade.API, BEFORE, None)]}),
            Made(
                certificates=three,
                listings={
                    "voso": [(LIVE, Grade.LINK, BEFORE, None)],
                    "postmart": [(UNKNOWN, None, BEFORE, None)],
                },
            ),
            Made(
                certificates=three,
                unit=BAI_CHAY,
                listings={"voso": [(LIVE, Grade.DECLARED, BEFORE, None)]},
            ),
            Made(certificates=four, unit=BAI_CHAY, group="du_lich"),
            Made(),
        ]
    )


@pytest.mark.usefixtures("province")
class TestRefresh:
    async def test_as_of_equals_the_snapshot_in_every_cut(self, session: AsyncSession) -> None:
        assert await refresh(session, DAY) > 0
        whole = await question_for(session, province="22", as_of=DAY)
        asked = [whole]
        for cut, key in ((By.UNIT, BA_CHE), (By.UNIT, BAI_CHAY), (By.STARS, "3"), (By.MARKETPLACE, "voso")):
            asked.append(await question_for(session, province="22", as_of=DAY, narrowed={cut: key}))
        for question in asked:
            live = await coverage.figure(session, SYSTEM_ACTOR, question)
            kept = await stored(session, SYSTEM_ACTOR, question, [DAY])
            assert kept == {DAY: live.counts}, question
        assert (await stored(session, SYSTEM_ACTOR, whole, [DAY]))[DAY].numerator == 2

    async def test_a_day_before_the_marketplace_opened_is_asked_live(self, session: AsyncSession) -> None:
        opened = Range(clock.day_start(date(2026, 9, 1)), None)
        await session.execute(
            update(MarketplaceRow).where(MarketplaceRow.key == "voso").values(open_during=opened)
        )
        question = await question_for(session, province="22", as_of=DAY, narrowed={By.MARKETPLACE: "voso"})
        asked = await coverage.rows(session, SYSTEM_ACTOR, question, By.MONTH)
        for day in month_ends(DAY, 12)[:-1]:
            await refresh(session, day)
        assert await coverage.rows(session, SYSTEM_ACTOR, question, By.MONTH) == asked
        assert [row.counts.denominator for row in asked] == [4] * 12

    async def test_again_takes_the_place_of_the_first(self, session: AsyncSession) -> None:
        assert await refresh(session, DAY) == await refresh(session, DAY)
        question = await question_for(session, province="22", as_of=DAY)
        assert (await stored(session, SYSTEM_ACTOR, question, [DAY]))[DAY].denominator == 4

    async def test_before_any_rule_there_is_none(self, session: AsyncSession) -> None:
        assert await refresh(session, date(2019, 12, 31)) == 0

    async def test_another_rule_or_place_is_asked_live(self, session: AsyncSession) -> None:
        await refresh(session, DAY)
        tried = Overrides(denominator=Denominator.CERTIFIED_EVER)
        trial = await question_for(session, province="22", as_of=DAY, overrides=tried)
        then = await question_for(session, province="22", as_of=DAY, geo=Geo.AS_CERTIFIED)
        producer = await question_for(session, province="22", as_of=DAY, narrowed={By.KIND: "hop_tac_xa"})
        for question in (trial, then, producer):
            assert await stored(session, SYSTEM_ACTOR, question, [DAY]) == {}

    async def test_a_communes_officer_reads_her_commune(self, session: AsyncSession) -> None:
        await refresh(session, DAY)
        await apply_scope(session, MINH.scope)
        question = await question_for(session, province="22", as_of=DAY)
        live = await coverage.figure(session, MINH, question)
        assert await stored(session, MINH, question, [DAY]) == {DAY: live.counts}
        other = await question_for(session, province="22", as_of=DAY, narrowed={By.UNIT: BAI_CHAY})
        assert await stored(session, MINH, other, [DAY]) == {}
        seller = Actor(Role.PRODUCER)
        assert await stored(session, seller, question, [DAY]) == {}


async def test_a_communes_figure_is_its_row_of_the_province(session: AsyncSession, world: World) -> None:
    four = [(4, LONG_AGO, FOREVER)]
    away = Made(certificates=four)
    await world.make([Made(certificates=four), away, Made(unit=BAI_CHAY, certificates=four)])
    moved = update(Product).where(Product.id == away.id).values(current_unit_id=BAI_CHAY)
    await session.execute(moved)
    await refresh(session, DAY)
    question = await question_for(session, province="22", as_of=DAY)
    rows = {row.key: row.counts for row in await coverage.rows(session, SYSTEM_ACTOR, question, By.UNIT)}
    assert (rows[BA_CHE].denominator, rows[BAI_CHAY].denominator) == (1, 2)
    await apply_scope(session, MINH.scope)
    hers = (await coverage.figure(session, MINH, question)).counts
    assert hers == rows[BA_CHE] == (await stored(session, MINH, question, [DAY]))[DAY]
    out = await products_behind(session, MINH, question, Part.NOT_COUNTED)
    assert out.items == ()


async def test_a_day_on_which_nothing_counted_is_known_too(session: AsyncSession, world: World) -> None:
    await world.make([Made()])
    await refresh(session, DAY)
    question = await question_for(session, province="22", as_of=DAY)
    live = await coverage.figure(session, SYSTEM_ACTOR, question)
    assert live.counts.denominator == 0
    assert await stored(session, SYSTEM_ACTOR, question, [DAY]) == {DAY: live.counts}


@pytest.mark.usefixtures("province")
class TestTrend:
    async def test_is_the_same_from_snapshots_and_from_history(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=DAY)
        asked = await coverage.rows(session, SYSTEM_ACTOR, question, By.MONTH)
        for day in month_ends(DAY, 12)[:-1]:
            await refresh(session, day)
        assert await coverage.rows(session, SYSTEM_ACTOR, question, By.MONTH) == asked
        shares = [row.counts.numerator for row in asked]
        assert shares[:5] == [0] * 5  # nothing was live before March
        assert shares[-1] == 2

    async def test_takes_its_past_from_the_snapshots(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=DAY)
        last_month = month_ends(DAY, 2)[0]
        await refresh(session, last_month)
        await session.execute(
            update(CoverageSnapshot)
            .where(CoverageSnapshot.day == last_month, CoverageSnapshot.marketplace_key == "")
            .values(numerator=0)
        )
        rows = await coverage.trend(session, SYSTEM_ACTOR, question, Counts(1, 2))
        assert rows[-2].counts.numerator == 0
        assert rows[-1].counts == Counts(1, 2)


def test_nightly_days_are_past_days() -> None:
    today = date(2026, 10, 1)
    days = nightly_days(today, month_ends(today, 3))
    assert days == [date(2026, 8, 31), date(2026, 9, 30)]


async def test_the_sweep_makes_what_is_due_once(database: Database) -> None:
    async with database.session(SYSTEM) as session:
        await World(session).make([Made(certificates=[(4, LONG_AGO, FOREVER)])])
    await jobs.snapshot(JobContext(database, {}))
    days = nightly_days(clock.today(), month_ends(clock.today(), 12))
    async with database.session(SYSTEM) as session:
        assert await session.scalar(select(func.count(CoverageSnapshot.day.distinct()))) == len(days)
        assert await due(session, days) == []
        await session.execute(delete(CoverageSnapshot).where(CoverageSnapshot.day == days[0]))
        assert await due(session, days) == [days[0]]
