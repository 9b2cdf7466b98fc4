"""What buyers report about a product after scanning its label."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ReportKind(StrEnum):
    """What seems wrong."""

    LABEL = "label"
    QUALITY = "quality"
    DATES = "dates"
    OTHER = "other"


class ProblemReport(Base):
    """One report, for the producer and the office; never shown to the public. Nothing tells who sent it.

    ``phone``: given with consent to be called back, and removed when the report is answered.
    """

    __tablename__ = "problem_reports"
    __table_args__ = (Index("ix_problem_reports_producer_id", "producer_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))
    #: As scanned; whether such a serial was ever printed is not said here.
    serial: Mapped[str] = mapped_column(default="")
    kind: Mapped[ReportKind] = mapped_column(text_enum(ReportKind))
    text: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
