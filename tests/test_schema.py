"""The migrations say what the models say, and are found wherever the program is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, String, Table, text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.conftest import Cluster

from ocop_hub.db import OWNER_ROLE, SYSTEM, Base, Database
from ocop_hub.schema import packaged_folder

ROOT = Path(__file__).parent.parent


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _: (
                not (kind == "table" and name.startswith(("pgqueuer", "scans_")))
            ),
        },
    )
    return list(compare_metadata(context, Base.metadata))


@pytest.fixture
async def difference(cluster: Cluster, shared_database: str) -> Any:
    address = cluster.address(shared_database, OWNER_ROLE)
    engine = create_async_engine(
        address.sqlalchemy_url, connect_args={"server_settings": address.server_settings}
    )

    async def ask() -> list[Any]:
        async with engine.connect() as connection:
            return await connection.run_sync(differences)

    yield ask
    await engine.dispose()


async def test_models_and_migrations_agree(difference: Any) -> None:
    assert await difference() == []


async def test_a_forgotten_table_would_be_seen(difference: Any) -> None:
    planted = Table("forgotten", Base.metadata, Column("id", String, primary_key=True))
    try:
        assert [each[0] for each in await difference()] == ["add_table"]
    finally:
        Base.metadata.remove(planted)


async def test_every_table_of_a_producer_is_walled(database: Database) -> None:
    async with database.session(SYSTEM) as session:
        open_tables = await session.scalars(
            text("""
                SELECT c.relname FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'producer_id' AND NOT a.attisdropped
                WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT c.relrowsecurity
            """)
        )
        # Audit rows are read by operators only and written by everybody.
        assert set(open_tables) == {"audit_entries"}


async def test_vietnamese_order_does_not_depend_on_the_servers_locale(database: Database) -> None:
    async with database.session(SYSTEM) as session:
        collations = await session.scalars(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE column_name = 'sort_key'"
            )
        )
        assert set(collations) == {"C"}


class TestFound:
    def test_in_a_checkout_or_editable_install(self) -> None:
        assert packaged_folder("migrations") == ROOT / "migrations"

    def test_in_a_wheel(self, tmp_path: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        (wheel,) = tmp_path.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(tmp_path / "site")
        found = subprocess.run(
            [
                sys.executable,
                "-c",
                "from ocop_hub.schema import packaged_folder as f; print(f('migrations')); print(f('samples'))",
            ],
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        assert [Path(each) for each in found] == [
            tmp_path / "site" / "ocop_hub" / "_migrations",
            tmp_path / "site" / "ocop_hub" / "_samples",
        ]
        assert (tmp_path / "site" / "ocop_hub" / "_migrations" / "versions" / "0001_first.py").is_file()
