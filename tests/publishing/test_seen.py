"""A page that refuses programs is looked at by an officer, whose picture is the proof for 90 days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.builders import BA_CHE

from ocop_hub.db import SYSTEM
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.marketplaces.pages import REFUSES_ROBOTS
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.publishing import seen
from ocop_hub.publishing.errors import AlreadyProven, NotThisMarketplace
from ocop_hub.publishing.lane.steps import REFUSES_ROBOTS_TEXT
from ocop_hub.publishing.models import Evidence, Listing

from .conftest import NAMES, World
from .test_assisted import enter_by_hand, give

PICTURE = "pictures/aa/bb.jpg"


@pytest.fixture
async def listing_id(world: World) -> AsyncIterator[UUID]:
    """A listing whose page exists and answers 403 to programs."""
    robots = f"{world.base}/_sandbox/robots"
    ordered = await world.client.put(robots, json={"market": "postmart"})
    assert ordered.status_code == 204
    account = await world.connect("postmart")
    (listing,) = await world.request(account, world.products[0])
    await give(world, listing, await enter_by_hand(world, NAMES[0]))
    await world.drain("postmart")
    yield listing
    await world.client.put(robots, json={"market": "postmart", "refuse": False})


async def confirm(
    world: World, listing_id: UUID, actor: Actor = SYSTEM_ACTOR, url: str = "", picture: str = PICTURE
) -> None:
    async with world.database.session(actor.scope) as session:
        await seen.confirm(
            session,
            actor,
            world.outside.adapters.get("postmart"),
            listing_id=listing_id,
            picture_key=picture,
            url=url,
        )


@pytest.fixture
def officer() -> Actor:
    return Actor(Role.OFFICER_PROVINCE, user_id=new_id(), name="Minh")


async def asked_for(world: World, actor: Actor) -> list[UUID]:
    async with world.database.session(actor.scope) as session:
        return [each.id for each in await session.scalars(seen.to_look_at(actor))]


async def test_what_a_program_cannot_open_is_asked_of_an_officer(
    world: World, listing_id: UUID, officer: Actor
) -> None:
    listing = await world.listing(listing_id)
    assert (listing.state, listing.raw_state) == (ListingState.UNKNOWN, REFUSES_ROBOTS)
    assert listing.reason == REFUSES_ROBOTS_TEXT
    assert await asked_for(world, officer) == [listing_id]
    await confirm(world, listing_id, officer)
    listing = await world.listing(listing_id)
    assert (listing.state, listing.grade) == (ListingState.LIVE, Grade.SEEN)
    async with world.database.session(SYSTEM) as session:
        proof = await session.scalar(
            select(Evidence).where(Evidence.listing_id == listing_id, Evidence.grade == Grade.SEEN)
        )
        assert proof is not None
        assert (proof.checks["picture"], proof.seen_by) == (PICTURE, officer.label)
    assert await asked_for(world, officer) == []
    assert await world.drain("postmart") == 0  # no program undoes what was seen


async def test_a_second_look_is_another_proof_and_the_same_picture_is_none(
    world: World, listing_id: UUID, officer: Actor
) -> None:
    await confirm(world, listing_id, officer)
    await confirm(world, listing_id, officer)
    await confirm(world, listing_id, officer, picture="pictures/cc/dd.jpg")
    async with world.database.session(SYSTEM) as session:
        proofs = (
            await session.scalars(
                select(Evidence).where(Evidence.listing_id == listing_id, Evidence.grade == Grade.SEEN)
            )
        ).all()
    assert len(proofs) == 2


async def test_it_is_asked_again_before_it_lapses_and_looked_at_by_program_after(
    world: World, listing_id: UUID, officer: Actor
) -> None:
    await confirm(world, listing_id, officer)
    listing = await world.listing(listing_id)
    assert timedelta(days=89) < listing.next_look_at - clock.now() <= timedelta(days=90)
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(Listing).values(observed_at=clock.now() - timedelta(days=85)))
    assert await asked_for(world, officer) == [listing_id]
    await world.hurry()
    await world.drain("postmart")
    assert (await world.listing(listing_id)).state is ListingState.UNKNOWN


async def test_an_officer_of_the_commune_may_and_one_of_another_may_not(
    world: World, listing_id: UUID
) -> None:
    async with world.database.session(SYSTEM) as session:
        producer = await session.get_one(Producer, world.producer_id)
        producer.current_unit_id = BA_CHE
    stranger = Actor(Role.OFFICER_COMMUNE, user_id=new_id(), name="Xã khác", unit_id="00000@2025-07-01")
    with pytest.raises(NotFound):
        await confirm(world, listing_id, stranger)
    await confirm(world, listing_id, Actor(Role.OFFICER_COMMUNE, user_id=new_id(), name="Xã", unit_id=BA_CHE))
    assert (await world.listing(listing_id)).grade is Grade.SEEN


async def test_a_producer_does_not_confirm_her_own(world: World, listing_id: UUID) -> None:
    own = Actor(Role.PRODUCER, user_id=new_id(), producers=frozenset({world.producer_id}))
    with pytest.raises(Forbidden):
        await confirm(world, listing_id, own)


async def test_another_address_and_what_is_proven_already(
    world: World, listing_id: UUID, officer: Actor
) -> None:
    with pytest.raises(NotThisMarketplace):
        await confirm(world, listing_id, officer, url="https://vidu.vn/san-pham")
    async with world.database.session(SYSTEM) as session:
        listing = await session.get_one(Listing, listing_id)
        listing.state, listing.grade = ListingState.LIVE, Grade.LINK
    with pytest.raises(AlreadyProven):
        await confirm(world, listing_id, officer)
