"""``migrate``, ``doctor`` and ``openapi``: what an operator runs."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated, Any

import typer


def migrate() -> None:
    """Bring the database to this version's shape, as the role that owns the tables.

    Example: OCOP_HUB_DATABASE_URL=postgresql://… ocop-hub migrate
    """
    import asyncio

    asyncio.run(_migrate())


async def _migrate() -> None:
    from ocop_hub.cli.runtime import bring_up, open_addresses
    from ocop_hub.db import APP_ROLE
    from ocop_hub.settings import get_settings

    async with open_addresses(get_settings()) as addresses:
        await bring_up(addresses)
    typer.echo(f"Cơ sở dữ liệu đã ở phiên bản mới nhất; ứng dụng chạy dưới vai {APP_ROLE}.")


def doctor(
    format: Annotated[str, typer.Option(help="text or json")] = "text",
) -> None:
    """Say what is set, what runs and what to mend; secrets stay hidden.

    Example: ocop-hub doctor --format json
    """
    import asyncio

    findings = asyncio.run(_examine())
    if format == "json":
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2, default=str))
    else:
        for name, value in findings.items():
            typer.echo(f"{name}: {value}")
    if findings["database"] != "ok":
        raise typer.Exit(1)


async def _examine() -> dict[str, Any]:
    from importlib.metadata import version

    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from ocop_hub.cli.runtime import is_current, open_addresses
    from ocop_hub.db import Database
    from ocop_hub.errors import HubError
    from ocop_hub.settings import get_settings

    settings = get_settings()
    findings: dict[str, Any] = {
        "version": version("ocop-hub"),
        "python": platform.python_version(),
        "settings": settings.model_dump(mode="json"),
        "database": "ok",
    }
    for secret in ("database_url", "database_owner_url", "replica_url", "media_url"):
        if findings["settings"].get(secret):
            findings["settings"][secret] = "**********"
    try:
        async with open_addresses(settings) as addresses:
            database = Database(addresses.app, pool_size=1)
            try:
                async with database.engine.connect() as connection:
                    findings["postgresql"] = await connection.scalar(text("SHOW server_version"))
                    findings["role"] = await connection.scalar(text("SELECT current_user"))
                if not await is_current(database):
                    findings["database"] = "cần chạy: ocop-hub migrate"
            finally:
                await database.close()
    except (HubError, SQLAlchemyError, OSError) as error:
        findings["database"] = str(error)
    return findings


def openapi(
    write: Annotated[Path | None, typer.Option(help="Write the document to this file.")] = None,
    marketplaces: Annotated[
        Path | None, typer.Option(help="Write those of the simulated marketplaces into this folder.")
    ] = None,
) -> None:
    """Print the OpenAPI document of the JSON API; write it, or those of the simulated marketplaces, to files.

    Example: ocop-hub openapi --write openapi/ocop-hub.json --marketplaces openapi/marketplaces
    """
    from ocop_hub.app import openapi_document
    from ocop_hub.sandbox.documents import documents

    if marketplaces is not None:
        for key, document in documents().items():
            _write(marketplaces / f"{key}.json", _shown(document))
    if write is not None:
        _write(write, _shown(openapi_document()))
    elif marketplaces is None:
        typer.echo(_shown(openapi_document()), nl=False)


def _shown(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
