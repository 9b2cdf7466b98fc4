"""Producers: who acts for them, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts import queries as accounts
from ocop_hub.accounts.models import Office, OfficeHolder, User
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import FieldProblem, NotFound
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold, sort_key
from ocop_hub.places.finder import finder
from ocop_hub.producers import numbers, queries
from ocop_hub.producers.actor import SEES_ALL, Actor, Role, require_office
from ocop_hub.producers.errors import OwnersOnly, ProducerChanged, ProducerWrong
from ocop_hub.producers.models import Mandate, MemberRole, Producer, ProducerKind, ProducerMember
from ocop_hub.producers.schemas import ProducerIn, ProducerPatch

#: Offices by rank: who holds several acts in the first.
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
    own: frozenset[UUID] = frozenset()
    mandated: frozenset[UUID] = frozenset()
    if role in (Role.PRODUCER, Role.HELPER):
        await apply_scope(session, SYSTEM)
        own, mandated = await _producers_of(session, user.id)
    return Actor(
        role=role,
        user_id=user.id,
        name=user.display_name,
        producers=own | mandated,
        unit_id=unit_id,
        language=user.language,
        mandated=mandated - own,
    )


def _highest(seats: Sequence[OfficeHolder]) -> tuple[Role, str]:
    held = {seat.office: seat for seat in seats}
    for office, role in _OFFICE_ROLES:
        if office in held:
            return role, held[office].unit_id or ""
    return Role.PRODUCER, ""


async def _producers_of(session: AsyncSession, user_id: UUID) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Producers of which the user is a member, and those whose mandate holds at this moment."""
    member = select(ProducerMember.producer_id, literal(True).label("own")).where(
        ProducerMember.user_id == user_id
    )
    mandated = select(Mandate.producer_id, literal(False)).where(
        Mandate.helper_id == user_id, Mandate.valid.contains(func.now())
    )
    found = (await session.execute(union_all(member, mandated))).all()
    return (
        frozenset(producer_id for producer_id, own in found if own),
        frozenset(producer_id for producer_id, own in found if not own),
    )


async def get_producer(session: AsyncSession, actor: Actor, producer_id: UUID) -> Producer:
    """The producer; raises :class:`NotFound` when missing or not to be seen by ``actor``."""
    producer = (
        await session.execute(queries.visible_to(actor).where(Producer.id == producer_id))
    ).scalar_one_or_none()
    if producer is None:
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền xem.")
    return producer


async def create_producer(session: AsyncSession, actor: Actor, given: ProducerIn) -> Producer:
    """A new producer, unclaimed; an office's act. Raises Forbidden, :class:`ProducerWrong`."""
    require_office(actor)
    values = _values(given.model_dump(), given.kind)
    producer = Producer(id=new_id(), **values)
    session.add(producer)
    await session.flush()
    _audit(session, actor, producer, "producers.create", values)
    return producer


async def update_producer(
    session: AsyncSession,
    actor: Actor,
    producer_id: UUID,
    given: ProducerPatch,
    *,
    read_at: datetime | None = None,
) -> Producer:
    """The producer with the fields that were sent: an omitted one stays, null or empty takes away.

    ``read_at``: the ``updated_at`` the caller saw, where it says so. Where the money goes is for an owner or
    office to say. Raises NotFound, :class:`OwnersOnly`, :class:`ProducerWrong`, :class:`ProducerChanged`.
    """
    producer = await producer_to_change(session, actor, producer_id)
    if read_at is not None and producer.updated_at != read_at:
        raise ProducerChanged("Chủ thể đã được sửa sau khi bạn đọc. Hãy đọc lại rồi sửa lần nữa.")
    sent = given.model_dump(exclude_unset=True)
    if any(name.startswith("bank_") for name in sent):
        await require_owner(session, actor, producer.id)
    kind = sent.get("kind") or producer.kind
    if "kind" in sent and "tax_number" not in sent and producer.tax_number:
        # A number that one kind may have, another may not.
        sent["tax_number"] = producer.tax_number
    values = {n: v for n, v in _values(sent, kind).items() if getattr(producer, n) != v}
    for name, value in values.items():
        setattr(producer, name, value)
    if values:
        await session.flush()
        await pages_anew(session, producer.id)
        _audit(session, actor, producer, "producers.update", values)
    return producer


