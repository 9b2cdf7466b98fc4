"""Coverage rules (cách tính) as dated data."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade


class Denominator(StrEnum):
    """Still valid · ever recognised · taking part, with or without stars (glossary A 33)."""

    CERTIFIED_VALID = "certified_valid"
    CERTIFIED_EVER = "certified_ever"
    PARTICIPATING = "participating"


class ListingRule(StrEnum):
    """When a listing counts: seen live at the end of the day, at any time up to it, or for n days of the period that ends with it."""

    LIVE_ON_AS_OF = "live_on_as_of"
    EVER_LISTED = "ever_listed"
    LIVE_DAYS = "live_days"


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
    marketplaces: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
