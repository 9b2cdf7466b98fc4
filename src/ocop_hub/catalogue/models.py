"""Products, their revisions and photos."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ProductStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ProductGroup(Base):
    """Nhóm sản phẩm, as dated data (Decision 919/QĐ-TTg); codes are ours, no official list was found."""

    __tablename__ = "product_groups"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]
    #: False for services: no lot, no parcel, no tem.
    ships: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Product(Base):
    """One product of one producer. What a listing may say is the state at ``revision``."""

    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_name_folded", "producer_id", "name_folded"),
        Index("ix_products_sort_key", "sort_key", "id"),
        Index("ix_products_current_unit_id", "current_unit_id"),
        Index("ix_products_search_words", "search_words", postgresql_using="gin"),
        CheckConstraint("price_vnd > 0", name="price_positive"),
        CheckConstraint("net_weight_g > 0", name="net_weight_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    name: Mapped[str]
    name_folded: Mapped[str]
    sort_key: Mapped[str] = mapped_column(String(collation="C"))
    name_en: Mapped[str] = mapped_column(default="")
    group_code: Mapped[str] = mapped_column(ForeignKey("product_groups.code"), index=True)
    status: Mapped[ProductStatus] = mapped_column(text_enum(ProductStatus), default=ProductStatus.APPROVED)
    description: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    storage: Mapped[str] = mapped_column(default="")
    price_vnd: Mapped[int | None]
    unit: Mapped[str] = mapped_column(default="")
    net_weight_g: Mapped[int | None]
    gtin: Mapped[str | None] = mapped_column(unique=True)
    external_code: Mapped[str] = mapped_column(default="")
    #: Stars as the producer typed them: never counted (design §2.8).
    declared_stars: Mapped[int | None]
    commune_as_written: Mapped[str] = mapped_column(default="")
    certified_unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    current_unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    province_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id"))
    #: Folded words of name, producer, place and codes. The database fills it; asked through ``product_words``.
    search_words: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class ProductRevision(Base):
    """One change of a product: who, when, before and after."""

    __tablename__ = "product_revisions"
    __table_args__ = (UniqueConstraint("product_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    number: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class ProductPhoto(Base):
    """A re-encoded photo, kept by its content's hash."""

    __tablename__ = "product_photos"
    __table_args__ = (UniqueConstraint("product_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    sha256: Mapped[str]
    media_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    #: Hash of the bytes as they came in, before they were re-encoded: what the sender compares.
    received_sha256: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    caption: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FetchState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class PhotoFetch(Base):
    """A photo asked for by its address, until it is fetched, and what became of it.

    ``next_at`` is when it is due; while a worker is at it, when another one may take it up.
    """

    __tablename__ = "photo_fetches"
    __table_args__ = (
        UniqueConstraint("product_id", "url"),
        Index("ix_photo_fetches_due", "next_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    url: Mapped[str]
    state: Mapped[FetchState] = mapped_column(text_enum(FetchState), default=FetchState.WAITING)
    #: Why it could not be fetched, for the person; empty while it waits.
    problem: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    asked_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SpokenStory(Base):
    """A product's story as someone told it, kept as it was recorded, for a helper to type."""

    __tablename__ = "spoken_stories"
    __table_args__ = (UniqueConstraint("product_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    sha256: Mapped[str]
    media_key: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    recorded_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
