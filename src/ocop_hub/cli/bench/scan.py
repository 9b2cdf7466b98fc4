"""The scan page, every scan stored, beside a constant page with the same headers and size in the same process."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ocop_hub.app import create_app
from ocop_hub.catalogue.schemas import ProductIn
from ocop_hub.catalogue.service import create_product
from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes, peak_mb, percentiles_ms
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.settings import Settings
from ocop_hub.traceability.labels.activation import Part, activate
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan, maker_of, plan_run
from ocop_hub.traceability.labels.serials import MOST_LABELS
from ocop_hub.traceability.models import RunKind, Scan
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.traceability.service import create_lot, ensure_code, record_four_facts, release_lot

CONNECTIONS = 16
REQUESTS = 4_000
WARM_UP = 400
#: Serial labels scanned in turn; active, as labels on a shelf are.
LABELS = 200
PROMISED_RATIO = 0.5
PROMISED_P99_MS = 50
CONSTANT = "/bench-constant"
SCANS = """
INSERT INTO scans (id, scanned_at, product_id, producer_id, lot_id, language)
SELECT gen_random_uuid(), now() - random() * interval '30 days', l.product_id, l.producer_id, l.id, 'vi'
  FROM generate_series(1, $1::int) n, lots l WHERE l.id = $2
"""
ACTIVATIONS = """
INSERT INTO serial_ranges (id, run_id, producer_id, kind, first, last, note, created_by)
SELECT gen_random_uuid(), r.id, r.producer_id, 'activated', $3 + 3 * n, $3 + 3 * n, '', 'bench'
  FROM generate_series(1, $1::int) n, print_runs r WHERE r.id = $2
"""
#: Set by the server for each answer; the constant page gets its own.
OWN_HEADERS = frozenset({"content-length", "date", "server", "x-request-id", "connection"})


@dataclass(frozen=True, slots=True)
class _Label:
    """A lot with labels: the paths they carry, and for serial labels their run."""

    paths: list[str]
    lot_id: UUID
    run_id: UUID | None = None


def run(rows: int = 0) -> BenchResult:
    """Lot labels, on an embedded database of its own; ``rows`` scans and activations stand there before."""
    return _run("scan", rows, serials=False)


def run_serials(rows: int = 0) -> BenchResult:
    """Serial labels: each scan is checked against its lot's keys, counted, and answered with its own line."""
    return _run("scan-serials", rows, serials=True)


def _run(name: str, rows: int, *, serials: bool) -> BenchResult:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), database_url="")
        return asyncio.run(_measure(name, settings, rows, serials=serials))


async def _measure(name: str, settings: Settings, rows: int, *, serials: bool) -> BenchResult:
    rates: list[float] = []
    limits: list[float] = []
    latencies: list[float] = []
    async with open_runtime(settings) as runtime:
        label = await _make_label(runtime, serials=serials)
        await _fill(runtime, label, rows)
        path = ",".join(label.paths)
        app = create_app(runtime.settings, runtime.database, media=runtime.media)
        async with _served(app) as port:
            await _add_constant(app, port, label.paths[0])
            for each in (path, CONSTANT):
                await _load(port, each, WARM_UP)
            before = await _scans(runtime)
            for _ in range(RUNS):
                seen = await _load(port, path, REQUESTS)
                rates.append(len(seen["latencies"]) / seen["seconds"])
                latencies += seen["latencies"]
                plain = await _load(port, CONSTANT, REQUESTS)
                limits.append(len(plain["latencies"]) / plain["seconds"])
            stored = await _scans(runtime) - before
    if stored != len(latencies):
        raise RuntimeError(f"{len(latencies)} scans answered, {stored} stored")
    figure, limit = statistics.median(rates), statistics.median(limits)
    p50, p95, p99 = percentiles_ms(latencies)
    said = notes(
        "limit: the constant page",
        f"promised: ratio {PROMISED_RATIO}, p99 under {PROMISED_P99_MS} ms at {CONNECTIONS} connections",
        f"{stored:,} scans stored over {rows:,} rows; the load generator shares the machine",
    )
    return BenchResult(name, figure, "pages/s", limit, figure / limit, p50, p95, p99, peak_mb(), said)


