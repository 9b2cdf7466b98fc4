"""Lots, what happened to them, the codes on their labels, and scans."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class LotState(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"
    RECALLED = "recalled"
    CLOSED = "closed"


class EventKind(StrEnum):
    """Công đoạn. Harvest, first processing, packing and place of production make the minimum label page."""

    HARVEST = "harvest"
    PURCHASE = "purchase"
    FIRST_PROCESSING = "first_processing"
    PROCESSING = "processing"
    INSPECTION = "inspection"
    PACKING = "packing"
    PRODUCTION_PLACE = "production_place"
    SHIPPING = "shipping"
    RECEIVING = "receiving"
    SALE = "sale"
    RECALL = "recall"


class LinkType(StrEnum):
    """Link types of the GS1 web vocabulary that the resolver serves."""

    PIP = "gs1:pip"
    TRACEABILITY = "gs1:traceability"
    EPCIS = "gs1:epcis"
    CERTIFICATION = "gs1:certificationInfo"
    RETAILERS = "gs1:hasRetailers"
    RECALL = "gs1:recallStatus"
    VERIFICATION = "gs1:verificationService"
    PASSPORT = "gs1:dpp"


class Lot(Base):
    """Lô sản xuất. ``code`` is CSET 82 (AI 10), ``display_name`` is free; ``page_version`` moves with every change."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        Index("ix_lots_producer_id", "producer_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    code: Mapped[str]
    display_name: Mapped[str] = mapped_column(default="")
    state: Mapped[LotState] = mapped_column(text_enum(LotState), default=LotState.DRAFT)
    quantity: Mapped[int | None]
    quantity_unit: Mapped[str] = mapped_column(default="")
    produced_on: Mapped[date | None]
    packed_at: Mapped[datetime | None]
    best_before: Mapped[date | None]
    recall_note: Mapped[str] = mapped_column(default="")
    page_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TraceEvent(Base):
    """One công đoạn of a lot. Never edited: a later event that ``corrects_id`` it takes its place."""

    __tablename__ = "trace_events"
    __table_args__ = (Index("ix_trace_events_lot_id", "lot_id", "occurred_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind))
    occurred_at: Mapped[datetime]
    #: Offset of the zone the time was written in, e.g. "+07:00" (EPCIS eventTimeZoneOffset).
    zone_offset: Mapped[str] = mapped_column(default="+07:00")
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    place_text: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("trace_events.id"), unique=True)


class TraceCode(Base):
    """What a printed label leads to: ``/t/{code}`` for ever, and the lot or product behind it."""

    __tablename__ = "trace_codes"
    __table_args__ = (Index("ix_trace_codes_lot_id", "lot_id"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ResolverLink(Base):
    """A target of the resolver, per product and optionally lot; publishing writes shop links down here."""

    __tablename__ = "resolver_links"
    __table_args__ = (
        UniqueConstraint("product_id", "lot_id", "link_type", "href", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lots.id"))
    link_type: Mapped[LinkType] = mapped_column(text_enum(LinkType))
    href: Mapped[str]
    title: Mapped[str]
    language: Mapped[str] = mapped_column(default="vi")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Scan(Base):
    """One look at a label: when, which lot, in which language. No address, cookie or device (Decree 356/2025)."""

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_lot_id", "lot_id", "scanned_at"),
        {"postgresql_partition_by": "RANGE (scanned_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    scanned_at: Mapped[datetime] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    lot_id: Mapped[UUID | None]
    serial: Mapped[str | None]
    language: Mapped[str]
