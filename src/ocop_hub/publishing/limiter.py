"""The gateway's limiter over all processes: one row per stall in PostgreSQL hands out the next start.

The database's clock is the only one that counts. A place is a moment at which it comes free by itself, so a
process that dies with a call under way leaves nothing to mend.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import text

from ocop_hub.db import Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import TransportFailed
from ocop_hub.marketplaces.limits import LONGEST_OPEN, OPEN_FOR, TRIP_AFTER, Turn, broken, held

#: Calls of one stall under way at once, over all processes.
CONCURRENCY = 4
#: Between two looks for a free place.
PLACE_WAIT = 0.05

#: Takes the next free start and a place. No row comes back while the stall is held, its breaker is open or
#: every place is taken. Whoever passes an open breaker whose time is over moves it on: one call tries.
TAKE_TURN = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at, busy)
    VALUES (:marketplace, :shop, clock_timestamp() + :spacing, ARRAY[clock_timestamp() + :deadline])
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET next_at = greatest(s.next_at, clock_timestamp()) + :spacing,
           open_until = CASE WHEN s.open_until IS NULL THEN NULL ELSE clock_timestamp() + :open_for END,
           busy = ARRAY(SELECT b FROM unnest(s.busy) AS b WHERE b > clock_timestamp())
                  || (greatest(s.next_at, clock_timestamp()) + :deadline)
     WHERE (s.held_until IS NULL OR s.held_until <= clock_timestamp())
       AND (s.open_until IS NULL OR s.open_until <= clock_timestamp())
       AND (SELECT count(*) FROM unnest(s.busy) AS b WHERE b > clock_timestamp()) < :places
    RETURNING extract(epoch FROM s.next_at - :spacing - clock_timestamp()), s.busy[cardinality(s.busy)]
""")
WHY = text("""
    SELECT CASE WHEN held_until > clock_timestamp() THEN held_until END,
           CASE WHEN open_until > clock_timestamp() THEN open_until END
      FROM stall_limits WHERE marketplace_key = :marketplace AND shop_id = :shop
""")
#: Gives the place back and tells the breaker; durations as in ``limits.open_for``.
OVER = text("""
    UPDATE stall_limits
       SET busy = array_remove(busy, :place),
           failures = CASE WHEN CAST(:failed AS boolean) THEN failures + 1 ELSE 0 END,
           open_until = CASE WHEN :failed AND failures + 1 >= CAST(:trip_after AS bigint)
             THEN clock_timestamp() + least(CAST(:open_for AS interval) * (2 ^ least(failures + 1 - CAST(:trip_after AS bigint), 10)), CAST(:longest AS interval))
             END,
           failed_at = CASE WHEN :failed THEN clock_timestamp() ELSE failed_at END,
           answered_at = CASE WHEN :failed THEN answered_at ELSE clock_timestamp() END
     WHERE marketplace_key = :marketplace AND shop_id = :shop
""")
HOLD = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at, held_until)
    VALUES (:marketplace, :shop, :until, :until)
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET held_until = greatest(coalesce(s.held_until, :until), :until)
""")


class DatabaseLimiter:
    """Spacing between starts, places at once, and the breaker of each stall; no burst is ever let out."""

    def __init__(
        self,
        database: Database,
        *,
        spacing: timedelta = timedelta(milliseconds=50),
        concurrency: int = CONCURRENCY,
    ) -> None:
        # One statement each, and no row of a tenant: neither a transaction around it nor a scope is needed.
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._spacing = spacing
        self._concurrency = concurrency

    @asynccontextmanager
    async def slot(self, marketplace: str, shop_id: str, *, deadline: timedelta) -> AsyncGenerator[Turn]:
        """Wait for the next start. Raises :class:`WaitUntil` while the stall is held or its breaker open."""
        at = {"marketplace": marketplace, "shop": shop_id}
        wait, place = await self._take(at, deadline)
        turn = Turn()
        try:
            await asyncio.sleep(max(0.0, wait))
            yield turn
        except TransportFailed:
            turn.failed = True
            raise
        finally:
            await self._over(at, place, turn)

    async def _take(self, at: dict[str, str], deadline: timedelta) -> tuple[float, datetime]:
        """(seconds until the start, the place)."""
        asked = {
            **at,
            "spacing": self._spacing,
            "deadline": deadline,
            "open_for": OPEN_FOR,
            "places": self._concurrency,
        }
        while True:
            async with self._engine.connect() as connection:
                taken = (await connection.execute(TAKE_TURN, asked)).one_or_none()
                why = None if taken is not None else (await connection.execute(WHY, at)).one_or_none()
            if taken is not None:
                return float(taken[0]), taken[1]
            if why is not None:
                _refuse(why[0], why[1])
            await asyncio.sleep(PLACE_WAIT)

    async def _over(self, at: dict[str, str], place: datetime, turn: Turn) -> None:
        said = {"place": place, "failed": turn.failed, "trip_after": TRIP_AFTER}
        spans = {"open_for": OPEN_FOR, "longest": LONGEST_OPEN}
        async with self._engine.connect() as connection:
            await connection.execute(OVER, {**at, **said, **spans})

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        """Let no call out before ``until``."""
        async with self._engine.connect() as connection:
            await connection.execute(HOLD, {"marketplace": marketplace, "shop": shop_id, "until": until})


def _refuse(held_until: datetime | None, open_until: datetime | None) -> None:
    """Raises :class:`WaitUntil` unless neither holds; then every place was taken."""
    if held_until is not None:
        raise held(max(held_until, clock.now()))
    if open_until is not None:
        raise broken(open_until)
