"""What is written down around the calls of a lane, several listings in one transaction.

``begin`` is committed before a call leaves and ``complete`` after its answer; while one transaction is under
way, what other listings have to say gathers for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.gathering import Gathered
from ocop_hub.marketplaces.contract import Call
from ocop_hub.publishing.lane.results import Written, write_results
from ocop_hub.publishing.lane.work import LEASE
from ocop_hub.publishing.models import Step

#: Renews each lease that is still held, closes the attempt before, and puts down the one that begins.
BEGIN = text("""
    WITH given AS (
      SELECT * FROM unnest(CAST(:listings AS uuid[]), CAST(:tokens AS uuid[]), CAST(:attempts AS uuid[]),
                           CAST(:before AS uuid[]), CAST(:calls AS text[]))
             AS g (listing_id, token, attempt_id, before_id, call)
    ), mine AS (
      SELECT l.id, l.producer_id, g.*
        FROM given g JOIN listings l ON l.id = g.listing_id AND l.lease_token = g.token
       ORDER BY l.id FOR NO KEY UPDATE OF l
    ), renewed AS (
      UPDATE listings l SET lease_until = :lease_until FROM mine WHERE l.id = mine.id
    ), closed AS (
      UPDATE listing_attempts a SET ended_at = :now, outcome = 'succeeded' FROM mine WHERE a.id = mine.before_id
    ), begun AS (
      INSERT INTO listing_attempts
             (id, listing_id, producer_id, call, lease_token, started_at, outcome, code, message, exchange)
      SELECT attempt_id, id, producer_id, call, token, :now, 'started', '', '', '{}' FROM mine
      RETURNING id
    )
    SELECT id FROM begun
""")


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that is about to leave, and the one of the same step before it, which succeeded."""

    listing_id: UUID
    token: UUID
    attempt_id: UUID
    before_id: UUID | None
    call: Call


class Ledger:
    """The bookkeeping of one lane."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Two rows of waiting: an answer that came is not kept from the tables by calls that want to leave.
        self._begins = Gathered(self._begin)
        self._ends = Gathered(self._complete)

    async def begin(self, begun: Begun) -> bool:
        """Write down that a call is about to leave; False: somebody else may hold the listing now."""
        return await self._begins.do(begun)

    async def complete(self, written: Written) -> None:
        """Write down what a step came to (``results.write_results``)."""
        await self._ends.do(written)

    async def _begin(self, group: Sequence[Begun]) -> list[bool]:
        now = clock.now()
        # The start of a create must outlive a crash of the database too: the next worker searches because of it.
        durable = any(each.call is Call.PUBLISH for each in group)
        async with self._database.session(SYSTEM, durable=durable) as session:
            rows = await session.execute(
                BEGIN,
                {
                    "listings": [each.listing_id for each in group],
                    "tokens": [each.token for each in group],
                    "attempts": [each.attempt_id for each in group],
                    "before": [each.before_id for each in group],
                    "calls": [each.call.value for each in group],
                    "now": now,
                    # From this call on: each call of a step has a whole lease before it.
                    "lease_until": now + LEASE,
                },
            )
            begun = set(rows.scalars())
        return [each.attempt_id in begun for each in group]

    async def _complete(self, group: Sequence[Written]) -> list[None]:
        # What was only looked at can be looked at again.
        durable = any(each.work.step is not Step.LOOK for each in group)
        async with self._database.session(SYSTEM, durable=durable) as session:
            await write_results(session, group)
        return [None] * len(group)
