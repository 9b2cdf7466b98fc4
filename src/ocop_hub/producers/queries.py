"""Which producers an actor may see: the first wall; row-level security is the second. And what all may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.producers.actor import SEES_ALL, Actor, Role
from ocop_hub.producers.models import Consent, ConsentPurpose, Producer, ProducerKind
from ocop_hub.producers.numbers import is_personal

#: Kinds whose phone and address are a person's.
PERSONS = frozenset({ProducerKind.HOUSEHOLD, ProducerKind.COOPERATIVE_GROUP})


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


def consents_in_force(producer_id: UUID) -> Select[Consent]:
    """The producer's consents that nobody withdrew."""
    return select(Consent).where(Consent.producer_id == producer_id, Consent.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True)
class PublicProducer:
    """What every public page may show of a producer; what may not be shown is empty.

    The name stands in a published decision and is always shown, the place down to the commune too.
    """

    name: str
    phone: str
    email: str
    #: Street, hamlet or village.
    address: str
    gln: str
    #: Of an organisation; a person's number is never shown.
    tax_number: str


async def shown_publicly(session: AsyncSession, producer: Producer) -> PublicProducer:
    """What public pages, labels, share cards, feeds and open data may say of the producer.

    Phone and e-mail stand only where someone has claimed the producer. A household's or a group's are a
    person's, as is its address: each needs a consent in force (``producers.consents``).
    """
    in_force = set(ConsentPurpose)
    if producer.kind in PERSONS:
        in_force = {each.purpose for each in await session.scalars(consents_in_force(producer.id))}
    claimed = producer.claimed_at is not None

    def allowed(purpose: ConsentPurpose, value: str | None) -> str:
        return (value or "") if purpose in in_force else ""

    return PublicProducer(
        name=producer.name,
        phone=allowed(ConsentPurpose.PHONE, producer.phone) if claimed else "",
        email=allowed(ConsentPurpose.EMAIL, producer.email) if claimed else "",
        address=allowed(ConsentPurpose.ADDRESS, producer.address),
        gln=producer.gln or "",
        tax_number="" if is_personal(producer.tax_number) else producer.tax_number or "",
    )
