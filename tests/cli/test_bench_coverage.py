"""The bench's generated history fits the tables as they are, and its questions have answers."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from tests.conftest import Cluster

from ocop_hub.cli.bench.coverage import (
    fill,
    first_page,
    named_questions,
    snapshot_of_the_country,
    with_twice_the_history,
)
from ocop_hub.cli.bench.page import page_through_app
from ocop_hub.cli.runtime import Addresses, Runtime
from ocop_hub.db import APP_ROLE, OWNER_ROLE, SYSTEM, Database
from ocop_hub.media import open_media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.models import ListingInterval
from ocop_hub.reporting import coverage, queries
from ocop_hub.reporting.models import CoverageSnapshot
from ocop_hub.settings import Settings


async def test_history_is_made_and_answers(database: Database, cluster: Cluster, tmp_path: Path) -> None:
    name = make_url(database.address.url).database or ""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    addresses = Addresses(app=cluster.address(name, APP_ROLE), owner=cluster.address(name, OWNER_ROLE))
    runtime = Runtime(settings, addresses, database, open_media(settings))
    filled = await fill(runtime, "22", 20)
    assert (filled.intervals, filled.products) == (20 * 10 * 11, 20)
    assert 0 < filled.seasonal < 20
    async with database.session(SYSTEM) as session:
        question = await coverage.question_for(session, province="22")
        for ask in named_questions(question).values():
            assert await ask(session)
        before = (await session.execute(queries.total(SYSTEM_ACTOR, question))).one()
        assert await first_page(session, question)
    assert await page_through_app(runtime, "/bao-cao", turns=2)
    # What lay before changes no figure of today.
    assert set(
        await with_twice_the_history(runtime, question, {name: [1.0] for name in named_questions(question)})
    )
    async with database.session(SYSTEM) as session:
        intervals = await session.scalar(select(func.count()).select_from(ListingInterval))
        assert intervals == 2 * 20 * 10 * 11
        assert (await session.execute(queries.total(SYSTEM_ACTOR, question))).one() == before
    assert await snapshot_of_the_country(runtime, question.as_of) > 0
    async with database.session(SYSTEM) as session:
        provinces = select(func.count(CoverageSnapshot.province_id.distinct()))
        assert (await session.scalar(provinces.where(CoverageSnapshot.denominator > 0)) or 0) > 1
