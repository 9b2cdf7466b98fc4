"""Forgetting what has lapsed: sign-ins, and answers kept for repeated requests."""

from __future__ import annotations

from datetime import timedelta

from ocop_hub.accounts.service import forget_lapsed
from ocop_hub.db import SYSTEM
from ocop_hub.idempotency import KEPT_FOR, forget_old
from ocop_hub.jobs import JobContext, SweepKind
from ocop_hub.kit import clock


async def forget(context: JobContext) -> None:
    """Delete sessions past their end and idempotency keys older than three days."""
    async with context.database.session(SYSTEM) as session:
        await forget_lapsed(session, now=clock.now())
        await forget_old(session, before=clock.now() - KEPT_FOR)


SWEEPS = (SweepKind("accounts.forget", forget, every=timedelta(hours=1)),)