async def pages_anew(session: AsyncSession, producer_id: UUID) -> None:
    """Let the kept pages of the producer's lots be made again: they show its name, phone and address."""
    # Lots lie in a room above this one, so the table is named.
    await session.execute(
        text("UPDATE lots SET page_version = page_version + 1 WHERE producer_id = :producer_id"),
        {"producer_id": producer_id},
    )


async def producer_to_change(session: AsyncSession, actor: Actor, producer_id: UUID) -> Producer:
    """The producer, locked, if the actor may enter things for it; else NotFound."""
    producer: Producer | None = await session.scalar(
        queries.visible_to(actor).where(Producer.id == producer_id).with_for_update()
    )
    if producer is None or not actor.may_change(producer_id):
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền sửa.")
    return producer


async def require_owner(session: AsyncSession, actor: Actor, producer_id: UUID) -> None:
    """Pass for an office and an owner of the producer; else :class:`OwnersOnly`."""
    if actor.role not in SEES_ALL and not await is_owner(session, actor, producer_id):
        raise OwnersOnly("Việc này chỉ chủ sở hữu của chủ thể hoặc cán bộ cấp tỉnh làm được.")


async def is_owner(session: AsyncSession, actor: Actor, producer_id: UUID) -> bool:
    """Whether the actor is the producer's owner in person; an office is not."""
    if actor.user_id is None:
        return False
    owner = select(ProducerMember.id).where(
        ProducerMember.producer_id == producer_id,
        ProducerMember.user_id == actor.user_id,
        ProducerMember.role == MemberRole.OWNER,
    )
    return await session.scalar(owner) is not None


_READ: Mapping[str, Callable[[str], str]] = {
    "phone": numbers.phone,
    "email": numbers.email,
    "gln": numbers.gln13,
    "bank_bin": numbers.bank_bin,
    "bank_account": numbers.bank_account,
}


def _values(sent: Mapping[str, Any], kind: ProducerKind) -> dict[str, Any]:
    """Columns from what a person sent. Raises :class:`ProducerWrong`."""
    values = {n: clean(v) if type(v) is str else v for n, v in sent.items() if n != "kind" or v}
    for name, read in _READ.items():
        if name in values:
            values[name] = read(values[name]) if values[name] else None
    if "tax_number" in values:
        given = values["tax_number"]
        values["tax_number"] = numbers.tax_number(given, kind) if given else None
    for name in ("address", "bank_holder"):
        if name in values:
            values[name] = values[name] or ""
    if "name" in values:
        if not values["name"]:
            raise ProducerWrong(
                "Tên chủ thể đang trống. Hãy ghi tên trên giấy đăng ký.",
                fields=[FieldProblem("name", "missing", "Chưa có tên chủ thể.")],
            )
        values |= {"name_folded": fold(values["name"]), "sort_key": sort_key(values["name"])}
    if "unit_id" in values:
        values |= _place(values.pop("unit_id"))
    return values


def _place(unit_id: str | None) -> dict[str, Any]:
    if not unit_id:
        return {"certified_unit_id": None, "current_unit_id": None}
    places = finder()
    ends = places.current_of(unit_id)
    if places.unit(unit_id) is None or len(ends) != 1:
        raise ProducerWrong(
            "Chưa rõ xã, phường hoặc đặc khu hiện nay. Hãy chọn đúng một đơn vị đang có.",
            fields=[FieldProblem("unit_id", "unknown", "Chọn một đơn vị hành chính đang có.")],
        )
    province = places.province_of(unit_id)
    return {
        "certified_unit_id": unit_id,
        "current_unit_id": ends[0],
        "province_id": province.id if province else None,
    }


def _audit(
    session: AsyncSession, actor: Actor, producer: Producer, action: str, values: Mapping[str, Any]
) -> None:
    # Names of fields only: phone, e-mail and a household's number are a person's data.
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"producer:{producer.id}",
        producer_id=producer.id,
        fields=sorted(values.keys() - {"name_folded", "sort_key"}),
    )
