"""The producers for whom an actor works, each with what waits: the helper's list."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.numbers import PERSONAL_DIGITS
from ocop_hub.producers.queries import visible_to
from ocop_hub.publishing.models import ItemDecision, Listing, ShopItem

_WAITING_STATES = (ListingState.REJECTED, ListingState.NEEDS_PERSON)


@dataclass(frozen=True, slots=True)
class Helped:
    """``listings`` that were returned or wait for a step, ``matches`` to be answered, products handed back."""

    producer: Producer
    products: int
    listings: int
    matches: int
    returned: int

    @property
    def waiting(self) -> int:
        """All that waits."""
        return self.listings + self.matches + self.returned


async def helped(
    session: AsyncSession, actor: Actor, *, words: str = "", cursor: str = ""
) -> tuple[list[Helped], str]:
    """A page of producers the actor sees, found by name or tax number, and the next cursor."""
    query = visible_to(actor)
    for word in fold(words).split():
        named = Producer.name_folded.contains(word, autoescape=True)
        # A person's own number is not searched for, as it is not shown.
        numbered = (Producer.tax_number == word) & (func.length(Producer.tax_number) != PERSONAL_DIGITS)
        query = query.where(or_(named, numbered))
    rows, after = await fetch_page(
        session, query, sort=Producer.sort_key, row_id=Producer.id, params=PageParams(cursor=cursor or None)
    )
    return await _with_counts(session, rows), after or ""


async def _with_counts(session: AsyncSession, rows: list[Producer]) -> list[Helped]:
    ids = [row.id for row in rows]
    products = await session.execute(
        select(
            Product.producer_id,
            func.count().label("all"),
            func.count(case((Product.status == ProductStatus.RETURNED, 1))).label("returned"),
        )
        .where(Product.producer_id.in_(ids), Product.merged_into_id.is_(None))
        .group_by(Product.producer_id)
    )
    counted = {row[0]: (row[1], row[2]) for row in products}
    listings = await session.execute(
        select(Listing.producer_id, func.count())
        .where(Listing.producer_id.in_(ids), Listing.state.in_(_WAITING_STATES))
        .group_by(Listing.producer_id)
    )
    waiting = {row[0]: row[1] for row in listings}
    items = await session.execute(
        select(ShopItem.producer_id, func.count())
        .where(
            ShopItem.producer_id.in_(ids),
            ShopItem.decision == ItemDecision.PENDING,
            ShopItem.product_id.is_not(None),
        )
        .group_by(ShopItem.producer_id)
    )
    asked = {row[0]: row[1] for row in items}
    return [
        Helped(
            row,
            products=counted.get(row.id, (0, 0))[0],
            listings=waiting.get(row.id, 0),
            matches=asked.get(row.id, 0),
            returned=counted.get(row.id, (0, 0))[1],
        )
        for row in rows
    ]
