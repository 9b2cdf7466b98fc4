"""What was edited on the marketplace is seen, dated, put down to somebody, and decided field by field."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import PUBLIC_ACTOR, SYSTEM_ACTOR
from ocop_hub.publishing.drift import service as drift
from ocop_hub.publishing.errors import AlreadyDecided
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.models_beside import DriftAuthor, DriftDecision, ListingDrift

from .conftest import World


async def settle(world: World, turns: int = 4) -> None:
    for _ in range(turns):
        await world.hurry()
        await world.drain()


async def live(world: World) -> Listing:
    account_id = await world.connect()
    (listing_id,) = await world.request(account_id, world.products[0])
    await settle(world)
    listing = await world.listing(listing_id)
    assert listing.state is ListingState.LIVE
    return listing


async def edit(world: World, listing: Listing, **fields: Any) -> None:
    """As the owner on the marketplace's own page, past us."""
    path = f"{world.base}/_sandbox/items/{listing.remote_id}/content"
    assert (await world.client.post(path, json=fields)).status_code == 200


async def there(world: World, listing: Listing) -> dict[str, Any]:
    """What stands on the marketplace."""
    path = f"{world.base}/_sandbox/items/{listing.remote_id}/content"
    said: dict[str, Any] = (await world.client.get(path)).json()
    return said


async def drifts(world: World, listing: Listing) -> dict[str, ListingDrift]:
    async with world.database.session(SYSTEM) as session:
        rows = await session.scalars(
            select(ListingDrift).where(ListingDrift.listing_id == listing.id, ListingDrift.ended_at.is_(None))
        )
        return {each.field: each for each in rows}


async def revise(world: World, product_id: UUID, **values: Any) -> None:
    """The producer changes her product here."""
    async with world.database.session(SYSTEM) as session:
        product = await session.get_one(Product, product_id)
        for name, value in values.items():
            setattr(product, name, value)
        product.revision += 1
    async with world.database.session(SYSTEM) as session:
        await session.execute(
            update(Listing)
            .where(Listing.product_id == product_id)
            .values(desired_revision=Listing.desired_revision + 1)
        )


class TestSeeing:
    async def test_nothing_differs_after_publishing(self, world: World) -> None:
        assert await drifts(world, await live(world)) == {}

    async def test_an_edit_there_is_seen_with_age_and_author(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, item_name="Trứng vịt giá rẻ", original_price=99_000)
        before = clock.now()
        await settle(world, 1)
        found = await drifts(world, listing)
        assert set(found) == {"title", "price_vnd"}
        assert (found["price_vnd"].ours, found["price_vnd"].theirs) == ("135000", "99000")
        assert found["title"].author is DriftAuthor.MARKETPLACE
        assert found["title"].found_at >= before
        since = found["title"].found_at
        await settle(world, 2)
        assert (await drifts(world, listing))["title"].found_at == since

    async def test_white_space_and_unicode_form_are_no_difference(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, item_name="Tru\u031b\u0301ng  vịt biển Đồng Rui ")
        await settle(world, 1)
        assert await drifts(world, listing) == {}

    async def test_an_edit_that_is_taken_back_is_over(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, original_price=99_000)
        await settle(world, 1)
        await edit(world, listing, original_price=135_000)
        await settle(world, 1)
        assert await drifts(world, listing) == {}

    async def test_a_change_they_did_not_take_is_told_as_such(self, world: World) -> None:
        listing = await live(world)
        await revise(world, listing.product_id, price_vnd=150_000)
        await settle(world, 2)
        assert (await there(world, listing))["original_price"] == 150_000
        await edit(world, listing, original_price=135_000)
        await settle(world, 1)
        assert (await drifts(world, listing))["price_vnd"].author is DriftAuthor.NOT_TAKEN

    async def test_what_stood_there_before_adoption_is_nobodys_edit(self, world: World) -> None:
        listing = Listing(adopted=True, sent_content={})
        assert drift.author_of(listing, "title", "Trứng vịt cũ") is DriftAuthor.BEFORE

    async def test_our_own_words_that_moved_on_are_sent_again(self, world: World) -> None:
        """Without a new revision: a certificate lapses and the stars go out of the description."""
        listing = await live(world)
        async with world.database.session(SYSTEM) as session:
            await session.execute(
                update(Product).where(Product.id == listing.product_id).values(storage="Nơi khô ráo.")
            )
        await settle(world, 3)
        assert "Nơi khô ráo." in (await there(world, listing))["description"]
        assert await drifts(world, listing) == {}


class TestDeciding:
    async def test_ours_is_sent_again_and_the_other_field_is_left(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, item_name="Trứng vịt giá rẻ", original_price=99_000)
        await settle(world, 1)
        found = await drifts(world, listing)
        async with world.database.session(SYSTEM) as session:
            await drift.take_ours(
                session,
                SYSTEM_ACTOR,
                world.outside.adapters.capabilities(),
                drift_id=found["price_vnd"].id,
            )
        await settle(world, 2)
        said = await there(world, listing)
        assert said["original_price"] == 135_000
        assert said["item_name"] == "Trứng vịt giá rẻ"
        assert set(await drifts(world, listing)) == {"title"}

    async def test_theirs_is_kept_in_this_listing_only(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, original_price=99_000)
        await settle(world, 1)
        found = (await drifts(world, listing))["price_vnd"]
        async with world.database.session(SYSTEM) as session:
            await drift.keep_theirs(session, SYSTEM_ACTOR, drift_id=found.id)
        await settle(world, 2)
        assert await drifts(world, listing) == {}
        assert (await world.listing(listing.id)).overrides == {"price_vnd": 99_000}
        async with world.database.session(SYSTEM) as session:
            product = await session.get_one(Product, listing.product_id)
            closed = await session.get_one(ListingDrift, found.id)
        assert product.price_vnd == 135_000
        assert (closed.decision, closed.decided_by) == (DriftDecision.THEIRS, "system")

    async def test_an_update_leaves_an_undecided_field_as_it_stands(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, item_name="Trứng vịt giá rẻ")
        await settle(world, 1)
        await revise(world, listing.product_id, price_vnd=150_000)
        await settle(world, 2)
        said = await there(world, listing)
        assert (said["item_name"], said["original_price"]) == ("Trứng vịt giá rẻ", 150_000)

    async def test_a_newer_value_of_ours_outruns_the_difference(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, original_price=99_000)
        await settle(world, 1)
        await revise(world, listing.product_id, price_vnd=150_000)
        await settle(world, 3)
        assert (await there(world, listing))["original_price"] == 150_000
        assert await drifts(world, listing) == {}

    async def test_is_decided_once_and_by_who_may(self, world: World) -> None:
        listing = await live(world)
        await edit(world, listing, original_price=99_000)
        await settle(world, 1)
        found = (await drifts(world, listing))["price_vnd"]
        async with world.database.session(SYSTEM) as session:
            with pytest.raises(NotFound):
                await drift.keep_theirs(session, PUBLIC_ACTOR, drift_id=found.id)
            await drift.keep_theirs(session, SYSTEM_ACTOR, drift_id=found.id)
            with pytest.raises(AlreadyDecided):
                await drift.keep_theirs(session, SYSTEM_ACTOR, drift_id=found.id)
