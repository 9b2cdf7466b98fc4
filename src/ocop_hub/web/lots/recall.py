"""Calling a lot back: what will happen, the reason buyers read, one button; then what is left to do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.service import get_product_as_made
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.models import Desired, Listing, MarketplaceRow
from ocop_hub.publishing.queries import listings_visible_to
from ocop_hub.traceability import recall, service
from ocop_hub.traceability.errors import LotNotFound
from ocop_hub.traceability.models import Lot, LotState
from ocop_hub.web.desk.product import TO_TAKE_DOWN, product_path
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK

router = APIRouter(include_in_schema=False)


@router.get(DESK + "/lo/{lot_id}/thu-hoi")
async def ask(request: Request, session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> Response:
    """What a recall does, before it is done: it cannot be undone. Afterwards what it reached."""
    lot = await _own(session, actor, lot_id)
    if lot.state is LotState.RECALLED:
        return await _recalled(request, session, actor, lot)
    return await _form(request, session, actor, lot, "", [])


@router.post(DESK + "/lo/{lot_id}/thu-hoi")
async def call_back(request: Request, session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> Response:
    """Recall the lot and what was made from it."""
    lot = await _own(session, actor, lot_id)
    reason = (await typed(request)).get("reason", "")[:1000]
    done = await tried(session, lambda: recall.recall(session, actor, lot, reason=reason))
    if isinstance(done, HubError):
        return await _form(request, session, actor, lot, reason, problems(done, "reason"))
    return see(request.url.path, "thu-hoi")


async def _own(session: AsyncSession, actor: Actor, lot_id: UUID) -> Lot:
    lot = await service.find_lot(session, actor, lot_id)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Lô này không thuộc chủ thể của bạn nên bạn không thu hồi được.")
    return lot


async def _recalled(request: Request, session: AsyncSession, actor: Actor, lot: Lot) -> Response:
    """The lots that went with it, how many of others were told, and where the product still stands."""
    product = await get_product_as_made(session, actor, lot.product_id)
    reached = await recall.reached(session, actor, lot)
    listings = await session.execute(
        listings_visible_to(actor)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .where(Listing.product_id == lot.product_id, Listing.state.in_(TO_TAKE_DOWN))
        .with_only_columns(Listing.id, Listing.desired, MarketplaceRow.name)
        .order_by(MarketplaceRow.name, Listing.id)
    )
    context: dict[str, Any] = {
        "product_name": product.name,
        "product_href": product_path(product.id),
        "lot": {"code": lot.code, "reason": lot.recall_note},
        "with_it": [{"code": each.code, "href": f"{DESK}/lo/{each.id}"} for each in reached.with_it],
        "lots_of_others": reached.lots_of_others,
        "listings": [
            {
                "marketplace_name": each.name,
                "asked": each.desired is not Desired.LIVE,
                "action": f"{DESK}/tin-dang/{each.id}/go",
            }
            for each in listings
        ],
    }
    return render(request, "desk/recalled.html", context, notices=done_notices(request))


async def _form(
    request: Request, session: AsyncSession, actor: Actor, lot: Lot, reason: str, errors: list[Problem]
) -> Response:
    product = await get_product_as_made(session, actor, lot.product_id)
    context: dict[str, Any] = {
        "product_name": product.name,
        "lot_code": lot.code,
        "action": request.url.path,
        "back_href": f"{DESK}/lo/{lot.id}",
        "reason": reason,
        "errors": errors,
    }
    return render(request, "desk/recall.html", context, status=422 if errors else 200)
