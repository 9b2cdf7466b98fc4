"""Administrative units with validity and successors. Codes were reused: the key is (code, valid_from)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum


class UnitLevel(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Succession(StrEnum):
    """``whole``: all of the old unit went to the new one; ``part``: one of several; ``type_change``: same unit."""

    WHOLE = "whole"
    PART = "part"
    TYPE_CHANGE = "type_change"


class AdminUnit(Base):
    """A province, former district or commune over the time it exists; ``valid_to`` is exclusive."""

    __tablename__ = "admin_units"
    __table_args__ = (
        Index("ix_admin_units_folded", "folded", "level"),
        Index("ix_admin_units_parent_id", "parent_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[UnitLevel] = mapped_column(text_enum(UnitLevel))
    code: Mapped[str]
    type_label: Mapped[str]
    name: Mapped[str]
    full_name: Mapped[str]
    folded: Mapped[str]
    sort_key: Mapped[str] = mapped_column(String(collation="C"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    #: The province the unit belongs to today, through the successions of both; itself for a province.
    province_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    legal_basis: Mapped[str] = mapped_column(default="")
    #: Folded words under which what is made here is looked for: its name, those above it, those it came from.
    search_words: Mapped[str] = mapped_column(default="")


class AdminUnitSuccession(Base):
    """What became of a unit."""

    __tablename__ = "admin_unit_succession"

    old_id: Mapped[str] = mapped_column(ForeignKey("admin_units.id"), primary_key=True)
    new_id: Mapped[str] = mapped_column(ForeignKey("admin_units.id"), primary_key=True, index=True)
    relation: Mapped[Succession] = mapped_column(text_enum(Succession))
    is_default: Mapped[bool]
    effective: Mapped[date]
