"""Doubles in a stall: planted, found, repaired by one click; nothing happens without it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from ocop_hub.db import SYSTEM
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import BadAnswer, Item, ItemPage, ListingState, Picture, Shop
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing import service
from ocop_hub.publishing.draft import build_draft
from ocop_hub.publishing.models import (
    DoubleCause,
    DoubleState,
    Listing,
    ListingDouble,
    MarketplaceAccount,
    ShopItem,
)
from ocop_hub.publishing.stalls import reconcile
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.reconcile import Ours, find_doubles
from ocop_hub.publishing.stalls.sealed import open_shop
from ocop_hub.publishing.subject import load_subjects

from .conftest import SEALING_KEY, World, picture
from .test_controller import until_live

SHOP = Shop("1", {})


def item(remote_id: str, sku: str = "OURS", state: ListingState = ListingState.LIVE) -> Item:
    return Item(remote_id, "Miến dong", 1, seller_sku=sku, state=state)


class TestFinding:
    OURS = Ours(uuid4(), "OURS", "10", False)

    def found(self, *items: Item, ours: Ours = OURS) -> list[tuple[str, str]]:
        return [(each.keep.remote_id, each.extra.remote_id) for each in find_doubles([ours], items)]

    def test_one_is_no_double(self) -> None:
        assert self.found(item("10"), item("11", "FOREIGN"), item("12", "")) == []

    def test_the_oldest_live_one_stays(self) -> None:
        assert self.found(item("9"), item("10"), item("100")) == [("9", "10"), ("9", "100")]
        assert self.found(item("9", state=ListingState.IN_REVIEW), item("10")) == [("10", "9")]

    def test_what_is_down_is_no_double(self) -> None:
        assert self.found(item("9", state=ListingState.UNLISTED), item("10")) == []
        assert self.found(item("9", state=ListingState.DELETED), item("10")) == []

    def test_the_adopted_one_stays_although_a_copy_is_ours(self) -> None:
        adopted = Ours(uuid4(), "OURS", "50", True)
        assert self.found(item("50", "FOREIGN"), item("9"), ours=adopted) == [("50", "9")]
        assert self.found(item("50", "FOREIGN"), ours=adopted) == []

    def test_an_adopted_one_that_is_gone_leaves_the_copies_to_the_first_rule(self) -> None:
        adopted = Ours(uuid4(), "OURS", "50", True)
        assert self.found(item("9"), ours=adopted) == []
        assert self.found(item("9"), item("10"), ours=adopted) == [("9", "10")]

    def test_two_stalls_products_do_not_mix(self) -> None:
        other = Ours(uuid4(), "OTHER", "11", False)
        assert find_doubles([self.OURS, other], [item("10"), item("11", "OTHER")]) == []


class TestReading:
    class Pages:
        """A stall whose list goes on as its cursors say."""

        def __init__(self, cursors: dict[str, str]) -> None:
            self.cursors = cursors
            self.asked = 0

        async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
            self.asked += 1
            return ItemPage((item(cursor or "0"), item("same")), self.cursors.get(cursor, f"{cursor}1"))

    async def test_each_item_comes_once(self) -> None:
        items = await stalls.all_items(self.Pages({"": "a", "a": "b", "b": ""}), SHOP)
        assert [each.remote_id for each in items] == ["0", "same", "a", "b"]

    async def test_a_list_that_comes_back_to_a_page_is_no_list(self) -> None:
        pages = self.Pages({"": "a", "a": "b", "b": "a"})
        with pytest.raises(BadAnswer, match="không kết thúc"):
            await stalls.all_items(pages, SHOP)
        assert pages.asked == 3

    async def test_a_list_without_an_end_is_no_list(self) -> None:
        pages = self.Pages({})
        with pytest.raises(BadAnswer):
            await stalls.all_items(pages, SHOP)
        assert pages.asked == stalls.MOST_PAGES


async def plant(world: World, account_id: UUID, product_id: UUID) -> str:
    """Create a second item of our SKU behind the hub's back; its remote id."""
    async with world.database.session(SYSTEM) as session:
        account = await session.get_one(MarketplaceAccount, account_id)
        subjects = await load_subjects(session, [product_id], public_url="https://ocop.example")
    photo = Picture("a" * 64, "image/jpeg", 600, 600, picture())
    draft = build_draft(subjects[product_id][0], overrides={}, pictures=[photo])
    market, shop = world.outside.adapters.get("shopee"), open_shop(account, SEALING_KEY)
    refs = [await market.upload_picture(shop, photo)]
    return (await market.publish(shop, draft, refs)).remote_id


async def doubles(world: World) -> list[ListingDouble]:
    async with world.database.session(SYSTEM) as session:
        return list(await session.scalars(select(ListingDouble)))


async def repair(world: World, double_id: UUID) -> None:
    async with world.database.session(SYSTEM) as session:
        await reconcile.ask_repair(session, SYSTEM_ACTOR, double_id=double_id)
    await reconcile.repair(world.database, world.outside, double_id)


async def shop_doubles(world: World) -> list[dict[str, Any]]:
    """SKUs that stand more than once and are up, by the sandbox's own count."""
    answer = await world.client.get(f"{world.base}/shopee/shop/{world.shop_id}")
    titles = [line for line in answer.text.split("<li") if "Miến dong Bình Liêu" in line]
    return [{"titles": titles}] if len(titles) > 1 else []


