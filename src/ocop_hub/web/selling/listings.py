"""What people decide about listings, as buttons: put up, give a link, look again, take down, adopt or not."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from ocop_hub.catalogue.service import get_product
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing import service
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.web.desk.product import product_path, show
from ocop_hub.web.forms import see, tried
from ocop_hub.web.public.front import DESK
from ocop_hub.web.selling.stalls import STALLS
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

#: Answered from the page of a stall's items: there is where the next one waits.
TO_ITEMS: Final = "muc"


@router.post(DESK + "/san-pham/{product_id}/len-san/{account_id}")
async def put_up(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    product_id: UUID,
    account_id: UUID,
) -> Response:
    """Đưa lên sàn."""
    await get_product(session, actor, product_id)
    asked = await tried(
        session,
        lambda: service.request_listing(session, actor, product_id=product_id, account_id=account_id),
    )
    if isinstance(asked, NotFound):
        raise asked
    if isinstance(asked, HubError):
        notice = Notice(asked.detail, "bad", asked.title)
        return await show(
            request, session, settings, actor, outside, product_id, notices=[notice], status=asked.status
        )
    return see(f"{product_path(product_id)}#tin-{asked.id}", "len-san")


@router.post(DESK + "/tin-dang/{listing_id}/duong-dan")
async def give_link(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    listing_id: UUID,
    url: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Dán đường dẫn: the page is fetched and held against the product by the worker."""
    listing = await service.listing_of(session, actor, listing_id)
    given = await tried(
        session,
        lambda: service.give_link(
            session, actor, adapter_of(outside, listing.marketplace_key), listing_id=listing_id, url=url
        ),
    )
    if isinstance(given, HubError):
        wrong = [{"field": f"url-{listing_id}", "problem": given.detail, "value": url}]
        return await show(
            request,
            session,
            settings,
            actor,
            outside,
            listing.product_id,
            errors=wrong,
            status=given.status,
        )
    return see(f"{product_path(listing.product_id)}#tin-{listing_id}", "duong-dan")


@router.post(DESK + "/tin-dang/{listing_id}/kiem-tra")
async def look_again(session: SessionDep, actor: SignedInActorDep, listing_id: UUID) -> Response:
    """Kiểm tra lại."""
    listing = await service.refresh(session, actor, listing_id=listing_id)
    return see(f"{product_path(listing.product_id)}#tin-{listing_id}", "kiem-tra")


@router.post(DESK + "/tin-dang/{listing_id}/go")
async def take_down(session: SessionDep, actor: SignedInActorDep, listing_id: UUID) -> Response:
    """Gỡ khỏi sàn, for now."""
    listing = await service.withdraw(session, actor, listing_id=listing_id)
    return see(f"{product_path(listing.product_id)}#tin-{listing_id}", "go")


@router.post(DESK + "/muc/{item_id}/nhan")
async def adopt(
    session: SessionDep,
    actor: SignedInActorDep,
    item_id: UUID,
    product_id: Annotated[UUID | None, Form()] = None,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Nhận tin đăng này; without ``product_id`` for the product that was matched. ``back``: to the stall's items."""
    listing = await service.adopt(session, actor, item_id=item_id, product_id=product_id)
    if back == TO_ITEMS:
        return see(f"{STALLS}/{listing.account_id}/muc", "nhan")
    return see(f"{product_path(listing.product_id)}#tin-{listing.id}", "nhan")


@router.post(DESK + "/muc/{item_id}/bo-qua")
async def ignore(
    session: SessionDep, actor: SignedInActorDep, item_id: UUID, back: Annotated[str, Form()] = ""
) -> Response:
    """Không phải sản phẩm này."""
    item = await service.ignore(session, actor, item_id=item_id)
    if item.product_id is None or back == TO_ITEMS:
        return see(f"{STALLS}/{item.account_id}/muc", "bo-qua")
    return see(product_path(item.product_id), "bo-qua")
