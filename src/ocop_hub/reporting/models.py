"""Coverage rules (cách tính) as dated data; periods and what was frozen when they closed; targets; snapshots;
indicators typed by hand; the province's acts on open data; its own papers, and the reports made of each month."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade


class Denominator(StrEnum):
    """Still valid · ever recognised · taking part, with or without stars (glossary A)."""

    CERTIFIED_VALID = "certified_valid"
    CERTIFIED_EVER = "certified_ever"
    PARTICIPATING = "participating"


class ListingRule(StrEnum):
    """When a listing counts: seen live at the end of the day, at any time up to it, or for n days of the period that ends with it."""

    LIVE_ON_AS_OF = "live_on_as_of"
    EVER_LISTED = "ever_listed"
    LIVE_DAYS = "live_days"


class OffSeason(StrEnum):
    """What becomes of a product in a month in which it is not sold: it stands as on the last day of its season,
    is not counted at all, or is counted and shown apart (glossary A)."""

    LAST_IN_SEASON = "last_in_season"
    NOT_COUNTED = "not_counted"
    SHOWN_APART = "shown_apart"


class CoverageRule(Base):
    """Cách tính số n: which products make the denominator and which sightings count. Never edited, only followed."""

    __tablename__ = "coverage_rules"
    __table_args__ = (CheckConstraint("number > 0", name="number_positive"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    valid_from: Mapped[date]
    name: Mapped[str]
    denominator: Mapped[Denominator] = mapped_column(text_enum(Denominator))
    listing_rule: Mapped[ListingRule] = mapped_column(text_enum(ListingRule))
    live_days: Mapped[int] = mapped_column(default=0)
    #: Over how many days up to the date ``live_days`` are looked for.
    period_days: Mapped[int] = mapped_column(default=90)
    least_evidence: Mapped[Grade] = mapped_column(text_enum(Grade))
    off_season: Mapped[OffSeason] = mapped_column(text_enum(OffSeason), default=OffSeason.LAST_IN_SEASON)
    marketplaces: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PeriodState(StrEnum):
    """Đang mở · Xã đã xác nhận · Đã chốt · Đã điều chỉnh (glossary D)."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    ADJUSTED = "adjusted"


