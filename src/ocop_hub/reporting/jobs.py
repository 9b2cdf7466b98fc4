"""What the worker does for reports: the nightly snapshot."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from ocop_hub.db import SYSTEM
from ocop_hub.jobs import JobContext, SweepKind
from ocop_hub.kit import clock
from ocop_hub.reporting.coverage import TREND_MONTHS, month_ends, prepare
from ocop_hub.reporting.snapshots import due, nightly_days, refresh

#: Advisory lock under which one worker makes a day's snapshot ("snap" in ASCII).
_LOCK: Final = 0x736E6170


async def snapshot(context: JobContext) -> None:
    """Make every snapshot that was not made since midnight, each day in a transaction of its own."""
    today = clock.today()
    days = nightly_days(today, month_ends(today, TREND_MONTHS))
    async with context.database.session(SYSTEM) as session:
        days = await due(session, days)
    for day in days:
        async with context.database.session(SYSTEM) as session:
            if not await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                return  # another worker is at it
            if await due(session, [day]):
                await prepare(session)
                await refresh(session, day)


SWEEPS = (SweepKind("reporting.snapshot", snapshot, every=timedelta(minutes=30)),)