async def _make_label(runtime: Runtime, *, serials: bool) -> _Label:
    """A released lot with its four facts and the paths that its labels carry."""
    name = "HTX Hoa Hồng"
    async with runtime.database.session(SYSTEM) as session:
        producer = Producer(
            kind=ProducerKind.COOPERATIVE, name=name, name_folded=fold(name), sort_key=sort_key(name)
        )
        session.add(producer)
        await session.flush()
        product = await create_product(
            session,
            SYSTEM_ACTOR,
            ProductIn(producer_id=producer.id, name="Miến dong Bình Liêu", group_code="thuc_pham"),
        )
        await session.flush()
        packed = clock.now() - timedelta(days=2)
        lot = await create_lot(session, SYSTEM_ACTOR, product, LotIn(code="L01"))
        step = StepIn(at=packed)
        facts = FourFactsIn(
            harvest=step, first_processing=step, packing=step, place=PlaceIn(text="Xã Bình Liêu, Quảng Ninh")
        )
        await record_four_facts(session, SYSTEM_ACTOR, lot, facts)
        await release_lot(session, SYSTEM_ACTOR, lot)
        path = f"/t/{await ensure_code(session, product, lot)}"
        if not serials:
            return _Label([path], lot.id)
        sealer = sealer_of(runtime.settings)
        plan = RunPlan(RunKind.SERIAL, MOST_LABELS)
        run = await plan_run(session, SYSTEM_ACTOR, lot, plan, public_url="http://127.0.0.1", sealer=sealer)
        await activate(session, SYSTEM_ACTOR, run, Part(last=LABELS), sealer=sealer)
        maker = await maker_of(session, run, sealer=sealer)
        return _Label([f"{path}/21/{each}" for each in maker.series(run.number, LABELS)], lot.id, run.id)


async def _fill(runtime: Runtime, label: _Label, rows: int) -> None:
    """Half of ``rows`` as scans of the last days, half as activations one by one (scans alone for lot labels)."""
    activations = rows // 2 if label.run_id is not None else 0
    connection = await runtime.database.connect_raw()
    try:
        await connection.execute("SELECT set_config('app.scope', 'all', false)")
        await connection.execute(SCANS, rows - activations, label.lot_id)
        if activations:
            # Beside one another but not touching, as labels that are activated singly and at random.
            await connection.execute(ACTIVATIONS, activations, label.run_id, LABELS)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[int]:
    # The loop makes the socket: one made by hand has no protocol number, so asyncio would leave Nagle's algorithm
    # on, and every answer of two writes would wait 40 ms for an acknowledgement.
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, server_header=False, ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells by a flag only
        await asyncio.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task


async def _add_constant(app: FastAPI, port: int, path: str) -> None:
    """The same bytes under the same headers as the scan page, without anything being looked up or stored."""
    asked = {"Accept": "text/html", "Accept-Language": "vi", "Accept-Encoding": "gzip"}
    async with (
        httpx.AsyncClient() as client,
        client.stream("GET", f"http://127.0.0.1:{port}{path}", headers=asked) as answer,
    ):
        answer.raise_for_status()
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
        headers = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}

    async def constant(request: Request) -> Response:
        return Response(body, headers=headers)

    app.router.routes.insert(0, Route(CONSTANT, constant))


async def _load(port: int, path: str, requests: int) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ocop_hub.cli.bench.load",
        *(str(port), path, str(CONNECTIONS), str(requests)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    result: dict[str, Any] = json.loads(said)
    return result


async def _scans(runtime: Runtime) -> int:
    async with runtime.database.session(SYSTEM) as session:
        return await session.scalar(select(func.count()).select_from(Scan)) or 0
