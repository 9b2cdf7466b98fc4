"""The products behind a number: who is in it, who is not and why, and who can act next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import CertificateState, certificate_state, end_day
from ocop_hub.kit.paging import BadCursor, cut, read_cursor
from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import (
    Listing,
    ListingInterval,
    MarketplaceRow,
)
from ocop_hub.reporting.figures import Standing
from ocop_hub.reporting.lists import Part, products
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import ReasonCode, Why, say
from ocop_hub.reporting.sightings import counting_marketplaces


@dataclass(frozen=True, slots=True)
class Sighting:
    """One listing of a product as it stood that day."""

    marketplace_key: str
    marketplace_name: str
    state: ListingState
    not_sent: bool
    grade: Grade | None
    since: datetime | None
    url: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The certificate held that day, or the last one before it."""

    stars: int
    state: CertificateState
    last_day: date | None


@dataclass(frozen=True, slots=True)
class ProductBehind:
    """One line of the list behind a number."""

    product_id: UUID
    name: str
    producer_id: UUID
    producer_name: str
    unit_id: str | None
    unit_name: str
    standing: Standing | None
    certificate: Held | None
    sightings: tuple[Sighting, ...]
    why: Why | None


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of the list; ``total`` counts the whole list under the same filters."""

    total: int
    items: tuple[ProductBehind, ...]
    next_cursor: str | None


async def products_behind(
    session: AsyncSession,
    actor: Actor,
    question: Question,
    part: Part,
    *,
    words: str = "",
    reason: ReasonCode | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Behind:
    """One page of a list, in Vietnamese order of names. Raises ``BadCursor``.

    ``words`` are looked for in the names of product and producer.
    """
    listed = products(actor, question, part).subquery("listed")
    query = (
        select(
            listed,
            Product.name,
            Product.sort_key,
            Product.producer_id,
            Producer.name.label("producer_name"),
            AdminUnit.full_name.label("unit_name"),
        )
        .join(Product, Product.id == listed.c.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .join(AdminUnit, AdminUnit.id == listed.c.unit, isouter=True)
    )
    for word in fold(words).split():
        query = query.where(
            or_(
                Product.name_folded.contains(word, autoescape=True),
                Producer.name_folded.contains(word, autoescape=True),
            )
        )
    if reason is not None:
        query = query.where(listed.c.reason_code == reason.value)
    total = await session.scalar(select(func.count()).select_from(query.subquery("all_of_it"))) or 0
    if cursor:
        query = query.where(tuple_(Product.sort_key, Product.id) > tuple_(*_mark(cursor)))
    found = await session.execute(query.order_by(Product.sort_key, Product.id).limit(limit + 1))
    shown, next_cursor = cut(
        found.mappings().all(), limit, lambda row: (row["sort_key"], str(row["product_id"]))
    )
    ids = [row["product_id"] for row in shown]
    held = await held_by(session, question, ids)
    seen = await sightings_of(session, question, ids)
    return Behind(total, tuple(_line(row, held, seen) for row in shown), next_cursor)


def _mark(cursor: str) -> tuple[Any, Any]:
    key, product_id = read_cursor(cursor, 2)
    try:
        return literal(key), literal(UUID(product_id))
    except ValueError:
        raise BadCursor(cursor) from None


def _line(row: Any, held: dict[UUID, Held], seen: dict[UUID, list[Sighting]]) -> ProductBehind:
    code = row["reason_code"]
    why = None
    if code:
        why = say(ReasonCode(code), marketplace=row["marketplace"], day=row["since"], reason=row["reason"])
    return ProductBehind(
        product_id=row["product_id"],
        name=row["name"],
        producer_id=row["producer_id"],
        producer_name=row["producer_name"],
        unit_id=row["unit"],
        unit_name=row["unit_name"] or "",
        standing=Standing(row["standing"]) if row["standing"] else None,
        certificate=held.get(row["product_id"]),
        sightings=tuple(seen.get(row["product_id"], ())),
        why=why,
    )


async def held_by(session: AsyncSession, question: Question, ids: Sequence[UUID]) -> dict[UUID, Held]:
    """The certificate of each product on the day, or its last one before."""
    rows = await session.scalars(
        select(Certificate)
        .where(Certificate.product_id.in_(ids), ~func.isempty(Certificate.valid))
        .order_by(func.lower(Certificate.valid).nulls_first())
    )
    held: dict[UUID, Held] = {}
    for certificate in rows:
        state = certificate_state(certificate, question.instant)
        if state is not None:  # the last that had begun by then stays
            held[certificate.product_id] = Held(certificate.stars, state, end_day(certificate))
    return held


async def sightings_of(
    session: AsyncSession, question: Question, ids: Sequence[UUID]
) -> dict[UUID, list[Sighting]]:
    """The listings of each product as they stood at the end of the day."""
    counts = ListingInterval.marketplace_key.in_(counting_marketplaces(question))
    found = await session.execute(
        select(
            ListingInterval.product_id,
            ListingInterval.marketplace_key,
            MarketplaceRow.name,
            ListingInterval.state,
            and_(ListingInterval.state == ListingState.REJECTED, Listing.not_sent),
            ListingInterval.grade,
            func.lower(ListingInterval.during),
            Listing.public_url,
            counts,
        )
        .join(MarketplaceRow, MarketplaceRow.key == ListingInterval.marketplace_key)
        .join(Listing, Listing.id == ListingInterval.listing_id)
        .where(
            ListingInterval.product_id.in_(ids), ListingInterval.during.contains(literal(question.instant))
        )
        .order_by(MarketplaceRow.position, ListingInterval.listing_id)
    )
    seen: defaultdict[UUID, list[Sighting]] = defaultdict(list)
    for product_id, key, name, state, not_sent, grade, since, url, counted in found:
        seen[product_id].append(Sighting(key, name, state, not_sent, grade, since, url, counted))
    return seen
