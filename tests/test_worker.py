"""The worker as a whole; what its jobs do is tested in their rooms."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta

from ocop_hub import worker
from ocop_hub.db import Database
from ocop_hub.jobs import JobContext, SweepKind


async def test_a_sweep_that_fails_stops_neither_itself_nor_the_others(database: Database) -> None:
    failures, goes_on = 0, asyncio.Event()

    async def failing(_context: JobContext) -> None:
        nonlocal failures
        failures += 1
        raise LookupError("a fault of our own")

    async def other(_context: JobContext) -> None:
        if failures >= 2:
            goes_on.set()

    every = timedelta(milliseconds=5)
    sweeps = (SweepKind("test.failing", failing, every), SweepKind("test.other", other, every))
    running = asyncio.create_task(worker.run(JobContext(database, {}), jobs=(), sweeps=sweeps))
    try:
        async with asyncio.timeout(20):
            await goes_on.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            await running
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(name)
