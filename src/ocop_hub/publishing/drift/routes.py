"""Differences between a marketplace and us, as JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.drift import service as drift
from ocop_hub.publishing.models_beside import DriftAuthor, ListingDrift
from ocop_hub.publishing.schemas import ListingOut, Out

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


class DriftOut(Out):
    """One field that says something else on the marketplace than here."""

    id: UUID
    listing_id: UUID
    field: str = Field(description="title, description or price_vnd")
    ours: str
    theirs: str
    author: DriftAuthor = Field(
        description="Probably: before (stood there when adopted), marketplace (edited there), "
        "not_taken (our last change was not taken over)"
    )
    found_at: datetime
    seen_at: datetime


@router.get("/drifts")
async def list_drifts(
    session: SessionDep, actor: SignedInActorDep, params: PageDep, listing_id: UUID | None = None
) -> Page[DriftOut]:
    """What waits for a decision, the latest found first."""
    query = drift.open_drifts(actor)
    if listing_id is not None:
        query = query.where(ListingDrift.listing_id == listing_id)
    rows, next_cursor = await fetch_page(
        session,
        query,
        sort=ListingDrift.found_at,
        row_id=ListingDrift.id,
        params=params,
        descending=True,
    )
    return Page(items=[DriftOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/drifts/{drift_id}/take-ours")
async def take_ours(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, drift_id: UUID
) -> ListingOut:
    """Lấy lại theo hệ thống: our value of this field is sent again."""
    return ListingOut.model_validate(
        await drift.take_ours(session, actor, outside.adapters.capabilities(), drift_id=drift_id)
    )


@router.post("/drifts/{drift_id}/keep-theirs")
async def keep_theirs(session: SessionDep, actor: SignedInActorDep, drift_id: UUID) -> ListingOut:
    """Giữ theo sàn: from now on the listing says what stands there."""
    return ListingOut.model_validate(await drift.keep_theirs(session, actor, drift_id=drift_id))
