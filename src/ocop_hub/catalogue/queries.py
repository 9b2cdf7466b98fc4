"""Which products, revisions and photos an actor may see, and the order lists are in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from ocop_hub.catalogue.finding import products_with, words_query
from ocop_hub.catalogue.models import (
    ApprovalRule,
    Product,
    ProductGroup,
    ProductPhoto,
    ProductReview,
    ProductRevision,
    ProductStatus,
    ProductSubGroup,
    ProductVariant,
)
from ocop_hub.kit.paging import BadCursor, read_cursor
from ocop_hub.places.queries import away_from, province_in_force
from ocop_hub.producers.actor import SEES_ALL, Actor, Role
from ocop_hub.producers.models import Producer


def of_visible_producer(actor: Actor, producer_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Rows of producers whose rows the actor may see; what the public may see is said beside it."""
    if actor.role in SEES_ALL or actor.role is Role.PUBLIC:
        return true()
    if actor.role is Role.OFFICER_COMMUNE:
        return producer_id.in_(select(Producer.id).where(Producer.current_unit_id == actor.unit_id))
    return producer_id.in_(actor.producers)


def visible_to(actor: Actor) -> Select[Product]:
    """Products the actor may see, merged ones left out; the public sees approved ones."""
    query = select(Product).where(
        Product.merged_into_id.is_(None), of_visible_producer(actor, Product.producer_id)
    )
    return query.where(Product.status == ProductStatus.APPROVED) if actor.role is Role.PUBLIC else query


def same_product(product_id: UUID) -> Select[UUID]:
    """The ids under which a product is or was known: its own, and those merged into it."""
    return select(Product.id).where(or_(Product.id == product_id, Product.merged_into_id == product_id))


def named(query: Select[Product], words: str) -> Select[Product]:
    """Products found by the words (``catalogue.finding``); nothing typed narrows nothing."""
    return query.where(Product.id.in_(products_with(words))) if words_query(words) else query


def home_first(query: Select[Product], home_province: str) -> Select[Product]:
    """Products of the home province before others, then in Vietnamese order."""
    return query.order_by(away_from(Product.province_id, home_province), Product.sort_key, Product.id)


def after(query: Select[Product], cursor: str, home_province: str) -> Select[Product]:
    """The rest of a :func:`home_first` list. Raises ``BadCursor``."""
    away, key, product_id = read_cursor(cursor, 3)
    try:
        mark = tuple_(literal(int(away)), literal(key), literal(UUID(product_id)))
    except ValueError:
        raise BadCursor(cursor) from None
    return query.where(
        tuple_(away_from(Product.province_id, home_province), Product.sort_key, Product.id) > mark
    )


def revisions_of(actor: Actor, product_id: UUID) -> Select[ProductRevision]:
    """Every change of a product, the latest first; not for the public."""
    return (
        select(ProductRevision)
        .where(
            ProductRevision.product_id == product_id, of_visible_producer(actor, ProductRevision.producer_id)
        )
        .order_by(ProductRevision.number.desc())
    )


def photos_of(product_id: UUID) -> Select[ProductPhoto]:
    """Photos of a product in their order."""
    return (
        select(ProductPhoto)
        .where(ProductPhoto.product_id == product_id)
        .order_by(ProductPhoto.position, ProductPhoto.id)
    )


def variants_of(product_id: UUID) -> Select[ProductVariant]:
    """Packs of a product in their order, retired ones too."""
    return (
        select(ProductVariant)
        .where(ProductVariant.product_id == product_id)
        .order_by(ProductVariant.position, ProductVariant.id)
    )


def reviews_of(actor: Actor, product_id: UUID) -> Select[ProductReview]:
    """What officers said of a product, the latest first."""
    return (
        select(ProductReview)
        .where(ProductReview.product_id == product_id, of_visible_producer(actor, ProductReview.producer_id))
        .order_by(ProductReview.reviewed_at.desc(), ProductReview.revision.desc())
    )


def waiting_for_approval(actor: Actor) -> Select[Product]:
    """Products that were handed in, the one that waits longest first."""
    return (
        visible_to(actor)
        .where(Product.status == ProductStatus.SUBMITTED)
        .order_by(Product.updated_at, Product.id)
    )


def approval_rules() -> Select[ApprovalRule]:
    """Every rule about approval, the latest first."""
    return select(ApprovalRule).order_by(ApprovalRule.valid_from.desc())


def sub_groups() -> Select[ProductSubGroup]:
    """The sub-groups in force, in their order."""
    return (
        select(ProductSubGroup).where(ProductSubGroup.valid_to.is_(None)).order_by(ProductSubGroup.position)
    )


def home_province_id(home_province: str) -> Select[str]:
    """The id of the province that has the code now."""
    return select(province_in_force(home_province))


def groups() -> Select[ProductGroup]:
    """The product groups in force."""
    return select(ProductGroup).where(ProductGroup.valid_to.is_(None)).order_by(ProductGroup.position)
