"""Where a marketplace drops what was not written for a while, an unchanged listing is written again in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for

from .conftest import SEALING_KEY, World

KEY = "google_merchant"


@pytest.fixture
async def listing_id(world: World) -> UUID:
    world.shop_id = f"{world.shop_id}/7"
    async with world.database.session(SYSTEM) as session:
        # Buyers are led to the product's trace page, so it needs one.
        product = await session.get_one(Product, world.products[0])
        product.gtin = "08936003721777"
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            marketplace=world.outside.adapters.get(KEY),
            shop_id=world.shop_id,
            name="HTX chăn nuôi và dịch vụ Đồng Tiến",
            credentials={"access_token": access_token_for(world.shop_id)},
            sealing_key=SEALING_KEY,
        )
    await stalls.read_shop(world.database, world.outside, account.id)
    (listing,) = await world.request(account.id, world.products[0])
    for _ in range(30):
        await look(world)
        if (await world.listing(listing)).state is ListingState.LIVE:
            return listing
    raise AssertionError((await world.listing(listing)).reason)


async def look(world: World) -> None:
    await world.hurry()
    await world.drain(KEY)


async def sent(world: World, listing_id: UUID, ago: timedelta) -> None:
    async with world.database.session(SYSTEM) as session:
        await session.execute(
            update(Listing).where(Listing.id == listing_id).values(sent_at=clock.now() - ago)
        )


async def writes(world: World) -> list[dict[str, Any]]:
    return [row for call in ("create", "update") for row in await world.history(call)]


async def test_it_is_written_again_before_it_is_dropped_and_not_earlier(
    world: World, listing_id: UUID
) -> None:
    assert len(await writes(world)) == 1
    await sent(world, listing_id, timedelta(days=24, hours=23))
    await look(world)
    assert len(await writes(world)) == 1

    await sent(world, listing_id, timedelta(days=25))
    await look(world)
    assert len(await writes(world)) == 2
    after = await world.listing(listing_id)
    assert after.sent_at is not None
    assert clock.now() - after.sent_at < timedelta(minutes=1)

    await look(world)
    assert len(await writes(world)) == 2


async def test_what_is_not_to_be_live_is_left_to_lapse(world: World, listing_id: UUID) -> None:
    await sent(world, listing_id, timedelta(days=40))
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(Listing).values(desired="unlisted", state="unlisted"))
    await look(world)
    assert len(await writes(world)) == 1
