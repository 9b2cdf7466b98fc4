"""Files that came in, as they came, and what became of each row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ImportState(StrEnum):
    CHECKED = "checked"
    STORED = "stored"
    REFUSED = "refused"


class ImportRun(Base):
    """One file: stored as it is, checked, and then stored in the catalogue or refused by the person."""

    __tablename__ = "import_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    sha256: Mapped[str]
    media_key: Mapped[str]
    sent_by: Mapped[str]
    #: The producer for whom a member or helper sent it; empty for an office.
    producer_id: Mapped[UUID | None] = mapped_column(ForeignKey("producers.id"))
    state: Mapped[ImportState] = mapped_column(text_enum(ImportState))
    report: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    stored_at: Mapped[datetime | None]
