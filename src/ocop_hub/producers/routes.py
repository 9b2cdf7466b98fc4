"""Producers as JSON, and who the caller is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers import queries, service
from ocop_hub.producers.access import ActorDep, SignedInActorDep
from ocop_hub.producers.models import Producer
from ocop_hub.producers.schemas import MeOut, ProducerOut

router = APIRouter(prefix="/api/v1", tags=["producers"], route_class=HubRoute)


@router.get("/me")
async def me(actor: SignedInActorDep) -> MeOut:
    """The signed-in actor."""
    return MeOut.model_validate(
        {
            "id": actor.user_id,
            "name": actor.name,
            "role": actor.role,
            "language": actor.language,
            "unit_id": actor.unit_id,
            "producers": sorted(actor.producers),
        }
    )


@router.get("/producers")
async def list_producers(session: SessionDep, actor: ActorDep, params: PageDep) -> Page[ProducerOut]:
    """Producers you may see, in Vietnamese alphabetical order."""
    rows, next_cursor = await fetch_page(
        session, queries.visible_to(actor), sort=Producer.sort_key, row_id=Producer.id, params=params
    )
    return Page(items=[ProducerOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/producers/{producer_id}")
async def get_producer(session: SessionDep, actor: ActorDep, producer_id: UUID) -> ProducerOut:
    """One producer."""
    return ProducerOut.model_validate(await service.get_producer(session, actor, producer_id))
