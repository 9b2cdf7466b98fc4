"""Products with their packs, revisions, photos and what the office said of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ProductStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ApprovalNeed(StrEnum):
    """Which products the province looks at before the public sees them."""

    NOBODY = "nobody"
    UNCERTIFIED = "uncertified"
    ALL = "all"


class ReviewVerdict(StrEnum):
    """What an officer decided about a product that was handed in."""

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


class ProductSubGroup(Base):
    """Phân nhóm of a group, as dated data; ``source`` names the document that lists it."""

    __tablename__ = "product_sub_groups"

    code: Mapped[str] = mapped_column(primary_key=True)
    group_code: Mapped[str] = mapped_column(ForeignKey("product_groups.code"), index=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]
    #: Goods that marketplaces may not sell as they like, such as alcohol.
    restricted: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
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
    group_code: Mapped[str] = mapped_column(ForeignKey("product_groups.code"), index=True)
    sub_group_code: Mapped[str | None] = mapped_column(ForeignKey("product_sub_groups.code"))
    status: Mapped[ProductStatus] = mapped_column(text_enum(ProductStatus), default=ProductStatus.APPROVED)
    description: Mapped[str] = mapped_column(default="")
    #: Câu chuyện sản phẩm, apart from what a listing says.
    story: Mapped[str] = mapped_column(default="", server_default="")
    storage: Mapped[str] = mapped_column(default="")
    ingredients: Mapped[str] = mapped_column(default="", server_default="")
    warnings: Mapped[str] = mapped_column(default="", server_default="")
    #: Hạn sử dụng as the producer says it: "12 tháng kể từ ngày sản xuất".
    shelf_life: Mapped[str] = mapped_column(default="", server_default="")
    #: Mùa vụ: months (1–12) in rising order in which the product is sold; empty means nobody said.
    season_months: Mapped[list[int]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    declaration_number: Mapped[str] = mapped_column(default="", server_default="")
    trademark: Mapped[str] = mapped_column(default="", server_default="")
    trademark_number: Mapped[str] = mapped_column(default="", server_default="")
    video_links: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    price_vnd: Mapped[int | None]
    unit: Mapped[str] = mapped_column(default="")
    net_weight_g: Mapped[int | None]
    gtin: Mapped[str | None] = mapped_column(unique=True)
    external_code: Mapped[str] = mapped_column(default="")
    #: The product's code in further systems, by the system's name.
    external_codes: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: Texts in other languages: ``{"en": {"name": …, "description": …}}``; Vietnamese is the base.
    translations: Mapped[dict[str, dict[str, str]]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'")
    )
    #: Stars as the producer typed them: never counted.
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


class ProductVariant(Base):
    """Quy cách: another pack of a product. The product's own price, weight and unit are its main pack."""

    __tablename__ = "product_variants"
    __table_args__ = (
        CheckConstraint("price_vnd > 0", name="price_positive"),
        CheckConstraint("net_weight_g > 0", name="net_weight_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    label: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    net_weight_g: Mapped[int | None]
    price_vnd: Mapped[int | None]
    gtin: Mapped[str | None] = mapped_column(unique=True)
    external_code: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    #: No longer sold. The row stays: its GTIN is printed on packs.
    retired: Mapped[bool] = mapped_column(default=False)


class ProductGtin(Base):
    """Whose a GTIN is, of a product or of one of its packs. Written by triggers alone, so that no two have one."""

    __tablename__ = "product_gtins"

    gtin: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)


class ProductReview(Base):
    """What an officer said of a product that was handed in; ``remarks`` by field. Never edited."""

    __tablename__ = "product_reviews"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    revision: Mapped[int]
    verdict: Mapped[ReviewVerdict] = mapped_column(text_enum(ReviewVerdict))
    remarks: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    note: Mapped[str] = mapped_column(default="")
    reviewed_by: Mapped[str]
    reviewed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApprovalRule(Base):
    """From a day on, which products need the province's word before the public sees them."""

    __tablename__ = "approval_rules"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    valid_from: Mapped[date] = mapped_column(unique=True)
    needed_for: Mapped[ApprovalNeed] = mapped_column(text_enum(ApprovalNeed))
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
    #: By which a copy of it is known in a stall (``kit.looks``); empty where it is too plain to tell.
    look: Mapped[str] = mapped_column(default="", server_default="")
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
