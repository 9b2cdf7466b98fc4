"""Photos are no part of a revision, and a listing shows them all the same as they are now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import select

from ocop_hub.catalogue import photos, queries
from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM
from ocop_hub.media import StoredPicture
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.lane.controller import take_step
from ocop_hub.publishing.lane.ledger import Ledger
from ocop_hub.publishing.lane.work import claim

from .conftest import World
from .test_controller import until_live


@pytest.fixture
async def listing_id(world: World) -> UUID:
    account = await world.connect()
    (listing,) = await world.request(account, world.products[1])
    await until_live(world, listing)
    return listing


async def change(world: World, *, add: str = "", first: int = 0, remove: int | None = None) -> None:
    """Change the product's photos as the desk does, and do what the change wakes."""
    product_id = world.products[1]
    async with world.database.session(SYSTEM) as session:
        product = await session.get_one(Product, product_id)
        if add:
            picture = StoredPicture(key="photo.jpg", sha256=add * 64, width=600, height=600, size_bytes=1)
            await photos.add_photo(session, SYSTEM_ACTOR, product, picture)
        held: Sequence[ProductPhoto] = (await session.scalars(queries.photos_of(product_id))).all()
        if first:
            await photos.change_photo(session, SYSTEM_ACTOR, product_id, held[first].id, position=0)
        if remove is not None:
            await photos.remove_photo(session, SYSTEM_ACTOR, product_id, held[remove].id)
        await session.flush()
        await service.product_changed(session, product_id)
    await world.drain()


async def shown(world: World, listing_id: UUID) -> int:
    """How many pictures a buyer sees on the marketplace's page."""
    page = await world.client.get((await world.listing(listing_id)).public_url)
    return len(re.findall(r"<img[^>]+/shopee/file/", page.text))


async def updates(world: World) -> int:
    return len(await world.history("product/update_item"))


async def test_added_ordered_and_removed_photos_are_sent(world: World, listing_id: UUID) -> None:
    assert await shown(world, listing_id) == 1
    await change(world, add="b")
    assert (await shown(world, listing_id), await updates(world)) == (2, 1)
    await change(world, first=1)
    assert (await shown(world, listing_id), await updates(world)) == (2, 2)
    await change(world, remove=1)
    assert (await shown(world, listing_id), await updates(world)) == (1, 3)
    assert not (await world.listing(listing_id)).behind


async def test_it_is_no_revision_and_a_caption_is_not_sent(world: World, listing_id: UUID) -> None:
    await change(world, add="b")
    async with world.database.session(SYSTEM) as session:
        photo = await session.scalar(select(ProductPhoto).where(ProductPhoto.sha256 == "b" * 64))
        assert photo is not None
        await photos.change_photo(
            session, SYSTEM_ACTOR, world.products[1], photo.id, caption="Miến phơi trên giàn"
        )
        await service.product_changed(session, world.products[1])
        assert (await session.get_one(Product, world.products[1])).revision == 1
    await world.drain()
    assert await updates(world) == 1


async def test_a_photo_that_comes_while_an_update_is_under_way_is_sent_after_it(
    world: World, listing_id: UUID
) -> None:
    async with world.database.session(SYSTEM) as session:
        product = await session.get_one(Product, world.products[1])
        product.price_vnd, product.revision = 99_000, 2
        await session.flush()
        await service.product_changed(session, product.id)
    adapter = world.outside.adapters.get("shopee")
    (work,) = await claim(world.database, world.outside, adapter, limit=1)
    await change(world, add="b")  # drains nothing: the listing is held
    await take_step(world.database, world.outside, Ledger(world.database), adapter, work)
    assert await shown(world, listing_id) == 1
    await world.drain()
    assert await shown(world, listing_id) == 2
