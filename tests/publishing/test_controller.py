"""The controller against the Shopee-like sandbox: real signing, real HTTP, a real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import Sealer
from ocop_hub.marketplaces.contract import Call, Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.jobs import OUTSIDE, readiness
from ocop_hub.publishing.lane.conversation import Conversation
from ocop_hub.publishing.lane.ledger import Ledger
from ocop_hub.publishing.lane.steps import create
from ocop_hub.publishing.lane.work import claim
from ocop_hub.publishing.models import (
    AccountState,
    CallOutcome,
    Evidence,
    ItemDecision,
    Listing,
    ListingAttempt,
    ListingInterval,
    MarketplaceAccount,
    ShopItem,
    Step,
)
from ocop_hub.publishing.queries import open_items
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for
from ocop_hub.traceability.models import ResolverLink

from .conftest import SEALING_KEY, World


async def answer_all(world: World, *, adopt: bool) -> None:
    """A person answers every match of the stall."""
    async with world.database.session(SYSTEM) as session:
        items = await session.scalars(select(ShopItem).where(ShopItem.product_id.is_not(None)))
        for item in list(items):
            if adopt:
                await service.adopt(session, SYSTEM_ACTOR, item_id=item.id)
            else:
                await service.ignore(session, SYSTEM_ACTOR, item_id=item.id)


async def until_live(world: World, listing_id: UUID) -> Listing:
    for _ in range(20):
        await world.hurry()
        await world.drain()
        async with world.database.session(SYSTEM) as session:
            listing = await session.get_one(Listing, listing_id)
        if listing.state is ListingState.LIVE:
            return listing
    raise AssertionError(f"still {listing.state}: {listing.reason}")


class TestCreate:
    async def test_a_product_becomes_live_once_with_proof_interval_and_shop_link(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])

        listing = await until_live(world, listing_id)

        assert listing.grade is Grade.API
        assert listing.remote_id
        assert [row["sku"] for row in await world.history()] == [listing.seller_sku]
        async with world.database.session(SYSTEM) as session:
            open_intervals = (
                await session.scalars(
                    select(ListingInterval).where(
                        ListingInterval.listing_id == listing_id, func.upper_inf(ListingInterval.during)
                    )
                )
            ).all()
            assert [(each.state, each.grade) for each in open_intervals] == [(ListingState.LIVE, Grade.API)]
            proof = await session.scalar(
                select(Evidence).where(Evidence.listing_id == listing_id, Evidence.state == ListingState.LIVE)
            )
            assert proof is not None
            link = await session.scalar(
                select(ResolverLink.href).where(ResolverLink.product_id == world.products[1])
            )
            assert link == listing.public_url

    async def test_asking_twice_is_asking_once(self, world: World) -> None:
        account = await world.connect()
        first = await world.request(account, world.products[1])
        again = await world.request(account, world.products[1])
        assert first == again
        await until_live(world, first[0])
        await world.request(account, world.products[1])
        await until_live(world, first[0])
        assert len(await world.history()) == 1

    async def test_asking_in_the_same_moment_is_asking_once(self, world: World) -> None:
        account = await world.connect()
        asked = await asyncio.gather(*(world.request(account, world.products[0]) for _ in range(4)))
        assert len({listing_id for (listing_id,) in asked}) == 1

    async def test_several_drains_at_once_create_once(self, world: World) -> None:
        account = await world.connect()
        listings = await world.request(account, *world.products[1:])
        await asyncio.gather(*(world.drain() for _ in range(4)))
        for each in listings:
            await until_live(world, each)
        skus = [row["sku"] for row in await world.history()]
        assert len(skus) == len(set(skus)) == len(listings)


class TestNeverTwo:
    async def test_an_answer_lost_after_the_commit_is_found_not_repeated(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await world.fault("product/add_item", "drop_after_commit")

        await world.drain()

        async with world.database.session(SYSTEM) as session:
            listing = await session.get_one(Listing, listing_id)
            assert listing.step is Step.SETTLE
            assert listing.remote_id == ""
        await make_settled(world)
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    async def test_nobody_searches_before_settle_after(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await world.fault("product/add_item", "drop_after_commit")
        await world.drain()
        await world.drain()

        async with world.database.session(SYSTEM) as session:
            listing = await session.get_one(Listing, listing_id)
            sent = await session.scalar(
                select(func.max(ListingAttempt.started_at)).where(ListingAttempt.call == "publish")
            )
            assert sent is not None
            waits = world.outside.adapters.get("shopee").capabilities.settle_after
            assert listing.next_look_at >= sent + waits

    async def test_a_create_that_never_arrived_is_repeated_only_after_two_empty_looks(
        self, world: World
    ) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await abandon_before_publish(world)

        await make_settled(world)
        await world.drain()
        assert await world.history() == []
        async with world.database.session(SYSTEM) as session:
            assert (await session.get_one(Listing, listing_id)).settle_looks == 1
        await make_settled(world)
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    async def test_a_worker_that_died_after_sending_leaves_one_listing(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        adapter = world.outside.adapters.get("shopee")
        (work,) = await claim(world.database, world.outside, adapter, limit=1)
        conversation = Conversation(Ledger(world.database), adapter, work)
        await create(world.outside, conversation)  # and then nothing is written: the worker is gone

        await make_settled(world)
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    async def test_a_restored_database_finds_what_it_forgot(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            await session.execute(
                update(Listing).values(
                    remote_id="", sent_revision=0, state=ListingState.NONE, step=Step.CREATE, observed_at=None
                )
            )
            await session.execute(
                update(ListingAttempt)
                .where(ListingAttempt.call == "publish")
                .values(outcome=CallOutcome.RETRY)
            )
        await until_live(world, listing_id)
        assert len(await world.history()) == 1


class TestAnswersThatAreNone:
    @pytest.mark.parametrize("kind", ["not_json", "half_answer", "huge_answer", "other_charset"])
    async def test_a_create_is_made_once_and_what_came_is_kept(self, world: World, kind: str) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await world.fault("product/add_item", kind)
        await world.drain()

        assert (await world.listing(listing_id)).step is Step.SETTLE
        outcome, kept = await last_attempt(world, "publish")
        assert outcome is CallOutcome.UNKNOWN
        assert kept["answer"]
        await make_settled(world)
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    @pytest.mark.parametrize("kind", ["not_json", "half_answer", "huge_answer", "other_charset"])
    async def test_a_listing_is_unknown_until_the_next_look(self, world: World, kind: str) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        await world.fault("product/get_item_base_info", kind)
        await world.hurry()
        await world.drain()

        listing = await world.listing(listing_id)
        assert listing.state is ListingState.UNKNOWN
        assert listing.remote_id
        assert listing.next_look_at > clock.now()
        outcome, kept = await last_attempt(world, "status")
        assert outcome is CallOutcome.RETRY
        assert kept["answer"]
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    @pytest.mark.parametrize("kind", ["not_json", "half_answer", "huge_answer", "other_charset"])
    async def test_a_stall_that_cannot_be_read_creates_nothing(self, world: World, kind: str) -> None:
        await world.fault("product/get_item_list", kind)
        account = await world.connect()
        await world.request(account, world.products[1])
        await world.drain()
        assert await world.history() == []
        await stalls.read_shop(world.database, world.outside, account)
        await world.hurry()
        await world.drain()
        assert len(await world.history()) == 1


async def last_attempt(world: World, call: str) -> tuple[CallOutcome, Mapping[str, Any]]:
    """Outcome and kept exchange of the latest such call."""
    async with world.database.session(SYSTEM) as session:
        rows = await session.execute(
            select(ListingAttempt.outcome, ListingAttempt.exchange)
            .where(ListingAttempt.call == call)
            .order_by(ListingAttempt.started_at.desc())
            .limit(1)
        )
    outcome, exchange = rows.one()
    return outcome, exchange


async def abandon_before_publish(world: World) -> None:
    """A worker writes down that it is about to publish, and dies."""
    adapter = world.outside.adapters.get("shopee")
    (work,) = await claim(world.database, world.outside, adapter, limit=1)

    class Died(Exception):
        pass

    async def die() -> None:
        raise Died

    conversation = Conversation(Ledger(world.database), adapter, work)
    with contextlib.suppress(Died):
        await conversation.make(Call.PUBLISH, die)


async def make_settled(world: World) -> None:
    """Time passes: the lost create is as old as ``settle_after`` asks."""
    async with world.database.session(SYSTEM) as session:
        await session.execute(
            update(ListingAttempt).values(started_at=ListingAttempt.started_at - timedelta(hours=1))
        )
        await session.execute(
            update(Listing).values(settle_until=None, next_look_at=clock.now(), lease_until=None)
        )


class TestFaultsOfOurs:
    async def test_a_step_that_breaks_waits_longer_each_time_and_holds_up_nobody(self, world: World) -> None:
        account = await world.connect()
        broken, good = await world.request(account, world.products[0], world.products[1])
        async with world.database.session(SYSTEM) as session:
            # The store of these tests raises KeyError for it: no marketplace's error, and nothing foreseen.
            photos = update(ProductPhoto).where(ProductPhoto.product_id == world.products[0])
            await session.execute(photos.values(media_key="nowhere.jpg"))
        await until_live(world, good)
        listing = await world.listing(broken)
        assert listing.lease_until is None
        assert listing.attempts >= 1
        assert listing.next_look_at > clock.now()
        assert len(await world.history()) == 1


class TestAdopt:
    async def adoptable(self, world: World) -> UUID:
        async with world.database.session(SYSTEM) as session:
            product = await session.get_one(Product, world.products[0])
            product.name = "Hạt giống rau cải 50 g"
        return await world.connect()

    async def test_a_stall_with_a_match_waits_for_a_person(self, world: World) -> None:
        account = await self.adoptable(world)
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            assert row.state is AccountState.NEEDS_ANSWERS
        await world.request(account)
        await world.drain()
        assert await world.history() == []

    async def test_the_adopted_item_stands_for_the_product_and_nothing_is_created_for_it(
        self, world: World
    ) -> None:
        account = await self.adoptable(world)
        listings = await world.request(account)
        await answer_all(world, adopt=True)
        for each in listings:
            await until_live(world, each)

        created = [row["sku"] for row in await world.history()]
        assert len(created) == len(world.products) - 1
        adopted = await world.listing(listings[0])
        assert adopted.adopted
        assert adopted.seller_sku not in created

    async def test_all_are_adopted_at_once_and_each_product_for_one_item(self, world: World) -> None:
        account = await self.adoptable(world)
        async with world.database.session(SYSTEM) as session:
            first = (await session.scalars(open_items(SYSTEM_ACTOR, account).limit(1))).one()
            second = (await session.scalars(open_items(SYSTEM_ACTOR, account).offset(1).limit(1))).one()
            assert first.product_id == world.products[0]
            second.product_id = first.product_id  # two items look like the one product
            await session.flush()
            assert await service.adopt_matched(session, SYSTEM_ACTOR, account_id=account) == 1
            assert await service.adopt_matched(session, SYSTEM_ACTOR, account_id=account) == 0
            waiting = list(await session.scalars(open_items(SYSTEM_ACTOR, account)))
        assert second.id in {each.id for each in waiting}
        assert first.id not in {each.id for each in waiting}

    async def test_ignoring_lets_the_product_be_created(self, world: World) -> None:
        account = await self.adoptable(world)
        listings = await world.request(account)
        await answer_all(world, adopt=False)
        for each in listings:
            await until_live(world, each)
        assert len(await world.history()) == len(world.products)
        async with world.database.session(SYSTEM) as session:
            decided = await session.scalars(select(ShopItem.decision).where(ShopItem.product_id.is_not(None)))
            assert set(decided) == {ItemDecision.IGNORED}


class TestChanges:
    async def test_a_changed_product_is_sent_again(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            product = await session.get_one(Product, world.products[1])
            product.price_vnd = 99_000
            product.revision += 1
            await session.flush()
            await service.product_changed(session, product.id)
        await world.drain()
        listing = await until_live(world, listing_id)
        assert listing.sent_revision == 2
        page = await world.client.get(listing.public_url)
        assert "99.000" in page.text

    async def test_unlisted_and_put_up_again(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            await service.withdraw(session, SYSTEM_ACTOR, listing_id=listing_id)
        await world.hurry()
        await world.drain()
        assert (await world.listing(listing_id)).state is ListingState.UNLISTED
        await world.request(account, world.products[1])
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    async def test_a_refused_listing_says_why_and_waits_for_a_change(self, world: World) -> None:
        account = await world.connect()
        async with world.database.session(SYSTEM) as session:
            product = await session.get_one(Product, world.products[1])
            product.net_weight_g = None
        (listing_id,) = await world.request(account, world.products[1])
        await world.drain()
        listing = await world.listing(listing_id)
        assert listing.state is ListingState.REJECTED
        assert listing.reason
        await world.hurry()
        await world.drain()
        assert await world.history() == []


class TestStalls:
    async def test_a_lost_sign_in_stops_this_stall_only(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            row.credentials_sealed = Sealer(b"k" * 32).seal(
                b'{"access_token": "wrong"}', belongs_to=f"account:{account}"
            )
        await world.drain()
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            assert row.state is AccountState.NEEDS_SIGN_IN
            listing = await session.get_one(Listing, listing_id)
            assert listing.state is ListingState.PREPARING

    async def test_credentials_of_another_key_stop_this_stall_only(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            row.credentials_sealed = Sealer(b"another key " * 2 + b"12345678").seal(
                b"{}", belongs_to=f"account:{account}"
            )
        await world.drain()
        async with world.database.session(SYSTEM) as session:
            assert (await session.get_one(MarketplaceAccount, account)).state is AccountState.NEEDS_SIGN_IN
            assert (await session.get_one(Listing, listing_id)).lease_token is None

    async def test_new_credentials_let_a_stopped_stall_go_on(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            row.credentials_sealed, row.state = None, AccountState.NEEDS_SIGN_IN
        async with world.database.session(SYSTEM) as session:
            await stalls.sign_in(
                session,
                SYSTEM_ACTOR,
                account_id=account,
                credentials={"access_token": access_token_for(world.shop_id)},
                sealing_key=SEALING_KEY,
            )
        await stalls.read_shop(world.database, world.outside, account)
        await until_live(world, listing_id)

    async def test_credentials_are_sealed_and_belong_to_their_account(self, world: World) -> None:
        account = await world.connect()
        async with world.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, account)
            assert row.credentials_sealed is not None
            assert b"sandbox-token" not in row.credentials_sealed

    async def test_attempts_keep_no_secret(self, world: World) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            kept = "".join(str(each) for each in await session.scalars(select(ListingAttempt.exchange)))
        assert kept
        assert "sandbox-token" not in kept


class TestReadiness:
    @pytest.mark.parametrize("named", [True, False])
    async def test_a_changed_product_wakes_its_listings_by_name_or_not(
        self, world: World, named: bool
    ) -> None:
        account = await world.connect()
        (listing_id,) = await world.request(account, world.products[1])
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            product = await session.get_one(Product, world.products[1])
            product.revision += 1
        context = JobContext(world.database, {OUTSIDE: world.outside})

        await readiness(context, {"product_id": str(world.products[1])} if named else {})

        listing = await world.listing(listing_id)
        assert listing.step is Step.UPDATE
        assert listing.desired_revision == 2


class TestClaim:
    async def test_what_a_dead_worker_held_comes_before_all_that_never_began(self, world: World) -> None:
        account = await world.connect()
        first, second, last = await world.request(account, *world.products[:3])
        now = clock.now()
        async with world.database.session(SYSTEM) as session:
            for age, listing_id in enumerate((last, second, first), start=1):
                listing = await session.get_one(Listing, listing_id)
                listing.next_look_at = now - timedelta(minutes=age)
            (await session.get_one(Listing, last)).lease_until = now - timedelta(seconds=1)

        adapter = world.outside.adapters.get("shopee")
        works = await claim(world.database, world.outside, adapter, limit=1)

        assert [work.listing_id for work in works] == [last]
