"""Lots, what happened to them, the codes on their labels, and scans."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, false, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id
from ocop_hub.traceability.labels import models as label_models  # noqa: F401 - tables of labels
from ocop_hub.traceability.reports import models as report_models  # noqa: F401 - tables of buyers' reports


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


class RunKind(StrEnum):
    """What tells the labels of a run apart: nothing (all carry the lot), or a serial each."""

    LOT = "lot"
    SERIAL = "serial"


class RangeKind(StrEnum):
    """What was said of a range of serials."""

    ACTIVATED = "activated"
    BLOCKED = "blocked"


class Lot(Base):
    """Lô sản xuất. ``code`` is CSET 82 (AI 10), ``display_name`` is free; ``page_version`` moves with every change."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        Index("ix_lots_producer_id", "producer_id", "created_at"),
        Index("ix_lots_code", "code"),
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
    #: The event as EPCIS 2.0 says it, frozen when it was recorded; taken over as it came when captured.
    epcis: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: CBV 2.0 event hash of ``epcis``, and SHA-256 over the lot's hashes up to here, in order of ``position``.
    event_hash: Mapped[str] = mapped_column(default="", index=True)
    chain_hash: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)


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
    #: A coarse place as a proxy's header names it (``scan_place_header``), e.g. ``VN-13``; empty: not known.
    place: Mapped[str] = mapped_column(server_default="")
    #: The serial belongs to no print run of its lot.
    stray: Mapped[bool] = mapped_column(server_default=false())


class LotKey(Base):
    """The keys of a lot's serials, sealed. Never replaced: labels that are out live by them (decision 0010)."""

    __tablename__ = "lot_keys"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    #: Names the keys without telling them.
    key_id: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PrintRun(Base):
    """Đợt in tem: one row whatever its size. ``number`` counts within the lot and kind; serials carry it.

    ``subject`` and ``stem`` are what was printed, so that a reprint is the same after the product gets a GTIN
    or the installation another host. ``template`` names a version that never changes; ``words`` and ``mark_id``
    are what stood on the labels beside the symbol.
    """

    __tablename__ = "print_runs"
    __table_args__ = (
        UniqueConstraint("lot_id", "kind", "number"),
        CheckConstraint("number >= 1 AND (kind <> 'serial' OR number <= 255)", name="number"),
        CheckConstraint("count BETWEEN 1 AND 16777216", name="count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[RunKind] = mapped_column(text_enum(RunKind))
    number: Mapped[int]
    count: Mapped[int]
    #: The GTIN in 14 digits, or the lot's code of ``/t/``.
    subject: Mapped[str]
    stem: Mapped[str]
    template: Mapped[str]
    #: Labels on one roll; 0 when the run is not on rolls.
    roll_size: Mapped[int] = mapped_column(default=0)
    #: Stars printed beside the mark; 0 for none.
    stars: Mapped[int] = mapped_column(default=0)
    #: ``product_name``, ``producer_name``, ``lines``.
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Artwork printed beside the stars; none where the province gave none.
    mark_id: Mapped[UUID | None] = mapped_column(ForeignKey("label_marks.id"))
    #: How often its labels left the house as a file; each after the first is a reprint.
    printed: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str] = mapped_column(default="")
    void_reason: Mapped[str] = mapped_column(default="")


class SerialRange(Base):
    """Serials ``first`` to ``last`` (indices, both in) that are active or blocked now: since when, by whom, why.

    Ranges of one run and kind never overlap, so the one that begins last before an index tells all about it.
    """

    __tablename__ = "serial_ranges"
    __table_args__ = (
        UniqueConstraint("run_id", "kind", "first"),
        CheckConstraint("first BETWEEN 0 AND last", name="first"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("print_runs.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[RangeKind] = mapped_column(text_enum(RangeKind))
    first: Mapped[int]
    last: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SerialTally(Base):
    """How often one serial was scanned. No row until the first scan; nothing about who scanned."""

    __tablename__ = "serial_tallies"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("print_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[UUID]
    scans: Mapped[int]
    first_scan_at: Mapped[datetime]
    last_scan_at: Mapped[datetime]
    #: Scans before the serial was activated, and the last of them.
    early_scans: Mapped[int] = mapped_column(default=0)
    early_scan_at: Mapped[datetime | None]


class LotInput(Base):
    """What a lot was made from: how much of another lot an event took in."""

    __tablename__ = "lot_inputs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("trace_events.id"), index=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    input_lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    input_producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(18, 3))
    unit: Mapped[str] = mapped_column(default="")


class CaptureState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class EpcisCapture(Base):
    """An EPCIS document handed in: taken over by a job, which says which of its events is wrong."""

    __tablename__ = "epcis_captures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    state: Mapped[CaptureState] = mapped_column(text_enum(CaptureState), default=CaptureState.RUNNING)
    #: True: good events are kept beside wrong ones (GS1-Capture-Error-Behaviour: proceed).
    proceed: Mapped[bool] = mapped_column(default=False)
    document: Mapped[dict[str, Any]]
    event_count: Mapped[int] = mapped_column(default=0)
    stored_count: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class ScanDay(Base):
    """Scans of a product, or of one of its lots, on one business day; kept when the scans themselves are gone."""

    __tablename__ = "scan_days"
    __table_args__ = (UniqueConstraint("product_id", "lot_id", "day", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[date] = mapped_column(index=True)
    product_id: Mapped[UUID]
    producer_id: Mapped[UUID]
    lot_id: Mapped[UUID | None]
    scans: Mapped[int]
    serial_scans: Mapped[int] = mapped_column(default=0)


class AlertKind(StrEnum):
    AFTER_RECALL = "after_recall"
    AFTER_EXPIRY = "after_expiry"
    SOURCE_RECALLED = "source_recalled"
    MORE_THAN_MADE = "more_than_made"
    ONE_SERIAL_OFTEN = "one_serial_often"
    BEFORE_ACTIVATION = "before_activation"
    UNKNOWN_SERIALS = "unknown_serials"
    MANY_PLACES = "many_places"


class ScanAlert(Base):
    """Something to look into, with the reason stored; never an accusation, never on the buyer's page.

    ``answer``: what somebody found who looked into it; ``answered_at`` is empty until then.
    """

    __tablename__ = "scan_alerts"
    __table_args__ = (UniqueConstraint("lot_id", "kind", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    kind: Mapped[AlertKind] = mapped_column(text_enum(AlertKind))
    day: Mapped[date]
    scans: Mapped[int]
    reason: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
