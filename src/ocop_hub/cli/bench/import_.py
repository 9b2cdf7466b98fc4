"""A sheet of 10,000 products read, checked and stored, beside reading it and copying its cells as they are."""

from __future__ import annotations

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import xlsxwriter
from python_calamine import CalamineWorkbook

from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes, peak_mb
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM, plain_url
from ocop_hub.intake.runs import Policy, take
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.settings import Settings

ROWS = 10_000
PROMISED_SECONDS = 10
PROMISED_MB = 300
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
    figures, limits = [], []
    async with open_runtime(settings) as runtime:
        owner = runtime.addresses.owner
        plain = await asyncpg.connect(plain_url(owner.url), server_settings=owner.server_settings)
        try:
            for turn in range(RUNS):
                content = sheet(turn)
                figures.append(await _stored(runtime, content, turn))
                limits.append(await _copied(plain, content))
        finally:
            await plain.close()
    figure, limit = statistics.median(figures), statistics.median(limits)
    said = notes(
        "limit: calamine and COPY of the same rows",
        f"promised: at most {PROMISED_SECONDS} s and {PROMISED_MB} MB, aim 5 times the limit",
        f"{ROWS:,} new rows each turn",
    )
    return BenchResult("import", figure, "s", limit, limit / figure, peak_mb=peak_mb(), notes=said)


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
            filename=f"danh-sach-{turn}.xlsx",
            content=content,
            home_province=runtime.settings.home_province,
            policy=Policy.GOOD_ROWS,
        )
        if kept.counts.get("created") != ROWS:
            raise RuntimeError(f"the sheet was not stored as new: {kept.counts} {kept.report['errors'][:3]}")
    return time.perf_counter() - started


async def _copied(connection: asyncpg.Connection[Any], content: bytes) -> float:
    columns = [f"c{number}" for number in range(len(HEADERS))]
    await connection.execute("DROP TABLE IF EXISTS bench_rows")
    await connection.execute(f"CREATE TABLE bench_rows ({', '.join(f'{name} text' for name in columns)})")
    started = time.perf_counter()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    await connection.copy_records_to_table(
        "bench_rows", records=[tuple(map(str, row)) for row in rows[1:]], columns=columns
    )
    return time.perf_counter() - started
