"""``ocop-hub export``: the products as a spreadsheet that can be imported again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Names(StrEnum):
    OURS = "ours"
    NATIONAL = "national"


def export_file(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write; .csv or .xlsx")],
    names: Annotated[Names, typer.Option(help="Our headers, or the national system's")] = Names.OURS,
    since: Annotated[
        datetime | None, typer.Option(help="Only what changed since, in the zone of Việt Nam")
    ] = None,
) -> None:
    """Write all products with their latest certificates; imported again as they are, they change nothing.

    Examples: ocop-hub export san-pham.xlsx
              ocop-hub export moi.csv --since 2026-11-01 --names national
    """
    import asyncio

    rows = asyncio.run(_export(file, names, since))
    typer.echo(f"{file}: {rows} sản phẩm.")


async def _export(file: Path, names: Names, since: datetime | None) -> int:
    import asyncio

    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.intake.export import ColumnNames, ExportFormat, exported, written
    from ocop_hub.kit.clock import BUSINESS_ZONE
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    after = since.replace(tzinfo=BUSINESS_ZONE) if since else None
    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        rows = await exported(
            session, SYSTEM_ACTOR, home_province=runtime.settings.home_province, since=after
        )
    format = ExportFormat.CSV if file.suffix.lower() == ".csv" else ExportFormat.XLSX
    content = await asyncio.to_thread(written, rows, format, ColumnNames(names))
    await asyncio.to_thread(file.write_bytes, content)
    return len(rows)
