"""``migrate``, ``doctor`` and ``openapi``: what an operator runs."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ocop_hub.settings import Settings

#: A job that has been due for longer says that nobody takes jobs.
LATE_MINUTES = 5
_OVERDUE = (
    "SELECT count(*) FROM pgqueuer"
    " WHERE status = 'queued' AND execute_after < now() - make_interval(mins => :minutes)"
)
#: The worker seals the audit each minute; what waits for longer says that nobody does.
SEALED_WITHIN_HOURS = 1
_UNSEALED = (
    "SELECT count(*) FROM audit_entries WHERE seal_id IS NULL AND at < now() - make_interval(hours => :hours)"
)


def migrate() -> None:
    """Bring the database to this version's shape, as the role that owns the tables.

    Example: OCOP_HUB_DATABASE_URL=postgresql://… ocop-hub migrate
    """
    import asyncio

    asyncio.run(_migrate())


async def _migrate() -> None:
    from ocop_hub.cli.runtime import bring_up, open_addresses
    from ocop_hub.cli.walls import refuse_pooler
    from ocop_hub.db import APP_ROLE
    from ocop_hub.settings import get_settings

    settings = get_settings()
    refuse_pooler(settings)
    async with open_addresses(settings) as addresses:
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
        for line in _told(findings):
            typer.echo(line)
    if findings["database"] != "ok":
        raise typer.Exit(1)


def _told(findings: dict[str, Any]) -> list[str]:
    """The findings for a person: one thing a line, settings that were left alone not named."""
    lines = [f"ocop_hub {findings['version']}, Python {findings['python']}"]
    if findings["database"] == "ok":
        lines.append(f"Cơ sở dữ liệu: tốt (PostgreSQL {findings['postgresql']}, vai {findings['role']})")
    else:
        lines.append(f"Cơ sở dữ liệu: {findings['database']}")
    lines += ["Cài đặt khác mặc định:", *(f"  {each}" for each in _set_by_hand(findings["settings"]))]
    if advice := findings["advice"]:
        return [*lines, "Cần làm:", *(f"  - {each}" for each in advice)]
    return [*lines, "Không có gì phải làm."] if findings["database"] == "ok" else lines


def _set_by_hand(settings: dict[str, Any], under: str = "") -> list[str]:
    from ocop_hub.settings import Settings

    usual = Settings.model_construct().model_dump(mode="json") if not under else {}
    lines = []
    for name, value in settings.items():
        if isinstance(value, dict):
            lines += _set_by_hand(value, f"{under}{name}.")
        elif value not in (usual.get(name), "", None, [], False):
            lines.append(f"{under}{name} = {value}")
    return lines


def _advice(settings: Settings, offices: int, overdue: int, unsealed: int) -> list[str]:
    """What an installation still lacks before people may use it.

    ``overdue``: jobs nobody has taken for long; ``unsealed``: audit rows nobody has sealed for long.
    """
    from ocop_hub.traceability.labels.label import is_loopback

    found = []
    if is_loopback(settings.public_url):
        found.append(
            f"Địa chỉ công khai là {settings.public_url}, điện thoại người mua không mở được: tem mang chữ "
            "BẢN THỬ – KHÔNG IN. Đặt OCOP_HUB_PUBLIC_URL."
        )
    if not settings.secret_key.get_secret_value():
        found.append(
            f"Khóa bí mật nằm trong {settings.data_dir / 'secret.key'}: cất một bản ở ngoài máy chủ này."
        )
    if not offices:
        found.append("Chưa cơ quan nào có tài khoản: ocop-hub user add")
    if overdue:
        found.append(f"{overdue} việc chờ quá {LATE_MINUTES} phút: chưa có ocop-hub worker nào chạy?")
    if unsealed:
        found.append(
            f"{unsealed} dòng nhật ký thao tác chờ niêm phong quá {SEALED_WITHIN_HOURS} giờ: chạy ocop-hub worker, "
            "hoặc ocop-hub audit seal bằng tài khoản sở hữu các bảng."
        )
    return found


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
        "advice": [],
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
                    return findings
                async with database.engine.connect() as connection:
                    offices = await connection.scalar(text("SELECT count(*) FROM office_holders"))
                    overdue = await connection.scalar(text(_OVERDUE), {"minutes": LATE_MINUTES})
                    unsealed = await connection.scalar(text(_UNSEALED), {"hours": SEALED_WITHIN_HOURS})
                findings["advice"] = _advice(settings, offices or 0, overdue or 0, unsealed or 0)
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
