"""Producers: who acts for them, members and mandates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts import queries as accounts
from ocop_hub.accounts.models import Office, OfficeHolder, User
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.producers import queries
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Mandate, MemberRole, Producer, ProducerMember

#: Offices by rank: who holds several acts in the first (design §1).
_OFFICE_ROLES = (
    (Office.OPERATOR, Role.OPERATOR),
    (Office.OFFICER_PROVINCE, Role.OFFICER_PROVINCE),
    (Office.OFFICER_COMMUNE, Role.OFFICER_COMMUNE),
    (Office.HELPER, Role.HELPER),
)


async def actor_of(session: AsyncSession, user: User) -> Actor:
    """The actor that ``user`` is now: the highest office, else producer, with the producers to act for.

    Reads memberships under the service's own scope and leaves it set; the caller sets the actor's.
    """
    seats = (await session.execute(accounts.offices_of(user.id))).scalars().all()
    role, unit_id = _highest(seats)
    producers: frozenset[UUID] = frozenset()
    if role in (Role.PRODUCER, Role.HELPER):
        await apply_scope(session, SYSTEM)
        producers = await _producers_of(session, user.id)
    return Actor(
        role=role,
        user_id=user.id,
        name=user.display_name,
        producers=producers,
        unit_id=unit_id,
        language=user.language,
    )


def _highest(seats: Sequence[OfficeHolder]) -> tuple[Role, str]:
    held = {seat.office: seat for seat in seats}
    for office, role in _OFFICE_ROLES:
        if office in held:
            return role, held[office].unit_id or ""
    return Role.PRODUCER, ""


async def _producers_of(session: AsyncSession, user_id: UUID) -> frozenset[UUID]:
    """Producers of which the user is a member, and those whose mandate holds at this moment."""
    member = select(ProducerMember.producer_id).where(ProducerMember.user_id == user_id)
    mandated = select(Mandate.producer_id).where(
        Mandate.helper_id == user_id, Mandate.valid.contains(func.now())
    )
    return frozenset((await session.execute(union_all(member, mandated))).scalars())


async def get_producer(session: AsyncSession, actor: Actor, producer_id: UUID) -> Producer:
    """The producer; raises :class:`NotFound` when missing or not to be seen by ``actor``."""
    producer = (
        await session.execute(queries.visible_to(actor).where(Producer.id == producer_id))
    ).scalar_one_or_none()
    if producer is None:
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền xem.")
    return producer


async def add_member(
    session: AsyncSession, actor: Actor, producer: Producer, user: User, role: MemberRole = MemberRole.OWNER
) -> ProducerMember:
    """Make ``user`` a member; the producer counts as claimed from now on."""
    member = ProducerMember(producer_id=producer.id, user_id=user.id, role=role)
    session.add(member)
    if producer.claimed_at is None:
        producer.claimed_at = clock.now()
    audit.record(
        session,
        actor=actor.label,
        action="producers.add_member",
        subject=f"user:{user.id}",
        producer_id=producer.id,
        role=role.value,
    )
    return member


async def grant_mandate(
    session: AsyncSession,
    actor: Actor,
    producer: Producer,
    helper: User,
    *,
    until: datetime,
    agreed_how: str,
) -> Mandate:
    """Đồng ý cho làm hộ: ``helper`` may act for the producer from now until ``until`` (UTC, exclusive)."""
    mandate = Mandate(
        producer_id=producer.id,
        helper_id=helper.id,
        valid=Range(clock.now(), until, bounds="[)"),
        agreed_how=agreed_how,
    )
    session.add(mandate)
    audit.record(
        session,
        actor=actor.label,
        action="producers.grant_mandate",
        subject=f"user:{helper.id}",
        producer_id=producer.id,
        until=until.isoformat(),
    )
    return mandate
