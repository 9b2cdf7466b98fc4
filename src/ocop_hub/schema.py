"""The database's shape: where the migrations are, and how they are brought in.

Only the owner role migrates. The migrations stand at the top level of a checkout and inside the wheel; one
function finds them in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ocop_hub.db import APP_ROLE, OWNER_ROLE, DatabaseAddress, plain_url

#: Advisory lock key under which one process migrates while the others wait ("ocop" in ASCII).
MIGRATION_LOCK = 0x6F636F70


def packaged_folder(name: str) -> Path:
    """A top-level folder of the project (migrations, samples), from a checkout, an editable install or a wheel."""
    package = Path(__file__).resolve().parent
    for candidate in (package / f"_{name}", package.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name} is neither in the package nor beside src/")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no ini file has to be found."""
    config = Config()
    config.set_main_option("script_location", str(packaged_folder("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(owner: DatabaseAddress, revision: str = "head") -> None:
    """Bring the schema to ``revision``; processes that start together wait for each other."""
    engine = create_async_engine(
        owner.sqlalchemy_url,
        poolclass=NullPool,
        connect_args={"server_settings": owner.server_settings},
    )
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), revision))
    finally:
        await engine.dispose()


async def ensure_app_role(connection: asyncpg.Connection[Any]) -> None:
    """The application role, and that the connected login may act as it, before grants that name it."""
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APP_ROLE):
        await connection.execute(f'CREATE ROLE "{APP_ROLE}" NOLOGIN')
    await connection.execute(
        f"""DO $$ BEGIN
              IF current_user <> '{OWNER_ROLE}' AND NOT pg_has_role(current_user, '{APP_ROLE}', 'SET') THEN
                EXECUTE format('GRANT {APP_ROLE} TO %I', current_user);
              END IF;
            END $$"""
    )


async def grant_future_tables(connection: asyncpg.Connection[Any]) -> None:
    """What the connected owner makes from now on, the application may use; as the first migration says it."""
    for rights, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
        await connection.execute(
            f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {kind} TO "{APP_ROLE}"'
        )


async def prepare_cluster(root_url: str, database: str) -> None:
    """On a server of our own: the two login roles, and a database that the owner role owns. Repeatable."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(plain_url(root_url))
    try:
        await connection.execute(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        for role in (OWNER_ROLE, APP_ROLE):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f'CREATE ROLE "{role}" LOGIN')
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(
                f'CREATE DATABASE "{database}" OWNER "{OWNER_ROLE}" TEMPLATE template0 ENCODING \'UTF8\''
            )
    finally:
        await connection.close()
