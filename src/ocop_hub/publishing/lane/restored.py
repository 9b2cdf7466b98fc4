"""After the database was set back to an earlier day: what the marketplaces have seen since is unknown to it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Mode
from ocop_hub.publishing.models import AccountState, Desired, Listing, MarketplaceAccount, Step
from ocop_hub.publishing.stalls import service as stalls


async def look_before_creating(session: AsyncSession) -> tuple[int, int]:
    """Nothing is created in a stall before it was read anew; returns (stalls, listings) that wait for it.

    Products that were entered after the backup, and are entered again, get other SKUs: only the stall itself
    can tell that they stand there. Listings without a remote id are searched for by their SKU, as before every
    create; all others are looked at at once.
    """
    api = MarketplaceAccount.mode == Mode.API
    unread = list(
        await session.scalars(
            update(MarketplaceAccount)
            .where(api, MarketplaceAccount.state.in_([AccountState.CONNECTED, AccountState.NEEDS_ANSWERS]))
            .values(state=AccountState.NEEDS_ANSWERS, items_read_at=None)
            .returning(MarketplaceAccount.id)
        )
    )
    for account_id in unread:
        await stalls.want_read(session, account_id)
    free = {"next_look_at": clock.now(), "lease_token": None, "lease_until": None}
    await session.execute(update(Listing).where(Listing.step != Step.IDLE).values(**free))
    searched = await session.scalars(
        update(Listing)
        .where(
            Listing.account_id.in_(select(MarketplaceAccount.id).where(api)),
            Listing.remote_id == "",
            Listing.desired == Desired.LIVE,
        )
        .values(step=Step.CREATE, **free)  # its first call is the search
        .returning(Listing.id)
    )
    return len(unread), len(searched.all())
