from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from ocop_hub.db import OWNER_ROLE, Database, DatabaseAddress, plain_url
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.traceability import jobs
from ocop_hub.traceability.scans.partitions import ensure_partitions, months_from
from ocop_hub.traceability.scans.signals import KEPT_DAYS

INSERT = """INSERT INTO scans (id, scanned_at, product_id, producer_id, language)
            VALUES ($1, $2, $1, $1, 'vi')"""


def test_months_go_over_the_year() -> None:
    assert months_from(date(2026, 11, 22), 2) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


async def owner(database: Database) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(plain_url(database.address.url), server_settings={"role": OWNER_ROLE})


async def test_months_are_made_and_rows_move_along(database: Database) -> None:
    app: Any = await database.connect_raw()
    connection = await owner(database)
    try:
        await app.execute("SELECT set_config('app.scope', 'public', false)")
        await app.execute(INSERT, new_id(), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
        await app.execute(INSERT, new_id(), datetime(2030, 1, 1, tzinfo=UTC))
        made = await ensure_partitions(connection, months_ahead=2, today=date(2026, 11, 22))
        assert made == ["scans_2026_11", "scans_2026_12", "scans_2027_01"]
        assert await ensure_partitions(connection, months_ahead=2, today=date(2026, 11, 22)) == []
        await app.execute(INSERT, new_id(), datetime(2026, 11, 5, tzinfo=UTC))
        counts = await connection.fetch(
            "SELECT tableoid::regclass::text AS part, count(*) FROM scans GROUP BY 1 ORDER BY 1"
        )
        assert [tuple(row) for row in counts] == [
            ("scans_2026_11", 1),
            ("scans_2026_12", 1),
            ("scans_default", 1),
        ]
        for part in ("scans_2026_12", "scans_default"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.fetch(f"SELECT * FROM {part}")
    finally:
        await connection.close()
        await app.close()


class TestKeepMonths:
    """The worker's sweep: nobody has to think of it."""

    async def test_it_makes_the_months_and_forgets_scans_past_their_days(self, database: Database) -> None:
        app: Any = await database.connect_raw()
        try:
            await app.execute("SELECT set_config('app.scope', 'public', false)")
            now = clock.now()
            for days in (0, KEPT_DAYS + 40):
                await app.execute(INSERT, new_id(), now - timedelta(days=days))
        finally:
            await app.close()
        owner = DatabaseAddress(database.address.url, act_as=OWNER_ROLE)
        for _ in range(2):
            await jobs.keep_months(JobContext(database, {jobs.OWNER: owner}))
        connection = await owner.connect()
        try:
            kept = await connection.fetch("SELECT tableoid::regclass::text AS part, scanned_at FROM scans")
            assert [tuple(row) for row in kept] == [(f"scans_{now.astimezone(UTC):%Y_%m}", now)]
        finally:
            await connection.close()

    async def test_a_worker_without_the_owners_rights_leaves_it(self, database: Database) -> None:
        await jobs.keep_months(JobContext(database, {}))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await jobs.keep_months(JobContext(database, {jobs.OWNER: database.address}))
