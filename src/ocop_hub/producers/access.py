"""From the signed-in user to the Actor, and from the Actor to what the database shows this transaction."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.access import SignedInDep
from ocop_hub.audit import act_for
from ocop_hub.db import PUBLIC, SessionDep, apply_scope
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor, require_office, require_reports, require_signed_in
from ocop_hub.producers.service import actor_of


async def get_actor(request: Request, session: SessionDep, signed_in: SignedInDep) -> Actor:
    """Who acts; from here on ``session`` sees what this actor may see, and a stranger what is public.

    The same transaction as ``SessionDep`` of the route.
    """
    if signed_in is None:
        await apply_scope(session, PUBLIC)
        actor = PUBLIC_ACTOR
    else:
        actor = await enter(session, await actor_of(session, signed_in.user))
    request.state.actor = actor
    return actor


async def enter(session: AsyncSession, actor: Actor) -> Actor:
    """Let ``session`` see what ``actor`` may see, until the transaction ends, and know for whom they act."""
    await apply_scope(session, actor.scope)
    act_for(session, actor.mandated)
    return actor


ActorDep = Annotated[Actor, Depends(get_actor)]


def _signed_in(actor: ActorDep) -> Actor:
    return require_signed_in(actor)


def _office(actor: ActorDep) -> Actor:
    return require_office(actor)


def _reports(actor: ActorDep) -> Actor:
    return require_reports(actor)


#: The actor, when signed in; else 401.
SignedInActorDep = Annotated[Actor, Depends(_signed_in)]
#: The actor, when an officer of the province or operator; else 401 or 403.
OfficeActorDep = Annotated[Actor, Depends(_office)]
#: The actor, when an officer of either level; else 401 or 403.
ReportsActorDep = Annotated[Actor, Depends(_reports)]
