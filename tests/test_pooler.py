"""The web behind a real PgBouncer in transaction mode: no connection keeps anything from one transaction to the next.

Where PgBouncer is not found, or is too old, these tests say so and are left out; with
``OCOP_HUB_REQUIRE_POOLER=1`` (as the guard of main sets it) that fails them.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.builders import make_user, sign_in
from tests.conftest import Cluster
from tests.traceability.builders import BROWSER, GTIN, OLD_LOT, Cast, make_cast, make_released_lot

from ocop_hub.accounts.models import Office, User
from ocop_hub.app import create_app
from ocop_hub.cli.walls import SeesEverything, check_wall
from ocop_hub.db import APP_ROLE, SYSTEM, Database, DatabaseAddress
from ocop_hub.media import Media
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.scans.batch import DatabaseAway, Look, LookRefused, ScanBatch
from ocop_hub.traceability.scans.resolver import Target

LOOK = Look(Target(gtin=GTIN, lot=OLD_LOT), "vi", counted=True)
LOT_PATH = f"/01/{GTIN}/10/{OLD_LOT}"
#: What a connection of the server still carries, and what may be seen there without a scope.
LEFT = text(
    "SELECT current_setting('app.scope', true), current_setting('statement_timeout'),"
    " current_setting('plan_cache_mode'), (SELECT count(*) FROM scans)"
)
#: The first that keeps prepared statements apart in transaction mode.
OLDEST = (1, 21)

#: Two connections to the server for all that asks, taken in turn: who relies on having one for herself is found out.
CONFIGURATION = """\
[databases]
web = {server} dbname={database} user={login} password={secret}
owner = {server} dbname={database} user={root} password={root_secret}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_prepared_statements = 200
default_pool_size = 2
server_round_robin = 1
{more}
"""
#: A pooler that takes the start-up settings of a direct connection, and forgets them.
SWALLOWS = "ignore_startup_parameters = app.scope, plan_cache_mode, statement_timeout, role"


def pgbouncer() -> str:
    """The program; skips, or fails, where there is none that will do."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        text = "no PgBouncer found"
    else:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        version = re.search(r"(\d+)\.(\d+)", said)
        assert version, said
        if (int(version[1]), int(version[2])) >= OLDEST:
            return program
        text = f"PgBouncer {version[0]} is too old, 1.21 is needed"
    if os.environ.get("OCOP_HUB_REQUIRE_POOLER"):
        pytest.fail(text)
    pytest.skip(f"left out: {text}")


@dataclass(frozen=True, slots=True)
class Pooler:
    """A running PgBouncer; ``web`` leads to a login that is a member of the application role, ``owner`` to one above."""

    web: str
    owner: str

    def database(self) -> Database:
        """As ``serve`` reaches it with ``OCOP_HUB_DATABASE_POOLER``."""
        return Database(DatabaseAddress(self.web, pooled=True), pool_size=4)


def configuration(cluster: Cluster, **more: object) -> str:
    """The file for a PgBouncer in front of ``cluster``; it reaches the server as the cluster's own login does."""
    server = make_url(cluster.url)
    host = server.host or server.query["host"]
    port = server.port or server.query.get("port", 5432)
    return CONFIGURATION.format(
        server=f"host={host} port={port}", root=server.username, root_secret=server.password or "none", **more
    )


def account(cluster: Cluster) -> list[str]:
    """PgBouncer refuses to run as root: then it runs as whoever may reach the server's socket."""
    if os.geteuid() != 0:
        return []
    socket_folder = make_url(cluster.url).query.get("host")
    reaches = Path(str(socket_folder)).owner() if socket_folder else "nobody"
    return ["-u", reaches]


