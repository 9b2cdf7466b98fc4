"""The chain over the audit rows: each seal hashes its rows and the seal before it (decision 0016).

Rows commit out of the order of their ids, so a seal takes whatever is committed and not sealed yet, and a row
names its seal. Only the owner of the tables may seal; whoever may read can check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ocop_hub.db import DatabaseAddress
from ocop_hub.kit import clock

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]
    Row = asyncpg.Record

#: What stands before the first seal.
FIRST = "0" * 64
#: Rows under one seal at most: what one transaction of the sealer rewrites.
BATCH = 1_000
#: Advisory lock under which one process seals ("seal" in ASCII).
LOCK = 0x7365616C

#: All of a row but its seal. ``details`` as PostgreSQL writes jsonb: sorted keys, numbers to the last digit.
_ROW = "e.id, e.at, e.actor, e.acting_for, e.action, e.subject, e.producer_id, e.details::text AS details"
_WAITING = f"SELECT {_ROW} FROM audit_entries e WHERE e.seal_id IS NULL ORDER BY e.id LIMIT $1"  # noqa: S608
_WALK = f"""
    SELECT s.id AS seal_id, s.previous, s.hash, s.count, s.sealed_at, {_ROW}
      FROM audit_seals s LEFT JOIN audit_entries e ON e.seal_id = s.id
     ORDER BY s.id, e.id
"""  # noqa: S608 - columns named above


class Fault(StrEnum):
    """How a chain does not agree."""

    #: The seal does not go on from the one before it: one was taken out, put in or changed.
    ORDER = "order"
    #: More or fewer rows than were sealed.
    COUNT = "count"
    #: As many rows, yet a row or the seal itself says something else than when it was sealed.
    CONTENT = "content"
    #: The hash that was written down elsewhere is no seal's.
    HEAD = "head"


@dataclass(slots=True)
class Verdict:
    """What a walk over the chain found, up to the first ``fault`` if there is one."""

    seals: int = 0
    sealed: int = 0
    #: Rows committed after the last seal.
    waiting: int = 0
    #: Hash of the last seal that agrees.
    head: str = FIRST
    sealed_at: datetime | None = None
    fault: Fault | None = None
    #: The seal at fault.
    seal_id: int | None = None


async def may_seal(connection: Connection) -> bool:
    """Whether the connected role may seal: the owner of the tables may, the application's may not."""
    return bool(
        await connection.fetchval("SELECT has_column_privilege('audit_entries', 'seal_id', 'UPDATE')")
    )


async def seal(owner: DatabaseAddress, *, batch: int = BATCH) -> int:
    """Seal all committed rows, ``batch`` at a time, each in a transaction of its own; gives how many.

    Ends at once while another process seals, and for a login that may not. Raises asyncpg's errors.
    """
    sealed = 0
    connection = await owner.connect()
    try:
        if await may_seal(connection):
            while done := await _seal_batch(connection, batch):
                sealed += done
    finally:
        await connection.close()
    return sealed


async def _seal_batch(connection: Connection, batch: int) -> int:
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return 0
        rows = await connection.fetch(_WAITING, batch)
        if not rows:
            return 0
        last = await connection.fetchval("SELECT hash FROM audit_seals ORDER BY id DESC LIMIT 1")
        previous, sealed_at = last or FIRST, clock.now()
        seal_id = await connection.fetchval(
            "INSERT INTO audit_seals (previous, hash, count, sealed_at) VALUES ($1, $2, $3, $4) RETURNING id",
            *(previous, seal_hash(previous, sealed_at, rows), len(rows), sealed_at),
        )
        await connection.execute(
            "UPDATE audit_entries SET seal_id = $1 WHERE id = ANY ($2)", seal_id, [row["id"] for row in rows]
        )
        return len(rows)


def seal_hash(previous: str, sealed_at: datetime, rows: Sequence[Row]) -> str:
    """SHA-256 in hexadecimal over lines of JSON: the seal's head, then its rows by id."""
    hashed = hashlib.sha256(_line([previous, len(rows), _moment(sealed_at)]))
    for row in rows:
        owner = row["producer_id"]
        told = [row["actor"], row["acting_for"], row["action"], row["subject"]]
        hashed.update(_line([row["id"], _moment(row["at"]), *told, owner and str(owner), row["details"]]))
    return hashed.hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _line(values: Sequence[str | int | None]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def verify(connection: Connection, *, known: str = "") -> Verdict:
    """Walk the chain from its beginning; to be called in a transaction with one snapshot (repeatable read).

    ``known``: a head that was written down elsewhere and has to be in the chain; without one, a chain cut off
    behind or made anew cannot be told from a true one.
    """
    verdict = Verdict()
    verdict.waiting = await connection.fetchval("SELECT count(*) FROM audit_entries WHERE seal_id IS NULL")
    met = not known
    async for rows in _seals(connection):
        fault = _fault(rows, verdict.head)
        if fault is not None:
            verdict.fault, verdict.seal_id = fault, rows[0]["seal_id"]
            return verdict
        verdict.seals += 1
        verdict.sealed += rows[0]["count"]
        verdict.head, verdict.sealed_at = rows[0]["hash"], rows[0]["sealed_at"]
        met = met or verdict.head == known
    if not met:
        verdict.fault = Fault.HEAD
    return verdict


async def _seals(connection: Connection) -> AsyncIterator[list[Row]]:
    """The rows of one seal after the other; of a seal that lost them all, one without an id."""
    rows: list[Row] = []
    async for row in connection.cursor(_WALK, prefetch=BATCH):
        if rows and rows[0]["seal_id"] != row["seal_id"]:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _fault(rows: Sequence[Row], previous: str) -> Fault | None:
    seal = rows[0]
    if seal["previous"] != previous:
        return Fault.ORDER
    if seal["count"] != sum(row["id"] is not None for row in rows):
        return Fault.COUNT
    if seal["id"] is None or seal["hash"] != seal_hash(previous, seal["sealed_at"], rows):
        return Fault.CONTENT
    return None
