"""Writing down what was seen of a listing: the row, its interval, the proof, and the resolver's shop link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.marketplaces.contract import Grade, ListingState, Observation
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.models import Evidence, Listing, ListingInterval, MarketplaceRow
from ocop_hub.traceability.service import ShopLink, set_shop_links

#: An unchanged sighting is written as new proof once a day at most.
PROOF_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation of a listing, made at ``at`` (UTC); ``grade`` None: as the observation says."""

    listing: Listing
    seen: Observation
    at: datetime
    grade: Grade | None = None
    checks: Mapping[str, Any] = field(default_factory=dict)
    seen_by: str = ""
    #: Keep it as evidence though nothing is new.
    proof: bool = False

    @property
    def proves(self) -> Grade:
        """The grade it counts as."""
        return self.grade if self.grade is not None else self.seen.grade


async def observe(
    session: AsyncSession,
    listing: Listing,
    seen: Observation,
    *,
    at: datetime,
    grade: Grade | None = None,
    checks: dict[str, Any] | None = None,
    seen_by: str = "",
    proof: bool = False,
) -> None:
    """Take over one observation (:func:`observe_all`)."""
    await observe_all(session, [Sighting(listing, seen, at, grade, checks or {}, seen_by, proof)])


async def observe_all(session: AsyncSession, sightings: Sequence[Sighting]) -> None:
    """Take over observations of different listings, in statements that hardly grow with their number.

    One that is older than what its row holds is ignored: answers may overtake each other.
    """
    fresh = [
        each for each in sightings if each.listing.observed_at is None or each.at >= each.listing.observed_at
    ]
    if not fresh:
        return
    await _record_intervals(session, fresh)
    proved = await _last_proofs(session, fresh)
    for sighting in fresh:
        _prove(session, sighting, proved)
    before = [(each.listing.state, each.listing.public_url) for each in fresh]
    for sighting in fresh:
        _take_over(sighting)
    for sighting, (state, link) in zip(fresh, before, strict=True):
        await _tell(session, sighting.listing, state, link)


def _take_over(sighting: Sighting) -> None:
    listing, seen = sighting.listing, sighting.seen
    listing.state = seen.state
    listing.raw_state = seen.raw_state
    listing.grade = sighting.proves
    listing.observed_at = sighting.at
    listing.out_of_stock = seen.out_of_stock
    listing.reason = "; ".join(reason.text for reason in seen.reasons)
    listing.remote_id = seen.remote_id or listing.remote_id
    listing.public_url = seen.public_url or listing.public_url


async def _tell(session: AsyncSession, listing: Listing, before: ListingState, link: str) -> None:
    """Whoever goes by a listing's state and address learns of a change."""
    changed = (before, link) != (listing.state, listing.public_url)
    if changed and ListingState.LIVE in (before, listing.state):
        await write_shop_links(session, listing)
    if before is not listing.state:
        await hooks.announce(session, listing, before.value)


async def _record_intervals(session: AsyncSession, sightings: Sequence[Sighting]) -> None:
    """Close the open interval and open the next, of each listing whose state or grade changed."""
    rows = await session.scalars(
        select(ListingInterval).where(
            ListingInterval.listing_id.in_([each.listing.id for each in sightings]),
            func.upper_inf(ListingInterval.during),
        )
    )
    current = {interval.listing_id: interval for interval in rows}
    opening = [each for each in sightings if _close(current.get(each.listing.id), each)]
    await session.flush()  # closed before the next opens, or the two would overlap for the constraint
    # A merged product's listing is seen for the product that it became.
    ids = {each.listing.product_id for each in opening}
    merged = select(Product.id, Product.merged_into_id).where(
        Product.id.in_(ids), Product.merged_into_id.is_not(None)
    )
    became = {row.id: row.merged_into_id for row in await session.execute(merged)} if ids else {}
    session.add_all(
        ListingInterval(
            listing_id=each.listing.id,
            product_id=became.get(each.listing.product_id, each.listing.product_id),
            producer_id=each.listing.producer_id,
            marketplace_key=each.listing.marketplace_key,
            state=each.seen.state,
            grade=each.proves,
            during=Range(each.at, None, bounds="[)"),
        )
        for each in opening
    )


def _close(current: ListingInterval | None, sighting: Sighting) -> bool:
    """End the open interval where it is over; whether another begins."""
    state, grade, at = sighting.seen.state, sighting.proves, sighting.at
    if current is None:
        return True
    if (current.state, current.grade) == (state, grade):
        return False
    began = current.during.lower
    if began is not None and began >= at:
        current.state, current.grade = state, grade
        return False
    current.during = Range(began, at, bounds="[)")
    return True


async def _last_proofs(session: AsyncSession, sightings: Sequence[Sighting]) -> dict[UUID, datetime]:
    """When each listing that looks the same was last proved."""
    same = [each.listing.id for each in sightings if not _differs(each)]
    if not same:
        return {}
    rows = await session.execute(
        select(Evidence.listing_id, func.max(Evidence.seen_at))
        .where(Evidence.listing_id.in_(same))
        .group_by(Evidence.listing_id)
    )
    return dict(iter(rows))


def _differs(sighting: Sighting) -> bool:
    listing = sighting.listing
    return (listing.state, listing.grade) != (sighting.seen.state, sighting.proves)


def _prove(session: AsyncSession, sighting: Sighting, proved: Mapping[UUID, datetime]) -> None:
    """Keep the sighting as evidence when it tells something new, or the last one is a day old."""
    listing, seen = sighting.listing, sighting.seen
    last = proved.get(listing.id)
    old = last is None or sighting.at - last >= PROOF_EVERY
    if not (sighting.proof or old or _differs(sighting)):
        return
    session.add(
        Evidence(
            listing_id=listing.id,
            producer_id=listing.producer_id,
            grade=sighting.proves,
            state=seen.state,
            seen_at=sighting.at,
            url=seen.public_url or listing.public_url,
            seen_by=sighting.seen_by,
            checks=dict(sighting.checks),
        )
    )


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