@asynccontextmanager
async def pooler(cluster: Cluster, database: str, folder: Path, more: str = "") -> AsyncIterator[Pooler]:
    """PgBouncer in front of ``database``, with ``more`` lines of configuration."""
    program = pgbouncer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    login, secret = f"{database}_web", secrets.token_hex(8)
    file = folder / "pgbouncer.ini"
    file.write_text(
        configuration(cluster, database=database, login=login, secret=secret, port=port, more=more)
    )
    await cluster.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{secret}' IN ROLE {APP_ROLE}")
    process = await asyncio.create_subprocess_exec(
        program, "-q", *account(cluster), str(file), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await answers(port)
        base = f"postgresql://anyone@127.0.0.1:{port}"
        yield Pooler(f"{base}/web", f"{base}/owner")
    finally:
        # On SIGTERM it would wait for its clients.
        process.send_signal(signal.SIGQUIT)
        await process.wait()
        await cluster.execute(f"DROP ROLE {login}")


async def answers(port: int) -> None:
    """Wait until someone listens there."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


@dataclass(frozen=True, slots=True)
class House:
    """A released lot and an officer, in a database of their own."""

    name: str
    direct: Database
    cast: Cast
    lot: Lot
    officer: User

    async def stored(self) -> int:
        async with self.direct.session(SYSTEM) as session:
            return int((await session.execute(text("SELECT count(*) FROM scans"))).scalar_one())

    async def recall(self, reason: str) -> None:
        async with self.direct.session(SYSTEM) as session:
            lot = await service.find_lot(session, self.cast.alice, self.lot.id)
            await service.recall_lot(session, self.cast.alice, lot, reason=reason)


@pytest.fixture
async def house(database: Database) -> House:
    async with database.session(SYSTEM) as session:
        cast = await make_cast(session)
        lot = await make_released_lot(session, cast)
        officer = await make_user(session, "Trần Minh Thu", office=Office.OFFICER_PROVINCE)
    return House(database.engine.url.database or "", database, cast, lot, officer)


@asynccontextmanager
async def process(pooled: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A web process over the pooler, and a phone that asks it."""
    app = create_app(settings, pooled, media=Media.in_memory())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000", headers=BROWSER
        ) as client,
    ):
        yield client
    await pooled.close()


async def test_two_processes_share_two_connections(
    house: House, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    async with (
        pooler(cluster, house.name, tmp_path) as through,
        process(through.database(), settings) as one,
        process(through.database(), settings) as other,
    ):
        asked = [client.get(path) for client in (one, other) for path in ("/", "/readyz", LOT_PATH) * 20]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
        assert await house.stored() == 40

        await sign_in(one, house.officer)
        assert (await one.get("/api/v1/me")).json()["name"] == house.officer.display_name
        assert (await one.get("/bao-cao")).status_code == 200
        assert (await other.get("/api/v1/me")).status_code == 401

        await house.recall("Sai hạn sử dụng")
        for client in (other, one):
            assert "Sai hạn sử dụng" in (await client.get(LOT_PATH)).text
        assert await house.stored() == 42


async def test_a_scan_leaves_no_scope_to_who_comes_after(
    house: House, cluster: Cluster, tmp_path: Path
) -> None:
    async with pooler(cluster, house.name, tmp_path) as through:
        pooled = through.database()
        batch = ScanBatch(pooled.connect_raw, pooled=True)
        bad = Look(Target(gtin=GTIN, lot="A\0"), "vi", counted=True)
        for _ in range(4):
            assert await batch.look(LOOK) is not None
            with pytest.raises(LookRefused):
                await batch.look(bad)
        async with pooled.engine.connect() as connection:
            for _ in range(4):
                left = await connection.execute(LEFT)
                assert left.one() == ("", "0", "auto", 0)
                await connection.rollback()
        await batch.close()
        await pooled.close()
    assert await house.stored() == 4


async def test_a_pooler_nobody_told_of_hides_no_lot(house: House, cluster: Cluster, tmp_path: Path) -> None:
    """Without its scope the database would know no label: that must be said as an interruption, never as 404."""
    async with pooler(cluster, house.name, tmp_path, SWALLOWS) as through:
        untold = Database(DatabaseAddress(through.web))
        batch = ScanBatch(untold.connect_raw)
        with pytest.raises(DatabaseAway):
            await batch.look(LOOK)
        await batch.close()
        await untold.close()


async def test_the_owners_login_is_refused(house: House, cluster: Cluster, tmp_path: Path) -> None:
    async with pooler(cluster, house.name, tmp_path, SWALLOWS) as through:
        pooled = through.database()
        await check_wall(pooled)
        await pooled.close()
        # The role asked for is swallowed too.
        above = Database(DatabaseAddress(through.owner, act_as=APP_ROLE))
        with pytest.raises(SeesEverything):
            await check_wall(above)
        await above.close()
