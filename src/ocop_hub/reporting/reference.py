"""The rule a new installation starts with; the province follows it with its own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.publishing.models import MarketplaceKind, MarketplaceRow
from ocop_hub.reporting.models import CoverageRule, Denominator, ListingRule

FIRST_DAY = date(2020, 1, 1)


async def load_first_rule(session: AsyncSession) -> None:
    """Cách tính số 1: certificates still valid; every sàn (no social channel); live on the day; link or better."""
    if await session.scalar(select(CoverageRule.id).limit(1)) is not None:
        return
    keys = await session.scalars(
        select(MarketplaceRow.key)
        .where(MarketplaceRow.kind != MarketplaceKind.CHANNEL)
        .order_by(MarketplaceRow.position)
    )
    session.add(
        CoverageRule(
            number=1,
            valid_from=FIRST_DAY,
            name="Còn hạn giấy chứng nhận, đang hiển thị trên ít nhất một sàn, có minh chứng",
            denominator=Denominator.CERTIFIED_VALID,
            listing_rule=ListingRule.LIVE_ON_AS_OF,
            least_evidence=Grade.SEEN,
            marketplaces=list(keys),
            created_by="system",
        )
    )
