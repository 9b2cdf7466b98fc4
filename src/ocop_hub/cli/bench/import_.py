"""A sheet of 10,000 products read, checked and stored, beside only reading it and copying the rows it left.

The yardstick is what no import can go below: the sheet read by the same reader, and every row that the import wrote
(products, revisions, certificates, audit …) sent by ``COPY`` into like tables with the same indexes.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import xlsxwriter
from python_calamine import CalamineWorkbook

from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes, peak_mb
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM, plain_url
from ocop_hub.intake.runs import Policy, SentFile, take
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.settings import Settings

ROWS = 10_000
PROMISED_SECONDS = 10
PROMISED_MB = 300
_TRANSACTION = "SELECT pg_current_xact_id()::text::bigint"
_TABLES = """
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'bench_%'
"""
HEADERS = (
    "Tên sản phẩm",
    "Tên chủ thể",
    "Xã/phường",
    "Nhóm sản phẩm",
    "Hạng sao",
    "Số quyết định",
    "Ngày cấp",
    "Ngày hết hạn",
    "Giá bán",
    "Đơn vị tính",
)


def run() -> BenchResult:
    """On an embedded database of its own, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Settings(_env_file=None, data_dir=Path(folder), database_url="")))


async def _measure(settings: Settings) -> BenchResult:
    figures, limits, peak = [], [], 0.0
    async with open_runtime(settings) as runtime:
        owner = runtime.addresses.owner
        plain = await asyncpg.connect(plain_url(owner.url), server_settings=owner.server_settings)
        try:
            for turn in range(RUNS):
                content = sheet(turn)
                before = await plain.fetchval(_TRANSACTION)
                figures.append(await _stored(runtime, content, turn))
                peak = peak or peak_mb()  # of the first import alone, before the yardstick's rows are held
                written = await _written(plain, before)
                limits.append(await _copied(plain, content, written))
        finally:
            await plain.close()
    figure, limit = statistics.median(figures), statistics.median(limits)
    said = notes(
        f"limit: calamine, and COPY of all {written.rows:,} rows written in {len(written.tables)} tables, indexes too",
        f"promised: at most {PROMISED_SECONDS} s and {PROMISED_MB} MB, aim 5 times the limit",
        f"{ROWS:,} new rows each turn",
    )
    return BenchResult("import", figure, "s", limit, limit / figure, peak_mb=peak, notes=said)


def sheet(turn: int, rows: int = ROWS) -> bytes:
    """A workbook of products that no other turn has; 400 producers, 40 decisions."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADERS)
        for number in range(rows):
            page.write_row(number + 1, 0, _row(turn, number))
    return out.getvalue()


def _row(turn: int, number: int) -> Sequence[str | int]:
    return (
        f"Miến dong số {turn}-{number}",
        f"HTX Bình Liêu {number % 400}",
        "Xã Bình Liêu",
        "Thực phẩm",
        f"{3 + number % 3} sao",
        f"{100 + number % 40}/QĐ-UBND",
        "20/12/2025",
        "20/12/2028",
        50_000 + number % 100 * 1_000,
        "túi 500 g",
    )


async def _stored(runtime: Runtime, content: bytes, turn: int) -> float:
    started = time.perf_counter()
    async with runtime.database.session(SYSTEM) as session:
        kept = await take(
            session,
            SYSTEM_ACTOR,
            runtime.media,
            SentFile(f"danh-sach-{turn}.xlsx", content),
            home_province=runtime.settings.home_province,
            policy=Policy.GOOD_ROWS,
        )
        if kept.counts.get("created") != ROWS:
            raise RuntimeError(f"the sheet was not stored as new: {kept.counts} {kept.report['errors'][:3]}")
    return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class _Written:
    """What the last import left: the rows of each table as ``COPY`` takes them."""

    tables: dict[str, bytes]
    rows: int


async def _written(connection: asyncpg.Connection[Any], before: int) -> _Written:
    """Rows of all transactions after the given one: nobody else writes here.

    :raises RuntimeError: They are fewer than the sheet's.
    """
    tables, rows = {}, 0
    for table in await connection.fetch(_TABLES):
        found = io.BytesIO()
        query = f'SELECT * FROM "{table["name"]}" WHERE xmin::text::bigint > {before}'  # noqa: S608 -- a name of pg_class and a number
        status = await connection.copy_from_query(query, output=found, format="binary")
        if count := int(status.removeprefix("COPY ")):
            tables[table["name"]] = found.getvalue()
            rows += count
    if rows < ROWS:
        raise RuntimeError(f"only {rows} rows were written")
    return _Written(tables, rows)


async def _copied(connection: asyncpg.Connection[Any], content: bytes, written: _Written) -> float:
    """Seconds to read the sheet and to copy the rows, in one transaction, into empty tables of the same shape."""
    for name in written.tables:
        await connection.execute(f'DROP TABLE IF EXISTS "bench_{name}"')
        await connection.execute(f'CREATE TABLE "bench_{name}" (LIKE "{name}" INCLUDING INDEXES)')
    started = time.perf_counter()
    CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    async with connection.transaction():
        for name, rows in written.tables.items():
            await connection.copy_to_table(f"bench_{name}", source=io.BytesIO(rows), format="binary")
    return time.perf_counter() - started
