"""Which producers an actor may see: the first wall; row-level security is the second."""

from __future__ import annotations

from sqlalchemy import Select, select

from ocop_hub.producers.actor import SEES_ALL, Actor, Role
from ocop_hub.producers.models import Producer


def visible_to(actor: Actor) -> Select[Producer]:
    """Producers ``actor`` may see: officers and the public all of theirs, a producer or helper their own.

    Merged ones are left out; a buyer's page shows a producer's name and place, hence the public sees all.
    """
    query = select(Producer).where(Producer.merged_into_id.is_(None))
    if actor.role in SEES_ALL or actor.role is Role.PUBLIC:
        return query
    if actor.role is Role.OFFICER_COMMUNE:
        return query.where(Producer.current_unit_id == actor.unit_id)
    return query.where(Producer.id.in_(actor.producers))
