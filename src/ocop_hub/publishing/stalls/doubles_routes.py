"""Doubles found in stalls, as JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing import service
from ocop_hub.publishing.models import DoubleCause, DoubleState, ListingDouble
from ocop_hub.publishing.schemas import Out
from ocop_hub.publishing.stalls import reconcile

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


class DoubleOut(Out):
    """Two items of one stall that stand for the same product."""

    id: UUID
    account_id: UUID
    listing_id: UUID
    cause: DoubleCause
    keep_remote_id: str = Field(description="The item that stays: the adopted one, else the oldest live one")
    keep_url: str
    extra_remote_id: str = Field(description="The item that a repair takes down")
    extra_title: str
    extra_url: str
    state: DoubleState
    found_at: datetime
    problem: str = Field(description="Why the last repair did not work")


@router.get("/doubles")
async def list_doubles(session: SessionDep, actor: SignedInActorDep, params: PageDep) -> Page[DoubleOut]:
    """What waits for one click, the latest found first."""
    rows, next_cursor = await fetch_page(
        session,
        reconcile.open_doubles(actor),
        sort=ListingDouble.found_at,
        row_id=ListingDouble.id,
        params=params,
        descending=True,
    )
    return Page(items=[DoubleOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/doubles/{double_id}/repair")
async def repair_double(session: SessionDep, actor: SignedInActorDep, double_id: UUID) -> DoubleOut:
    """Keep the one, take the other down on the marketplace."""
    return DoubleOut.model_validate(await reconcile.ask_repair(session, actor, double_id=double_id))


@router.post("/stalls/{stall_id}/reconcile", status_code=status.HTTP_202_ACCEPTED)
async def reconcile_stall(session: SessionDep, actor: SignedInActorDep, stall_id: UUID) -> None:
    """Read the stall for doubles now instead of at the daily turn."""
    account = await service.account_of(session, actor, stall_id)
    await reconcile.want_reading(session, actor, account)
