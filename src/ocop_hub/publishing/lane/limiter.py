"""The gateway's limiter over all processes: one row per stall in PostgreSQL hands out the next start.

The database's clock is the only one that counts. A place is a moment at which it comes free by itself, so a
process that dies with a call under way leaves nothing to mend.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from ocop_hub.db import Database
from ocop_hub.kit import clock
from ocop_hub.kit.gathering import Gathered
from ocop_hub.marketplaces.contract import TransportFailed
from ocop_hub.marketplaces.limits import LONGEST_OPEN, OPEN_FOR, TRIP_AFTER, Turn, broken, held

#: Calls of one stall under way at once, over all processes.
CONCURRENCY = 4
#: Between two looks for a free place.
PLACE_WAIT = 0.05

#: Takes the next free start and a place, for several stalls at once, in one order: processes wait for each
#: other instead of locking each other out. No row comes back for a stall that is held, whose breaker is open
#: or whose places are all taken. Whoever passes an open breaker whose time is over moves it on: one call tries.
#: A crash of the database may forget the last half second; nobody needs to wait for the disk.
TAKE_TURNS = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at, busy)
    SELECT a.marketplace, a.shop, clock_timestamp() + :spacing, ARRAY[clock_timestamp() + a.deadline]
      FROM unnest(CAST(:marketplaces AS text[]), CAST(:shops AS text[]), CAST(:deadlines AS interval[]))
             AS a (marketplace, shop, deadline),
           (SELECT set_config('synchronous_commit', 'off', true)) AS quick
     ORDER BY a.marketplace, a.shop
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET next_at = greatest(s.next_at, clock_timestamp()) + :spacing,
           open_until = CASE WHEN s.open_until IS NULL THEN NULL ELSE clock_timestamp() + :open_for END,
           busy = ARRAY(SELECT b FROM unnest(s.busy) AS b WHERE b > clock_timestamp())
                  || (greatest(s.next_at, clock_timestamp()) + (excluded.busy[1] - clock_timestamp()))
     WHERE (s.held_until IS NULL OR s.held_until <= clock_timestamp())
       AND (s.open_until IS NULL OR s.open_until <= clock_timestamp())
       AND (SELECT count(*) FROM unnest(s.busy) AS b WHERE b > clock_timestamp()) < :places
    RETURNING s.marketplace_key, s.shop_id,
              extract(epoch FROM s.next_at - :spacing - clock_timestamp()), s.busy[cardinality(s.busy)]
""")
WHY = text("""
    SELECT CASE WHEN held_until > clock_timestamp() THEN held_until END,
           CASE WHEN open_until > clock_timestamp() THEN open_until END
      FROM stall_limits WHERE marketplace_key = :marketplace AND shop_id = :shop
""")
#: Gives places back and tells the breakers, as above; durations as in ``limits.open_for``.
OVER = text("""
    WITH given AS (
      SELECT * FROM unnest(CAST(:marketplaces AS text[]), CAST(:shops AS text[]),
                           CAST(:places AS timestamptz[]), CAST(:failed AS boolean[]))
             AS g (marketplace, shop, place, failed)
    ), locked AS MATERIALIZED (
      SELECT s.marketplace_key, s.shop_id, s.failures + 1 - CAST(:trip_after AS bigint) AS beyond,
             g.place, g.failed, set_config('synchronous_commit', 'off', true)
        FROM stall_limits s JOIN given g ON g.marketplace = s.marketplace_key AND g.shop = s.shop_id
       ORDER BY s.marketplace_key, s.shop_id FOR UPDATE OF s
    )
    UPDATE stall_limits s
       SET busy = array_remove(s.busy, l.place),
           failures = CASE WHEN l.failed THEN s.failures + 1 ELSE 0 END,
           open_until = CASE WHEN l.failed AND l.beyond >= 0
             THEN clock_timestamp()
                  + least(CAST(:open_for AS interval) * (2 ^ least(l.beyond, 10)), CAST(:longest AS interval))
             END,
           failed_at = CASE WHEN l.failed THEN clock_timestamp() ELSE s.failed_at END,
           answered_at = CASE WHEN l.failed THEN s.answered_at ELSE clock_timestamp() END
      FROM locked l
     WHERE s.marketplace_key = l.marketplace_key AND s.shop_id = l.shop_id
""")
HOLD = text("""
    INSERT INTO stall_limits AS s (marketplace_key, shop_id, next_at, held_until)
    VALUES (:marketplace, :shop, :until, :until)
    ON CONFLICT (marketplace_key, shop_id) DO UPDATE
       SET held_until = greatest(coalesce(s.held_until, :until), :until)
""")


