"""Producers as a list names them: known ones found, the others added unclaimed, in two statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.audit import AuditEntry
from ocop_hub.db import among, insert_rows
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer, ProducerKind

#: A producer in a list: its name as cleaned, and the province in force in which it is.
ProducerKey = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class ListedProducer:
    """A producer as a list names it, with the place of its first product there."""

    name: str
    province_id: str | None
    kind: ProducerKind
    certified_unit_id: str | None = None
    current_unit_id: str | None = None

    @property
    def key(self) -> ProducerKey:
        """What makes it the same producer. Marks count: HTX Quang Tom is not HTX Quang Tôm."""
        return self.name, self.province_id


async def find_producers(session: AsyncSession, listed: Sequence[ListedProducer]) -> dict[ProducerKey, UUID]:
    """The known ones among them that this transaction sees; a merged one is what it was merged into."""
    rows = await session.execute(
        select(Producer.id, Producer.name, Producer.province_id, Producer.merged_into_id)
        .where(among(Producer.name_folded, {fold(each.name) for each in listed}))
        .order_by(Producer.merged_into_id.is_not(None).desc(), Producer.id.desc())
    )
    # Later rows win: one that stands goes before a merged one, an older before a newer.
    return {(row.name, row.province_id): row.merged_into_id or row.id for row in rows}


async def add_producers(
    session: AsyncSession, actor: Actor, listed: Sequence[ListedProducer]
) -> dict[ProducerKey, UUID]:
    """Add them, unclaimed, each with its audit row. Only a scope that sees all may."""
    added = {each.key: new_id() for each in listed}
    if not added:
        return added
    rows = {
        each.key: {
            "id": added[each.key],
            "kind": each.kind,
            "name": each.name,
            "name_folded": fold(each.name),
            "sort_key": sort_key(each.name),
            "address": "",
            "certified_unit_id": each.certified_unit_id,
            "current_unit_id": each.current_unit_id,
            "province_id": each.province_id,
        }
        for each in listed
    }
    await session.execute(insert_rows(Producer, list(rows.values())))
    audited = [
        {
            "actor": actor.label,
            "acting_for": "",
            "action": "producers.add",
            "subject": f"producer:{producer_id}",
            "producer_id": producer_id,
            "details": {},
        }
        for producer_id in added.values()
    ]
    await session.execute(insert_rows(AuditEntry, audited))
    return added
