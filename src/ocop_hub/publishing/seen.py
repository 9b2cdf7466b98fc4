"""Cán bộ đã xem: a page that no program may open is looked at by an officer, who keeps a picture of it.

The look proves the listing for as long as the rule of the percentage says, 90 days; after that it is asked again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState, Marketplace, Mode, Observation
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.publishing.errors import AlreadyProven, LinkMissing, NotThisMarketplace
from ocop_hub.publishing.lane.observe import observe
from ocop_hub.publishing.models import Desired, Evidence, Listing, MarketplaceAccount, Step
from ocop_hub.publishing.queries import listings_visible_to

#: How long an officer's look stands (glossary C); the page is asked for by program again after that.
LASTS: Final = timedelta(days=90)
#: A look is worth another one this long before it lapses.
ASK_AHEAD: Final = timedelta(days=10)
OFFICERS: Final = frozenset({Role.OFFICER_COMMUNE, Role.OFFICER_PROVINCE, Role.OPERATOR})
#: Proofs that an officer's look would only weaken.
BETTER: Final = frozenset({Grade.API, Grade.LINK})


def to_look_at(actor: Actor) -> Select[Listing]:
    """Listings with an address that no program could confirm, or whose last look lapses soon; as far as seen."""
    lapsing = (Listing.grade == Grade.SEEN) & (Listing.observed_at < clock.now() - LASTS + ASK_AHEAD)
    unproven = Listing.state.in_([ListingState.NEEDS_PERSON, ListingState.UNKNOWN, ListingState.LIVE]) & (
        Listing.grade.not_in([Grade.SEEN, *BETTER]) | (Listing.state != ListingState.LIVE)
    )
    return (
        listings_visible_to(actor)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .where(
            MarketplaceAccount.mode != Mode.API,
            Listing.desired == Desired.LIVE,
            Listing.public_url != "",
            or_(unproven, lapsing),
        )
        .order_by(Listing.observed_at, Listing.id)
    )


async def listing_for(session: AsyncSession, actor: Actor, listing_id: UUID) -> Listing:
    """The listing, for an officer of its commune or the province. Raises :class:`Forbidden`, :class:`NotFound`."""
    if actor.role not in OFFICERS:
        raise Forbidden("Việc này dành cho cán bộ.")
    listing = await session.scalar(listings_visible_to(actor).where(Listing.id == listing_id))
    if listing is None:
        raise NotFound("Không tìm thấy tin đăng này.")
    return listing


async def confirm(
    session: AsyncSession,
    actor: Actor,
    marketplace: Marketplace,
    *,
    listing_id: UUID,
    picture_key: str,
    url: str = "",
) -> Listing:
    """An officer has the page before her eyes: live, with the picture as proof. ``picture_key``: of the media store.

    A picture that proved this listing before proves nothing anew: sent again it changes nothing, today or later.

    Raises what :func:`listing_for` raises, :class:`LinkMissing` without an address, :class:`NotThisMarketplace`,
    :class:`AlreadyProven` where the marketplace or its page says so itself.
    """
    listing = await listing_for(session, actor, listing_id)
    if await _shown_before(session, listing_id, picture_key):
        return listing
    account = await session.get_one(MarketplaceAccount, listing.account_id)
    proven = listing.state is ListingState.LIVE and listing.grade in BETTER
    if account.mode is Mode.API or proven:
        raise AlreadyProven("Sàn đã cho biết tin đăng này còn bán; không cần cán bộ xem.")
    address = url.strip() or listing.public_url
    if not address:
        raise LinkMissing("Tin đăng chưa có đường dẫn. Hãy dán đường dẫn của trang vừa xem.")
    remote_id = marketplace.match_url(address)
    if not remote_id:
        raise NotThisMarketplace(f"Đường dẫn này không phải trang sản phẩm của {marketplace.name}.")
    # An officer of a commune sees these rows and may change none; what she saw is written by the service.
    await apply_scope(session, SYSTEM)
    locked = await session.get_one(Listing, listing.id, with_for_update=True, populate_existing=True)
    now = clock.now()
    sighting = Observation(ListingState.LIVE, "", remote_id=remote_id, public_url=address, grade=Grade.SEEN)
    await observe(
        session, locked, sighting, at=now, seen_by=actor.label, checks={"picture": picture_key}, proof=True
    )
    locked.step = Step.CHECK_LINK
    locked.next_look_at = now + LASTS
    audit.record(
        session,
        actor=actor.label,
        action="publishing.seen",
        subject=f"listing:{locked.id}",
        producer_id=locked.producer_id,
        url=address,
    )
    await session.flush()
    await apply_scope(session, actor.scope)
    return locked


async def _shown_before(session: AsyncSession, listing_id: UUID, picture_key: str) -> bool:
    """Whether the listing has this very picture as evidence."""
    known = await session.scalar(
        select(Evidence.id)
        .where(
            Evidence.listing_id == listing_id,
            Evidence.grade == Grade.SEEN,
            Evidence.checks["picture"].astext == picture_key,
        )
        .limit(1)
    )
    return known is not None
