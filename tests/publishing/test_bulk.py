"""Many products at once, schedules and seasons: the rows are the truth, and one row's refusal is its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.bulk import season
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.errors import NothingToDo
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount
from ocop_hub.publishing.models_beside import BulkKind

from .conftest import World


async def settle(world: World, turns: int = 4) -> None:
    for _ in range(turns):
        await world.hurry()
        await world.drain()


async def test_all_go_up_and_one_without_a_price_is_told_why(world: World) -> None:
    await world.connect()
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(Product).where(Product.id == world.products[0]).values(price_vnd=None))
    wish = bulk.Wish(BulkKind.PUBLISH, "shopee", world.producer_id)
    async with world.database.session(SYSTEM) as session:
        run = await bulk.begin(session, SYSTEM_ACTOR, wish)
        before = await bulk.progress(session, run.id)
    assert run.scope_name == "HTX chăn nuôi và dịch vụ Đồng Tiến"
    assert (before.total, before.waiting, before.over) == (3, 3, False)
    assert await bulk.work(world.database, run.id) == 3
    assert await bulk.work(world.database, run.id) == 0
    await settle(world)
    async with world.database.session(SYSTEM) as session:
        after = await bulk.progress(session, run.id)
        first = (await session.scalars(bulk.rows_of(run.id).limit(1))).one()
    assert (after.waiting, after.refused, after.over) == (0, 1, True)
    assert after.by_state == {ListingState.LIVE: 2}
    assert "giá bán" in first.problem
    down = bulk.Wish(BulkKind.UNLIST, "shopee", world.producer_id)
    async with world.database.session(SYSTEM) as session:
        run = await bulk.begin(session, SYSTEM_ACTOR, down)
    assert await bulk.work(world.database, run.id) == 2
    await settle(world, 2)
    async with world.database.session(SYSTEM) as session:
        assert (await bulk.progress(session, run.id)).by_state == {ListingState.UNLISTED: 2}
        with pytest.raises(NothingToDo):
            await bulk.begin(session, SYSTEM_ACTOR, bulk.Wish(BulkKind.PUBLISH, "tiki"))


async def test_what_waits_for_a_person_does_not_keep_a_run_going(world: World) -> None:
    account_id = await world.connect()
    wish = bulk.Wish(BulkKind.PUBLISH, "shopee", world.producer_id)
    async with world.database.session(SYSTEM) as session:
        run = await bulk.begin(session, SYSTEM_ACTOR, wish)
        (await session.get_one(MarketplaceAccount, account_id)).state = AccountState.NEEDS_ANSWERS
    await bulk.work(world.database, run.id)
    async with world.database.session(SYSTEM) as session:
        waits = await bulk.progress(session, run.id)
        (await session.get_one(MarketplaceAccount, account_id)).state = AccountState.CONNECTED
        await session.flush()
        goes_on = await bulk.progress(session, run.id)
    assert (waits.moving, waits.held, waits.over) == (3, 3, True)
    assert (goes_on.moving, goes_on.held, goes_on.over) == (3, 0, False)


async def test_a_dry_run_shows_what_is_sent_and_writes_nothing(world: World) -> None:
    await world.connect()
    wish = bulk.Wish(BulkKind.PUBLISH, "shopee", world.producer_id)
    async with world.database.session(SYSTEM) as session:
        chosen = await bulk.choose(session, SYSTEM_ACTOR, wish)
        cards = await bulk.dry_run(session, world.outside, chosen, "shopee")
    assert len(cards) == 3
    assert all(card.draft.pictures and card.problems == () for card in cards)
    assert await world.history() == []


async def test_nothing_goes_up_before_its_time(world: World) -> None:
    account_id = await world.connect()
    (listing_id,) = await world.request(account_id, world.products[0])
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(Listing).values(publish_at=clock.now() + timedelta(hours=2)))
    await settle(world, 2)
    assert await world.history() == []
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(Listing).values(publish_at=clock.now()))
    await settle(world, 2)
    assert len(await world.history()) == 1
    assert (await world.listing(listing_id)).remote_id


async def test_a_listing_rests_out_of_season_and_comes_back(world: World) -> None:
    account_id = await world.connect()
    (listing_id,) = await world.request(account_id, world.products[0])
    await settle(world)
    month = clock.today().month
    other = month % 12 + 1

    async def sold_in(months: list[int]) -> None:
        async with world.database.session(SYSTEM) as session:
            await session.execute(update(Product).values(season_months=months))
            await session.execute(update(Listing).values(follows_season=True))
            await session.flush()
            await season.turn(session)
        await settle(world, 2)

    await sold_in([other])
    resting = await world.listing(listing_id)
    assert resting.state is ListingState.UNLISTED
    assert resting.reason == f"Nghỉ mùa vụ đến tháng {other}."
    await sold_in([month])
    assert (await world.listing(listing_id)).state is ListingState.LIVE


@pytest.mark.parametrize(
    ("months", "month", "expected"), [([3, 4, 11], 5, 11), ([3, 4], 11, 3), ([1], 12, 1)]
)
def test_the_month_it_comes_back(months: list[int], month: int, expected: int) -> None:
    assert season.resting_until(months, month) == f"Nghỉ mùa vụ đến tháng {expected}."
    assert not season.in_season(months, month)
    assert season.in_season([], month)