async def test_a_planted_double_is_found_and_one_click_takes_it_down(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, world.products[1])
    listing = await until_live(world, listing_id)
    assert await reconcile.reconcile(world.database, world.outside, account) == 0
    extra = await plant(world, account, world.products[1])

    assert await reconcile.reconcile(world.database, world.outside, account) == 1
    assert await reconcile.reconcile(world.database, world.outside, account) == 1  # found twice, kept once
    (row,) = await doubles(world)
    assert (row.keep_remote_id, row.extra_remote_id) == (listing.remote_id, extra)
    assert (row.cause, row.state) == (DoubleCause.SAME_SKU, DoubleState.FOUND)
    assert await shop_doubles(world), "the plant must be seen where a buyer sees it"

    await repair(world, row.id)

    (row,) = await doubles(world)
    assert row.state is DoubleState.REPAIRED
    assert await shop_doubles(world) == []
    assert await reconcile.reconcile(world.database, world.outside, account) == 0
    assert (await until_live(world, listing_id)).remote_id == listing.remote_id


async def test_a_copy_beside_an_adopted_item_is_found(world: World) -> None:
    account = await world.connect()
    async with world.database.session(SYSTEM) as session:
        foreign = await session.scalar(select(ShopItem).where(ShopItem.account_id == account).limit(1))
        assert foreign is not None
        adopted = await service.adopt(session, SYSTEM_ACTOR, item_id=foreign.id, product_id=world.products[1])
    extra = await plant(world, account, world.products[1])
    assert await reconcile.reconcile(world.database, world.outside, account) == 1
    (row,) = await doubles(world)
    assert (row.cause, row.extra_remote_id) == (DoubleCause.BESIDE_ADOPTED, extra)
    assert row.keep_remote_id == adopted.remote_id


async def test_a_double_that_went_by_itself_needs_no_click(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, world.products[1])
    await until_live(world, listing_id)
    extra = await plant(world, account, world.products[1])
    await reconcile.reconcile(world.database, world.outside, account)
    await world.client.post(f"{world.base}/_sandbox/items/{extra}/state", json={"word": "SELLER_DELETE"})
    await reconcile.reconcile(world.database, world.outside, account)
    assert [row.state for row in await doubles(world)] == [DoubleState.GONE]


async def test_a_repair_that_does_not_work_says_why_and_may_be_asked_again(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, world.products[1])
    await until_live(world, listing_id)
    await plant(world, account, world.products[1])
    await reconcile.reconcile(world.database, world.outside, account)
    (row,) = await doubles(world)
    await world.fault("product/unlist_item", "500")
    await repair(world, row.id)
    (row,) = await doubles(world)
    assert (row.state, bool(row.problem)) == (DoubleState.FOUND, True)
    await repair(world, row.id)
    (row,) = await doubles(world)
    assert (row.state, row.problem) == (DoubleState.REPAIRED, "")


async def test_a_listing_that_stood_for_the_copy_moves_to_the_one_that_stays(world: World) -> None:
    account = await world.connect()
    extra_first = await plant(world, account, world.products[1])
    (listing_id,) = await world.request(account, world.products[1])
    await until_live(world, listing_id)
    second = await plant(world, account, world.products[1])
    async with world.database.session(SYSTEM) as session:
        listing = await session.get_one(Listing, listing_id)
        listing.remote_id = second
    await reconcile.reconcile(world.database, world.outside, account)
    (row,) = await doubles(world)
    assert (row.keep_remote_id, row.extra_remote_id) == (extra_first, second)
    await repair(world, row.id)
    assert (await until_live(world, listing_id)).remote_id == extra_first


async def test_a_stall_that_cannot_be_read_changes_nothing(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, world.products[1])
    await until_live(world, listing_id)
    await plant(world, account, world.products[1])
    await reconcile.reconcile(world.database, world.outside, account)
    await world.fault("product/get_item_list", "500")
    assert await reconcile.reconcile(world.database, world.outside, account) == 0
    assert [row.state for row in await doubles(world)] == [DoubleState.FOUND]


async def test_a_stall_is_read_again_after_a_day(world: World) -> None:
    account = await world.connect()

    async def waiting() -> int:
        async with world.database.session(SYSTEM) as session:
            await reconcile.due_stalls(session)
            found = await session.scalar(
                text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name"), {"name": reconcile.RECONCILE}
            )
            return int(found or 0)

    assert await waiting() == 0
    async with world.database.session(SYSTEM) as session:
        stall = await session.get_one(MarketplaceAccount, account)
        stall.items_read_at = clock.now() - reconcile.EVERY
    assert await waiting() == 1
    assert await waiting() == 1
    await reconcile.reconcile(world.database, world.outside, account)
    async with world.database.session(SYSTEM) as session:
        read_at = (await session.get_one(MarketplaceAccount, account)).items_read_at
    assert read_at is not None
    assert clock.now() - read_at < reconcile.EVERY / 2


async def test_nobody_repairs_anothers_stall(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, world.products[1])
    await until_live(world, listing_id)
    await plant(world, account, world.products[1])
    await reconcile.reconcile(world.database, world.outside, account)
    (row,) = await doubles(world)
    stranger = Actor(Role.PRODUCER, user_id=uuid4(), producers=frozenset({uuid4()}))
    async with world.database.session(SYSTEM) as session:
        with pytest.raises(NotFound):
            await reconcile.ask_repair(session, stranger, double_id=row.id)
