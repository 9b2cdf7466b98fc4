"""What already stands in a stall: each item is adopted for a product or set aside, one by one or all at once."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.db import SessionDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing import service
from ocop_hub.publishing.models import MarketplaceAccount, ShopItem
from ocop_hub.publishing.queries import open_items
from ocop_hub.web import goods
from ocop_hub.web.forms import done_notices, see
from ocop_hub.web.i18n import N_
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.stalls import STALLS

router = APIRouter(include_in_schema=False)

_CHOOSE: Final = N_("Chọn sản phẩm")
_MOST_SHOWN: Final = 100
_MOST_PRODUCTS: Final = 300


@router.get(STALLS + "/{stall_id}/muc")
async def show_items(
    request: Request, session: SessionDep, actor: SignedInActorDep, stall_id: UUID
) -> Response:
    """Items nobody answered yet, those that look like a product first."""
    account = await service.account_of(session, actor, stall_id)
    may_change = actor.may_change(account.producer_id)
    items = list(await session.scalars(open_items(actor, stall_id).limit(_MOST_SHOWN)))
    products = await _products(session, actor, account)
    names = dict(products)
    matched = [each for each in items if each.product_id in names]
    context: dict[str, Any] = {
        "stall_name": account.name,
        "adopt_all_href": f"{STALLS}/{stall_id}/muc" if may_change and len(matched) > 1 else "",
        "matched": [_row(each, names) for each in matched],
        "others": [_row(each, names) for each in items if each.product_id not in names],
        "product_options": goods.options(
            [(str(id), name) for id, name in products], request_language(request), first=_CHOOSE
        ),
        "may_change": may_change,
        "back_href": STALLS,
    }
    return render(request, "desk/stall_items.html", context, notices=done_notices(request))


@router.post(STALLS + "/{stall_id}/muc")
async def adopt_all(session: SessionDep, actor: SignedInActorDep, stall_id: UUID) -> Response:
    """Adopt every item for the product that it looks like."""
    await service.adopt_matched(session, actor, account_id=stall_id)
    return see(f"{STALLS}/{stall_id}/muc", "nhan")


async def _products(
    session: AsyncSession, actor: Actor, account: MarketplaceAccount
) -> list[tuple[UUID, str]]:
    """The producer's products that an item may be."""
    rows = await session.execute(
        visible_to(actor)
        .with_only_columns(Product.id, Product.name)
        .where(Product.producer_id == account.producer_id)
        .order_by(Product.sort_key, Product.id)
        .limit(_MOST_PRODUCTS)
    )
    return [(id, name) for id, name in rows]


def _row(item: ShopItem, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "title": item.title,
        "price_vnd": item.price_vnd,
        "link": item.public_url,
        "product_name": names.get(item.product_id, "") if item.product_id else "",
        "adopt_href": f"{DESK}/muc/{item.id}/nhan",
        "ignore_href": f"{DESK}/muc/{item.id}/bo-qua",
    }
