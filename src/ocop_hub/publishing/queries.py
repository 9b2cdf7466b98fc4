"""Selects of the publishing room; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import SQLCoreOperations

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.marketplaces.contract import ListingState, Mode
from ocop_hub.producers.actor import SEES_ALL, Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.handover.models import Handover, HandoverOutcome, HandoverRow
from ocop_hub.publishing.models import (
    AccountState,
    CallOutcome,
    Desired,
    Evidence,
    ItemDecision,
    Listing,
    ListingAttempt,
    ListingDouble,
    MarketplaceAccount,
    MarketplaceRow,
    ShopItem,
    Step,
)
from ocop_hub.publishing.models_beside import ListingDrift

#: Where a listing waits for a person's hand.
BY_HAND = (ListingState.NEEDS_PERSON, ListingState.REJECTED)


def _may_see(actor: Actor, producer_id: InstrumentedAttribute[UUID]) -> SQLCoreOperations[bool]:
    if actor.role in SEES_ALL:
        return true()
    if actor.role is Role.OFFICER_COMMUNE:
        here = select(Producer.id).where(Producer.current_unit_id == actor.unit_id)
        return producer_id.in_(here)
    if actor.role in (Role.PRODUCER, Role.HELPER):
        return producer_id.in_(actor.producers)
    return false()


def accounts_visible_to(actor: Actor) -> Select[MarketplaceAccount]:
    """Stalls the actor may see."""
    return select(MarketplaceAccount).where(_may_see(actor, MarketplaceAccount.producer_id))


def listings_visible_to(actor: Actor) -> Select[Listing]:
    """Listings the actor may see."""
    return select(Listing).where(_may_see(actor, Listing.producer_id))


def shop_items_visible_to(actor: Actor) -> Select[ShopItem]:
    """Items found in stalls that the actor may see."""
    return select(ShopItem).where(_may_see(actor, ShopItem.producer_id))


def open_items(actor: Actor, account_id: UUID) -> Select[ShopItem]:
    """Items of a stall that wait for an answer, the likeliest matches first; those of our listings are none."""
    ours = exists().where(
        Listing.account_id == ShopItem.account_id,
        or_(Listing.remote_id == ShopItem.remote_id, Listing.seller_sku == ShopItem.seller_sku),
    )
    return (
        shop_items_visible_to(actor)
        .where(ShopItem.account_id == account_id, ShopItem.decision == ItemDecision.PENDING, ~ours)
        .order_by(ShopItem.score.desc(), ShopItem.id)
    )


def doubles_visible_to(actor: Actor) -> Select[ListingDouble]:
    """Doubles in stalls that the actor may see."""
    return select(ListingDouble).where(_may_see(actor, ListingDouble.producer_id))


def drifts_visible_to(actor: Actor) -> Select[ListingDrift]:
    """Differences in listings that the actor may see."""
    return select(ListingDrift).where(_may_see(actor, ListingDrift.producer_id))


def listings_by_hand(actor: Actor) -> Select[str, int]:
    """(marketplace key, how many listings there wait for a person's hand) of what the actor may change."""
    may_change = true() if actor.role in SEES_ALL else Listing.producer_id.in_(actor.producers)
    return (
        select(Listing.marketplace_key, func.count())
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .where(may_change, Listing.state.in_(BY_HAND), MarketplaceAccount.mode != Mode.API, not_handed_out())
        .group_by(Listing.marketplace_key)
        .order_by(Listing.marketplace_key)
    )


def not_handed_out() -> ColumnElement[bool]:
    """The listing waits on nobody's open list: nobody shall enter it twice."""
    waits = (
        select(HandoverRow.id)
        .join(Handover, Handover.id == HandoverRow.handover_id)
        .where(
            HandoverRow.listing_id == Listing.id,
            HandoverRow.outcome == HandoverOutcome.WAITING,
            Handover.closed_at.is_(None),
            Handover.expires_at > func.now(),
        )
    )
    return ~waits.exists()


def _turn_came() -> ColumnElement[bool]:
    return (Listing.step != Step.IDLE) & (Listing.next_look_at <= func.now())


def _free() -> ColumnElement[bool]:
    return or_(Listing.lease_until.is_(None), Listing.lease_until < func.now())


def is_due() -> ColumnElement[bool]:
    """A listing whose turn has come and that nobody holds. Pair with a connected stall."""
    return _turn_came() & _free()


#: Listings of one stall held at once, over all workers: about twice the calls that may be under way there
#: (``limiter.CONCURRENCY``). More would only fill the lanes with steps that wait for each other.
MOST_OF_A_STALL = 8


#: With more due than this, as after an outage, each stall is looked at from its front only.
MANY_DUE = 1_000
#: As far into a stall's queue: those held and those next stand there, whatever waits behind them.
_FRONT = 4 * MOST_OF_A_STALL


def count_due(marketplace_key: str) -> Select[int]:
    """How many listings of a marketplace have their turn, counted no further than one past :data:`MANY_DUE`."""
    some = select(Listing.id).where(Listing.marketplace_key == marketplace_key, _turn_came())
    return select(func.count()).select_from(some.limit(MANY_DUE + 1).subquery())


def due_candidates(marketplace_key: str, limit: int, *, many: bool = False) -> Select[UUID]:
    """Ids of due listings of a marketplace: first what a dead worker held, then one producer after the other so
    that nobody fills the lane.

    ``many``: rank the front of each stall's queue and not all that is due; a claim then costs by the stalls.
    """
    # A lease that lapsed was a dead worker's: in a long queue these would wait behind all that never began,
    # and for a stall that others keep full.
    queue = (_fronts(marketplace_key) if many else _whole_queues(marketplace_key)).subquery().c
    free = or_(queue.lease_until.is_(None), queue.lease_until < func.now())
    order = (queue.lease_until.is_(None), queue.next_look_at)
    by_producer = func.row_number().over(partition_by=(queue.producer_id, free), order_by=order)
    by_stall = func.row_number().over(partition_by=(queue.account_id, free), order_by=order)
    held = func.count().filter(~free).over(partition_by=queue.account_id)
    ranked = select(
        queue.id,
        queue.next_look_at,
        queue.lease_until.is_(None).label("fresh"),
        by_producer.label("turn"),
        (by_stall + held).label("place"),
        free.label("free"),
    ).subquery()
    return (
        select(ranked.c.id)
        .where(ranked.c.free, or_(~ranked.c.fresh, ranked.c.place <= MOST_OF_A_STALL))
        .order_by(ranked.c.fresh, ranked.c.turn, ranked.c.next_look_at)
        .limit(limit)
    )


_Queued = Select[UUID, UUID, UUID, datetime, datetime | None]


def _queued(listing: type[Listing]) -> _Queued:
    return select(
        listing.id, listing.account_id, listing.producer_id, listing.next_look_at, listing.lease_until
    ).where(listing.step != Step.IDLE, listing.next_look_at <= func.now())


def _whole_queues(marketplace_key: str) -> _Queued:
    """All that is due in connected stalls."""
    return (
        _queued(Listing)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .where(
            Listing.marketplace_key == marketplace_key,
            MarketplaceAccount.state == AccountState.CONNECTED,
        )
    )


def _fronts(marketplace_key: str) -> _Queued:
    """What stands at the front of each connected stall's queue, by ``ix_listings_queue``."""
    front = (
        _queued(Listing)
        .where(Listing.account_id == MarketplaceAccount.id)
        .order_by(Listing.next_look_at)
        .limit(_FRONT)
        .correlate(MarketplaceAccount)
        .lateral()
    )
    return (
        select(front)
        .select_from(MarketplaceAccount)
        .join(front, true())
        .where(
            MarketplaceAccount.marketplace_key == marketplace_key,
            MarketplaceAccount.state == AccountState.CONNECTED,
        )
    )


def due_marketplaces() -> Select[str]:
    """Marketplaces that have something due: what the sweep wakes."""
    return (
        select(Listing.marketplace_key)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .where(is_due(), MarketplaceAccount.state == AccountState.CONNECTED)
        .distinct()
    )


def unread_stalls() -> Select[UUID]:
    """Stalls that wait to be read: connected a moment ago, or the marketplace did not answer."""
    return select(MarketplaceAccount.id).where(
        MarketplaceAccount.state == AccountState.NEEDS_ANSWERS, MarketplaceAccount.items_read_at.is_(None)
    )


def changed_products() -> Select[UUID]:
    """Approved products that have a newer revision than a listing of theirs was asked to show."""
    return (
        select(Product.id)
        .join(Listing, Listing.product_id == Product.id)
        .where(
            Listing.desired == Desired.LIVE,
            Product.revision > Listing.desired_revision,
            Product.status == ProductStatus.APPROVED,
        )
        .distinct()
    )


def unresolved_creates(listing_ids: Collection[UUID]) -> Select[UUID, UUID, datetime]:
    """(listing, attempt, start) of publish calls that were started and whose outcome nobody knows, latest first."""
    return (
        select(ListingAttempt.listing_id, ListingAttempt.id, ListingAttempt.started_at)
        .where(
            ListingAttempt.listing_id.in_(listing_ids),
            ListingAttempt.call == "publish",
            ListingAttempt.outcome.in_([CallOutcome.STARTED, CallOutcome.UNKNOWN]),
        )
        .order_by(ListingAttempt.started_at.desc())
    )


def attempts_of(listing_id: UUID, *, since: timedelta = timedelta(days=90)) -> Select[ListingAttempt]:
    """The calls made for a listing, latest first."""
    return (
        select(ListingAttempt)
        .where(ListingAttempt.listing_id == listing_id, ListingAttempt.started_at > func.now() - since)
        .order_by(ListingAttempt.started_at.desc())
    )


def evidence_of(listing_id: UUID) -> Select[Evidence]:
    """The proofs of a listing, latest first."""
    return select(Evidence).where(Evidence.listing_id == listing_id).order_by(Evidence.seen_at.desc())


def marketplaces() -> Select[MarketplaceRow]:
    """Every sàn and channel, in the registry's order; no tenant's data."""
    return select(MarketplaceRow).order_by(MarketplaceRow.position)
