"""Scans are kept by month. The owner of the tables makes the months ahead; the default partition takes the rest."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ocop_hub.db import DatabaseAddress
from ocop_hub.traceability.scans.signals import COUNT_DAYS, KEPT_DAYS

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

#: Seconds to wait for running scans before giving up; the next run tries again.
LOCK_WAIT = "5s"
#: Advisory lock under which one process keeps the months ("scan" in ASCII).
_LOCK = 0x7363616E


async def keep_months(owner: DatabaseAddress) -> None:
    """Make the months ahead and drop those past their days, as the owner of the tables; repeatable.

    Nothing is done while another process is at it. Raises asyncpg's errors, among them
    ``InsufficientPrivilegeError`` for a login that owns nothing.
    """
    connection = await owner.connect()
    try:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            await ensure_partitions(connection)
            await drop_old(connection)
    finally:
        await connection.close()


def months_from(day: date, ahead: int) -> list[date]:
    """The first days of the month of ``day`` and of ``ahead`` months after it."""
    first = day.year * 12 + day.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, first + ahead + 1)]


async def ensure_partitions(
    connection: Connection, *, months_ahead: int = 2, today: date | None = None
) -> list[str]:
    """Make the partitions of this month and the next ones that are missing; gives the names made.

    To be called under the owner role. Rows that the default partition
    took for such a month move along. The application role gets no right on a partition itself: row-level
    security stands on the parent.
    """
    made: list[str] = []
    for month in months_from(today or datetime.now(UTC).date(), months_ahead):
        name = f"scans_{month:%Y_%m}"
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            if not await connection.fetchval("SELECT to_regclass($1)", name):
                await _make(connection, name, month)
                made.append(name)
    return made


async def drop_old(
    connection: Connection, *, kept_days: int = KEPT_DAYS, today: date | None = None
) -> list[str]:
    """Drop the months that ended more than ``kept_days`` ago, and older rows of the default partition.

    To be called under the owner role. Their daily counts are brought up to date first. Gives the names dropped.
    """
    limit = (today or datetime.now(UTC).date()) - timedelta(days=kept_days)
    names = [
        row["name"]
        for row in await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'scans'::regclass"
        )
    ]
    old = [name for name in names if (month := _month_of(name)) and months_from(month, 1)[1] <= limit]
    late = "SELECT EXISTS (SELECT FROM scans_default WHERE scanned_at < $1)"
    if not old and not await connection.fetchval(late, _midnight(limit)):
        return []
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        await connection.execute(COUNT_DAYS.format(since="'-infinity'"))
        for name in old:
            await connection.execute(f"DROP TABLE {name}")
        await connection.execute("DELETE FROM scans_default WHERE scanned_at < $1", _midnight(limit))
    return sorted(old)


def _month_of(name: str) -> date | None:
    found = re.fullmatch(r"scans_(\d{4})_(\d{2})", name)
    return date(int(found[1]), int(found[2]), 1) if found else None


async def _make(connection: Connection, name: str, month: date) -> None:
    until = months_from(month, 1)[1]
    bounds: tuple[Any, Any] = (_midnight(month), _midnight(until))
    # Before anything moves, so that no scan lands in the default partition between the two steps.
    await connection.execute("LOCK TABLE scans IN ACCESS EXCLUSIVE MODE")
    await connection.execute(f"CREATE TABLE {name} (LIKE scans INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    await connection.execute(f"REVOKE ALL ON {name} FROM ocop_hub_app")
    await connection.execute(
        f"WITH moved AS (DELETE FROM scans_default WHERE scanned_at >= $1 AND scanned_at < $2 RETURNING *)"  # noqa: S608 - the name is made from a date
        f" INSERT INTO {name} SELECT * FROM moved",
        *bounds,
    )
    await connection.execute(
        f"ALTER TABLE scans ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{bounds[0].isoformat()}') TO ('{bounds[1].isoformat()}')"
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
