"""The bench's generated history fits the tables as they are, and its questions have answers."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from tests.conftest import Cluster

from ocop_hub.cli.bench.coverage import fill, first_page, named_questions
from ocop_hub.cli.runtime import Addresses, Runtime
from ocop_hub.db import APP_ROLE, OWNER_ROLE, SYSTEM, Database
from ocop_hub.media import open_media
from ocop_hub.reporting import coverage
from ocop_hub.settings import Settings


async def test_history_is_made_and_answers(database: Database, cluster: Cluster, tmp_path: Path) -> None:
    name = make_url(database.address.url).database or ""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    addresses = Addresses(app=cluster.address(name, APP_ROLE), owner=cluster.address(name, OWNER_ROLE))
    runtime = Runtime(settings, addresses, database, open_media(settings))
    assert await fill(runtime, "22", 20) == 20 * 10 * 11
    async with database.session(SYSTEM) as session:
        question = await coverage.question_for(session, province="22")
        for ask in named_questions(question).values():
            assert await ask(session)
        assert await first_page(session, question)
