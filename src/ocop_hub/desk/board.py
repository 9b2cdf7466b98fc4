"""One product on all its marketplaces: stalls, listings and how long each state lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.models import (
    AccountState,
    Evidence,
    ItemDecision,
    Listing,
    ListingInterval,
    MarketplaceAccount,
    MarketplaceKind,
    MarketplaceRow,
    ShopItem,
)
from ocop_hub.publishing.queries import accounts_visible_to, listings_visible_to, shop_items_visible_to


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One marketplace. Without ``account`` no stall is connected there; without ``listing`` nothing was asked.

    ``since``: since when the state is so. ``last_live``: when the listing was last seen live.
    """

    marketplace_key: str
    marketplace_name: str
    account: MarketplaceAccount | None = None
    listing: Listing | None = None
    since: datetime | None = None
    last_live: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An item in a stall that looks like the product."""

    item: ShopItem
    marketplace_name: str


async def board_of(session: AsyncSession, actor: Actor, product: Product) -> list[BoardRow]:
    """The producer's stalls with the product's listing in each, then marketplaces without a stall.

    Channels that nobody connected are left out: they are no marketplaces.
    """
    marketplaces = {
        row.key: row
        for row in await session.scalars(
            select(MarketplaceRow)
            .where(MarketplaceRow.open_during.contains(func.now()))
            .order_by(MarketplaceRow.position)
        )
    }
    accounts = await session.scalars(
        accounts_visible_to(actor)
        .where(
            MarketplaceAccount.producer_id == product.producer_id,
            MarketplaceAccount.state != AccountState.CLOSED,
        )
        .order_by(MarketplaceAccount.created_at)
    )
    listings = {
        each.account_id: each
        for each in await session.scalars(listings_visible_to(actor).where(Listing.product_id == product.id))
    }
    since = await _since(session, [each.id for each in listings.values()])
    last_live = await _last_live(session, [each.id for each in listings.values()])
    rows = [
        _row(account, listings.get(account.id), marketplaces[account.marketplace_key].name, since, last_live)
        for account in accounts
        if account.marketplace_key in marketplaces
    ]
    taken = {row.marketplace_key for row in rows}
    rows += [
        BoardRow(row.key, row.name)
        for row in marketplaces.values()
        if row.has_adapter and row.kind is not MarketplaceKind.CHANNEL and row.key not in taken
    ]
    order = list(marketplaces)
    return sorted(rows, key=lambda row: order.index(row.marketplace_key))


def _row(
    account: MarketplaceAccount,
    listing: Listing | None,
    name: str,
    since: dict[UUID, datetime],
    last_live: dict[UUID, datetime],
) -> BoardRow:
    row = BoardRow(account.marketplace_key, name, account)
    if listing is None:
        return row
    return replace(row, listing=listing, since=since.get(listing.id), last_live=last_live.get(listing.id))


async def _since(session: AsyncSession, listing_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    rows = await session.execute(
        select(ListingInterval.listing_id, func.lower(ListingInterval.during)).where(
            ListingInterval.listing_id.in_(listing_ids), func.upper_inf(ListingInterval.during)
        )
    )
    return {listing_id: began for listing_id, began in rows if began is not None}


async def _last_live(session: AsyncSession, listing_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    rows = await session.execute(
        select(Evidence.listing_id, func.max(Evidence.seen_at))
        .where(Evidence.listing_id.in_(listing_ids), Evidence.state == ListingState.LIVE)
        .group_by(Evidence.listing_id)
    )
    return {row[0]: row[1] for row in rows}


async def questions_about(session: AsyncSession, actor: Actor, product_id: UUID) -> list[Question]:
    """Items found in stalls that may be this product and wait for an answer."""
    rows = await session.execute(
        shop_items_visible_to(actor)
        .join(MarketplaceAccount, MarketplaceAccount.id == ShopItem.account_id)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(ShopItem.product_id == product_id, ShopItem.decision == ItemDecision.PENDING)
        .add_columns(MarketplaceRow.name)
        .order_by(ShopItem.score.desc(), ShopItem.id)
    )
    return [Question(item, name) for item, name in rows]


async def certificate_with_decision(
    session: AsyncSession, product_id: UUID
) -> tuple[Certificate, RecognitionDecision] | None:
    """The certificate in force, else the latest begun, with its decision."""
    begun = func.lower(Certificate.valid)
    row = (
        await session.execute(
            select(Certificate, RecognitionDecision)
            .join(RecognitionDecision, RecognitionDecision.id == Certificate.decision_id)
            .where(Certificate.product_id == product_id, begun <= clock.now())
            .order_by(begun.desc())
            .limit(1)
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None
