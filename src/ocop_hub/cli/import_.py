"""``ocop-hub import``: a list of products from a spreadsheet, checked or stored."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class SheetKind(StrEnum):
    """What the rows are."""

    PRODUCTS = "products"
    LOTS = "lots"


_MARKS = {
    "created": "Thêm mới",
    "updated": "Cập nhật",
    "unchanged": "Không đổi",
    "wrong": "Cần sửa",
    "duplicates": "Dòng lặp lại",
    "without_decision": "Đã lưu, hạng sao chưa tính",
    "producers": "Chủ thể mới",
    "certificates": "Giấy chứng nhận mới",
}


def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="xlsx, xls, ods or csv")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; no database is needed")] = False,
    format: Annotated[
        OutputFormat, typer.Option(help="text for people, json for programs")
    ] = OutputFormat.TEXT,
    kind: Annotated[SheetKind, typer.Option(help="products, or lots with their steps")] = SheetKind.PRODUCTS,
) -> None:
    """Read a list of products or of lots: store the good rows, name the wrong ones by row and field.

    The same file again changes nothing.

    Examples: ocop-hub import danh-sach.xlsx --dry-run
              ocop-hub import danh-sach.xlsx --format json
              ocop-hub import lo.xlsx --kind lots
    """
    if kind is SheetKind.LOTS:
        report = _lots_checked(file) if dry_run else _lots_stored(file)
    else:
        report = _checked(file) if dry_run else _stored(file)
    if format is OutputFormat.JSON:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _show(report, file.name)


def _checked(file: Path) -> dict[str, Any]:
    from ocop_hub.intake.check import check_file
    from ocop_hub.places.finder import finder
    from ocop_hub.settings import get_settings

    return check_file(file, file.name, finder(), get_settings().home_province).report()


def _lots_checked(file: Path) -> dict[str, Any]:
    from ocop_hub.intake.lot_sheet import read_lots

    sheet = read_lots(file.read_bytes())
    errors = [each.as_json() for each in sheet.errors]
    return {
        "rows": sheet.data_rows,
        "valid": len(sheet.rows),
        "duplicates": [],
        "errors": errors,
        "warnings": [],
    }


def _lots_stored(file: Path) -> dict[str, Any]:
    import asyncio

    return asyncio.run(_store_lots(file))


async def _store_lots(file: Path) -> dict[str, Any]:
    import asyncio

    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.intake import lot_runs
    from ocop_hub.intake.runs import SentFile
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    content = await asyncio.to_thread(file.read_bytes)
    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        run = await lot_runs.take(
            session, SYSTEM_ACTOR, runtime.media, SentFile(file.name, content), keep=True
        )
        return {**run.report, "counts": run.counts}


def _stored(file: Path) -> dict[str, Any]:
    import asyncio

    return asyncio.run(_store(file))


async def _store(file: Path) -> dict[str, Any]:
    import asyncio

    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.intake.runs import Policy, SentFile, take
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    content = await asyncio.to_thread(file.read_bytes)
    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        run = await take(
            session,
            SYSTEM_ACTOR,
            runtime.media,
            SentFile(file.name, content),
            home_province=runtime.settings.home_province,
            policy=Policy.GOOD_ROWS,
        )
        return {**run.report, "counts": run.counts}


def _show(report: dict[str, Any], name: str) -> None:
    from rich.console import Console

    console = Console()
    console.print(f"{name}: {report['rows']} dòng dữ liệu, {report['valid']} dòng đúng.", highlight=False)
    for key, mark in _MARKS.items():
        if number := report.get("counts", {}).get(key):
            console.print(f"  {mark}: {number}", highlight=False)
    _table(console, "Cần sửa", report["errors"])
    _table(console, "Nên xem lại", report["warnings"])
    for twice in report["duplicates"]:
        console.print(
            f"Dòng {twice['row']} lặp lại dòng {twice['of_row']}: chỉ lấy dòng trước.", highlight=False
        )


def _table(console: Console, title: str, problems: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not problems:
        return
    table = Table("Dòng", "Cột", "Vấn đề và cách sửa", title=title, title_justify="left")
    for problem in problems:
        # What stands in a cell is text, not markup of the console.
        table.add_row(str(problem["row"]), Text(problem["field"]), Text(problem["problem"]))
    console.print(table)
