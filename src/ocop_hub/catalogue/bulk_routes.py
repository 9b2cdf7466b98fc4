"""Products of another system as JSON, many in a call."""

from __future__ import annotations

from fastapi import APIRouter

from ocop_hub.catalogue.bulk_schemas import UpsertIn, UpsertOut
from ocop_hub.catalogue.bulk_upsert import upsert_products
from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=HubRoute)


@router.post("/products:upsert")
async def upsert(session: SessionDep, actor: SignedInActorDep, given: UpsertIn) -> UpsertOut:
    """Add or bring up to date up to 1,000 products, each known by ``key``; one answer for each row."""
    return await upsert_products(session, actor, given)
