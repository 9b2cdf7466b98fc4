"""Cán bộ đã xem: pages that no program may open, and the form with the picture of what was seen."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep, aside
from ocop_hub.errors import Forbidden, HubError, NotFound
from ocop_hub.media import LARGEST_MB, MediaDep
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.producers.models import Producer
from ocop_hub.publishing import seen
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.models import Listing, MarketplaceRow
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK

router = APIRouter(include_in_schema=False)

SEEN: Final = DESK + "/can-xem"
_MOST: Final = 100


@router.get(SEEN)
async def show_all(request: Request, session: SessionDep, actor: ReportsActorDep) -> Response:
    """Listings whose page an officer should open, the oldest knowledge first."""
    told = await _told(session, seen.to_look_at(actor).limit(_MOST))
    context = {"listings": [{**each, "href": f"{SEEN}/{each['id']}"} for each in told]}
    return render(request, "officer/to_see.html", context, notices=done_notices(request))


@router.get(SEEN + "/{listing_id}")
async def show(request: Request, session: SessionDep, actor: ReportsActorDep, listing_id: UUID) -> Response:
    """One listing: open its page, take a picture of it, upload it."""
    listing = await seen.listing_for(session, actor, listing_id)
    return await _page(request, session, listing, listing.public_url, [])


@router.post(SEEN + "/{listing_id}")
async def confirm(
    request: Request,
    session: SessionDep,
    actor: ReportsActorDep,
    outside: OutsideDep,
    media: MediaDep,
    listing_id: UUID,
    picture: Annotated[UploadFile | None, File()] = None,
    url: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Đã xem: what was seen counts for 90 days."""
    listing = await seen.listing_for(session, actor, listing_id)
    if picture is None or not picture.filename:
        wrong = [{"field": "picture", "problem": "Hãy chọn ảnh chụp màn hình của trang vừa xem."}]
        return await _page(request, session, listing, url, wrong)
    content = await picture.read(LARGEST_MB * 1_000_000 + 1)

    try:
        async with aside(session):
            kept = await media.put_picture(content)
    except HubError as refused:
        return await _page(
            request, session, listing, url, problems(refused, "picture"), status=refused.status
        )
    done = await tried(
        session,
        lambda: seen.confirm(
            session,
            actor,
            adapter_of(outside, listing.marketplace_key),
            listing_id=listing_id,
            picture_key=kept.key,
            url=url,
        ),
    )
    if isinstance(done, NotFound | Forbidden):
        raise done
    if isinstance(done, HubError):
        return await _page(request, session, listing, url, problems(done, "picture"), status=done.status)
    return see(SEEN, "da-xem")


async def _page(
    request: Request,
    session: AsyncSession,
    listing: Listing,
    url: str,
    errors: list[Problem],
    *,
    status: int = 422,
) -> Response:
    (told,) = await _told(session, select(Listing).where(Listing.id == listing.id))
    context = {
        **told,
        "action": f"{SEEN}/{listing.id}",
        "back_href": SEEN,
        "url": url,
        "errors": errors,
    }
    return render(request, "officer/seen.html", context, status=status if errors else 200)


async def _told(session: AsyncSession, listings: Select[Listing]) -> list[dict[str, object]]:
    """What the pages say of listings, in one question."""
    rows = await session.execute(
        listings.join(Product, Product.id == Listing.product_id)
        .join(Producer, Producer.id == Listing.producer_id)
        .outerjoin(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .add_columns(Product.name, Product.price_vnd, Producer.name, MarketplaceRow.name)
    )
    return [
        {
            "id": listing.id,
            "product_name": product_name,
            "producer_name": producer_name,
            "marketplace_name": floor or listing.marketplace_key,
            "price_vnd": price_vnd,
            "link": listing.public_url,
            "reason": listing.reason,
            "observed_at": listing.observed_at,
        }
        for listing, product_name, price_vnd, producer_name, floor in rows
    ]
