"""What waits for a person: counts and the next things to do on the first screen of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.queries import expiring
from ocop_hub.certificates.validity import EXPIRING_WITHIN, last_day
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.publishing.models import (
    AccountState,
    ItemDecision,
    Listing,
    MarketplaceAccount,
    MarketplaceRow,
    ShopItem,
)
from ocop_hub.publishing.queries import accounts_visible_to, listings_visible_to, shop_items_visible_to
from ocop_hub.publishing.stalls import grants
from ocop_hub.traceability.models import EventKind, Lot, LotState, Scan, ScanAlert, ScanDay, TraceEvent
from ocop_hub.traceability.reports.models import ProblemReport
from ocop_hub.traceability.reports.service import waiting_for
from ocop_hub.traceability.scans.signals import alerts_visible_to

#: More than this at once is not done but put off.
MOST_TASKS = 3
#: After this the producer has decided; the task goes away whether or not the listing did.
RECALL_IS_NEWS = timedelta(days=30)


class TaskKind(StrEnum):
    """Things to do, the most urgent first."""

    TAKE_DOWN = "take_down"
    ANSWER_REPORT = "answer_report"
    LOOK_AT_SCANS = "look_at_scans"
    ANSWER_MATCH = "answer_match"
    SIGN_IN_AGAIN = "sign_in_again"
    MEND = "mend"
    MEND_TO_SEND = "mend_to_send"
    NEXT_STEP = "next_step"
    RETURNED = "returned"
    SIGN_IN_SOON = "sign_in_soon"
    RENEW = "renew"
    FINISH = "finish"
    CONNECT_STALL = "connect_stall"
    PUT_UP = "put_up"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. ``detail``: the item's title, the marketplace's reason, or the next step."""

    kind: TaskKind
    product_id: UUID | None = None
    product_name: str = ""
    marketplace_name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """Products, those live somewhere, and looks at labels; ``scans`` is None where all are the actor's."""

    products: int
    live_products: int
    scans: int | None


async def counts(session: AsyncSession, actor: Actor) -> DeskCounts:
    """The counts above the actor's list."""
    mine = visible_to(actor).with_only_columns(Product.id).subquery()
    live = (
        listings_visible_to(actor)
        .where(Listing.state == ListingState.LIVE, Listing.product_id.in_(select(mine.c.id)))
        .with_only_columns(func.count(Listing.product_id.distinct()))
    )
    products = await session.scalar(select(func.count()).select_from(mine)) or 0
    live_products = await session.scalar(live) or 0
    scans = None
    if actor.role in (Role.PRODUCER, Role.HELPER):
        scans = await _scans(session, actor)
    return DeskCounts(products, live_products, scans)


async def _scans(session: AsyncSession, actor: Actor) -> int:
    """Looks at labels of the actor's lots: whole days as they were counted, the last two as they came in."""
    lately = clock.today() - timedelta(days=1)
    counted = await session.scalar(
        select(func.sum(ScanDay.scans)).where(
            ScanDay.producer_id.in_(actor.producers), ScanDay.lot_id.is_not(None), ScanDay.day < lately
        )
    )
    lots = select(Lot.id).where(Lot.producer_id.in_(actor.producers))
    fresh = await session.scalar(
        select(func.count())
        .select_from(Scan)
        .where(Scan.lot_id.in_(lots), Scan.scanned_at >= clock.day_start(lately))
    )
    return int(counted or 0) + int(fresh or 0)


async def tasks(session: AsyncSession, actor: Actor) -> list[Task]:
    """At most three things to do, for those who act for producers; the office looks at lists instead."""
    if actor.role not in (Role.PRODUCER, Role.HELPER):
        return []
    found: list[Task] = []
    for ask in (
        _recalled,
        _reported,
        _signals,
        _matches,
        _stalls_closed_to_us,
        _waiting_listings,
        _returned,
        _stalls_soon_closed,
        _lapsing,
        _unfinished,
        _first_steps,
    ):
        found += await ask(session, actor)
        if len(found) >= MOST_TASKS:
            break
    return found[:MOST_TASKS]


