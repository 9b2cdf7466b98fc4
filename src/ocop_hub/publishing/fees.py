"""What is left of a price after the marketplace's fees: only where an office entered them, never an assumed number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.publishing.errors import WrongFee
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.publishing.models_office import MarketplaceFee

#: ``share`` counts hundredths of a percent: 10,000 of them are the whole price.
WHOLE: Final = 10_000
MOST_FIXED_VND: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Net:
    """Giá nhận về: what is left, what was taken, and where the fee stands."""

    net_vnd: int
    fee_vnd: int
    share: int
    fixed_vnd: int
    source: str


def net_of(price_vnd: int, fee: MarketplaceFee) -> Net:
    """The price less its share, to the nearest đồng, and less the fixed part; may be below nothing."""
    taken = (price_vnd * fee.share + WHOLE // 2) // WHOLE + fee.fixed_vnd
    return Net(price_vnd - taken, taken, fee.share, fee.fixed_vnd, fee.source)


async def fees_on(session: AsyncSession, day: date) -> dict[tuple[str, str], MarketplaceFee]:
    """The fee in force on a day, by marketplace and category ("" for the others)."""
    rows = await session.scalars(
        select(MarketplaceFee)
        .where(MarketplaceFee.valid_from <= day)
        .ext(distinct_on(MarketplaceFee.marketplace_key, MarketplaceFee.category_id))
        .order_by(
            MarketplaceFee.marketplace_key, MarketplaceFee.category_id, MarketplaceFee.valid_from.desc()
        )
    )
    return {(row.marketplace_key, row.category_id): row for row in rows}


def fee_of(
    fees: Mapping[tuple[str, str], MarketplaceFee], marketplace_key: str, category_id: str = ""
) -> MarketplaceFee | None:
    """The category's own fee, else the marketplace's; None where nobody entered one."""
    return fees.get((marketplace_key, category_id)) or fees.get((marketplace_key, ""))


async def enter(
    session: AsyncSession,
    actor: Actor,
    *,
    marketplace_key: str,
    valid_from: date,
    share: int,
    fixed_vnd: int,
    source: str,
    category_id: str = "",
) -> MarketplaceFee:
    """A fee from a day on; the same day and category again corrects it. ``share`` in hundredths of a percent.

    Raises :class:`NotFound` for a marketplace that is none, :class:`WrongFee` for numbers that cannot be.
    """
    require_office(actor)
    if await session.get(MarketplaceRow, marketplace_key) is None:
        raise NotFound("Không có sàn này.")
    if not 0 <= share < WHOLE or not 0 <= fixed_vnd <= MOST_FIXED_VND:
        raise WrongFee("Phần trăm phải từ 0 đến dưới 100; phí cố định từ 0 đến 10.000.000 đồng.")
    if not clean(source):
        raise WrongFee("Hãy ghi biểu phí lấy từ đâu, ngày nào.")
    adding = insert(MarketplaceFee).values(
        id=new_id(),
        marketplace_key=marketplace_key,
        category_id=clean(category_id),
        valid_from=valid_from,
        share=share,
        fixed_vnd=fixed_vnd,
        source=clean(source),
        entered_by=actor.label,
        entered_at=clock.now(),
    )
    changed = ("share", "fixed_vnd", "source", "entered_by", "entered_at")
    kept: UUID | None = await session.scalar(
        adding.on_conflict_do_update(
            index_elements=["marketplace_key", "category_id", "valid_from"],
            set_={name: adding.excluded[name] for name in changed},
        ).returning(MarketplaceFee.id)
    )
    audit.record(
        session,
        actor=actor.label,
        action="publishing.enter_fee",
        subject=f"marketplace:{marketplace_key}",
        valid_from=valid_from.isoformat(),
        share=share,
        fixed_vnd=fixed_vnd,
    )
    return await session.get_one(MarketplaceFee, kept, populate_existing=True)
