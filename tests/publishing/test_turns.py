"""Whose turn it is: one producer after the other, also when far more is due than a claim could rank."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.kit import clock
from ocop_hub.publishing.models import Listing, MarketplaceAccount, Step
from ocop_hub.publishing.queries import MANY_DUE, MOST_OF_A_STALL, count_due, due_candidates

MARKET = "lazada"


async def queue(session: AsyncSession, name: str, count: int, *, since: int) -> list[UUID]:
    """A producer's stall with listings due since so many minutes, the first the longest."""
    producer = await builders.make_producer(session, name)
    account = await builders.make_account(session, producer, marketplace=MARKET)
    found = []
    for n in range(count):
        listing = await builders.make_listing(
            session, await builders.make_product(session, producer, f"{name} {n}"), account
        )
        listing.step = Step.LOOK
        listing.next_look_at = clock.now() - timedelta(minutes=since, seconds=-n)
        found.append(listing.id)
    await session.flush()
    return found


async def test_the_fronts_of_the_queues_give_the_same_turns_as_all_of_them(session: AsyncSession) -> None:
    long = await queue(session, "HTX dài", 3 * MOST_OF_A_STALL, since=90)
    short = await queue(session, "HTX ngắn", 2, since=10)
    dead = await queue(session, "HTX dở dang", 2, since=50)
    lapsed = clock.now() - timedelta(seconds=1)
    await session.execute(update(Listing).where(Listing.id == dead[1]).values(lease_until=lapsed))
    held = clock.now() + timedelta(minutes=1)
    await session.execute(update(Listing).where(Listing.id == long[0]).values(lease_until=held))

    all_of_them = list(await session.scalars(due_candidates(MARKET, 16)))
    fronts = list(await session.scalars(due_candidates(MARKET, 16, many=True)))
    assert fronts == all_of_them
    assert fronts[:3] == [dead[1], long[1], short[0]]
    # One is held already, so one place fewer is left in that stall.
    assert len([each for each in fronts if each in set(long)]) == MOST_OF_A_STALL - 1


async def test_of_a_long_queue_no_more_is_counted_than_needed(session: AsyncSession) -> None:
    await queue(session, "HTX", 3, since=5)
    assert await session.scalar(count_due(MARKET)) == 3
    account = await session.scalar(
        select(MarketplaceAccount).where(MarketplaceAccount.marketplace_key == MARKET)
    )
    assert account is not None
    assert str(MANY_DUE + 1) in str(count_due(MARKET).compile(compile_kwargs={"literal_binds": True}))
