"""One row in the transaction of the change it tells of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.audit.models import AuditEntry

_ACTS_FOR = "audit.acts_for"


def act_for(session: AsyncSession, producers: frozenset[UUID]) -> None:
    """From here on, acts of this session upon these producers are done for them by another (làm hộ)."""
    session.info[_ACTS_FOR] = producers


def acting_for(session: AsyncSession, producer_id: UUID | None) -> str:
    """``producer:{id}`` where the act is done for the producer by another, else empty."""
    done_for: frozenset[UUID] = session.info.get(_ACTS_FOR, frozenset())
    return f"producer:{producer_id}" if producer_id in done_for else ""


def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject: str,
    producer_id: UUID | None = None,
    **details: Any,
) -> None:
    """Add one audit row to the running transaction; ``action`` is ``room.verb``, ``subject`` ``kind:id``.

    Whether the act was for another is known from :func:`act_for`: no caller need say it.
    """
    session.add(
        AuditEntry(
            actor=actor,
            acting_for=acting_for(session, producer_id),
            action=action,
            subject=subject,
            producer_id=producer_id,
            details=details,
        )
    )
