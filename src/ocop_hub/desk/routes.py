"""Changes to everything a list found, as JSON."""

from __future__ import annotations

from fastapi import APIRouter

from ocop_hub.db import SessionDep
from ocop_hub.desk.bulk import edit_found
from ocop_hub.desk.schemas import EditIn, EditOut, LeftOutOut
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1", tags=["desk"], route_class=HubRoute)


@router.post("/products:edit")
async def edit(session: SessionDep, actor: SignedInActorDep, given: EditIn) -> EditOut:
    """Change every product that is found, in one transaction; each one left out is named with its reason."""
    edited = await edit_found(session, actor, given.find.wanted(), given.set)
    return EditOut(
        changed=len(edited.changed),
        unchanged=len(edited.unchanged),
        left_out=[LeftOutOut.model_validate(each) for each in edited.left_out],
    )
