"""The controller against the TikTok-Shop-like sandbox, which takes no title under 25 characters."""

from __future__ import annotations

from uuid import UUID

import pytest

from ocop_hub.db import SYSTEM
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.models_beside import BulkKind
from ocop_hub.publishing.preview import preview
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import access_token_for

from .conftest import SEALING_KEY, World

#: The product is called “Chả mực Hạ Long”.
LONGER = "Chả mực Hạ Long – hộp 500 g"


@pytest.fixture
async def account_id(world: World) -> UUID:
    async with world.database.session(SYSTEM) as session:
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            marketplace=world.outside.adapters.get("tiktok_shop"),
            shop_id=world.shop_id,
            name="HTX chăn nuôi và dịch vụ Đồng Tiến",
            credentials={
                "access_token": access_token_for(world.shop_id),
                "shop_cipher": f"ROW_sandbox_{world.shop_id}",
            },
            sealing_key=SEALING_KEY,
        )
    await stalls.read_shop(world.database, world.outside, account.id)
    return account.id


async def until_live(world: World, listing_id: UUID) -> Listing:
    for _ in range(30):
        await world.hurry()
        await world.drain("tiktok_shop")
        listing = await world.listing(listing_id)
        if listing.state is ListingState.LIVE:
            return listing
    raise AssertionError(f"still {listing.state}: {listing.reason}")


async def test_a_short_name_is_previewed_and_goes_live_under_a_longer_title(
    world: World, account_id: UUID
) -> None:
    wish = bulk.Wish(BulkKind.PUBLISH, "tiktok_shop", world.producer_id)
    async with world.database.session(SYSTEM) as session:
        chosen = await bulk.choose(session, SYSTEM_ACTOR, wish)
        cards = await bulk.dry_run(session, world.outside, chosen, "tiktok_shop")
    assert LONGER in {card.draft.title for card in cards}
    assert [reason.code for card in cards for reason in card.problems] == []
    (listing_id,) = await world.request(account_id, world.products[2])
    async with world.database.session(SYSTEM) as session:
        seen = await preview(session, world.outside, await session.get_one(Listing, listing_id))
    assert (seen.draft.title, seen.problems) == (LONGER, ())
    listing = await until_live(world, listing_id)
    assert (listing.grade, listing.sent_content["now"]["title"]) == (Grade.API, LONGER)
    page = await world.client.get(listing.public_url)
    assert LONGER in page.text