@dataclass(frozen=True, slots=True)
class _Wish:
    """A stall that a call wants to leave for, or, with ``place``, that one came back from."""

    marketplace: str
    shop: str
    deadline: timedelta = timedelta(0)
    place: datetime | None = None
    failed: bool = False


#: Seconds until the start, and the place; None: not now.
_Taken = tuple[float, datetime] | None


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
        # No statement may touch a row twice; what a call gives back is there for the next.
        self._wishes = Gathered(self._grant, apart=lambda wish: (wish.marketplace, wish.shop))

    @asynccontextmanager
    async def slot(self, marketplace: str, shop_id: str, *, deadline: timedelta) -> AsyncGenerator[Turn]:
        """Wait for the next start. Raises :class:`WaitUntil` while the stall is held or its breaker open."""
        wait, place = await self._take(_Wish(marketplace, shop_id, deadline))
        turn = Turn()
        try:
            await asyncio.sleep(max(0.0, wait))
            yield turn
        except TransportFailed:
            turn.failed = True
            raise
        finally:
            # Also after a cancelled wait: the place was taken already, and would be missing until its time is
            # over.
            await self._wishes.do(_Wish(marketplace, shop_id, place=place, failed=turn.failed))

    async def _take(self, wish: _Wish) -> tuple[float, datetime]:
        """(seconds until the start, the place)."""
        at = {"marketplace": wish.marketplace, "shop": wish.shop}
        while True:
            taken = await self._wishes.do(wish)
            if taken is not None:
                return taken
            async with self._engine.connect() as connection:
                why = (await connection.execute(WHY, at)).one_or_none()
            if why is not None:
                _refuse(why[0], why[1])
            await asyncio.sleep(PLACE_WAIT)

    async def _grant(self, wishes: Sequence[_Wish]) -> list[_Taken]:
        over = [each for each in wishes if each.place is not None]
        wanted = [each for each in wishes if each.place is None]
        taken: dict[tuple[str, str], _Taken] = {}
        async with self._engine.connect() as connection:
            if over:
                await connection.execute(OVER, _said(over))
            if wanted:
                rows = await connection.execute(TAKE_TURNS, self._asked(wanted))
                taken = {(row[0], row[1]): (float(row[2]), row[3]) for row in rows}
        return [taken.get((each.marketplace, each.shop)) for each in wishes]

    def _asked(self, wanted: Sequence[_Wish]) -> dict[str, object]:
        return {
            "marketplaces": [each.marketplace for each in wanted],
            "shops": [each.shop for each in wanted],
            "deadlines": [each.deadline for each in wanted],
            "spacing": self._spacing,
            "open_for": OPEN_FOR,
            "places": self._concurrency,
        }

    async def hold(self, marketplace: str, shop_id: str, until: datetime) -> None:
        """Let no call out before ``until``."""
        async with self._engine.connect() as connection:
            await connection.execute(HOLD, {"marketplace": marketplace, "shop": shop_id, "until": until})


def _said(over: Sequence[_Wish]) -> dict[str, object]:
    return {
        "marketplaces": [each.marketplace for each in over],
        "shops": [each.shop for each in over],
        "places": [each.place for each in over],
        "failed": [each.failed for each in over],
        "trip_after": TRIP_AFTER,
        "open_for": OPEN_FOR,
        "longest": LONGEST_OPEN,
    }


def _refuse(held_until: datetime | None, open_until: datetime | None) -> None:
    """Raises :class:`WaitUntil` unless neither holds; then every place was taken."""
    if held_until is not None:
        raise held(max(held_until, clock.now()))
    if open_until is not None:
        raise broken(open_until)
