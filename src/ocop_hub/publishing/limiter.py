"""The gateway's limiter over all processes: one row per stall in PostgreSQL hands out the next start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import text

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import WaitUntil

#: Hands out the next free start and moves it on. The database's clock is the only one that counts.
TAKE_TURN = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at)
    VALUES (:marketplace, :shop, clock_timestamp() + :spacing)
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET next_at = greatest(s.next_at, clock_timestamp()) + :spacing
     WHERE s.held_until IS NULL OR s.held_until <= clock_timestamp()
    RETURNING extract(epoch FROM s.next_at - :spacing - clock_timestamp())
""")
HELD = text("SELECT held_until FROM stall_limits WHERE marketplace_key = :marketplace AND shop_id = :shop")
HOLD = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at, held_until)
    VALUES (:marketplace, :shop, :until, :until)
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET held_until = greatest(coalesce(s.held_until, :until), :until)
""")


class DatabaseLimiter:
    """Minimum spacing between the starts of calls to one stall; a burst is never let out at once."""

    def __init__(self, database: Database, *, spacing: timedelta = timedelta(milliseconds=50)) -> None:
        self._database = database
        self._spacing = spacing

    @asynccontextmanager
    async def slot(self, marketplace: str, shop_id: str) -> AsyncGenerator[None]:
        """Wait for the next start. Raises :class:`WaitUntil` while the marketplace holds the stall."""
        at = {"marketplace": marketplace, "shop": shop_id}
        async with self._database.session(SYSTEM) as session:
            wait = await session.scalar(TAKE_TURN, {**at, "spacing": self._spacing})
            until = None if wait is not None else await session.scalar(HELD, at)
        if wait is None:
            until = until or clock.now()
            raise WaitUntil("Sàn yêu cầu gian hàng này chờ.", until=until)
        await asyncio.sleep(max(0.0, float(wait)))
        yield

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        """Let no call out before ``until``."""
        async with self._database.session(SYSTEM) as session:
            await session.execute(HOLD, {"marketplace": marketplace, "shop": shop_id, "until": until})
