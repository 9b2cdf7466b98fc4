"""Files that came in, as they came, what became of each row, and what is remembered of who sends and takes."""

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


class ImportKind(StrEnum):
    """What the rows of a file are."""

    PRODUCTS = "products"
    LOTS = "lots"


class ImportRun(Base):
    """One file: stored as it is, checked, and then stored in the catalogue or refused by the person."""

    __tablename__ = "import_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind), default=ImportKind.PRODUCTS)
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


class RememberedColumn(Base):
    """A header as one sender writes it in files of one kind, and the field meant; empty: not to be read."""

    __tablename__ = "remembered_columns"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(text_enum(ImportKind), primary_key=True)
    header_folded: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]


class ExportMark(Base):
    """When a user last took the products out, for "changed since then"."""

    __tablename__ = "export_marks"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    exported_at: Mapped[datetime]
