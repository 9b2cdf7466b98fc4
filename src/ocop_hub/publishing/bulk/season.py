"""Listings that follow the season: down outside the months of the product, up again in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.publishing.models import Desired, Listing, Step


def in_season(months: Collection[int], month: int) -> bool:
    """A product without months is sold all year."""
    return not months or month in months


def resting_until(months: Sequence[int], month: int) -> str:
    """Why it is down and until when, in the glossary's words."""
    following = [each for each in sorted(months) if each > month] or sorted(months)
    return f"Nghỉ mùa vụ đến tháng {following[0]}."


async def turn(session: AsyncSession) -> None:
    """The sweep: listings whose product's season began or ended have their step decided anew."""
    month = clock.today().month
    sold = (func.jsonb_array_length(Product.season_months) == 0) | Product.season_months.op("@>")(
        func.cast(func.to_jsonb(month), JSONB)
    )
    up = (ListingState.LIVE, ListingState.IN_REVIEW)
    wrong = (sold & Listing.state.not_in(up)) | (~sold & Listing.state.in_(up))
    due = (
        select(Listing.id)
        .join(Product, Product.id == Listing.product_id)
        .where(
            Listing.follows_season,
            Listing.desired == Desired.LIVE,
            Listing.lease_until.is_(None),
            wrong,
        )
    )
    await session.execute(
        update(Listing)
        .where(Listing.id.in_(due))
        .values(step=Step.LOOK, next_look_at=func.now())
        .execution_options(synchronize_session=False)
    )
