"""Background work: enqueue beside the change, run in the worker, sweep for what was missed.

A job is a wake-up that carries ids; the truth is in the domain rows, so running one twice, or losing one, is
harmless (decision 0002). The queue is pgqueuer's table in the same database.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import Database

Payload = Mapping[str, str]
Handler = Callable[["JobContext", Payload], Awaitable[None]]
Sweep = Callable[["JobContext"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job may use; rooms take their own part from ``resources`` by key."""

    database: Database
    resources: Mapping[str, Any]
    #: Tells this worker from others while it lives.
    worker: str = field(default_factory=lambda: secrets.token_hex(4))


@dataclass(frozen=True, slots=True)
class JobKind:
    """An entrypoint: one lane with its own limit of jobs at once, over all workers (0: none)."""

    name: str
    handler: Handler
    at_once: int = 0


@dataclass(frozen=True, slots=True)
class SweepKind:
    """Something every worker does at an interval: ask the rows what is due and wake it."""

    name: str
    sweep: Sweep
    every: timedelta


async def enqueue(
    session: AsyncSession,
    entrypoint: str,
    payload: Payload | None = None,
    *,
    dedupe_key: str | None = None,
    after: timedelta | None = None,
) -> None:
    """Add a wake-up to the running transaction: it exists if and only if the change commits.

    A second wake-up with a ``dedupe_key`` that is already waiting is dropped silently: the first one will read
    the same rows.
    """
    await enqueue_many(session, entrypoint, [(payload or {}, dedupe_key)], after=after)


async def enqueue_many(
    session: AsyncSession,
    entrypoint: str,
    wake_ups: Sequence[tuple[Payload, str | None]],
    *,
    after: timedelta | None = None,
) -> None:
    """:func:`enqueue` for many payloads with their dedupe keys, in one statement."""
    if not wake_ups:
        return
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None:  # pragma: no cover - SQLAlchemy types it optional; a live connection has one
        raise RuntimeError("session without a connection")
    if not raw.is_in_transaction():
        # The dialect opens the transaction with its first own statement; an INSERT before that would be
        # committed at once.
        await session.execute(text("SELECT 1"))
    await Queries(AsyncpgDriver(raw)).enqueue(
        [entrypoint] * len(wake_ups),
        [json.dumps(dict(payload)).encode() for payload, _ in wake_ups],
        [0] * len(wake_ups),
        execute_after=[after] * len(wake_ups),
        dedupe_key=[key for _, key in wake_ups],
        on_conflict="skip",
    )
