"""Recognition decisions and the certificates they give: the only source of the denominator."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class IssuerLevel(StrEnum):
    """Who recognises: district until 2025-07-06, province for 3–4 stars, ministry for 5 (1489/QĐ-TTg)."""

    DISTRICT = "district"
    PROVINCE = "province"
    CENTRAL = "central"


class RecognitionDecision(Base):
    """Quyết định công nhận: one decision, many products. Number and date may be missing in what an office sends."""

    __tablename__ = "recognition_decisions"
    __table_args__ = (
        UniqueConstraint("number_folded", "issuer_province_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str]
    number_folded: Mapped[str]
    issued_on: Mapped[date | None]
    issuer_level: Mapped[IssuerLevel] = mapped_column(text_enum(IssuerLevel))
    issuer_name: Mapped[str] = mapped_column(default="")
    issuer_province_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Certificate(Base):
    """Giấy chứng nhận: one row per product per decision. ``valid`` never overlaps for one product."""

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        Index("ix_certificates_product_id", "product_id"),
        Index("ix_certificates_valid", "valid", postgresql_using="gist"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("recognition_decisions.id"), index=True)
    number: Mapped[str] = mapped_column(default="")
    stars: Mapped[int]
    proposed_five: Mapped[bool] = mapped_column(default=False)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    #: The end it was given or withdrawn at, where ``valid`` ends earlier because a later one began; else None.
    lapses_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    #: Place at the time of recognition; a former district stays answerable through it.
    certified_unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    certified_district_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
