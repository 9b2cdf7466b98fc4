"""What an office keeps for all producers: marketplaces' categories and ours, fees, and reasons in people's words."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class LessonDecision(StrEnum):
    """What a person did with what a refusal taught."""

    TAKEN = "taken"
    DISMISSED = "dismissed"


class CategoryTree(Base):
    """A marketplace's categories as it last told them.

    ``tree``: id → name, parent ("" at the top) and leaf. ``fields``: id of a category → version of the tree it
    was read with, and the fields that the marketplace asks for there.
    """

    __tablename__ = "category_trees"

    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"), primary_key=True)
    #: Another tree, another version: made from what the marketplace told.
    version: Mapped[str]
    tree: Mapped[dict[str, Any]]
    fields: Mapped[dict[str, Any]]
    read_at: Mapped[datetime]


class CategoryMapping(Base):
    """From a group, or one of its sub-groups, to a category and the values of its fields; never edited, but ended."""

    __tablename__ = "category_mappings"
    __table_args__ = (
        Index(
            "uq_category_mappings_open",
            "marketplace_key",
            "group_code",
            "sub_group_code",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    group_code: Mapped[str] = mapped_column(ForeignKey("product_groups.code"))
    #: Empty: every sub-group without a mapping of its own.
    sub_group_code: Mapped[str] = mapped_column(default="")
    tree_version: Mapped[str]
    category_id: Mapped[str]
    #: Names from the top down, as they were read when it was chosen.
    category_path: Mapped[str]
    #: Field of the marketplace → value.
    attributes: Mapped[dict[str, Any]]
    #: Where it was learnt: an office's choice, or the refusal that taught it.
    source: Mapped[str]
    decided_by: Mapped[str]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CategoryLesson(Base):
    """What a refusal says about a mapping: a proposal, until a person takes or dismisses it."""

    __tablename__ = "category_lessons"
    __table_args__ = (
        UniqueConstraint(
            "marketplace_key", "group_code", "category_id", "field", "code", name="uq_category_lessons_taught"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    group_code: Mapped[str] = mapped_column(ForeignKey("product_groups.code"))
    #: Empty: the adapter had chosen by name.
    category_id: Mapped[str]
    #: ``category_id``, or ``attributes.`` and the marketplace's name of the field.
    field: Mapped[str]
    code: Mapped[str]
    #: The latest refusal as it was told.
    message: Mapped[str]
    times: Mapped[int]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    decision: Mapped[LessonDecision | None] = mapped_column(text_enum(LessonDecision))
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class MarketplaceFee(Base):
    """What a marketplace keeps of a sale from a day on, as an office entered it; a later day ends it."""

    __tablename__ = "marketplace_fees"
    __table_args__ = (UniqueConstraint("marketplace_key", "category_id", "valid_from"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    #: Empty: every category without a row of its own.
    category_id: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date]
    #: Of the price, in hundredths of a percent.
    share: Mapped[int]
    #: Of each sale, in đồng.
    fixed_vnd: Mapped[int]
    #: Where the numbers stand: a contract, a page and its date.
    source: Mapped[str]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]


class ReasonWords(Base):
    """A refusal explained by an office, used before the shipped rules; ``message``: words within what was said."""

    __tablename__ = "reason_words"
    __table_args__ = (UniqueConstraint("marketplace_key", "code", "message"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    code: Mapped[str]
    message: Mapped[str]
    cause_vi: Mapped[str]
    step_vi: Mapped[str]
    example_vi: Mapped[str]
    cause_en: Mapped[str]
    step_en: Mapped[str]
    example_en: Mapped[str]
    since: Mapped[date]
    written_by: Mapped[str]
