"""What may not be sent is refused before anything leaves, at the field that is to be mended."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from tests.builders import make_certificate

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.preview import preview
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for

from .conftest import SEALING_KEY, World, picture

#: What is wrong with the product → the field that is named.
WRONG: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"name": "Miến dong " * 26}, "name"),
    ({"description": "Ăn vào chữa khỏi đau dạ dày."}, "description"),
    ({"name": "Thần dược Bình Liêu"}, "name"),
    ({"net_weight_g": 2_000_000}, "net_weight_g"),
    ({"net_weight_g": None}, "weight_g"),
    ({"group_code": "do_uong", "sub_group_code": "do_uong_co_con"}, "sub_group_code"),
    ({"group_code": "du_lich"}, "group_code"),
)


async def add(world: World, **given: Any) -> UUID:
    """A product that is fine but for what is ``given``."""
    name = given.get("name", "Miến dong Bình Liêu")
    said = {
        "name": name,
        "name_folded": fold(name),
        "sort_key": sort_key(name),
        "group_code": "thuc_pham",
        "description": "Làm từ củ dong riềng.",
        "price_vnd": 90_000,
        "net_weight_g": 500,
        **given,
    }
    side = said.pop("side", 600)
    content = picture()
    async with world.database.session(SYSTEM) as session:
        product = Product(id=new_id(), producer_id=world.producer_id, unit="gói", **said)
        session.add(product)
        await session.flush()
        session.add(
            ProductPhoto(
                product_id=product.id,
                producer_id=world.producer_id,
                sha256=hashlib.sha256(content).hexdigest(),
                media_key="photo.jpg",
                width=side,
                height=side,
                size_bytes=len(content),
            )
        )
        return product.id


async def fields_of(world: World, listing_id: UUID) -> list[str]:
    """What the preview says is wrong; the controller goes by the same."""
    async with world.database.session(SYSTEM) as session:
        shown = await preview(session, world.outside, await session.get_one(Listing, listing_id))
        return [each.field for each in shown.problems]


async def test_nothing_of_these_leaves(world: World) -> None:
    account = await world.connect()
    products = [await add(world, **given) for given, _ in WRONG]
    listings = await world.request(account, *products)
    await world.drain()
    for (given, field), listing_id in zip(WRONG, listings, strict=True):
        listing = await world.listing(listing_id)
        assert listing.state is ListingState.REJECTED, given
        assert listing.reason, given
        assert field in await fields_of(world, listing_id), given
    assert await world.history() == []
    async with world.database.session(SYSTEM) as session:
        chosen = [bulk.Chosen(product, world.producer_id, account, None) for product in products]
        cards = await bulk.dry_run(session, world.outside, chosen, "shopee")
    for (given, field), card in zip(WRONG, cards, strict=True):
        assert field in {reason.field for reason in card.problems}, given


async def test_a_price_below_the_categorys_rule_is_refused_before_the_create(world: World) -> None:
    account = await world.connect()
    (listing_id,) = await world.request(account, await add(world, price_vnd=500))
    await world.drain()
    listing = await world.listing(listing_id)
    assert listing.state is ListingState.REJECTED
    assert "Giá bán là 500 đồng" in listing.reason
    assert await world.history() == []


async def test_a_picture_too_small_for_tiki(world: World) -> None:
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
    (listing_id,) = await world.request(account.id, await add(world, side=200))
    await world.drain("tiki")
    assert (await world.listing(listing_id)).state is ListingState.REJECTED
    assert "pictures" in await fields_of(world, listing_id)
    assert await world.history("v2/requests") == []


async def test_a_lapsed_certificate_lets_nothing_new_go_up_and_keeps_true_what_stands(world: World) -> None:
    account = await world.connect()
    standing, new = await add(world), await add(world)
    (listing_id,) = await world.request(account, standing)
    await world.drain()
    assert (await world.listing(listing_id)).remote_id
    long_ago = clock.today() - timedelta(days=1500)
    async with world.database.session(SYSTEM) as session:
        for each in (standing, new):
            product = await session.get_one(Product, each)
            await make_certificate(session, product, valid_from=long_ago)
        product = await session.get_one(Product, standing)
        product.price_vnd, product.revision = 95_000, 2
        await session.flush()
        await service.product_changed(session, standing)
    (refused,) = await world.request(account, new)
    await world.hurry()
    await world.drain()
    assert (await world.listing(refused)).state is ListingState.REJECTED
    assert await fields_of(world, refused) == ["certificate"]
    assert (await world.listing(listing_id)).sent_revision == 2