async def _recalled(session: AsyncSession, actor: Actor) -> list[Task]:
    """Listings still shown of a product one of whose lots was called back lately."""
    lately = exists().where(
        TraceEvent.lot_id == Lot.id,
        TraceEvent.kind == EventKind.RECALL,
        TraceEvent.occurred_at > clock.now() - RECALL_IS_NEWS,
    )
    rows = await session.execute(
        listings_visible_to(actor)
        .join(Product, Product.id == Listing.product_id)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .join(Lot, Lot.product_id == Product.id)
        .where(Listing.state == ListingState.LIVE, Lot.state == LotState.RECALLED, lately)
        .with_only_columns(Product.id, Product.name, MarketplaceRow.name, func.min(Lot.code))
        .group_by(Product.id, Product.name, MarketplaceRow.name)
        .order_by(Product.name, MarketplaceRow.name)
        .limit(MOST_TASKS)
    )
    return [Task(TaskKind.TAKE_DOWN, *row) for row in rows]


async def _signals(session: AsyncSession, actor: Actor) -> list[Task]:
    """One task for all scan alerts nobody has answered; ``detail``: how many."""
    waiting = alerts_visible_to(actor).where(ScanAlert.answered_at.is_(None))
    count = await session.scalar(waiting.with_only_columns(func.count(ScanAlert.id)))
    return [Task(TaskKind.LOOK_AT_SCANS, detail=str(count))] if count else []


async def _reported(session: AsyncSession, actor: Actor) -> list[Task]:
    """What a buyer reported and nobody answered: one task, of the oldest; ``detail``: how many wait."""
    waiting = waiting_for(actor)
    count = await session.scalar(waiting.with_only_columns(func.count(ProblemReport.id)))
    if not count:
        return []
    name = await session.scalar(
        waiting.join(Product, Product.id == ProblemReport.product_id)
        .with_only_columns(Product.name)
        .order_by(ProblemReport.created_at)
        .limit(1)
    )
    return [Task(TaskKind.ANSWER_REPORT, product_name=name or "", detail=str(count))]


async def _matches(session: AsyncSession, actor: Actor) -> list[Task]:
    rows = await session.execute(
        shop_items_visible_to(actor)
        .join(Product, Product.id == ShopItem.product_id)
        .join(MarketplaceAccount, MarketplaceAccount.id == ShopItem.account_id)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(ShopItem.decision == ItemDecision.PENDING)
        .with_only_columns(Product.id, Product.name, MarketplaceRow.name, ShopItem.title)
        .order_by(ShopItem.score.desc(), ShopItem.id)
        .limit(MOST_TASKS)
    )
    return [Task(TaskKind.ANSWER_MATCH, *row) for row in rows]


async def _stalls_closed_to_us(session: AsyncSession, actor: Actor) -> list[Task]:
    rows = await session.execute(
        accounts_visible_to(actor)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(MarketplaceAccount.state == AccountState.NEEDS_SIGN_IN)
        .with_only_columns(MarketplaceRow.name, MarketplaceAccount.name)
        .limit(MOST_TASKS)
    )
    return [Task(TaskKind.SIGN_IN_AGAIN, marketplace_name=name, detail=stall) for name, stall in rows]


async def _stalls_soon_closed(session: AsyncSession, actor: Actor) -> list[Task]:
    """Stalls that stop within days unless their owner signs in; ``product_name`` is the stall, ``detail`` the day."""
    rows = await session.execute(
        accounts_visible_to(actor)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .where(
            MarketplaceAccount.state != AccountState.NEEDS_SIGN_IN,
            MarketplaceAccount.access_until.is_not(None),
        )
        .with_only_columns(MarketplaceAccount, MarketplaceRow.name)
    )
    soon = sorted(
        (by, account.name, marketplace)
        for account, marketplace in rows
        if (by := grants.sign_in_by(account)) is not None and grants.ends_soon(account)
    )
    return [
        Task(
            TaskKind.SIGN_IN_SOON,
            marketplace_name=marketplace,
            product_name=stall,
            detail=f"{clock.business_day(by):%d/%m/%Y}",
        )
        for by, stall, marketplace in soon[:MOST_TASKS]
    ]


