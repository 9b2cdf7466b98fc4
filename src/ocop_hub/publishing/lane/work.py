"""Claiming: which listings are due, what each asks for, and everything its step needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.contract import Capabilities, ListingDraft, ListingState, Marketplace, Reason, Shop
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.bulk import season
from ocop_hub.publishing.draft import Subject, pictures_key
from ocop_hub.publishing.drift import service as drift
from ocop_hub.publishing.lane.decide import Row, decide
from ocop_hub.publishing.mapping.categories import Mappings, drafted
from ocop_hub.publishing.mapping.categories import load as load_mappings
from ocop_hub.publishing.models import (
    AccountState,
    Desired,
    Listing,
    MarketplaceAccount,
    Step,
)
from ocop_hub.publishing.queries import MANY_DUE, count_due, due_candidates, is_due, unresolved_creates
from ocop_hub.publishing.readiness import lacking
from ocop_hub.publishing.readiness.rules import Kind
from ocop_hub.publishing.stalls.sealed import open_shop
from ocop_hub.publishing.subject import load_subjects

#: A listing is held this long; every call's deadline is shorter, and the hold is renewed before each call.
LEASE = timedelta(seconds=12)
#: When a listing of a product that nobody has approved yet is looked at again, should its wake-up be lost.
WAITS_FOR_APPROVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed listing; no ORM row but the detached photos leaves the transaction."""

    listing_id: UUID
    producer_id: UUID
    account_id: UUID
    token: UUID
    step: Step
    remote_id: str
    public_url: str
    state: ListingState
    created_at: datetime
    settle_looks: int
    failures: int
    revision: int
    #: Of all the product's photos, as far as ``photos`` were taken from them.
    pictures: str
    shop: Shop
    draft: ListingDraft
    #: What may not be sent, or to no such category; nothing is sent then.
    problems: tuple[Reason, ...]
    photos: tuple[ProductPhoto, ...]
    #: Why it is down out of season; empty otherwise.
    resting: str
    #: The stall goes by tokens that are renewed (``grants``).
    renewable: bool
    #: Publish attempts whose outcome nobody knows.
    unresolved: tuple[UUID, ...]


async def claim(database: Database, outside: Outside, adapter: Marketplace, *, limit: int) -> list[Work]:
    """Hold due listings of one marketplace in one short transaction; producers take turns."""
    # A claim that a crash of the database forgot is one whose token holds nothing: no call leaves under it.
    async with database.session(SYSTEM, durable=False) as session:
        many = (await session.scalar(count_due(adapter.key)) or 0) > MANY_DUE
        ids = list(await session.scalars(due_candidates(adapter.key, limit, many=many)))
        if not ids:
            return []
        listings = list(
            await session.scalars(
                select(Listing).where(Listing.id.in_(ids), is_due()).with_for_update(skip_locked=True)
            )
        )
        known = await _known(session, outside, adapter, listings)
        works = [await _prepared(session, adapter.capabilities, listing, known) for listing in listings]
        return [work for work in works if work is not None]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the steps of claimed listings are made from, each read once for all of them."""

    shops: Mapping[UUID, Shop | None]
    subjects: Mapping[UUID, tuple[Subject, tuple[ProductPhoto, ...]]]
    seasons: Mapping[UUID, Sequence[int]]
    mappings: Mappings
    #: By product, why it may not go up.
    forbidden: Mapping[UUID, Sequence[Reason]]
    #: By listing, the creates whose outcome nobody knows: attempt and start.
    unresolved: Mapping[UUID, Sequence[tuple[UUID, datetime]]]


async def _known(
    session: AsyncSession, outside: Outside, adapter: Marketplace, listings: Sequence[Listing]
) -> _Known:
    accounts = await _accounts(session, listings)
    subjects = await load_subjects(
        session, {listing.product_id for listing in listings}, public_url=outside.public_url
    )
    own = (str(listing.overrides.get("category_id") or "") for listing in listings)
    # Certificates and prohibitions are read only where something could go up: most claims only look.
    to_send = _to_send(listings, adapter.capabilities)
    return _Known(
        shops={account.id: _opened(account, outside.sealing_key) for account in accounts.values()},
        subjects=subjects,
        seasons=await _seasons(session, listings),
        mappings=await load_mappings(session, adapter.key, own),
        forbidden=await lacking.forbidden(session, adapter, subjects) if to_send else {},
        unresolved=await _unresolved(session, listings),
    )


async def _prepared(
    session: AsyncSession, capabilities: Capabilities, listing: Listing, known: _Known
) -> Work | None:
    """The listing's step with all it needs, held from now on; None when there is nothing to do now."""
    shop = known.shops[listing.account_id]
    if shop is None:
        return None
    creates = known.unresolved.get(listing.id, ())
    subject, photos = known.subjects[listing.product_id]
    resting = _resting(listing, known.seasons)
    may = {"approved": subject.approved, "resting": bool(resting)}
    if not _take(listing, [at for _, at in creates], capabilities, **may):
        listing.reason = resting or listing.reason
        return None
    chosen = known.mappings.of(subject, listing.overrides)
    draft = drafted(subject, listing.overrides, chosen, capabilities)
    if listing.step is Step.UPDATE:
        kept = await drift.held(session, listing, draft)
        draft = drafted(subject, {**listing.overrides, **kept}, chosen, capabilities)
    pictures = pictures_key([photo.sha256 for photo in photos])
    if listing.step in (Step.CREATE, Step.UPDATE):
        listing.desired_pictures = pictures  # whether or not their change was heard of yet
    # Every write after the call asks for this token: who comes back after the lease finds another's here.
    listing.lease_token = token = uuid4()
    listing.lease_until = clock.now() + LEASE
    return Work(
        listing_id=listing.id,
        producer_id=listing.producer_id,
        account_id=listing.account_id,
        token=token,
        step=listing.step,
        remote_id=listing.remote_id,
        public_url=listing.public_url,
        state=listing.state,
        created_at=listing.created_at,
        settle_looks=listing.settle_looks,
        failures=listing.attempts,
        revision=subject.revision,
        pictures=pictures,
        shop=shop,
        draft=draft,
        problems=(*_stopping(listing.step, known.forbidden.get(listing.product_id, ())), *chosen.problems),
        photos=photos[: capabilities.max_pictures],
        renewable=bool(shop.credentials.get("refresh_token")),
        resting=resting,
        unresolved=tuple(attempt_id for attempt_id, _ in creates),
    )


