"""An office's choice of category: held against the tree, sent with the draft, mended by what refusals teach."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from ocop_hub.db import SYSTEM
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.marketplaces.categories import Category
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing import preview
from ocop_hub.publishing.errors import AlreadyDecided, NoSuchCategory
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.mapping import lessons
from ocop_hub.publishing.mapping import reading as mapping_reads
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.models_office import CategoryMapping, CategoryTree, LessonDecision
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for

from .conftest import SEALING_KEY, World
from .test_controller import until_live

GROUP = "thuc_pham"
#: Of the simulated Shopee: a leaf, another that asks for a shelf life, and one that takes no products.
PLAIN, STRICT, PARENT = "100720", "100782", "100636"


async def choose(world: World, category_id: str, **more: Any) -> CategoryMapping:
    async with world.database.session(SYSTEM) as session:
        return await mapping.choose(
            session, SYSTEM_ACTOR, marketplace_key="shopee", group_code=GROUP, category_id=category_id, **more
        )


@pytest.fixture
async def account_id(world: World) -> UUID:
    account = await world.connect()
    assert await mapping_reads.read(world.database, world.outside, "shopee")
    return account


class TestTheTree:
    async def test_is_kept_with_its_version_and_searched_by_words(
        self, world: World, account_id: UUID
    ) -> None:
        async with world.database.session(SYSTEM) as session:
            kept = await session.get_one(CategoryTree, "shopee")
            assert len(kept.version) == 12
            ((found, path),) = mapping.search(kept.tree, "do my nghe nha cua")
            assert path == "Nhà cửa và đời sống › Đồ thủ công mỹ nghệ"
            assert kept.tree[found]["leaf"]
            assert all(kept.tree[each]["leaf"] for each, _ in mapping.search(kept.tree, ""))

    def test_its_version_tells_of_any_change(self) -> None:
        tree = (Category("1", "Thực phẩm", "", False), Category("2", "Miến", "1"))
        assert mapping.version_of(tree) == mapping.version_of(tree[::-1])
        assert mapping.version_of(tree) != mapping.version_of((tree[0], Category("2", "Bún", "1")))

    def test_a_circle_ends(self) -> None:
        tree = {
            "1": {"name": "a", "parent": "2", "leaf": True},
            "2": {"name": "b", "parent": "1", "leaf": True},
        }
        assert mapping.path_of(tree, "1").count("a") == mapping.DEEPEST / 2

    async def test_without_a_stall_nothing_is_read(self, world: World) -> None:
        assert not await mapping_reads.read(world.database, world.outside, "shopee")


class TestChoosing:
    async def test_only_a_leaf_of_the_tree(self, world: World, account_id: UUID) -> None:
        for wrong in (PARENT, "999"):
            with pytest.raises(NoSuchCategory):
                await choose(world, wrong)

    async def test_the_last_choice_is_in_force_and_the_earlier_one_is_kept(
        self, world: World, account_id: UUID
    ) -> None:
        await choose(world, PLAIN)
        await choose(world, STRICT, attributes={"Hạn sử dụng": " 6 tháng ", "": "x"})
        async with world.database.session(SYSTEM) as session:
            rows = (await session.scalars(select(CategoryMapping).order_by(CategoryMapping.since))).all()
        assert [(row.category_id, row.ended_at is None) for row in rows] == [(PLAIN, False), (STRICT, True)]
        assert rows[1].attributes == {"Hạn sử dụng": "6 tháng"}
        assert rows[1].decided_by == SYSTEM_ACTOR.label

    async def test_is_for_offices_and_known_groups(self, world: World, account_id: UUID) -> None:
        producer = Actor(Role.PRODUCER, user_id=world.producer_id)
        async with world.database.session(SYSTEM) as session:
            with pytest.raises(Forbidden):
                await mapping.choose(
                    session, producer, marketplace_key="shopee", group_code=GROUP, category_id=PLAIN
                )
            with pytest.raises(NotFound):
                await mapping.choose(
                    session, SYSTEM_ACTOR, marketplace_key="shopee", group_code="khong_co", category_id=PLAIN
                )


class TestSending:
    async def test_a_category_that_is_gone_is_refused_before_sending_and_mended_by_another_choice(
        self, world: World, account_id: UUID
    ) -> None:
        await choose(world, PLAIN)
        async with world.database.session(SYSTEM) as session:
            kept = await session.get_one(CategoryTree, "shopee")
            rest = [
                Category(each, entry["name"], entry["parent"], entry["leaf"])
                for each, entry in kept.tree.items()
                if each != PLAIN
            ]
            await mapping.keep_tree(session, "shopee", rest)
        (listing_id,) = await world.request(account_id, world.products[1])
        await world.drain()
        listing = await world.listing(listing_id)
        assert listing.state is ListingState.REJECTED
        assert "Ngành hàng" in listing.reason
        assert await world.history() == []
        async with world.database.session(SYSTEM) as session:
            seen = await preview.preview(session, world.outside, await session.get_one(Listing, listing_id))
            assert [each.field for each in seen.problems] == ["category_id"]
        await choose(world, "100780")
        await world.drain()
        await until_live(world, listing_id)
        assert len(await world.history()) == 1

    async def test_a_field_that_is_missing_becomes_a_proposal_and_a_person_takes_it(
        self, world: World, account_id: UUID
    ) -> None:
        await choose(world, STRICT)
        (listing_id,) = await world.request(account_id, world.products[1])
        await world.drain()
        assert (await world.listing(listing_id)).state is ListingState.REJECTED
        assert await world.history() == []
        async with world.database.session(SYSTEM) as session:
            (lesson,) = (await session.scalars(lessons.waiting())).all()
            assert (lesson.field, lesson.category_id, lesson.times) == (
                "attributes.Hạn sử dụng",
                STRICT,
                1,
            )
            taken = await lessons.take(
                session,
                SYSTEM_ACTOR,
                lesson_id=lesson.id,
                category_id=STRICT,
                attributes={"Hạn sử dụng": "6 tháng"},
            )
            assert taken.source.startswith("Sàn từ chối ngày")
        await world.drain()
        await until_live(world, listing_id)
        async with world.database.session(SYSTEM) as session:
            assert (await session.scalars(lessons.waiting())).all() == []
            with pytest.raises(AlreadyDecided):
                await lessons.dismiss(session, SYSTEM_ACTOR, lesson_id=lesson.id)

    async def test_a_dismissed_proposal_stays_so_when_it_is_refused_again(
        self, world: World, account_id: UUID
    ) -> None:
        await choose(world, STRICT)
        (listing_id,) = await world.request(account_id, world.products[1])
        await world.drain()
        async with world.database.session(SYSTEM) as session:
            (lesson,) = (await session.scalars(lessons.waiting())).all()
            await lessons.dismiss(session, SYSTEM_ACTOR, lesson_id=lesson.id)
        await choose(world, STRICT)
        await world.drain()
        assert (await world.listing(listing_id)).state is ListingState.REJECTED
        async with world.database.session(SYSTEM) as session:
            again = await session.get_one(type(lesson), lesson.id)
            assert (again.times, again.decision) == (2, LessonDecision.DISMISSED)


async def test_a_category_tiki_takes_no_products_in_is_refused_until_another_is_chosen(world: World) -> None:
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
        # As it was before Tiki closed this one for products.
        old = [Category("4384", "Bách hóa online")]
        await mapping.keep_tree(session, "tiki", old)
        await mapping.choose(
            session, SYSTEM_ACTOR, marketplace_key="tiki", group_code=GROUP, category_id="4384"
        )
    await stalls.read_shop(world.database, world.outside, account.id)
    assert await mapping_reads.read(world.database, world.outside, "tiki")
    (listing_id,) = await world.request(account.id, world.products[1])
    await world.drain("tiki")
    assert (await world.listing(listing_id)).state is ListingState.REJECTED
    assert await world.history("v2/requests") == []
    async with world.database.session(SYSTEM) as session:
        (lesson,) = (await session.scalars(lessons.waiting())).all()
        assert (lesson.marketplace_key, lesson.group_code, lesson.field) == ("tiki", GROUP, "category_id")
        tree = await session.get_one(CategoryTree, "tiki")
        ((category_id, _),) = mapping.search(tree.tree, "đặc sản")
        await lessons.take(session, SYSTEM_ACTOR, lesson_id=lesson.id, category_id=category_id, attributes={})
    for _ in range(30):
        await world.hurry()
        await world.drain("tiki")
        if (await world.listing(listing_id)).state is ListingState.LIVE:
            break
    assert (await world.listing(listing_id)).state is ListingState.LIVE
