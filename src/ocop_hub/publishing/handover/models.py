"""Lists given to a person outside, and what became of each row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class HandoverOutcome(StrEnum):
    """What the person outside said of one row of the list."""

    WAITING = "waiting"
    POSTED = "posted"
    RETURNED = "returned"
    FAILED = "failed"


class Handover(Base):
    """Danh sách giao đăng: packs given to one person outside, who reports behind a link without an account.

    Of the link only a digest is kept. ``created_at`` is set by us: a default of the database would be read
    back, and nobody may read a list before its rows exist.
    """

    __tablename__ = "handovers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recipient: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    token_digest: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    #: Next time somebody should ask how far it is, and when that was last due.
    remind_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]


class HandoverRow(Base):
    """One listing on the list."""

    __tablename__ = "handover_rows"
    __table_args__ = (
        UniqueConstraint("handover_id", "listing_id"),
        Index("ix_handover_rows_listing_id", "listing_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    handover_id: Mapped[UUID] = mapped_column(ForeignKey("handovers.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    position: Mapped[int]
    outcome: Mapped[HandoverOutcome] = mapped_column(
        text_enum(HandoverOutcome), default=HandoverOutcome.WAITING
    )
    reason: Mapped[str] = mapped_column(default="")
    acted_at: Mapped[datetime | None]
