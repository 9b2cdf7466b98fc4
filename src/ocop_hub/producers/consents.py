"""Đồng ý công khai: what of a person's own data the producer lets public pages show, on record and withdrawable.

Law 91/2025/QH15: one consent per purpose, given by the person, never assumed. Data of an enterprise or a
cooperative are a business's own and need none.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.errors import OwnersOnly
from ocop_hub.producers.models import Consent, ConsentPurpose
from ocop_hub.producers.queries import consents_in_force
from ocop_hub.producers.service import is_owner, pages_anew, producer_to_change

#: Which wording the person read; raised with the sentences of the page.
TEXT_VERSION = "2026-11"


async def set_consents(
    session: AsyncSession, actor: Actor, producer_id: UUID, wanted: Collection[ConsentPurpose]
) -> None:
    """Give the consents in ``wanted`` and withdraw the others; what stands already is left as it is.

    Only an owner may: nobody agrees for a person, an office and a helper with a mandate included. Raises
    NotFound, :class:`OwnersOnly`.
    """
    await producer_to_change(session, actor, producer_id)
    if not await is_owner(session, actor, producer_id):
        raise OwnersOnly("Chỉ chủ sở hữu của chủ thể tự đồng ý hoặc rút lại đồng ý được.")
    standing = {
        each.purpose: each
        for each in await session.scalars(
            select(Consent).where(Consent.producer_id == producer_id, Consent.withdrawn_at.is_(None))
        )
    }
    for purpose in ConsentPurpose:
        if purpose in wanted and purpose not in standing:
            session.add(
                Consent(
                    id=new_id(),
                    producer_id=producer_id,
                    purpose=purpose,
                    text_version=TEXT_VERSION,
                    given_by=actor.label,
                )
            )
            _audit(session, actor, producer_id, "give_consent", purpose)
        elif purpose not in wanted and purpose in standing:
            standing[purpose].withdrawn_at = clock.now()
            standing[purpose].withdrawn_by = actor.label
            _audit(session, actor, producer_id, "withdraw_consent", purpose)
    await session.flush()
    await pages_anew(session, producer_id)


async def given(session: AsyncSession, producer_id: UUID) -> dict[ConsentPurpose, Consent]:
    """The consents in force, by purpose."""
    return {each.purpose: each for each in await session.scalars(consents_in_force(producer_id))}


def _audit(
    session: AsyncSession, actor: Actor, producer_id: UUID, verb: str, purpose: ConsentPurpose
) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"producers.{verb}",
        subject=f"producer:{producer_id}",
        producer_id=producer_id,
        purpose=purpose.value,
        text_version=TEXT_VERSION,
    )
