"""Who works for a producer: its members, and the helpers who hold its mandate (đồng ý cho làm hộ)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts.logins import normal_login
from ocop_hub.accounts.models import User
from ocop_hub.errors import FieldProblem, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import SEES_ALL, Actor
from ocop_hub.producers.errors import LastOwner, MandateEnded, MandateWrong
from ocop_hub.producers.models import Mandate, MemberRole, Producer, ProducerMember
from ocop_hub.producers.service import producer_to_change, require_owner

#: A promise to let another act should be given anew before it is forgotten.
LONGEST_MANDATE = timedelta(days=3 * 366)


def members_of(producer_id: UUID) -> Select[ProducerMember, str]:
    """Members with their names, the earliest first."""
    return (
        select(ProducerMember, User.display_name)
        .join(User, User.id == ProducerMember.user_id)
        .where(ProducerMember.producer_id == producer_id)
        .order_by(ProducerMember.created_at, ProducerMember.id)
    )


def mandates_of(producer_id: UUID) -> Select[Mandate, str]:
    """Mandates with the helper's name, the latest first."""
    return (
        select(Mandate, User.display_name)
        .join(User, User.id == Mandate.helper_id)
        .where(Mandate.producer_id == producer_id)
        .order_by(Mandate.created_at.desc(), Mandate.id.desc())
    )


async def add_member(
    session: AsyncSession, actor: Actor, producer: Producer, user: User, role: MemberRole = MemberRole.OWNER
) -> ProducerMember:
    """Make ``user`` a member; the producer counts as claimed from now on."""
    member = ProducerMember(producer_id=producer.id, user_id=user.id, role=role)
    session.add(member)
    if producer.claimed_at is None:
        producer.claimed_at = clock.now()
    _audit(session, actor, producer.id, "add_member", f"user:{user.id}", role=role.value)
    return member


async def remove_member(session: AsyncSession, actor: Actor, producer_id: UUID, user_id: UUID) -> None:
    """Take a member off. Raises NotFound, :class:`OwnersOnly`, and :class:`LastOwner`."""
    await producer_to_change(session, actor, producer_id)
    await require_owner(session, actor, producer_id)
    member = await session.scalar(
        select(ProducerMember).where(
            ProducerMember.producer_id == producer_id, ProducerMember.user_id == user_id
        )
    )
    if member is None:
        raise NotFound("Người này không phải thành viên của chủ thể.")
    owners = await session.scalar(
        select(func.count()).where(
            ProducerMember.producer_id == producer_id, ProducerMember.role == MemberRole.OWNER
        )
    )
    if member.role is MemberRole.OWNER and owners == 1:
        raise LastOwner("Đây là chủ sở hữu duy nhất. Hãy mời một chủ sở hữu khác trước.")
    await session.delete(member)
    _audit(session, actor, producer_id, "remove_member", f"user:{user_id}")


async def grant_mandate(
    session: AsyncSession,
    actor: Actor,
    producer_id: UUID,
    helper: User,
    *,
    until: date,
    agreed_how: str,
    covers: str = "",
) -> Mandate:
    """``helper`` may act for the producer from now to the end of ``until``; ends an earlier mandate of theirs.

    ``covers`` is what both agreed the helper does, for people to read.
    Agreed by an owner, or written down by an office. Raises NotFound, :class:`OwnersOnly`, :class:`MandateWrong`.
    """
    await producer_to_change(session, actor, producer_id)
    await require_owner(session, actor, producer_id)
    begins, ends = clock.now(), mandate_end(until)
    if not clean(agreed_how):
        raise _wrong("agreed_how", "Hãy ghi đã đồng ý thế nào, ví dụ: ký trên giấy ngày nào, ở đâu.")
    earlier = await session.scalars(
        select(Mandate).where(
            Mandate.producer_id == producer_id,
            Mandate.helper_id == helper.id,
            Mandate.valid.contains(func.now()),
        )
    )
    for mandate in earlier:
        mandate.valid = Range(mandate.valid.lower, begins, bounds="[)")
    granted = Mandate(
        id=new_id(),
        producer_id=producer_id,
        helper_id=helper.id,
        valid=Range(begins, ends, bounds="[)"),
        agreed_how=clean(agreed_how),
        covers=clean(covers),
        granted_by=actor.label,
    )
    session.add(granted)
    _audit(session, actor, producer_id, "grant_mandate", f"user:{helper.id}", until=until.isoformat())
    return granted


def mandate_end(until: date) -> datetime:
    """The moment at which a mandate to the end of ``until`` ends. Raises :class:`MandateWrong`."""
    begins, ends = clock.now(), clock.day_end(until)
    if not begins < ends <= begins + LONGEST_MANDATE:
        raise _wrong("until", "Ngày kết thúc phải từ hôm nay đến ba năm sau.")
    return ends


async def withdraw_mandate(session: AsyncSession, actor: Actor, mandate_id: UUID) -> Mandate:
    """End a mandate now: an owner, an office, or the helper who lays it down.

    Raises NotFound, :class:`OwnersOnly`, and :class:`MandateEnded` where it ended before.
    """
    query = select(Mandate).where(Mandate.id == mandate_id).with_for_update()
    if actor.role not in SEES_ALL:
        query = query.where(Mandate.producer_id.in_(actor.producers))
    mandate = await session.scalar(query)
    if mandate is None:
        raise NotFound("Không có lần đồng ý cho làm hộ này, hoặc bạn không có quyền xem.")
    if mandate.helper_id != actor.user_id:
        await require_owner(session, actor, mandate.producer_id)
    now = clock.now()
    begins, ends = mandate.valid.lower, mandate.valid.upper
    if ends is not None and ends <= now:
        raise MandateEnded("Việc làm hộ này đã kết thúc trước đó.")
    mandate.withdrawn_at = now
    mandate.valid = Range(begins, max(now, begins) if begins else now, bounds="[)")
    _audit(session, actor, mandate.producer_id, "withdraw_mandate", f"user:{mandate.helper_id}")
    return mandate


async def find_user(session: AsyncSession, login: str) -> User:
    """The user of a phone number or e-mail. Raises BadLogin, NotFound."""
    known = normal_login(login)
    user: User | None = await session.scalar(
        select(User).where(or_(User.phone == known, User.email == known), User.disabled_at.is_(None))
    )
    if user is None:
        raise NotFound("Chưa có tài khoản với số điện thoại hoặc thư điện tử này.")
    return user


def _wrong(field: str, problem: str) -> MandateWrong:
    return MandateWrong(problem, fields=[FieldProblem(field, "malformed", problem)])


def _audit(
    session: AsyncSession, actor: Actor, producer_id: UUID, verb: str, subject: str, **details: str
) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"producers.{verb}",
        subject=subject,
        producer_id=producer_id,
        **details,
    )
