"""What the label studio keeps: acts on print runs, the mark's artwork, label paper of one's own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ActKind(StrEnum):
    """What people do with a print run."""

    PRINTED = "printed"
    ACTIVATED = "activated"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    VOIDED = "voided"


class RunAct(Base):
    """One act on labels ``first`` to ``last`` of a run, counted from 1: who, when, why. Never edited.

    ``count``: how many labels it changed, or how many came out of the printer. ``file``: of a printing, its kind
    and the label paper; each printing after the first is a reprint with the same serials.
    """

    __tablename__ = "run_acts"
    __table_args__ = (
        Index("ix_run_acts_run_id", "run_id", "created_at"),
        CheckConstraint("first BETWEEN 1 AND last", name="first"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("print_runs.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[ActKind] = mapped_column(text_enum(ActKind))
    first: Mapped[int]
    last: Mapped[int]
    count: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    file: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelMark(Base):
    """Artwork of the OCOP mark as the province gave it. The newest that is not withdrawn goes on new runs;
    a run keeps the one it was printed with.
    """

    __tablename__ = "label_marks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Where the cleaned file lies in the media store; ``.svg`` or ``.png``.
    media_key: Mapped[str]
    suffix: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(default="")


class LabelPaper(Base):
    """Label paper of a producer's own, in millimetres. Never edited: another size is another row.

    ``measures``: ``pairs`` (page, label, first, gap, offset), ``columns``, ``rows``; see label_papers.
    """

    __tablename__ = "label_papers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    name: Mapped[str]
    measures: Mapped[dict[str, Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]
