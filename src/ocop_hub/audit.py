"""Who did what, for whom: one row in the same transaction as the change it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base

_ACTS_FOR = "audit.acts_for"


class AuditEntry(Base):
    """One act. ``details`` holds an allow-list of fields, never a secret or a personal number."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_producer_id", "producer_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    acting_for: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    subject: Mapped[str]
    producer_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


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
