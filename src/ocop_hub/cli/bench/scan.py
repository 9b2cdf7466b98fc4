"""The scan page, every scan stored, beside a constant page with the same headers and size in the same process."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

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
from ocop_hub.traceability.models import Scan
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.traceability.service import create_lot, ensure_code, record_four_facts, release_lot

CONNECTIONS = 16
REQUESTS = 4_000
WARM_UP = 400
PROMISED_RATIO = 0.5
PROMISED_P99_MS = 50
CONSTANT = "/bench-constant"
#: Set by the server for each answer; the constant page gets its own.
OWN_HEADERS = frozenset({"content-length", "date", "server", "x-request-id", "connection"})


def run() -> BenchResult:
    """On an embedded database of its own, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Settings(_env_file=None, data_dir=Path(folder), database_url="")))


async def _measure(settings: Settings) -> BenchResult:
    rates: list[float] = []
    limits: list[float] = []
    latencies: list[float] = []
    async with open_runtime(settings) as runtime:
        path = await _make_label(runtime)
        app = create_app(runtime.settings, runtime.database, media=runtime.media)
        async with _served(app) as port:
            await _add_constant(app, port, path)
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
        f"{stored:,} scans stored; the load generator shares the machine",
    )
    return BenchResult("scan", figure, "pages/s", limit, figure / limit, p50, p95, p99, peak_mb(), said)


async def _make_label(runtime: Runtime) -> str:
    """A released lot with its four facts; returns the path that its label carries."""
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
        return f"/t/{await ensure_code(session, product, lot)}"


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