def _to_send(listings: Sequence[Listing], capabilities: Capabilities) -> bool:
    """Whether any of them may be created or changed by its next step."""
    return any(
        each.desired is Desired.LIVE and (each.behind or _stale(each, capabilities)) for each in listings
    )


def _stale(listing: Listing, capabilities: Capabilities) -> bool:
    every = capabilities.refresh_every
    return every is not None and listing.sent_at is not None and listing.sent_at + every <= clock.now()


def _stopping(step: Step, forbidden: Sequence[Reason]) -> Sequence[Reason]:
    """A lapsed certificate lets nothing new go up, but what stands there is still kept true."""
    if step is Step.CREATE:
        return forbidden
    return [each for each in forbidden if each.code != Kind.LAPSED.value]


def _resting(listing: Listing, seasons: Mapping[UUID, Sequence[int]]) -> str:
    """The reason for a rest of a listing that follows its product's season; empty when it has none."""
    months = seasons.get(listing.product_id, ())
    month = clock.today().month
    rests = listing.desired is Desired.LIVE and not season.in_season(months, month)
    return season.resting_until(months, month) if rests else ""


async def _seasons(session: AsyncSession, listings: Sequence[Listing]) -> dict[UUID, Sequence[int]]:
    """Months by product, of the listings that follow them."""
    wanted = {listing.product_id for listing in listings if listing.follows_season}
    if not wanted:
        return {}
    rows = await session.execute(select(Product.id, Product.season_months).where(Product.id.in_(wanted)))
    return dict(iter(rows))


def _take(
    listing: Listing,
    creates: Sequence[datetime],
    capabilities: Capabilities,
    *,
    approved: bool,
    resting: bool,
) -> bool:
    """Decide the step and say whether it is to be made now; ``creates``: starts of those without an outcome."""
    now = clock.now()
    if listing.publish_at is not None and listing.publish_at > now and not listing.remote_id:
        listing.next_look_at = listing.publish_at
        return False
    listing.step = decide(
        Row(
            desired=Desired.UNLISTED if resting else listing.desired,
            behind=listing.behind,
            state=listing.state,
            remote_id=listing.remote_id,
            public_url=listing.public_url,
            create_unresolved=bool(creates),
            stale=_stale(listing, capabilities),
        ),
        capabilities,
    )
    if listing.step is Step.SETTLE:
        # A create whose answer was lost may still be on its way: nobody searches before it can be found.
        sent = max(creates)
        due = max(listing.settle_until or sent, sent + capabilities.settle_after)
        listing.settle_until = due
        if due > clock.now():
            listing.next_look_at = due
            return False
    if listing.step in (Step.CREATE, Step.UPDATE) and not approved:
        # The approval is a change of the product, and that wakes the listing.
        listing.next_look_at = clock.now() + WAITS_FOR_APPROVAL
        return False
    return listing.step is not Step.IDLE


def _opened(account: MarketplaceAccount, sealing_key: bytes) -> Shop | None:
    """The stall, or None when its credentials cannot be opened: then it needs a sign-in, and only it stops."""
    try:
        return open_shop(account, sealing_key)
    except CannotOpen:
        account.state = AccountState.NEEDS_SIGN_IN
        return None


async def _unresolved(
    session: AsyncSession, listings: Sequence[Listing]
) -> Mapping[UUID, list[tuple[UUID, datetime]]]:
    """Of each listing, the creates whose outcome nobody knows: attempt and start."""
    found: dict[UUID, list[tuple[UUID, datetime]]] = defaultdict(list)
    for listing_id, attempt_id, started in await session.execute(
        unresolved_creates([listing.id for listing in listings])
    ):
        found[listing_id].append((attempt_id, started))
    return found


async def _accounts(session: AsyncSession, listings: Sequence[Listing]) -> dict[UUID, MarketplaceAccount]:
    wanted = {listing.account_id for listing in listings}
    rows = await session.scalars(select(MarketplaceAccount).where(MarketplaceAccount.id.in_(wanted)))
    return {account.id: account for account in rows}
