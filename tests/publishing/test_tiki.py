"""The controller against the Tiki-like sandbox: requests that become products, made once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import update

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for

from .conftest import SEALING_KEY, World

CREATE = "v2/requests"


@pytest.fixture
async def listing_id(world: World) -> UUID:
    async with world.database.session(SYSTEM) as session:
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            marketplace=world.outside.adapters.get("tiki"),
            shop_id=world.shop_id,
            name="HTX chăn nuôi và dịch vụ Đồng Tiến",
            credentials={"access_token": access_token_for(world.shop_id)},
            sealing_key=SEALING_KEY,
        )
    await stalls.read_shop(world.database, world.outside, account.id)
    (listing,) = await world.request(account.id, world.products[1])
    return listing


async def until(world: World, listing_id: UUID, state: ListingState) -> Listing:
    for _ in range(30):
        await world.hurry()
        await world.drain("tiki")
        listing = await world.listing(listing_id)
        if listing.state is state:
            return listing
    raise AssertionError(f"still {listing.state}: {listing.reason}")


async def test_a_request_becomes_a_product_and_is_put_up(world: World, listing_id: UUID) -> None:
    await world.drain("tiki")
    assert (await world.listing(listing_id)).remote_id.startswith("request:")
    listing = await until(world, listing_id, ListingState.LIVE)
    assert listing.remote_id.isdigit()
    assert listing.grade is Grade.API
    assert listing.public_url.endswith(f"-p{listing.remote_id}.html")
    assert len(await world.history(CREATE)) == 1


async def test_what_was_approved_is_put_up_at_once(world: World, listing_id: UUID) -> None:
    await world.drain("tiki")
    await asyncio.sleep(0.2)  # the sandbox's review
    await world.hurry()
    await world.drain("tiki")
    assert (await world.listing(listing_id)).state is ListingState.LIVE


@pytest.mark.parametrize("fault", ["drop_after_commit", "half_answer", "late_commit"])
async def test_a_lost_answer_is_found_not_repeated(world: World, listing_id: UUID, fault: str) -> None:
    await world.fault(CREATE, fault, delay_s=0.05)
    listing = await until(world, listing_id, ListingState.LIVE)
    assert [row["sku"] for row in await world.history(CREATE)] == [listing.seller_sku]


async def test_a_rejected_request_is_made_anew_after_the_product_changed(
    world: World, listing_id: UUID
) -> None:
    await world.drain("tiki")
    (made,) = await world.history(CREATE)
    await world.client.post(f"{world.base}/_sandbox/items/{made['item_id']}/state", json={"word": "rejected"})
    listing = await until(world, listing_id, ListingState.REJECTED)
    assert "Ảnh chưa rõ" in listing.reason
    for _ in range(3):
        await world.hurry()
        await world.drain("tiki")
    assert len(await world.history(CREATE)) == 1

    async with world.database.session(SYSTEM) as session:
        await session.execute(
            update(Product).where(Product.id == world.products[1]).values(revision=2, name="Miến dong mới")
        )
        await service.product_changed(session, world.products[1])
    listing = await until(world, listing_id, ListingState.LIVE)
    assert len(await world.history(CREATE)) == 2
    assert listing.remote_id.isdigit()
