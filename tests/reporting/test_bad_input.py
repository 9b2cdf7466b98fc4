"""What is odd has a defined answer: units and certificates out of time, clocks ahead, moves, seasons.

A day to come, a rule without marketplaces, a period closed twice and a silent commune are asked for in
``test_coverage`` and ``test_periods``.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY, PROVINCE, make_decision, make_producer, make_product
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.reporting.behind import products_behind
from ocop_hub.reporting.coverage import figure, question_for, rows
from ocop_hub.reporting.errors import UnknownPart
from ocop_hub.reporting.figures import By, Counts, Geo
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import OffSeason
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.reasons import ReasonCode
from ocop_hub.reporting.rules import Overrides
from ocop_hub.reporting.seasons import season_end

HELD = [(4, LONG_AGO, clock.day_start(date(2040, 1, 1)))]
BEFORE = date(2025, 1, 31)
YESTERDAY = clock.today() - timedelta(days=1)


OLD_BA_CHE = "c-06970-00000000"
HA_NOI_WARD = "c-00004-20250701"


async def of_unit(session: AsyncSession, unit: str, day: date, geo: Geo) -> Counts:
    question = await question_for(session, province="22", as_of=day, geo=geo, narrowed={By.UNIT: unit})
    return (await figure(session, SYSTEM_ACTOR, question)).counts


class TestUnits:
    async def test_one_that_did_not_exist_then_is_todays_area_or_refused(
        self, session: AsyncSession, world: World
    ) -> None:
        await world.make([Made(unit=BA_CHE, certified_unit=BAI_CHAY, certificates=HELD)])
        assert (await of_unit(session, BA_CHE, BEFORE, Geo.CURRENT)).denominator == 1
        with pytest.raises(UnknownPart, match="có từ ngày 01/07/2025"):
            await of_unit(session, BA_CHE, BEFORE, Geo.AS_CERTIFIED)

    @pytest.mark.parametrize(
        ("unit", "why"),
        [
            ("c-00000-19000101", "Không có đơn vị mã"),
            (PROVINCE, "Không có đơn vị mã"),
            (OLD_BA_CHE, "không còn từ ngày 01/07/2025"),
            (HA_NOI_WARD, "ngoài phạm vi đang xem"),
        ],
    )
    async def test_one_that_is_none_of_todays_communes_is_refused(
        self, session: AsyncSession, unit: str, why: str
    ) -> None:
        with pytest.raises(UnknownPart, match=why):
            await of_unit(session, unit, YESTERDAY, Geo.CURRENT)

    async def test_a_former_one_is_asked_for_by_the_geography_of_its_time(
        self, session: AsyncSession, world: World
    ) -> None:
        await world.make([Made(unit=BA_CHE, certified_unit=OLD_BA_CHE, certificates=HELD)])
        assert (await of_unit(session, OLD_BA_CHE, BEFORE, Geo.AS_CERTIFIED)).denominator == 1

    async def test_a_product_that_moves_counts_where_it_is_and_stays_where_it_was_closed(
        self, session: AsyncSession, world: World
    ) -> None:
        made = Made(unit=BA_CHE, certificates=HELD)
        await world.make([made])
        period = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=YESTERDAY)
        paper = periods.Paper("1/BC", clock.today())
        closed = await periods.close(session, SYSTEM_ACTOR, period.id, paper)
        await session.execute(update(Product).where(Product.id == made.id).values(current_unit_id=BAI_CHAY))
        assert (await of_unit(session, BAI_CHAY, YESTERDAY, Geo.CURRENT)).denominator == 1
        assert (await of_unit(session, BA_CHE, YESTERDAY, Geo.CURRENT)).denominator == 0
        assert (await of_unit(session, BA_CHE, YESTERDAY, Geo.AS_CERTIFIED)).denominator == 1
        assert [row["key"] for row in closed.cuts[By.UNIT.value]] == [BA_CHE]


async def test_certificates_that_overlap_are_refused_by_the_table(session: AsyncSession) -> None:
    producer = await make_producer(session, "HTX", unit_id=BA_CHE)
    product = await make_product(session, producer)
    decision = await make_decision(session)
    for begins in (date(2025, 1, 1), date(2026, 1, 1)):
        session.add(
            Certificate(
                product_id=product.id,
                producer_id=producer.id,
                decision_id=decision.id,
                stars=3,
                valid=Range(clock.day_start(begins), clock.day_start(date(2028, 1, 1))),
            )
        )
    with pytest.raises(IntegrityError, match="ex_certificates_overlap"):
        await session.flush()


async def test_what_a_clock_ahead_saw_tomorrow_does_not_count_today(
    session: AsyncSession, world: World
) -> None:
    ahead = clock.day_end(clock.today()) + timedelta(hours=1)
    await world.make(
        [Made(certificates=HELD, listings={"postmart": [(ListingState.LIVE, Grade.API, ahead, None)]})]
    )
    question = await question_for(session, province="22")
    assert (await figure(session, SYSTEM_ACTOR, question)).counts.numerator == 0


class TestOutOfSeason:
    """Mandarins, sold from November to January, taken down in February; asked about in May."""

    DAY = date(2026, 5, 20)

    @pytest.fixture(autouse=True)
    async def mandarins(self, world: World) -> None:
        spell = (
            ListingState.LIVE, Grade.API, clock.day_start(date(2025, 11, 1)), clock.day_start(date(2026, 2, 1))
        )  # fmt: skip
        late = (
            ListingState.LIVE, Grade.API, clock.day_start(date(2026, 2, 1)), clock.day_start(date(2026, 3, 1))
        )  # fmt: skip
        await world.make(
            [
                Made(certificates=HELD, season=(1, 11, 12), listings={"postmart": [spell]}),
                Made(certificates=HELD, season=(1, 11, 12), listings={"postmart": [late]}),
                Made(certificates=HELD),
            ]
        )

    async def counts(self, session: AsyncSession, off_season: OffSeason) -> Counts:
        wanted = Overrides(off_season=off_season)
        question = await question_for(session, province="22", as_of=self.DAY, overrides=wanted)
        found = (await figure(session, SYSTEM_ACTOR, question)).counts
        for row in await rows(session, SYSTEM_ACTOR, question, By.MARKETPLACE):
            assert row.counts.denominator == found.denominator
            assert row.counts.missing >= 0
        return found

    async def test_stands_as_on_the_last_day_of_its_season(self, session: AsyncSession) -> None:
        found = await self.counts(session, OffSeason.LAST_IN_SEASON)
        assert (found.numerator, found.denominator, found.off_season) == (1, 3, 0)

    async def test_or_is_not_counted_and_the_list_says_why(self, session: AsyncSession) -> None:
        found = await self.counts(session, OffSeason.NOT_COUNTED)
        assert (found.numerator, found.denominator) == (0, 1)
        wanted = Overrides(off_season=OffSeason.NOT_COUNTED)
        question = await question_for(session, province="22", as_of=self.DAY, overrides=wanted)
        behind = await products_behind(session, SYSTEM_ACTOR, question, Part.NOT_COUNTED)
        assert {one.why.code for one in behind.items if one.why} == {ReasonCode.OFF_SEASON}
        assert behind.total == 2

    async def test_or_is_counted_and_shown_apart(self, session: AsyncSession) -> None:
        found = await self.counts(session, OffSeason.SHOWN_APART)
        assert (found.numerator, found.denominator, found.off_season, found.missing) == (0, 3, 2, 1)

    def test_a_season_ends_with_its_month(self) -> None:
        assert season_end(self.DAY, 4) == clock.day_end(date(2026, 1, 31))
        assert season_end(date(2026, 1, 5), 2) == clock.day_end(date(2025, 11, 30))
