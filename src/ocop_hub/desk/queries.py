"""Products as lists show them: with producer, place, certificate, photo and listings, in a few statements.

The number of statements never depends on the number of rows. Everything starts from ``catalogue.queries.visible_to``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, exists, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import CertificateState, certificate_state, end_day
from ocop_hub.desk.finding import found_by
from ocop_hub.kit import clock
from ocop_hub.kit.paging import BadCursor, read_cursor, write_cursor
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.places.models import AdminUnit
from ocop_hub.places.queries import away_from
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import Listing, MarketplaceRow, ProductReadiness
from ocop_hub.publishing.queries import listings_visible_to

PAGE_ROWS = 50


class Shown(StrEnum):
    """What a list may be narrowed to, by what is seen on marketplaces."""

    LIVE = "live"
    NOWHERE = "nowhere"
    NEEDS_PERSON = "needs_person"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a list.

    ``words``: what was typed into the box (:func:`found_by`). ``unit_id``: a commune or province of today, or a
    former district. ``stars`` of a certificate that holds. ``lacks``: as ``ProductReadiness`` names targets, or
    ``field:`` and the name of a field. ``marketplace`` narrows ``shown`` to one; "" means any. ``pictured``: with a
    photo.
    """

    words: str = ""
    group: str = ""
    unit_id: str = ""
    shown: Shown | None = None
    certified: bool = False
    pictured: bool = False
    marketplace: str = ""
    stars: int | None = None
    lacks: str = ""
    producer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows: after or before a cursor; at most one of them is set."""

    after: str = ""
    before: str = ""
    limit: int = PAGE_ROWS


@dataclass(frozen=True, slots=True)
class CertificateMark:
    """The certificate that holds, else the last that held. ``valid_until``: its last day."""

    stars: int
    proposed_five: bool
    state: CertificateState
    valid_until: date | None

    @property
    def holds(self) -> bool:
        """True while its stars may be shown to buyers."""
        return self.state in (CertificateState.VALID, CertificateState.EXPIRING)


@dataclass(frozen=True, slots=True)
class ListingMark:
    """One listing in short. ``not_sent``: as ``Listing``'s.

    ``checked_at``: when its state was last seen to be so; None: never looked at.
    """

    id: UUID
    marketplace_name: str
    state: ListingState
    not_sent: bool
    in_stock: bool
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """One product with what stands beside it in a list. ``place`` is the unit of today."""

    product: Product
    producer_name: str
    place: str
    group: ProductGroup
    photo: ProductPhoto | None
    certificate: CertificateMark | None
    listings: tuple[ListingMark, ...]


@dataclass(frozen=True, slots=True)
class CardPage:
    """Cards in order; ``previous`` and ``next`` are cursors, empty at the ends."""

    cards: list[Card]
    previous: str = ""
    next: str = ""


def narrowed(actor: Actor, wanted: Wanted) -> Select[Product]:
    """The products asked for, joined with producer, group and unit of today."""
    query = (
        visible_to(actor)
        .join(Producer, Producer.id == Product.producer_id)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .outerjoin(AdminUnit, AdminUnit.id == Product.current_unit_id)
    )
    query = found_by(query, wanted.words)
    if wanted.group:
        query = query.where(Product.group_code == wanted.group)
    if wanted.producer_id is not None:
        query = query.where(Product.producer_id == wanted.producer_id)
    if wanted.unit_id:
        query = query.where(_made_in(wanted.unit_id))
    if wanted.stars is not None:
        held = exists().where(Certificate.product_id == Product.id, Certificate.valid.contains(func.now()))
        query = query.where(held.where(Certificate.stars == wanted.stars))
    if wanted.lacks:
        query = query.where(_lacks(wanted.lacks))
    if wanted.shown is not None:
        query = query.where(_shown(wanted.shown, wanted.marketplace))
    if wanted.certified:
        held = exists().where(Certificate.product_id == Product.id, Certificate.valid.contains(func.now()))
        query = query.where(held)
    if wanted.pictured:
        query = query.where(exists().where(ProductPhoto.product_id == Product.id))
    return query


def _made_in(unit_id: str) -> ColumnElement[bool]:
    """Made in a commune or province of today, or recognised in a former district."""
    if unit_id.startswith("p-"):
        return Product.province_id == unit_id
    if unit_id.startswith("d-"):
        return Product.certified_unit_id.in_(select(AdminUnit.id).where(AdminUnit.parent_id == unit_id))
    return Product.current_unit_id == unit_id


def _lacks(wanted: str) -> ColumnElement[bool]:
    """``wanted``: the key of a target that is not ready, or ``field:`` and the name of what is to mend."""
    kind, _, name = wanted.rpartition(":")
    held = ProductReadiness.fields if kind == "field" else ProductReadiness.targets
    return exists().where(ProductReadiness.product_id == Product.id, literal(name) == any_(held))


def _shown(shown: Shown, marketplace: str) -> ColumnElement[bool]:
    if shown in (Shown.NOT_SENT, Shown.REJECTED):
        ours = Listing.not_sent if shown is Shown.NOT_SENT else ~Listing.not_sent
        seen = and_(Listing.state == ListingState.REJECTED, ours)
    else:
        seen = Listing.state == (ListingState.LIVE if shown is Shown.NOWHERE else ListingState(shown.value))
    stands = exists().where(Listing.product_id == Product.id, seen)
    if marketplace:
        stands = stands.where(Listing.marketplace_key == marketplace)
    return ~stands if shown is Shown.NOWHERE else stands


async def count(session: AsyncSession, actor: Actor, wanted: Wanted) -> int:
    """How many products there are of what is asked."""
    ids = narrowed(actor, wanted).with_only_columns(Product.id, maintain_column_froms=True).subquery()
    return await session.scalar(select(func.count()).select_from(ids)) or 0


async def page(
    session: AsyncSession,
    actor: Actor,
    wanted: Wanted,
    window: Window,
    *,
    home_province: str,
    with_listings: bool = False,
) -> CardPage:
    """One page of cards, the home province first, then in Vietnamese order. Raises ``BadCursor``."""
    away = away_from(Product.province_id, home_province)
    place = tuple_(away, Product.sort_key, Product.id)
    query = narrowed(actor, wanted).add_columns(Producer.name, AdminUnit.full_name, ProductGroup, away)
    backwards = bool(window.before)
    if cursor := window.before or window.after:
        mark = _mark(cursor)
        query = query.where(place < mark if backwards else place > mark)
    order = (away, Product.sort_key, Product.id)
    query = query.order_by(*((each.desc() for each in order) if backwards else order))
    found = (await session.execute(query.limit(window.limit + 1))).all()
    rows = list(found[: window.limit])
    if backwards:
        rows.reverse()
    more = len(found) > window.limit
    cards = await _cards(session, actor, rows, with_listings=with_listings)
    return CardPage(
        cards,
        previous=_cursor(rows[0]) if rows and (more if backwards else bool(window.after)) else "",
        next=_cursor(rows[-1]) if rows and (backwards or more) else "",
    )


async def card_of(session: AsyncSession, actor: Actor, product_id: UUID) -> Card | None:
    """One product's card; None when it is missing or not the actor's to see."""
    query = narrowed(actor, Wanted()).add_columns(
        Producer.name, AdminUnit.full_name, ProductGroup, literal(0)
    )
    rows = (await session.execute(query.where(Product.id == product_id))).all()
    cards = await _cards(session, actor, rows, with_listings=True)
    return cards[0] if cards else None


def _cursor(row: Any) -> str:
    product: Product = row[0]
    return write_cursor(str(row[4]), product.sort_key, str(product.id))


def _mark(cursor: str) -> ColumnElement[Any]:
    away, key, product_id = read_cursor(cursor, 3)
    try:
        return tuple_(literal(int(away)), literal(key), literal(UUID(product_id)))
    except ValueError:
        raise BadCursor(cursor) from None


async def _cards(
    session: AsyncSession, actor: Actor, rows: Sequence[Any], *, with_listings: bool
) -> list[Card]:
    ids = [row[0].id for row in rows]
    if not ids:
        return []
    certificates = await certificates_of(session, ids)
    photos = await _first_photos(session, ids)
    listings = await _listings(session, actor, ids) if with_listings else {}
    return [
        Card(
            product,
            producer_name,
            place or "",
            group,
            photos.get(product.id),
            certificates.get(product.id),
            tuple(listings.get(product.id, ())),
        )
        for product, producer_name, place, group, _away in rows
    ]


async def certificates_of(
    session: AsyncSession, product_ids: Sequence[UUID], at: datetime | None = None
) -> dict[UUID, CertificateMark]:
    """The certificate of each product that holds at a moment (default: now), else the last that held."""
    moment = at or clock.now()
    begun = func.lower(Certificate.valid)
    found = await session.scalars(
        select(Certificate)
        .where(Certificate.product_id.in_(product_ids), begun <= moment)
        .ext(distinct_on(Certificate.product_id))
        .order_by(Certificate.product_id, begun.desc())
    )
    marks = {}
    for each in found:
        state = certificate_state(each, moment)
        if state is not None:
            marks[each.product_id] = CertificateMark(each.stars, each.proposed_five, state, end_day(each))
    return marks


async def _first_photos(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, ProductPhoto]:
    found = await session.scalars(
        select(ProductPhoto)
        .where(ProductPhoto.product_id.in_(product_ids))
        .ext(distinct_on(ProductPhoto.product_id))
        .order_by(ProductPhoto.product_id, ProductPhoto.position, ProductPhoto.id)
    )
    return {photo.product_id: photo for photo in found}


async def _listings(
    session: AsyncSession, actor: Actor, product_ids: Sequence[UUID]
) -> dict[UUID, list[ListingMark]]:
    found = await session.execute(
        listings_visible_to(actor)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .where(Listing.product_id.in_(product_ids))
        .add_columns(MarketplaceRow.name)
        .order_by(MarketplaceRow.position, Listing.id)
    )
    marks: dict[UUID, list[ListingMark]] = defaultdict(list)
    for listing, name in found:
        mark = ListingMark(
            listing.id,
            name,
            listing.state,
            listing.not_sent,
            not listing.out_of_stock,
            listing.observed_at,
        )
        marks[listing.product_id].append(mark)
    return marks


async def units_with_products(
    session: AsyncSession, actor: Actor, home_province: str, *, only_home: bool = False
) -> list[tuple[str, str]]:
    """Ids and full names of the units in which products are made, the home province's first, or ``only_home``."""
    made_in = visible_to(actor).with_only_columns(Product.current_unit_id)
    away = away_from(AdminUnit.province_id, home_province)
    asked = (
        select(AdminUnit.id, AdminUnit.full_name)
        .where(AdminUnit.id.in_(made_in))
        .order_by(away, AdminUnit.sort_key, AdminUnit.id)
    )
    rows = await session.execute(asked.where(away == 0) if only_home else asked)
    return [(row.id, row.full_name) for row in rows]
