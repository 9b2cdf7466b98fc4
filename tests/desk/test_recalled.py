"""A product with a lot called back and a listing still shown: taking it down is offered first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.desk.work import TaskKind, tasks
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import Role
from ocop_hub.traceability.models import EventKind, LotState


async def test_taking_down_is_offered_while_the_recall_is_news(session: AsyncSession) -> None:
    cast = await builders.make_cast(session)
    actor = builders.actor_for(cast.hoa, Role.PRODUCER, cast.hers)
    product = await builders.make_product(session, cast.hers)
    account = await builders.make_account(session, cast.hers)
    listing = await builders.make_listing(session, product, account)
    listing.state = ListingState.LIVE
    lot = await builders.make_lot(session, product, "LO-7", state=LotState.RECALLED)
    await builders.make_event(session, lot, EventKind.RECALL, at=clock.now() - timedelta(days=40))
    assert TaskKind.TAKE_DOWN not in {each.kind for each in await tasks(session, actor)}
    await builders.make_event(session, lot, EventKind.RECALL, at=clock.now())
    first = (await tasks(session, actor))[0]
    assert (first.kind, first.product_id, first.detail) == (TaskKind.TAKE_DOWN, product.id, "LO-7")
    listing.state = ListingState.UNLISTED
    assert TaskKind.TAKE_DOWN not in {each.kind for each in await tasks(session, actor)}
