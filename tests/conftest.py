"""A real PostgreSQL for every test: the embedded one, or the server in ``OCOP_HUB_TEST_DATABASE_URL``.

One template database is migrated and filled with the reference data per run. Tests that only read and write
inside one transaction take ``session`` (rolled back); tests that need real commits take ``database`` (a clone
of the template, dropped afterwards).
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from ocop_hub.db import APP_ROLE, OWNER_ROLE, SYSTEM, Database, DatabaseAddress, apply_scope
from ocop_hub.reference import load_reference
from ocop_hub.schema import migrate, packaged_folder, prepare_cluster
from ocop_hub.settings import Settings

if TYPE_CHECKING:
    from tests.builders import Cast

SAMPLES = packaged_folder("samples")


class Cluster:
    """A server on which tests make databases. ``url`` is a login that may create roles and databases."""

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, database: str, role: str) -> DatabaseAddress:
        """The database under ``role``, reached through the cluster's login."""
        from sqlalchemy.engine import make_url

        url = make_url(self.url).set(database=database).render_as_string(hide_password=False)
        return DatabaseAddress(url, act_as=role)

    async def execute(self, statement: str) -> None:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def clone(self, template: str) -> str:
        name = f"hub_test_{secrets.token_hex(6)}"
        await self.execute(f'CREATE DATABASE "{name}" OWNER "{OWNER_ROLE}" TEMPLATE "{template}"')
        return name

    async def drop(self, database: str) -> None:
        await self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The server: yours, or the embedded one, shared by all test processes of the run."""
    url = os.environ.get("OCOP_HUB_TEST_DATABASE_URL", "")
    if url:
        yield Cluster(url)
        return
    from ocop_hub import embedded

    base = tmp_path_factory.getbasetemp()
    folder = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with embedded.start(folder) as lease:
        yield Cluster(lease.server.url("postgres", "ocop_hub_root"))


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """A migrated database with the reference data; made once per test process."""
    name = f"hub_template_{secrets.token_hex(6)}"

    async def make() -> None:
        await prepare_cluster(cluster.url, name)
        await migrate(cluster.address(name, OWNER_ROLE))
        database = Database(cluster.address(name, APP_ROLE), pool_size=1)
        try:
            await load_reference(database)
        finally:
            await database.close()

    asyncio.run(make())
    yield name
    asyncio.run(cluster.drop(name))


@pytest.fixture
async def database(cluster: Cluster, template: str) -> AsyncIterator[Database]:
    """A database of one's own, with real commits."""
    name = await cluster.clone(template)
    database = Database(cluster.address(name, APP_ROLE), pool_size=8)
    yield database
    await database.close()
    await cluster.drop(name)


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster, template: str) -> Iterator[str]:
    """A clone for tests that roll back."""
    name = asyncio.run(cluster.clone(template))
    yield name
    asyncio.run(cluster.drop(name))


@pytest.fixture
async def session(cluster: Cluster, shared_database: str) -> AsyncIterator[AsyncSession]:
    """A transaction under the application role that sees everything and is rolled back."""
    address = cluster.address(shared_database, APP_ROLE)
    engine = create_async_engine(
        address.sqlalchemy_url, poolclass=NullPool, connect_args={"server_settings": address.server_settings}
    )
    async with engine.connect() as connection:
        transaction = await connection.begin()
        session = AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        await apply_scope(session, SYSTEM)
        yield session
        await session.close()
        await transaction.rollback()
    await engine.dispose()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the shipped sample files."""
    return SAMPLES


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings as they come, with a data folder of the test's own; no .env is read."""
    return Settings(_env_file=None, data_dir=tmp_path / "var", demo=False)


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    """The whole application over the test's own database, pictures in memory."""
    # Imported here, so that the tests of a small part need not load the whole house.
    from ocop_hub.app import create_app
    from ocop_hub.media import Media

    return create_app(settings, database, media=Media.in_memory())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser-like client of ``app`` on plain http; ``tests.builders.sign_in`` signs it in."""
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


@pytest.fixture
async def cast(database: Database) -> Cast:
    """The people of ``tests.builders``, committed into ``database``."""
    from tests.builders import make_cast

    async with database.session(SYSTEM) as session:
        return await make_cast(session)
