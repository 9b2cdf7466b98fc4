"""What was done, and the seals over it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base


class AuditSeal(Base):
    """One link of the chain: ``hash`` covers ``count`` rows and the ``previous`` seal's hash (decision 0016)."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: Unique, so that the chain cannot fork.
    previous: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str]
    count: Mapped[int]
    sealed_at: Mapped[datetime]


class AuditEntry(Base):
    """One act. ``details`` holds an allow-list of fields, never a secret or a personal number."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_producer_id", "producer_id", "at"),
        Index("ix_audit_entries_seal_id", "seal_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    acting_for: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    subject: Mapped[str]
    producer_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Set by the sealer alone: the application role may not even name the column in an INSERT, hence a default
    #: that only the database knows.
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("audit_seals.id"), server_default=FetchedValue())
