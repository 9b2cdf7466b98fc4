"""The worker: runs the rooms' jobs and sweeps until it is told to stop.

It is a process of its own and any number may run. When PostgreSQL goes away the queue's manager
ends; the worker waits and starts it again.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.errors import FailingListenerError
from pgqueuer.models import Job
from sqlalchemy.exc import DBAPIError

from ocop_hub.accounts import jobs as accounts_jobs
from ocop_hub.audit import jobs as audit_jobs
from ocop_hub.catalogue import jobs as catalogue_jobs
from ocop_hub.jobs import JobContext, JobKind, SweepKind
from ocop_hub.publishing import jobs as publishing_jobs
from ocop_hub.publishing.stalls import jobs as stall_jobs
from ocop_hub.reporting import jobs as reporting_jobs
from ocop_hub.reporting.papers import monthly
from ocop_hub.traceability import jobs as traceability_jobs

log = structlog.get_logger(__name__)

#: A job whose worker died is taken up again after this (pgqueuer's own default is 30 s). A job taken up twice is
#: harmless, so a worker that is merely slow may be doubted early.
HEARTBEAT_TIMEOUT = timedelta(seconds=5)
#: Between two looks at the queue when nothing wakes the worker.
POLL = timedelta(seconds=2)
FIRST_RESTART = 0.5
LONGEST_RESTART = 15.0

JOBS: Sequence[JobKind] = (
    *publishing_jobs.JOBS,
    *stall_jobs.JOBS,
    *catalogue_jobs.JOBS,
    *traceability_jobs.JOBS,
)
SWEEPS: Sequence[SweepKind] = (
    *publishing_jobs.SWEEPS,
    *stall_jobs.SWEEPS,
    *catalogue_jobs.SWEEPS,
    *traceability_jobs.SWEEPS,
    *accounts_jobs.SWEEPS,
    *audit_jobs.SWEEPS,
    *reporting_jobs.SWEEPS,
    *monthly.SWEEPS,
)

#: What ends the queue's manager when the database goes away.
DATABASE_GONE = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    DBAPIError,
    FailingListenerError,
)


async def run(
    context: JobContext, *, jobs: Sequence[JobKind] = JOBS, sweeps: Sequence[SweepKind] = SWEEPS
) -> None:
    """Work until cancelled or until SIGTERM or SIGINT; jobs under way are finished first.

    Every marketplace with an adapter has its lane beside ``jobs``.
    """
    jobs = (*publishing_jobs.drain_lanes(), *jobs)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_supervise(context, jobs, stopping))]
        tasks += [group.create_task(_sweep(context, kind, stopping)) for kind in sweeps]
        await stopping.wait()


async def _supervise(context: JobContext, jobs: Sequence[JobKind], stopping: asyncio.Event) -> None:
    wait = FIRST_RESTART
    while not stopping.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await _serve(context, jobs, stopping)
        except DATABASE_GONE as error:
            log.warning("the queue stopped; starting it again", error=repr(error), in_seconds=wait)
        if stopping.is_set():
            return
        if asyncio.get_running_loop().time() - started > LONGEST_RESTART:
            wait = FIRST_RESTART
        await _pause(stopping, wait)
        wait = min(wait * 2, LONGEST_RESTART)


async def _serve(context: JobContext, jobs: Sequence[JobKind], stopping: asyncio.Event) -> None:
    connection = await context.database.connect_raw()
    try:
        queue = PgQueuer.from_asyncpg_connection(connection)
        for kind in jobs:
            _register(queue, context, kind)
        stop = asyncio.create_task(_stop_with(queue, stopping))
        try:
            await queue.run(dequeue_timeout=POLL, heartbeat_timeout=HEARTBEAT_TIMEOUT)
        finally:
            stop.cancel()
    finally:
        await connection.close(timeout=5)


def _register(queue: PgQueuer, context: JobContext, kind: JobKind) -> None:
    @queue.entrypoint(kind.name, concurrency_limit=kind.at_once)
    async def run_job(job: Job) -> None:
        try:
            await kind.handler(context, json.loads(job.payload or b"{}"))
        except Exception:  # whatever it was is logged with its job and goes on to the queue
            log.exception("job failed", job=kind.name)
            raise


async def _stop_with(queue: PgQueuer, stopping: asyncio.Event) -> None:
    await stopping.wait()
    queue.shutdown.set()


async def _sweep(context: JobContext, kind: SweepKind, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await kind.sweep(context)
        except DATABASE_GONE as error:
            log.warning("sweep skipped", sweep=kind.name, error=repr(error))
        except Exception:  # one sweep's fault, or a store that is away, must not stop the lanes beside it
            log.exception("sweep failed", sweep=kind.name)
        await _pause(stopping, kind.every.total_seconds())


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
