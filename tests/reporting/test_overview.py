"""The first page's one reading gives the same numbers as asking one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.db import apply_scope
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.reporting import coverage
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.overview import overview

DAY = date(2026, 9, 30)
SINCE = date(2026, 8, 31)
FOREVER = clock.day_start(date(2040, 1, 1))
MIDDLE = clock.day_start(date(2026, 9, 10))
LIVE, API = ListingState.LIVE, Grade.API
MINH = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)


@pytest.fixture
async def province(world: World) -> None:
    held = [(4, LONG_AGO, FOREVER)]
    await world.make(
        [
            Made(certificates=held, listings={"postmart": [(LIVE, API, LONG_AGO, MIDDLE)]}),
            Made(certificates=held, listings={"voso": [(LIVE, API, MIDDLE, None)]}, producer=1),
            Made(certificates=[(3, LONG_AGO, MIDDLE)], unit=BAI_CHAY),
            Made(certificates=[(3, MIDDLE, FOREVER)], unit=BAI_CHAY, group="du_lich"),
            Made(unit=BAI_CHAY),
        ]
    )


@pytest.mark.usefixtures("province")
@pytest.mark.parametrize("geo", Geo)
@pytest.mark.parametrize("actor", [SYSTEM_ACTOR, MINH], ids=["office", "commune"])
@pytest.mark.parametrize("narrowed", [{}, {By.UNIT: BAI_CHAY}, {By.STARS: "4"}], ids=str)
async def test_the_same_as_asking_one_by_one(
    session: AsyncSession, geo: Geo, actor: Actor, narrowed: dict[By, str]
) -> None:
    await apply_scope(session, actor.scope)
    question = await question_for(session, province="22", as_of=DAY, geo=geo, narrowed=narrowed)
    found = await overview(session, actor, question, SINCE)
    figure = await coverage.figure(session, actor, question)
    assert found.figure.counts == figure.counts
    assert found.units == await coverage.rows(session, actor, question, By.UNIT)
    assert found.change == await coverage.change(session, actor, question, SINCE)
    assert found.groups == await coverage.rows(session, actor, question, By.GROUP)
    assert found.stars == await coverage.rows(session, actor, question, By.STARS)
    producers = await coverage.rows(session, actor, question, By.PRODUCER)
    assert {str(key): counts for key, counts in found.producers.items()} == {
        row.key: row.counts for row in producers
    }


@pytest.mark.usefixtures("province")
async def test_moves_explain_the_difference(session: AsyncSession) -> None:
    question = await question_for(session, province="22", as_of=DAY)
    change = (await overview(session, SYSTEM_ACTOR, question, SINCE)).change
    assert (change.newly_listed, change.dropped) == (1, 1)
    assert (change.newly_counted, change.no_longer_counted) == (1, 1)
    assert change.since + timedelta(days=30) == DAY
