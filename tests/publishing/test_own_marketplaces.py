"""A marketplace the program does not know, added by one file: by a profile alone, and by a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from tests.publishing.conftest import SEALING_KEY, World

from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.marketplaces import own
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES, marketplace_of
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.adapters import Adapters
from ocop_hub.publishing.jobs import drain_lanes
from ocop_hub.publishing.models import Listing, MarketplaceAccount, MarketplaceRow
from ocop_hub.publishing.reference import load_marketplaces
from ocop_hub.publishing.service import drain_entrypoint
from ocop_hub.publishing.stalls import consents
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import MarketplaceSettings

#: What is said of a marketplace that the program does not know.
NEW = """
[marketplace]
kind = "floor"
hosts = ["cho-que.example.vn"]
counts = true
"""
#: How its stalls are opened, where it has a page for that.
CONSENT = """
[consent]
page = "oauth/authorize"
token = "oauth/token"
"""
BACK = "https://ocop.example/ban-lam-viec/gian-hang/ve"
CREATE = "partner/create"


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A folder with one profile: Postmart's, under another key and name."""
    text = resources.files("ocop_hub.marketplaces").joinpath("profiles/postmart.toml").read_text("utf-8")
    text = text.replace('key = "postmart"', 'key = "cho_que"').replace('name = "Postmart', 'name = "Chợ quê')
    (tmp_path / "cho_que.toml").write_text(text + NEW, "utf-8")
    return tmp_path


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a test adds is gone after it: the registry's tables are the process's."""
    yield
    for key in ("cho_que", "cho_ban"):
        own.forget(key)


def wired(world: World, key: str, *, profile: bool = False) -> World:
    """The world with ``key`` at the sandbox's Postmart-like partner interface."""
    base = f"{world.base}/postmart"
    chosen = MarketplaceSettings(
        api_base=base,
        public_base=base,
        partner_id=PARTNER_ID,
        partner_key=PARTNER_KEY,
        profile=profile,
        settle_after_s=0.05,
    )
    return replace(world, outside=replace(world.outside, adapters=Adapters(world.client, {key: chosen})))


async def published(world: World, key: str) -> Listing:
    """One product asked onto the marketplace, and the controller let run until it stands there."""
    async with world.database.session(SYSTEM) as session:
        await load_marketplaces(session)
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            marketplace=world.outside.adapters.get(key),
            shop_id=world.shop_id,
            name="HTX chăn nuôi và dịch vụ Đồng Tiến",
            credentials={"access_token": access_token_for(world.shop_id)},
            sealing_key=SEALING_KEY,
        )
    if world.outside.adapters.get(key).capabilities.lists_items:
        await stalls.read_shop(world.database, world.outside, account.id)
    (listing_id,) = await world.request(account.id, world.products[0])
    return await until_live(world, key, listing_id)


async def until_live(world: World, key: str, listing_id: UUID) -> Listing:
    for _ in range(30):
        await world.drain(key)
        listing = await world.listing(listing_id)
        if listing.state is ListingState.LIVE:
            return listing
        await world.hurry()
    raise AssertionError(f"still {listing.state}: {listing.reason}")


