"""What every command that touches data opens first, and closes last."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from ocop_hub import embedded
from ocop_hub.cli.walls import check_wall, refuse_pooler
from ocop_hub.db import APP_ROLE, OWNER_ROLE, Database, DatabaseAddress
from ocop_hub.kit.logs import configure_logs
from ocop_hub.marketplaces import own
from ocop_hub.media import Media, open_media
from ocop_hub.reference import load_reference
from ocop_hub.schema import alembic_config, migrate, prepare_cluster
from ocop_hub.settings import Settings, get_settings
from ocop_hub.traceability.scans.partitions import keep_months

#: Name of the database on a server of our own.
EMBEDDED_DATABASE = "ocop_hub"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The same database under its two roles."""

    app: DatabaseAddress
    owner: DatabaseAddress


@dataclass(frozen=True, slots=True)
class Runtime:
    """An open database that has the shape this version needs, and the media store."""

    settings: Settings
    addresses: Addresses
    database: Database
    media: Media


@asynccontextmanager
async def open_addresses(settings: Settings) -> AsyncIterator[Addresses]:
    """Where the database is; the embedded server runs at least as long as the block."""
    if settings.database_url:
        # One login for both: the application's connections then act as the role that owns nothing.
        # A pooler takes no role: its login has to be a member of it, and no owner (walls.check_wall).
        pooled = settings.database_pooler
        shared = not settings.database_owner_url and not pooled
        yield Addresses(
            app=DatabaseAddress(settings.database_url, act_as=APP_ROLE if shared else "", pooled=pooled),
            owner=DatabaseAddress(settings.database_owner_url or settings.database_url),
        )
        return
    lease = await asyncio.to_thread(embedded.start, settings.data_dir, port=settings.embedded_port)
    try:
        server = lease.server
        await prepare_cluster(server.url("postgres", embedded.SUPERUSER), EMBEDDED_DATABASE)
        yield Addresses(
            app=DatabaseAddress(server.url(EMBEDDED_DATABASE, APP_ROLE)),
            owner=DatabaseAddress(server.url(EMBEDDED_DATABASE, OWNER_ROLE)),
        )
    finally:
        await asyncio.to_thread(lease.release)


@asynccontextmanager
async def open_runtime(settings: Settings | None = None) -> AsyncIterator[Runtime]:
    """The open database and media; a database of an older shape is migrated first.

    Raises PoolerInTheWay when that is due and a pooler is in between, SeesEverything for a login without a wall.
    """
    chosen = settings or get_settings()
    configure_logs(chosen.log_format)
    new = own.load(chosen.profiles_dir, chosen.marketplace_modules)
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(open_addresses(chosen))
        database = Database(addresses.app, pool_size=chosen.database_pool_size)
        stack.push_async_callback(database.close)
        if not await is_current(database):
            refuse_pooler(chosen)
            await bring_up(addresses)
        elif new:
            await load_reference(database)
        await check_wall(database)
        # Code and reference data stay: the collector need not walk through them again for every long list
        # (a sheet of 10,000 rows: 0.9 s of 3.5 s, tried).
        gc.freeze()
        yield Runtime(chosen, addresses, database, open_media(chosen))


async def bring_up(addresses: Addresses) -> None:
    """Migrate, make this month's partitions, drop scans past their days, and load the reference data. Repeatable."""
    await migrate(addresses.owner)
    await keep_months(addresses.owner)
    database = Database(addresses.app, pool_size=1)
    try:
        await load_reference(database)
    finally:
        await database.close()


async def is_current(database: Database) -> bool:
    """Whether the database has the newest revision."""
    wanted = ScriptDirectory.from_config(alembic_config()).get_current_head()
    try:
        async with database.engine.connect() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return False
    return bool(found == wanted)
