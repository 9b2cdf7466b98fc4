"""Postmart, mode ``assisted``: a person enters the product by hand and pastes the link; the page is checked."""

from __future__ import annotations

from uuid import UUID

import pytest

from ocop_hub.db import SYSTEM
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.errors import NotThisMarketplace

from .conftest import NAMES, World, picture


async def enter_by_hand(world: World, title: str, price: int = 135_000) -> str:
    """What a person does at the marketplace's own entry form."""
    answer = await world.client.post(
        f"{world.base}/postmart/seller/htx-dong-tien/new",
        data={"title": title, "price": str(price), "stock": "20", "description": "Nhập tay."},
        files=[("pictures", ("1.jpg", picture(), "image/jpeg"))],
    )
    assert answer.status_code == 303, answer.text
    return world.base + answer.headers["location"]


@pytest.fixture
async def listing_id(world: World) -> UUID:
    account = await world.connect("postmart")
    (listing,) = await world.request(account, world.products[0])
    return listing


async def give(world: World, listing_id: UUID, url: str) -> None:
    async with world.database.session(SYSTEM) as session:
        await service.give_link(
            session,
            SYSTEM_ACTOR,
            world.outside.adapters.get("postmart"),
            listing_id=listing_id,
            url=url,
        )


async def test_it_is_a_persons_turn_first(world: World, listing_id: UUID) -> None:
    listing = await world.listing(listing_id)
    assert listing.state is ListingState.NEEDS_PERSON
    assert "bộ hồ sơ" in listing.reason
    assert await world.drain("postmart") == 0


async def test_a_pasted_link_is_declared_until_its_page_was_matched(world: World, listing_id: UUID) -> None:
    await give(world, listing_id, await enter_by_hand(world, NAMES[0]))
    assert (await world.listing(listing_id)).grade is Grade.DECLARED

    await world.drain("postmart")

    listing = await world.listing(listing_id)
    assert (listing.state, listing.grade) == (ListingState.LIVE, Grade.LINK)


async def test_a_page_of_another_product_is_not_proof(world: World, listing_id: UUID) -> None:
    await give(world, listing_id, await enter_by_hand(world, "Bộ ấm chén tử sa"))
    await world.drain("postmart")
    listing = await world.listing(listing_id)
    assert listing.state is ListingState.NEEDS_PERSON
    assert "tên sản phẩm" in listing.reason


async def test_a_page_that_is_gone_takes_the_listing_out(world: World, listing_id: UUID) -> None:
    url = await enter_by_hand(world, NAMES[0])
    await give(world, listing_id, url)
    await world.drain("postmart")
    gone = url.replace(url.rsplit("-", 1)[1], "99999999.html")
    await give(world, listing_id, gone)
    await world.drain("postmart")
    assert (await world.listing(listing_id)).state is ListingState.DELETED


@pytest.mark.parametrize("url", ["https://shopee.vn/product/1/2", "không phải đường dẫn", ""])
async def test_a_link_of_somewhere_else_is_refused_with_a_sentence(
    world: World, listing_id: UUID, url: str
) -> None:
    with pytest.raises(NotThisMarketplace, match="Postmart"):
        await give(world, listing_id, url)