@pytest.mark.usefixtures("forgotten")
class TestByProfile:
    async def test_a_product_is_put_up_once(self, world: World, profiles: Path) -> None:
        assert own.load(profiles, ()) == ("cho_que",)
        here = wired(world, "cho_que")
        listing = await published(here, "cho_que")
        assert listing.grade is Grade.API
        assert listing.public_url == f"{world.base}/postmart/p/san-pham-{listing.remote_id}.html"
        assert [row["sku"] for row in await world.history(CREATE)] == [listing.seller_sku]
        page = await world.client.get(listing.public_url)
        assert "Trứng vịt biển Đồng Rui" in page.text

    async def test_a_lost_answer_is_found_not_repeated(self, world: World, profiles: Path) -> None:
        own.load(profiles, ())
        await world.fault("post/products", "drop_after_commit")
        listing = await published(wired(world, "cho_que"), "cho_que")
        assert [row["sku"] for row in await world.history(CREATE)] == [listing.seller_sku]

    async def test_its_stalls_are_opened_by_consent_and_renewed(self, world: World, profiles: Path) -> None:
        file = profiles / "cho_que.toml"
        file.write_text(file.read_text("utf-8") + CONSENT, "utf-8")
        own.load(profiles, ())
        here = wired(world, "cho_que")
        adapter = here.outside.adapters.get("cho_que")
        async with world.database.session(SYSTEM) as session:
            await load_marketplaces(session)
            url = await consents.set_out(
                session,
                SYSTEM_ACTOR,
                adapter,
                producer_id=world.producer_id,
                shop_id=world.shop_id,
                browser="b",
                redirect_uri=BACK,
            )
        page, _, query = url.partition("?")
        asked = dict(parse_qsl(query))
        assert (await world.client.get(url)).status_code == 200
        form = {**asked, "shop_id": world.shop_id, "answer": "yes"}
        agreed = await world.client.post(page, data=form)
        back = dict(parse_qsl(urlsplit(agreed.headers["location"]).query))
        async with world.database.session(SYSTEM) as session:
            wish = await consents.come_back(session, SYSTEM_ACTOR, state=back["state"], browser="b")
        grant = await consents.exchange(adapter, wish, back, redirect_uri=BACK)
        async with world.database.session(SYSTEM) as session:
            account = await consents.take(
                session, SYSTEM_ACTOR, adapter, wish, grant, sealing_key=SEALING_KEY
            )
        assert account.shop_id == world.shop_id
        await stalls.read_shop(world.database, here.outside, account.id)

        # The marketplace ends the token early: it is renewed, and the step is made all the same.
        lapsed = {"market": "postmart", "shop_id": world.shop_id, "withdraw": False}
        assert (await world.client.post(f"{world.base}/_sandbox/grants", json=lapsed)).status_code == 204
        async with world.database.session(SYSTEM) as session:
            held = await session.get_one(MarketplaceAccount, account.id)
            held.granted_at = clock.now() - timedelta(hours=1)
        (listing_id,) = await here.request(account.id, world.products[0])
        listing = await until_live(here, "cho_que", listing_id)
        assert [row["sku"] for row in await world.history(CREATE)] == [listing.seller_sku]
        assert len(await world.history("token")) == 2

    async def test_it_stands_in_every_table(self, world: World, profiles: Path) -> None:
        own.load(profiles, ())
        async with world.database.session(SYSTEM) as session:
            await load_marketplaces(session)
            row = await session.get_one(MarketplaceRow, "cho_que")
        assert (row.has_adapter, row.name) == (True, "Chợ quê (Nông sản Bưu điện)")
        assert drain_entrypoint("cho_que") in {kind.name for kind in drain_lanes()}
        found = marketplace_of("https://cho-que.example.vn/p/a-1.html")
        assert found is not None
        assert found.key == "cho_que"


class TestKnownMarketplace:
    async def test_a_profile_that_ships_is_off_until_it_is_chosen(self, world: World) -> None:
        by_hand = wired(world, "postmart").outside.adapters.get("postmart")
        by_profile = wired(world, "postmart", profile=True).outside.adapters.get("postmart")
        assert (by_hand.capabilities.mode.value, by_profile.capabilities.mode.value) == ("assisted", "api")

    async def test_chosen_it_puts_up_by_itself(self, world: World) -> None:
        listing = await published(wired(world, "postmart", profile=True), "postmart")
        assert listing.grade is Grade.API
        assert len(await world.history(CREATE)) == 1


@pytest.mark.usefixtures("forgotten")
class TestByModule:
    async def test_a_product_is_put_up_once(self, world: World) -> None:
        assert own.load(None, ["tests.publishing.own_market"]) == ("cho_ban",)
        listing = await published(wired(world, "cho_ban"), "cho_ban")
        assert (listing.grade, listing.remote_id.isdigit()) == (Grade.API, True)
        assert [row["sku"] for row in await world.history(CREATE)] == [listing.seller_sku]


async def test_forgetting_leaves_nothing(profiles: Path) -> None:
    before = (set(MARKETPLACES), set(ADAPTERS))
    own.load(profiles, ["tests.publishing.own_market"])
    for key in ("cho_que", "cho_ban"):
        own.forget(key)
    assert (set(MARKETPLACES), set(ADAPTERS)) == before
