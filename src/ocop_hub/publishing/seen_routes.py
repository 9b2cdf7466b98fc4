"""Cán bộ đã xem, as JSON: what an officer should open, and the picture of what was seen there."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile

from ocop_hub.db import SessionDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.media import LARGEST_MB, MediaDep
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.publishing import seen
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.schemas import ListingOut

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)

MOST: Final = 100


@router.get("/listings-to-see")
async def list_to_see(session: SessionDep, actor: ReportsActorDep) -> list[ListingOut]:
    """Listings whose page no program could confirm, or whose last look lapses soon; the oldest knowledge first."""
    found = await session.scalars(seen.to_look_at(actor).limit(MOST))
    return [ListingOut.model_validate(each) for each in found]


@router.post("/listings/{listing_id}/seen")
async def confirm_seen(
    session: SessionDep,
    actor: ReportsActorDep,
    outside: OutsideDep,
    media: MediaDep,
    listing_id: UUID,
    picture: Annotated[
        UploadFile, File(description="Screenshot of the page; JPEG, PNG, WebP, at most 20 MB")
    ],
    url: Annotated[str, Form(max_length=2_000, description="Empty: the listing's own address")] = "",
) -> ListingOut:
    """The officer has the page before her eyes and it sells: live for 90 days, the picture kept as evidence.

    The same picture again changes nothing.
    """
    listing = await seen.listing_for(session, actor, listing_id)
    content = await picture.read(LARGEST_MB * 1_000_000 + 1)
    async with aside(session):
        kept = await media.put_picture(content)
    confirmed = await seen.confirm(
        session,
        actor,
        adapter_of(outside, listing.marketplace_key),
        listing_id=listing_id,
        picture_key=kept.key,
        url=url,
    )
    return ListingOut.model_validate(confirmed)
