"""The calls of one step: each renews the lease first and leaves an attempt behind before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from ocop_hub.marketplaces.contract import Call, Marketplace
from ocop_hub.marketplaces.gateway import within
from ocop_hub.publishing.lane.ledger import Begun, Ledger
from ocop_hub.publishing.lane.work import Work

#: A process that slept longer than this between holding the lease and sending does not send any more.
STALEST_START = timedelta(seconds=3)


#: All that one call sends is over by then: shorter than the lease that was just renewed.
LONGEST_CALL = timedelta(seconds=8)

T = TypeVar("T")


class LostLease(Exception):
    """Somebody else may hold the listing now: nothing more is sent or written for it."""


class Conversation:
    """Bookkeeping around the calls made for one listing."""

    def __init__(self, ledger: Ledger, adapter: Marketplace, work: Work) -> None:
        self.adapter = adapter
        self.work = work
        self.attempt_id: UUID | None = None
        self.last_call = Call.STATUS
        self._ledger = ledger

    async def make(self, call: Call, what: Callable[[], Awaitable[T]]) -> T:
        """Make one call of the contract within its deadline. Raises its errors, and :class:`LostLease`."""
        await self._before(call)
        with within(min(self.adapter.capabilities.call_timeout, LONGEST_CALL)):
            return await what()

    async def _before(self, call: Call) -> None:
        """Close the attempt before, renew the lease, and write down that ``call`` is about to leave.

        Raises :class:`LostLease`.
        """
        started = asyncio.get_running_loop().time()
        attempt_id = uuid4()
        work = self.work
        if not await self._ledger.begin(
            Begun(work.listing_id, work.token, attempt_id, self.attempt_id, call)
        ):
            raise LostLease
        self.last_call = call
        self.attempt_id = attempt_id
        # The row was long in the writing, or the machine slept: the lease that was renewed may have lapsed
        # meanwhile.
        if asyncio.get_running_loop().time() - started > STALEST_START.total_seconds():
            raise LostLease
