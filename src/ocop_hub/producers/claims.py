"""Single-use codes: an unclaimed producer is claimed with one, and members are invited with one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts.models import User
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.producers.errors import AlreadyClaimed, CodeExpired, CodeUsed
from ocop_hub.producers.models import ClaimCode, CodePurpose, MemberRole, Producer, ProducerMember
from ocop_hub.producers.people import add_member
from ocop_hub.producers.service import producer_to_change, require_owner

#: Letters and digits that are not taken for one another (Crockford's base 32): 12 of them are 60 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_MISREAD = str.maketrans("OIL", "011")
#: A letter to a household in the hills takes its time.
CLAIM_LASTS = timedelta(days=90)
INVITATION_LASTS = timedelta(days=14)
#: The page that takes a code; a QR holds its address.
CLAIM_PATH = "/nhan-ho-so/"


@dataclass(frozen=True, slots=True)
class NewCode:
    """A fresh code; ``code`` is shown once and not kept."""

    row: ClaimCode
    code: str = field(repr=False)

    @property
    def path(self) -> str:
        """The page that takes the code."""
        return CLAIM_PATH + self.code


async def issue_claim(
    session: AsyncSession, actor: Actor, producer_id: UUID, *, again: bool = False
) -> NewCode:
    """A code with which a person becomes the owner of an unclaimed producer; an office's act.

    ``again`` gives one for a producer that was claimed, where its owners lost access. Raises Forbidden,
    NotFound, :class:`AlreadyClaimed`.
    """
    require_office(actor)
    producer = await producer_to_change(session, actor, producer_id)
    if producer.claimed_at is not None and not again:
        raise AlreadyClaimed(f"{producer.name} đã có người nhận. Chỉ cấp lại khi chủ thể không vào được nữa.")
    purpose = CodePurpose.CLAIM if producer.claimed_at is None else CodePurpose.INVITE
    return _issue(session, actor, producer_id, purpose, MemberRole.OWNER, CLAIM_LASTS)


async def invite(session: AsyncSession, actor: Actor, producer_id: UUID, role: MemberRole) -> NewCode:
    """A code with which a person becomes a member. Raises NotFound, :class:`OwnersOnly`."""
    await producer_to_change(session, actor, producer_id)
    await require_owner(session, actor, producer_id)
    return _issue(session, actor, producer_id, CodePurpose.INVITE, role, INVITATION_LASTS)


def _issue(
    session: AsyncSession,
    actor: Actor,
    producer_id: UUID,
    purpose: CodePurpose,
    role: MemberRole,
    lasts: timedelta,
) -> NewCode:
    bare = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    row = ClaimCode(
        id=new_id(),
        producer_id=producer_id,
        purpose=purpose,
        role=role,
        code_hash=code_hash(bare),
        issued_by=actor.label,
        expires_at=clock.now() + lasts,
    )
    session.add(row)
    audit.record(
        session,
        actor=actor.label,
        action=f"producers.issue_{purpose.value}",
        subject=f"code:{row.id}",
        producer_id=producer_id,
        role=role.value,
    )
    return NewCode(row, "-".join(bare[n : n + 4] for n in range(0, _LENGTH, 4)))


def code_hash(code: str) -> bytes:
    """What is kept of a code, however it was typed: case, blanks, hyphens, O for 0 and I for 1 do not matter."""
    bare = "".join(code.upper().split()).replace("-", "").translate(_MISREAD)
    return hashlib.sha256(b"claim-code:" + bare.encode()).digest()


async def look(session: AsyncSession, code: str) -> tuple[ClaimCode, Producer]:
    """What a code gives, for who holds it, signed in or not. Leaves the session under the service's scope.

    Raises NotFound, :class:`CodeUsed`, :class:`CodeExpired`, :class:`AlreadyClaimed`.
    """
    await apply_scope(session, SYSTEM)
    row = await session.scalar(
        select(ClaimCode).where(ClaimCode.code_hash == code_hash(code)).with_for_update()
    )
    if row is None:
        raise NotFound("Không có mã này. Hãy xem lại từng ký tự, hoặc xin mã mới ở nơi đã cấp.")
    if row.used_at is not None:
        raise CodeUsed(
            f"Mã này đã dùng ngày {clock.business_day(row.used_at):%d/%m/%Y} và chỉ dùng được một lần. Nếu không "
            "phải bạn dùng, hãy báo ngay cho nơi đã cấp mã."
        )
    if row.expires_at <= clock.now():
        raise CodeExpired(
            f"Mã này hết hạn ngày {clock.business_day(row.expires_at):%d/%m/%Y}. Hãy xin mã mới ở nơi đã cấp."
        )
    producer = await session.get_one(Producer, row.producer_id)
    if producer.merged_into_id is not None:
        producer = await session.get_one(Producer, producer.merged_into_id)
    if row.purpose is CodePurpose.CLAIM and producer.claimed_at is not None:
        raise AlreadyClaimed(
            f"{producer.name} đã có người nhận bằng mã khác. Nếu đó không phải người của bạn, hãy báo cho nơi đã "
            "cấp mã."
        )
    return row, producer


async def redeem(session: AsyncSession, actor: Actor, user: User, code: str) -> Producer:
    """Make the user what the code gives, once; who is a member already keeps the code unused.

    Raises what :func:`look` raises. Comes back to the actor's scope.
    """
    row, producer = await look(session, code)
    known = await session.scalar(
        select(ProducerMember).where(
            ProducerMember.producer_id == producer.id, ProducerMember.user_id == user.id
        )
    )
    promoted = known is not None and known.role is not row.role and row.role is MemberRole.OWNER
    if known is None or promoted:
        row.used_at, row.used_by = clock.now(), user.id
        if known is None:
            await add_member(session, actor, producer, user, row.role)
        else:
            known.role = row.role
        audit.record(
            session,
            actor=actor.label,
            action=f"producers.use_{row.purpose.value}",
            subject=f"code:{row.id}",
            producer_id=producer.id,
        )
        await session.flush()
        # The actor's own scope does not reach the producer before the next request.
        await session.refresh(producer)
    await apply_scope(session, actor.scope)
    return producer