async def _waiting_listings(session: AsyncSession, actor: Actor) -> list[Task]:
    refused = case((Listing.state == ListingState.REJECTED, 0), else_=1)
    rows = await session.execute(
        listings_visible_to(actor)
        .join(Product, Product.id == Listing.product_id)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .where(Listing.state.in_([ListingState.REJECTED, ListingState.NEEDS_PERSON]))
        .with_only_columns(
            Listing.state, Listing.not_sent, Product.id, Product.name, MarketplaceRow.name, Listing.reason
        )
        .order_by(refused, Listing.observed_at, Listing.id)
        .limit(MOST_TASKS)
    )
    return [
        Task(
            TaskKind.MEND_TO_SEND if not_sent else _KIND_OF_STATE[state],
            product_id,
            product,
            marketplace,
            reason,
        )
        for state, not_sent, product_id, product, marketplace, reason in rows
    ]


_KIND_OF_STATE = {
    ListingState.REJECTED: TaskKind.MEND,
    ListingState.NEEDS_PERSON: TaskKind.NEXT_STEP,
}


async def _lapsing(session: AsyncSession, actor: Actor) -> list[Task]:
    """Certificates that lapse within 60 days without a renewal; ``detail`` is the last day."""
    rows = await session.execute(
        expiring(actor, clock.now(), days=EXPIRING_WITHIN.days)
        .join(Product, Product.id == Certificate.product_id)
        .where(Product.merged_into_id.is_(None))
        .with_only_columns(Product.id, Product.name, Certificate.valid)
        .limit(MOST_TASKS)
    )
    return [
        Task(TaskKind.RENEW, product_id, name, detail=f"{last_day(valid):%d/%m/%Y}")
        for product_id, name, valid in rows
    ]


async def _returned(session: AsyncSession, actor: Actor) -> list[Task]:
    """Products an officer sent back with remarks."""
    return await _in_state(session, actor, ProductStatus.RETURNED, TaskKind.RETURNED)


async def _unfinished(session: AsyncSession, actor: Actor) -> list[Task]:
    """Drafts: buyers do not see them, and they cannot be put up."""
    return await _in_state(session, actor, ProductStatus.DRAFT, TaskKind.FINISH)


async def _in_state(session: AsyncSession, actor: Actor, status: ProductStatus, kind: TaskKind) -> list[Task]:
    rows = await session.execute(
        visible_to(actor)
        .where(Product.status == status)
        .with_only_columns(Product.id, Product.name)
        .order_by(Product.sort_key, Product.id)
        .limit(1)
    )
    return [Task(kind, product_id, name) for product_id, name in rows]


async def _first_steps(session: AsyncSession, actor: Actor) -> list[Task]:
    """A stall for who has none, else the first product that may be put up and stands in no stall."""
    if (
        await session.scalar(accounts_visible_to(actor).with_only_columns(MarketplaceAccount.id).limit(1))
        is None
    ):
        return [Task(TaskKind.CONNECT_STALL)]
    stall = exists().where(
        MarketplaceAccount.producer_id == Product.producer_id,
        MarketplaceAccount.state == AccountState.CONNECTED,
    )
    rows = await session.execute(
        visible_to(actor)
        .where(
            stall,
            Product.status == ProductStatus.APPROVED,
            ~exists().where(Listing.product_id == Product.id),
        )
        .with_only_columns(Product.id, Product.name)
        .order_by(Product.sort_key, Product.id)
        .limit(1)
    )
    return [Task(TaskKind.PUT_UP, product_id, name) for product_id, name in rows]