class ReportPeriod(Base):
    """Kỳ số liệu: the figure as of one day, confirmed by communes, then closed under a document number."""

    __tablename__ = "report_periods"
    __table_args__ = (UniqueConstraint("province", "as_of", name="uq_report_periods_as_of"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Code of the province of that day's figure.
    province: Mapped[str]
    as_of: Mapped[date]
    name: Mapped[str]
    state: Mapped[PeriodState] = mapped_column(text_enum(PeriodState), default=PeriodState.OPEN)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PeriodConfirmation(Base):
    """A commune says that its list is right, or what is wrong with it, and which numbers it saw then."""

    __tablename__ = "period_confirmations"

    period_id: Mapped[UUID] = mapped_column(ForeignKey("report_periods.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    numerator: Mapped[int]
    denominator: Mapped[int]
    #: What is wrong with the list, in the commune's words; empty: it is right.
    objection: Mapped[str] = mapped_column(default="", server_default="")
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ClosedFigure(Base):
    """What a document froze: number 0 when the period closed, 1, 2 … for each correction beside it. Never edited."""

    __tablename__ = "closed_figures"
    __table_args__ = (UniqueConstraint("period_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    period_id: Mapped[UUID] = mapped_column(ForeignKey("report_periods.id"))
    number: Mapped[int]
    document_number: Mapped[str]
    document_date: Mapped[date]
    #: The rule as it was applied, whole.
    rule: Mapped[dict[str, Any]]
    #: Counts as in ``figures.Counts``, and by cut the rows with their labels of that day.
    counts: Mapped[dict[str, Any]]
    cuts: Mapped[dict[str, Any]]
    #: Communes with products that had not confirmed: [{"id", "name"}].
    silent: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Communes that had said their list is wrong: [{"id", "name", "objection"}].
    objecting: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Why a correction was made, in words; who moved is told by the two lists.
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ClosedProduct(Base):
    """One product of a closed figure's list, with names, standing and reason as they were. Never edited.

    Ids hold no foreign key: what was reported stays when a product is merged or deleted.
    """

    __tablename__ = "closed_products"
    __table_args__ = (Index("ix_closed_products_page", "figure_id", "sort_key", "product_id"),)

    figure_id: Mapped[UUID] = mapped_column(ForeignKey("closed_figures.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    producer_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(String(collation="C"))
    producer_name: Mapped[str]
    unit_id: Mapped[str | None]
    unit_name: Mapped[str]
    stars: Mapped[int | None]
    standing: Mapped[str] = mapped_column(String(32))
    grade: Mapped[str | None] = mapped_column(String(32))
    reason_code: Mapped[str]
    reason: Mapped[str]


class CoverageTarget(Base):
    """Chỉ tiêu: a share to be reached by a day, for the province or one part of it."""

    __tablename__ = "coverage_targets"
    __table_args__ = (
        UniqueConstraint("province", "cut", "key", "due_on", name="uq_coverage_targets_due"),
        CheckConstraint("share_tenths BETWEEN 1 AND 1000", name="share_of_100"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    province: Mapped[str]
    #: ``total`` with an empty key, or a cut of the figure and the key of one of its rows.
    cut: Mapped[str] = mapped_column(String(32))
    key: Mapped[str]
    due_on: Mapped[date]
    #: In tenths of a percent: 1000 is 100 %.
    share_tenths: Mapped[int]
    document_number: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CoverageSnapshot(Base):
    """One day's counts of commune × marketplace × stars, by the rule in force that day.

    ``marketplace_key`` "" is all counting marketplaces together; ``unit_id`` "" is no commune known; ``stars`` 0
    is none. Made again every night for yesterday and for the month ends of the trend.
    """

    __tablename__ = "coverage_snapshots"

    day: Mapped[date] = mapped_column(primary_key=True)
    province_id: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    marketplace_key: Mapped[str] = mapped_column(primary_key=True)
    stars: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule_number: Mapped[int]
    denominator: Mapped[int]
    numerator: Mapped[int]
    unverified: Mapped[int]
    unknown: Mapped[int]
    not_listable: Mapped[int]
    off_season: Mapped[int]
    grade_api: Mapped[int]
    grade_link: Mapped[int]
    grade_seen: Mapped[int]
    grade_declared: Mapped[int]
    computed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IndicatorValue(Base):
    """A figure that an office types because no row of ours can count it; the same day again takes its place.

    ``target_percent`` stands where the paper gives only "đạt n% kế hoạch", without the plan's own number.
    """

    __tablename__ = "indicator_values"
    __table_args__ = (
        UniqueConstraint("province", "code", "marketplace_key", "as_of", name="uq_indicator_values_day"),
        CheckConstraint("target > 0", name="target_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    province: Mapped[str]
    code: Mapped[str] = mapped_column(String(60))
    #: What is counted, for a code that is not in our list; else empty.
    name: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    #: The marketplace it is about; empty for the province as a whole.
    marketplace_key: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Numeric(20, 3))
    target: Mapped[Decimal | None] = mapped_column(Numeric(20, 3))
    target_percent: Mapped[Decimal | None] = mapped_column(Numeric(8, 1))
    source: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[str]
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OpenDataAct(Base):
    """An officer publishes the province's open data, or takes it back. Never edited; the last act holds."""

    __tablename__ = "open_data_acts"
    __table_args__ = (Index("ix_open_data_acts_province", "province", "acted_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    province: Mapped[str]
    published: Mapped[bool]
    #: The catalogue's public fields too, beside the closed figures.
    catalogue: Mapped[bool] = mapped_column(default=False)
    #: Under which terms others may use the data, in the province's words, and where they stand.
    licence: Mapped[str] = mapped_column(default="")
    licence_url: Mapped[str] = mapped_column(default="")
    document_number: Mapped[str] = mapped_column(default="")
    acted_by: Mapped[str]
    acted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReportTemplate(Base):
    """A paper of the province's own, with named fields to fill in; taken out of use, never changed."""

    __tablename__ = "report_templates"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    province: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    #: ``docx`` or ``xlsx``.
    kind: Mapped[str] = mapped_column(String(8))
    media_key: Mapped[str]
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    retired_at: Mapped[datetime | None]


class MonthlyReport(Base):
    """The figure of a month's last day, made once when the month was over and kept with its files."""

    __tablename__ = "monthly_reports"
    __table_args__ = (UniqueConstraint("province", "as_of", name="uq_monthly_reports_as_of"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    province: Mapped[str]
    as_of: Mapped[date]
    rule_number: Mapped[int]
    numerator: Mapped[int]
    denominator: Mapped[int]
    #: Of the closed figure it was made from; empty where the month was not closed.
    document_number: Mapped[str]
    #: [{"name", "media_type", "media_key"}] in the order in which they are shown.
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
