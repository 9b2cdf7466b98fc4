"""The calls of one step: each renews the lease first and leaves an attempt behind before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import update

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Call, Marketplace
from ocop_hub.marketplaces.gateway import within
from ocop_hub.publishing.models import CallOutcome, Listing, ListingAttempt
from ocop_hub.publishing.work import LEASE, Work

#: A process that slept longer than this between holding the lease and sending does not send any more.
STALEST_START = timedelta(seconds=3)


#: All that one call sends is over by then: shorter than the lease that was just renewed.
LONGEST_CALL = timedelta(seconds=8)

T = TypeVar("T")


class LostLease(Exception):
    """Somebody else may hold the listing now: nothing more is sent or written for it."""


class Conversation:
    """Bookkeeping around the calls made for one listing."""

    def __init__(self, database: Database, adapter: Marketplace, work: Work) -> None:
        self.adapter = adapter
        self.work = work
        self.attempt_id: UUID | None = None
        self.last_call = Call.STATUS
        self._database = database

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
        async with self._database.session(SYSTEM) as session:
            held = await session.scalar(
                update(Listing)
                .where(Listing.id == self.work.listing_id, Listing.lease_token == self.work.token)
                .values(lease_until=clock.now() + LEASE)
                .returning(Listing.id)
            )
            if held is None:
                raise LostLease
            if self.attempt_id is not None:
                await session.execute(
                    update(ListingAttempt)
                    .where(ListingAttempt.id == self.attempt_id)
                    .values(ended_at=clock.now(), outcome=CallOutcome.SUCCEEDED)
                )
            session.add(
                ListingAttempt(
                    id=attempt_id,
                    listing_id=self.work.listing_id,
                    producer_id=self.work.producer_id,
                    call=call.value,
                    lease_token=self.work.token,
                    started_at=clock.now(),
                )
            )
        self.last_call = call
        self.attempt_id = attempt_id
        if asyncio.get_running_loop().time() - started > STALEST_START.total_seconds():
            raise LostLease
