"""Two days compared: the named products explain the counts, each with why."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.db import apply_scope
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.reporting.comparing import Comparison, Way, compare
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.errors import AsOfOutOfRange, CutDoesNotFit
from ocop_hub.reporting.figures import By, Standing
from ocop_hub.reporting.reasons import ReasonCode

DAY, SINCE = date(2026, 9, 30), date(2026, 8, 31)
FOREVER = clock.day_start(date(2040, 1, 1))
MIDDLE = clock.day_start(date(2026, 9, 10))
LIVE, API = ListingState.LIVE, Grade.API


@pytest.fixture
async def province(world: World) -> None:
    held = [(4, LONG_AGO, FOREVER)]
    gone = [(LIVE, API, LONG_AGO, MIDDLE), (ListingState.DELETED, None, MIDDLE, None)]
    await world.make(
        [
            Made(certificates=held, listings={"postmart": gone}),
            Made(certificates=held, listings={"voso": [(LIVE, API, MIDDLE, None)]}, producer=1),
            Made(certificates=[(3, LONG_AGO, MIDDLE)], unit=BAI_CHAY),
            Made(certificates=[(5, MIDDLE, FOREVER)], unit=BAI_CHAY),
            Made(certificates=held, unit=BAI_CHAY, listings={"voso": [(LIVE, API, LONG_AGO, None)]}),
        ]
    )


async def compared(session: AsyncSession, actor: Actor = SYSTEM_ACTOR, by: By = By.TOTAL) -> Comparison:
    await apply_scope(session, actor.scope)
    question = await question_for(session, province="22", as_of=DAY)
    return await compare(session, actor, question, SINCE, by)


@pytest.mark.usefixtures("province")
class TestCompare:
    async def test_each_moved_product_is_named_with_why(self, session: AsyncSession) -> None:
        found = await compared(session)
        by_way = {one.way: one for one in found.moved}
        assert len(found.moved) == len(by_way) == 4
        assert [seen.marketplace_key for seen in by_way[Way.NEWLY_LISTED].live_on] == ["voso"]
        dropped, out = by_way[Way.DROPPED], by_way[Way.NO_LONGER_COUNTED]
        assert dropped.why is not None
        assert (dropped.was, dropped.now, dropped.why.code) == (
            Standing.LISTED,
            Standing.MISSING,
            ReasonCode.DELETED,
        )
        assert out.why is not None
        assert (out.now, out.why.code) == (None, ReasonCode.CERTIFICATE_EXPIRED)
        new = by_way[Way.NEWLY_COUNTED]
        assert new.certificate is not None
        assert (new.was, new.certificate.stars) == (None, 5)

    async def test_the_counts_are_those_of_the_named(self, session: AsyncSession) -> None:
        found = await compared(session)
        assert {way: sum(one.way is way for one in found.moved) for way in Way} == {
            way: getattr(found.change, way.value) for way in Way
        }

    async def test_rows_of_both_days(self, session: AsyncSession) -> None:
        rows = {row.key: row for row in (await compared(session, by=By.STARS)).rows}
        assert [rows[stars].before.denominator for stars in "345"] == [1, 3, 0]
        assert [rows[stars].after.denominator for stars in "345"] == [0, 3, 1]

    async def test_a_communes_officer_sees_her_commune(self, session: AsyncSession) -> None:
        minh = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)
        assert {one.way for one in (await compared(session, minh)).moved} == {Way.DROPPED, Way.NEWLY_LISTED}


class TestRefusals:
    async def test_the_days_must_be_in_order(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=DAY)
        with pytest.raises(AsOfOutOfRange, match="phải trước"):
            await compare(session, SYSTEM_ACTOR, question, DAY)

    async def test_months_have_no_two_days(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=DAY)
        with pytest.raises(CutDoesNotFit):
            await compare(session, SYSTEM_ACTOR, question, SINCE, By.MONTH)
