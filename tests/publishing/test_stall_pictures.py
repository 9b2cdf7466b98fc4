"""Pictures of items in a stall: fetched from the marketplace, held against our photos, never enough alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select, update
from tests.photos import encoded, framed, still_life

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import SYSTEM
from ocop_hub.kit.looks import look_of
from ocop_hub.marketplaces.contract import ListingDraft, Picture, Shop
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.models import AccountState, MarketplaceAccount, ShopItem
from ocop_hub.publishing.stalls import pasted, pictures
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.matching import Ground
from ocop_hub.sandbox import access_token_for

from .conftest import World


async def photograph(world: World, *seeds: int) -> None:
    """Give the products photos that can be told apart."""
    async with world.database.session(SYSTEM) as session:
        for product_id, seed in zip(world.products, seeds, strict=False):
            await session.execute(
                update(ProductPhoto)
                .where(ProductPhoto.product_id == product_id)
                .values(look=look_of(still_life(seed)))
            )


async def sold_there(world: World, title: str, photo: Image.Image) -> str:
    """Somebody put this up in the stall by hand, before it was connected; its remote id."""
    content = encoded(photo, quality=60)
    market = world.outside.adapters.get("shopee")
    shop = Shop(world.shop_id, {"access_token": access_token_for(world.shop_id)})
    picture = Picture("a" * 64, "image/jpeg", *photo.size, content)
    draft = ListingDraft(
        seller_sku=f"QUEN-{title}"[:40],
        title=title,
        description="Hàng biếu, đóng gói sẵn, giao nhanh trong ngày.",
        price_vnd=990_000,
        stock=5,
        weight_g=900,
        group="thuc_pham",
        pictures=(picture,),
    )
    seen = await market.publish(shop, draft, [await market.upload_picture(shop, picture)])
    return seen.remote_id


async def item(world: World, remote_id: str) -> ShopItem:
    async with world.database.session(SYSTEM) as session:
        found = await session.scalars(select(ShopItem).where(ShopItem.remote_id == remote_id))
        return found.one()


async def state(world: World, account_id: UUID) -> AccountState:
    async with world.database.session(SYSTEM) as session:
        return (await session.get_one(MarketplaceAccount, account_id)).state


async def test_our_photo_under_another_name_is_asked_about_and_not_adopted_with_the_rest(
    world: World,
) -> None:
    await photograph(world, 1, 2)
    ours = await sold_there(world, "Quà biếu sang trọng", framed(still_life(2)).resize((500, 500)))
    other = await sold_there(world, "Hộp quà biếu", still_life(7))

    account = await world.connect()

    asked = await item(world, ours)
    assert (asked.product_id, asked.grounds) == (world.products[1], [Ground.PICTURE])
    assert (await item(world, other)).product_id is None
    assert await state(world, account) is AccountState.NEEDS_ANSWERS  # nothing is created before the answer
    async with world.database.session(SYSTEM) as session:
        assert await service.adopt_matched(session, SYSTEM_ACTOR, account_id=account) == 0
        await service.adopt(session, SYSTEM_ACTOR, item_id=asked.id)
    assert await state(world, account) is AccountState.CONNECTED


async def test_a_product_that_comes_later_is_told_by_its_photo(world: World) -> None:
    await photograph(world, 1)
    there = await sold_there(world, "Đặc sản biếu Tết", still_life(5))
    account = await world.connect()
    assert (await item(world, there)).product_id is None

    await photograph(world, 1, 5)
    await world.request(account, world.products[1])

    assert (await item(world, there)).product_id == world.products[1]
    assert await state(world, account) is AccountState.NEEDS_ANSWERS


async def test_a_picture_that_does_not_come_or_is_none_leaves_the_stall_read(world: World) -> None:
    await photograph(world, 1)
    there = await sold_there(world, "Quà biếu sang trọng", still_life(1))
    fetched: list[str] = []

    async def page(url: str) -> bytes:
        fetched.append(url)
        return b"<html>no picture</html>"

    world.outside = replace(world.outside, fetch_picture=page)
    account = await world.connect()

    assert len(fetched) == 1
    assert ((await item(world, there)).picture_look, await state(world, account)) == (
        "",
        AccountState.CONNECTED,
    )


async def test_a_picture_seen_before_is_not_fetched_again(world: World) -> None:
    await photograph(world, 1)
    there = await sold_there(world, "Quà biếu sang trọng", still_life(7))
    account = await world.connect()
    assert (await item(world, there)).picture_look

    async def never(url: str) -> bytes:
        raise AssertionError(url)

    world.outside = replace(world.outside, fetch_picture=never)
    await stalls.read_shop(world.database, world.outside, account)
    assert (await item(world, there)).picture_look


async def test_a_pasted_page_is_told_by_its_photo_too(world: World) -> None:
    await photograph(world, 4)
    account = await world.connect("postmart")
    answer = await world.client.post(
        f"{world.base}/postmart/seller/htx-dong-tien/new",
        data={"title": "Quà quê", "price": "99000", "stock": "20", "description": "Nhập tay."},
        files=[("pictures", ("1.jpg", encoded(framed(still_life(4))), "image/jpeg"))],
    )
    async with world.database.session(SYSTEM) as session:
        marketplace = world.outside.adapters.get("postmart")
        url = world.base + answer.headers["location"]
        await pasted.paste(session, SYSTEM_ACTOR, marketplace, account_id=account, text=url)
    await pasted.read_links(world.database, world.outside, account)
    async with world.database.session(SYSTEM) as session:
        row = (await session.scalars(select(ShopItem))).one()
    assert (row.product_id, row.grounds) == (world.products[0], [Ground.PICTURE])


class TestLooks:
    @pytest.fixture
    def photo(self) -> bytes:
        return encoded(still_life(1))

    async def test_no_more_than_so_many_and_so_many_at_once(self, world: World, photo: bytes) -> None:
        under_way, most, total = 0, 0, 0

        async def fetch(url: str) -> bytes:
            nonlocal under_way, most, total
            under_way, total = under_way + 1, total + 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return photo

        outside = replace(world.outside, fetch_picture=fetch)
        addresses = {str(number): f"https://x/{number}" for number in range(pictures.MOST + 20)}
        found = await pictures.looks(outside, addresses)
        assert (total, len(found)) == (pictures.MOST, pictures.MOST)
        assert most <= pictures.AT_ONCE

    async def test_one_that_is_no_picture_does_not_touch_the_others(self, world: World, photo: bytes) -> None:
        answers = {"https://x/1": photo, "https://x/2": b"%PDF", "https://x/3": photo[:100]}

        async def fetch(url: str) -> bytes:
            return answers[url]

        outside = replace(world.outside, fetch_picture=fetch)
        found = await pictures.looks(outside, {url[-1]: url for url in answers} | {"4": ""})
        assert list(found) == ["1"]

    async def test_an_address_inside_is_refused_by_the_guard(self, world: World) -> None:
        assert await pictures.look(world.outside, "http://10.0.0.1/photo.jpg") == ""
        assert await pictures.look(world.outside, "ftp://x/photo.jpg") == ""
