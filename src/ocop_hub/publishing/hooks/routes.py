"""Webhooks out, as JSON: add, list, change the secret, pause, forget."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.hooks.models import HookState, WebhookEndpoint
from ocop_hub.publishing.schemas import Out

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


class HookIn(BaseModel):
    """An address that is to hear of a producer's listings."""

    producer_id: UUID
    url: str = Field(max_length=hooks.LONGEST_URL)


class HookOut(Out):
    """An address and whether it is written to."""

    id: UUID
    producer_id: UUID
    url: str
    state: HookState
    created_at: datetime


class OpenedOut(HookOut):
    """With its secret, this once."""

    secret: str = Field(description="Standard Webhooks: whsec_ and base64; shown only in this answer")


@router.get("/webhooks")
async def list_hooks(session: SessionDep, actor: SignedInActorDep) -> list[HookOut]:
    """Addresses of the producers you act for."""
    rows = await session.scalars(hooks.visible_to(actor).order_by(WebhookEndpoint.created_at).limit(200))
    return [HookOut.model_validate(each) for each in rows]


@router.post("/webhooks", status_code=status.HTTP_201_CREATED)
async def add_hook(
    session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, outside: OutsideDep, body: HookIn
) -> OpenedOut:
    """Add an address; every change of a listing's state is posted there, signed."""
    made = await hooks.add(
        session,
        actor,
        producer_id=body.producer_id,
        url=body.url,
        sealing_key=outside.sealing_key,
        allow_http=settings.allow_private_fetch,
    )
    return _opened(made)


@router.post("/webhooks/{hook_id}/rotate")
async def rotate_hook(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, hook_id: UUID
) -> OpenedOut:
    """A new secret; for a day the old one signs too."""
    return _opened(await hooks.rotate(session, actor, endpoint_id=hook_id, sealing_key=outside.sealing_key))


@router.post("/webhooks/{hook_id}/pause")
async def pause_hook(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> HookOut:
    """Write nothing to it until it is resumed; messages wait."""
    paused = await hooks.set_active(session, actor, endpoint_id=hook_id, active=False)
    return HookOut.model_validate(paused)


@router.post("/webhooks/{hook_id}/resume")
async def resume_hook(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> HookOut:
    """Write to it again, also after it was given up."""
    active = await hooks.set_active(session, actor, endpoint_id=hook_id, active=True)
    return HookOut.model_validate(active)


@router.delete("/webhooks/{hook_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_hook(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> None:
    """Forget an address, its secret and its messages."""
    await hooks.remove(session, actor, endpoint_id=hook_id)


def _opened(made: hooks.Opened) -> OpenedOut:
    return OpenedOut(**HookOut.model_validate(made.endpoint).model_dump(), secret=made.secret)
