"""A helper asks to act for a producer, its owner answers; and what was done for producers by others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts.models import User
from ocop_hub.audit import AuditEntry
from ocop_hub.db import PUBLIC, SYSTEM, apply_scope
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor, Role
from ocop_hub.producers.errors import RequestAnswered
from ocop_hub.producers.models import MandateRequest, Producer
from ocop_hub.producers.people import grant_mandate, mandate_end
from ocop_hub.producers.queries import visible_to
from ocop_hub.producers.service import require_owner

#: How an agreement by answering a request is written down.
AGREED_HERE = "Chủ thể đồng ý trên hệ thống"
_MOST_FOUND = 20


async def search(session: AsyncSession, actor: Actor, words: str) -> list[Producer]:
    """Producers whose names hold all the words, as anyone may see them; for a helper to ask one of them."""
    _helpers_only(actor)
    query = visible_to(PUBLIC_ACTOR).order_by(Producer.sort_key, Producer.id).limit(_MOST_FOUND)
    for word in fold(words).split():
        query = query.where(Producer.name_folded.contains(word, autoescape=True))
    await apply_scope(session, PUBLIC)
    found = list(await session.scalars(query))
    await apply_scope(session, actor.scope)
    return [each for each in found if each.id not in actor.producers]


async def ask(
    session: AsyncSession, actor: Actor, producer_id: UUID, *, until: date, covers: str
) -> MandateRequest:
    """The helper's request, the same again while it waits. Raises Forbidden, NotFound, :class:`MandateWrong`."""
    _helpers_only(actor)
    mandate_end(until)
    # The helper sees nothing of the producer yet; the request is the service's to lay before its owner.
    await apply_scope(session, SYSTEM)
    producer = await session.scalar(visible_to(PUBLIC_ACTOR).where(Producer.id == producer_id))
    if producer is None:
        raise NotFound("Không có chủ thể này.")
    asked = await session.scalar(
        select(MandateRequest).where(
            MandateRequest.producer_id == producer_id,
            MandateRequest.helper_id == actor.user_id,
            MandateRequest.answered_at.is_(None),
        )
    )
    if asked is None:
        asked = MandateRequest(id=new_id(), producer_id=producer_id, helper_id=actor.user_id, until=until)
        session.add(asked)
    asked.until, asked.covers = until, clean(covers)
    audit.record(
        session,
        actor=actor.label,
        action="producers.ask_mandate",
        subject=f"request:{asked.id}",
        producer_id=producer_id,
        until=until.isoformat(),
    )
    await session.flush()
    await apply_scope(session, actor.scope)
    return asked


def waiting_for(producer_id: UUID) -> Select[MandateRequest, str]:
    """Requests that nobody answered, with the helper's name, the earliest first."""
    return (
        select(MandateRequest, User.display_name)
        .join(User, User.id == MandateRequest.helper_id)
        .where(MandateRequest.producer_id == producer_id, MandateRequest.answered_at.is_(None))
        .order_by(MandateRequest.created_at, MandateRequest.id)
    )


async def answer(session: AsyncSession, actor: Actor, request_id: UUID, *, agree: bool) -> MandateRequest:
    """An owner's answer; to agree makes a mandate.

    Raises NotFound, :class:`OwnersOnly`, and :class:`RequestAnswered` the second time.
    """
    query = select(MandateRequest).where(MandateRequest.id == request_id).with_for_update()
    asked: MandateRequest | None = await session.scalar(query)
    if asked is None or not actor.may_change(asked.producer_id):
        raise NotFound("Không có yêu cầu này, hoặc bạn không có quyền xem.")
    await require_owner(session, actor, asked.producer_id)
    if asked.answered_at is not None:
        raise RequestAnswered("Yêu cầu này đã được trả lời trước đó. Hãy xem danh sách người đang làm hộ.")
    asked.answered_at, asked.answered_by, asked.agreed = clock.now(), actor.label, agree
    if agree:
        helper = await session.get_one(User, asked.helper_id)
        await grant_mandate(
            session,
            actor,
            asked.producer_id,
            helper,
            until=asked.until,
            agreed_how=AGREED_HERE,
            covers=asked.covers,
        )
    else:
        audit.record(
            session,
            actor=actor.label,
            action="producers.refuse_mandate",
            subject=f"request:{asked.id}",
            producer_id=asked.producer_id,
        )
    return asked


def acts_for(producers: Collection[UUID], *, by: UUID | None = None) -> Select[AuditEntry]:
    """What was done for these producers by others on record; ``by`` narrows to one person's acts.

    The caller says which producers the actor may see: audit rows carry no wall of their own.
    """
    query = select(AuditEntry).where(
        AuditEntry.producer_id.in_(producers),
        AuditEntry.acting_for.in_([f"producer:{each}" for each in producers]),
    )
    return query if by is None else query.where(AuditEntry.actor == f"user:{by}")


def _helpers_only(actor: Actor) -> None:
    if actor.role is not Role.HELPER:
        raise Forbidden("Việc này dành cho người hỗ trợ.")
