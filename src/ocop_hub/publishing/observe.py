"""Writing down what was seen of a listing: the row, its interval, the proof, and the resolver's shop link."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.marketplaces.contract import Grade, ListingState, Observation
from ocop_hub.publishing.models import Evidence, Listing, ListingInterval, MarketplaceRow
from ocop_hub.traceability.service import ShopLink, set_shop_links

#: An unchanged sighting is written as new proof once a day at most.
PROOF_EVERY = timedelta(days=1)


async def observe(
    session: AsyncSession,
    listing: Listing,
    seen: Observation,
    *,
    at: datetime,
    grade: Grade | None = None,
    checks: dict[str, Any] | None = None,
    seen_by: str = "",
) -> None:
    """Take over one observation made at ``at`` (UTC).

    An older one than the row already holds is ignored: answers may overtake each other.
    """
    if listing.observed_at is not None and at < listing.observed_at:
        return
    grade = grade if grade is not None else seen.grade
    await record_interval(session, listing, seen.state, grade, at)
    if await _is_news(session, listing, seen.state, grade, at):
        session.add(
            Evidence(
                listing_id=listing.id,
                producer_id=listing.producer_id,
                grade=grade,
                state=seen.state,
                seen_at=at,
                url=seen.public_url or listing.public_url,
                seen_by=seen_by,
                checks=checks or {},
            )
        )
    changed = (listing.state, listing.public_url) != (seen.state, seen.public_url or listing.public_url)
    listing.state = seen.state
    listing.raw_state = seen.raw_state
    listing.grade = grade
    listing.observed_at = at
    listing.out_of_stock = seen.out_of_stock
    listing.reason = "; ".join(reason.text for reason in seen.reasons)
    listing.remote_id = seen.remote_id or listing.remote_id
    listing.public_url = seen.public_url or listing.public_url
    if changed:
        await write_shop_links(session, listing)


async def record_interval(
    session: AsyncSession, listing: Listing, state: ListingState, grade: Grade | None, at: datetime
) -> None:
    """Close the open interval and open the next, when state or grade changed."""
    current = await session.scalar(
        select(ListingInterval).where(
            ListingInterval.listing_id == listing.id, func.upper_inf(ListingInterval.during)
        )
    )
    if current is not None:
        if (current.state, current.grade) == (state, grade):
            return
        began = current.during.lower
        if began is not None and began >= at:
            current.state, current.grade = state, grade
            await session.flush()
            return
        current.during = Range(began, at, bounds="[)")
        await session.flush()  # closed before the next opens, or the two would overlap for the constraint
    session.add(
        ListingInterval(
            listing_id=listing.id,
            product_id=listing.product_id,
            producer_id=listing.producer_id,
            marketplace_key=listing.marketplace_key,
            state=state,
            grade=grade,
            during=Range(at, None, bounds="[)"),
        )
    )
    await session.flush()  # the next look in the same transaction must find it


async def _is_news(
    session: AsyncSession, listing: Listing, state: ListingState, grade: Grade, at: datetime
) -> bool:
    if (listing.state, listing.grade) != (state, grade):
        return True
    last = await session.scalar(select(func.max(Evidence.seen_at)).where(Evidence.listing_id == listing.id))
    return last is None or at - last >= PROOF_EVERY


async def write_shop_links(session: AsyncSession, listing: Listing) -> None:
    """The resolver and the buyer's page lead to live listings only."""
    await session.flush()  # this listing's own news counts
    rows = await session.execute(
        select(Listing.public_url, MarketplaceRow.name)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .where(
            Listing.product_id == listing.product_id,
            Listing.state == ListingState.LIVE,
            Listing.public_url != "",
        )
        .order_by(MarketplaceRow.position)
    )
    product = await session.get_one(Product, listing.product_id)
    await set_shop_links(session, product, [ShopLink(href=url, title=name) for url, name in rows])
