"""Danh sách giao đăng: packs of many producers for one person outside, who reports back without an account.

The link is the key: whoever has it may act for the rows of that list and for nothing else, until it lapses or
the list is closed. Behind the link the transaction runs under the scope of the producers on the list, and
every row is looked up within the list.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM, apply_scope
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode, Observation, Reason
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.errors import HandoverClosed, NothingToHandOver, ReasonMissing
from ocop_hub.publishing.handover.models import Handover, HandoverOutcome, HandoverRow
from ocop_hub.publishing.lane.observe import observe
from ocop_hub.publishing.models import Listing, MarketplaceAccount, MarketplaceRow, Step
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.queries import BY_HAND, listings_visible_to, not_handed_out

#: Somebody should ask how far it is after this, and again each time it passes.
REMIND_AFTER: Final = timedelta(days=7)
DEFAULT_DAYS: Final = 30
LONGEST_DAYS: Final = 90
MOST_ROWS: Final = 500
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Made:
    """A list and the only copy of its link's secret part."""

    handover: Handover
    token: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came by the link: the list, and an actor who may act for the producers on it."""

    handover: Handover
    actor: Actor


def digest(token: str) -> str:
    """What is kept of a link's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


def visible_to(actor: Actor) -> Select[Handover]:
    """Lists the actor made; an office sees all of them."""
    query = select(Handover)
    return query if actor.is_office else query.where(Handover.created_by == actor.label)


async def make(
    session: AsyncSession,
    actor: Actor,
    *,
    recipient: str,
    listing_ids: Sequence[UUID] = (),
    marketplace_key: str = "",
    days: int = DEFAULT_DAYS,
    note: str = "",
) -> Made:
    """Make a list of the listings named, or of all that wait for a person's hand on one marketplace and stand
    on no open list yet.

    Raises :class:`NotFound` for a listing that is missing or not the actor's to change,
    :class:`NothingToHandOver` when nothing is left that a person could post, :class:`Forbidden` for an actor
    without producers.
    """
    listings = await _chosen(session, actor, listing_ids, marketplace_key)
    now = clock.now()
    token = secrets.token_urlsafe(32)
    handover = Handover(
        id=new_id(),
        recipient=clean(recipient),
        note=clean(note),
        token_digest=digest(token),
        created_by=actor.label,
        created_at=now,
        expires_at=now + timedelta(days=min(max(days, 1), LONGEST_DAYS)),
        remind_at=now + REMIND_AFTER,
    )
    session.add(handover)
    await session.flush()
    for position, listing in enumerate(listings, start=1):
        session.add(
            HandoverRow(
                handover_id=handover.id,
                listing_id=listing.id,
                producer_id=listing.producer_id,
                position=position,
            )
        )
        _audit(session, actor, handover, listing.producer_id, "publishing.handover", listing.id)
    await session.flush()
    return Made(handover, token)


async def _chosen(
    session: AsyncSession, actor: Actor, listing_ids: Sequence[UUID], marketplace_key: str
) -> list[Listing]:
    query = (
        listings_visible_to(actor)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .join(Producer, Producer.id == Listing.producer_id)
        .join(Product, Product.id == Listing.product_id)
        .order_by(Producer.sort_key, Product.sort_key, Listing.id)
        .limit(MOST_ROWS)
    )
    if listing_ids:
        found = list(await session.scalars(query.where(Listing.id.in_(listing_ids))))
        if len(found) != len(set(listing_ids)):
            raise NotFound("Có tin đăng không tìm thấy. Hãy tải lại trang rồi chọn lại.")
    else:
        if not actor.is_office and not actor.producers:
            raise Forbidden("Tài khoản này không làm hộ cho chủ thể nào nên chưa giao đăng được.")
        found = list(
            await session.scalars(
                query.where(
                    Listing.marketplace_key == marketplace_key,
                    Listing.state.in_(BY_HAND),
                    MarketplaceAccount.mode != Mode.API,
                    not_handed_out(),
                )
            )
        )
    listings = [each for each in found if actor.may_change(each.producer_id)]
    if listing_ids and len(listings) != len(found):
        raise NotFound("Có tin đăng không tìm thấy. Hãy tải lại trang rồi chọn lại.")
    accounts = {
        each.id: each
        for each in await session.scalars(
            select(MarketplaceAccount).where(
                MarketplaceAccount.id.in_({listing.account_id for listing in listings})
            )
        )
    }
    listings = [each for each in listings if accounts[each.account_id].mode is not Mode.API]
    if not listings:
        raise NothingToHandOver(
            "Không có sản phẩm nào của sàn này chờ giao: tất cả đã đăng hoặc đã nằm trong một danh sách. "
            "Hãy chọn sàn khác."
        )
    return listings


async def get(session: AsyncSession, actor: Actor, handover_id: UUID) -> Handover:
    """The list, if the actor made it or is an office. Raises :class:`NotFound`."""
    handover = await session.scalar(visible_to(actor).where(Handover.id == handover_id))
    if handover is None:
        raise NotFound("Không tìm thấy danh sách giao đăng này.")
    return handover


async def renew(session: AsyncSession, actor: Actor, *, handover_id: UUID, days: int = DEFAULT_DAYS) -> Made:
    """A new link; the old one ends at once. Raises :class:`NotFound`, :class:`HandoverClosed`."""
    handover = await get(session, actor, handover_id)
    if handover.closed_at is not None:
        raise HandoverClosed("Danh sách này đã đóng. Hãy lập danh sách mới.")
    token = secrets.token_urlsafe(32)
    handover.token_digest = digest(token)
    handover.expires_at = clock.now() + timedelta(days=min(max(days, 1), LONGEST_DAYS))
    handover.opened_at = None
    _audit(session, actor, handover, None, "publishing.handover_renew")
    return Made(handover, token)


async def close(session: AsyncSession, actor: Actor, *, handover_id: UUID) -> Handover:
    """End the list; its link is dead from now on. Closing twice is closing once."""
    handover = await get(session, actor, handover_id)
    if handover.closed_at is None:
        handover.closed_at = clock.now()
        _audit(session, actor, handover, None, "publishing.handover_close")
    return handover


async def rows_of(
    session: AsyncSession, handover: Handover
) -> Sequence[Row[HandoverRow, Listing, Product, str, str, str]]:
    """(row, listing, product, producer's name, marketplace's name, stall's name) in the order of the list."""
    result = await session.execute(
        select(HandoverRow, Listing, Product, Producer.name, MarketplaceRow.name, MarketplaceAccount.name)
        .join(Listing, Listing.id == HandoverRow.listing_id)
        .join(Product, Product.id == Listing.product_id)
        .join(Producer, Producer.id == HandoverRow.producer_id)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .where(HandoverRow.handover_id == handover.id)
        .order_by(HandoverRow.position)
    )
    return result.all()


async def counts(session: AsyncSession, handovers: Sequence[Handover]) -> dict[UUID, dict[str, int]]:
    """How many rows of each list stand where, by outcome."""
    found: dict[UUID, dict[str, int]] = {each.id: {} for each in handovers}
    result = await session.execute(
        select(HandoverRow.handover_id, HandoverRow.outcome, func.count())
        .where(HandoverRow.handover_id.in_(found))
        .group_by(HandoverRow.handover_id, HandoverRow.outcome)
    )
    for handover_id, outcome, number in result:
        found[handover_id][outcome.value] = number
    return found


# Behind the link


async def enter(session: AsyncSession, token: str) -> Visitor:
    """Whoever came by the link; from here on ``session`` sees the producers of this list and nobody else.

    Raises :class:`NotFound` for a link that never was, has lapsed, or whose list is closed: one answer for all.
    """
    await apply_scope(session, SYSTEM)
    now = clock.now()
    handover = await session.scalar(
        select(Handover).where(
            Handover.token_digest == digest(token), Handover.expires_at > now, Handover.closed_at.is_(None)
        )
    )
    if handover is None:
        raise NotFound(
            "Đường dẫn này không còn dùng được. Hãy hỏi người đã giao danh sách để lấy đường dẫn mới."
        )
    producers = await session.scalars(
        select(HandoverRow.producer_id).where(HandoverRow.handover_id == handover.id).distinct()
    )
    actor = Actor(
        Role.HELPER,
        name=handover.recipient,
        producers=frozenset(producers),
        via=f"handover:{handover.id}",
    )
    await apply_scope(session, actor.scope)
    if handover.opened_at is None:
        handover.opened_at = now
        _audit(session, actor, handover, None, "publishing.handover_open")
    return Visitor(handover, actor)


async def row_of(session: AsyncSession, visitor: Visitor, row_id: UUID) -> HandoverRow:
    """A row of this list, locked. Raises :class:`NotFound` for a row of another list."""
    row = await session.scalar(
        select(HandoverRow)
        .where(HandoverRow.id == row_id, HandoverRow.handover_id == visitor.handover.id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("Không tìm thấy sản phẩm này trong danh sách.")
    return row


async def listing_behind(session: AsyncSession, visitor: Visitor, row_id: UUID) -> Listing:
    """The listing of a row of this list, to be read. Raises :class:`NotFound`."""
    row = await row_of(session, visitor, row_id)
    return await service.seen_listing(session, visitor.actor, row.listing_id)


async def posted(
    session: AsyncSession, visitor: Visitor, outside: Outside, *, row_id: UUID, url: str
) -> HandoverRow:
    """The person posted it and gives the link, which is checked as every pasted link.

    Raises :class:`NotThisMarketplace`, :class:`NotFound`.
    """
    row = await row_of(session, visitor, row_id)
    listing = await service.seen_listing(session, visitor.actor, row.listing_id)
    marketplace = adapter_of(outside, listing.marketplace_key)
    await service.give_link(session, visitor.actor, marketplace, listing_id=listing.id, url=url)
    _report(session, visitor, row, HandoverOutcome.POSTED, "")
    return row


async def returned(session: AsyncSession, visitor: Visitor, *, row_id: UUID, reason: str) -> HandoverRow:
    """Sàn trả lại: the marketplace said no, and why. Raises :class:`ReasonMissing`, :class:`NotFound`."""
    return await _not_up(session, visitor, row_id, reason, HandoverOutcome.RETURNED, ListingState.REJECTED)


async def failed(session: AsyncSession, visitor: Visitor, *, row_id: UUID, reason: str) -> HandoverRow:
    """Không đăng được: the person could not post it, and why. Raises as :func:`returned`."""
    return await _not_up(session, visitor, row_id, reason, HandoverOutcome.FAILED, ListingState.NEEDS_PERSON)


async def _not_up(
    session: AsyncSession,
    visitor: Visitor,
    row_id: UUID,
    reason: str,
    outcome: HandoverOutcome,
    state: ListingState,
) -> HandoverRow:
    row = await row_of(session, visitor, row_id)
    told = clean(reason)[:LONGEST_REASON]
    if not told:
        raise ReasonMissing("Ghi lý do để người giao biết phải sửa gì.")
    listing = await service.listing_of(session, visitor.actor, row.listing_id)
    if listing.state is not ListingState.LIVE:
        # What is live was fetched and matched: a word typed here does not take it down.
        seen = Observation(state, "", grade=Grade.DECLARED, reasons=(Reason("", outcome.value, told),))
        await observe(session, listing, seen, at=clock.now(), seen_by=visitor.actor.label)
        listing.step = Step.IDLE
    _report(session, visitor, row, outcome, told)
    return row


def _report(
    session: AsyncSession, visitor: Visitor, row: HandoverRow, outcome: HandoverOutcome, reason: str
) -> None:
    row.outcome = outcome
    row.reason = reason
    row.acted_at = clock.now()
    _audit(
        session,
        visitor.actor,
        visitor.handover,
        row.producer_id,
        f"publishing.handover_{outcome.value}",
        row.listing_id,
        reason=reason,
    )


# The sweep


async def remind(session: AsyncSession) -> list[UUID]:
    """Mark lists that still have rows waiting when their reminder is due; the ids that were marked.

    Under ``SYSTEM``. A list whose link has lapsed is marked too: its rows wait all the same.
    """
    now = clock.now()
    waiting = exists().where(
        HandoverRow.handover_id == Handover.id, HandoverRow.outcome == HandoverOutcome.WAITING
    )
    marked = await session.scalars(
        update(Handover)
        .where(Handover.closed_at.is_(None), Handover.remind_at <= now, waiting)
        .values(reminded_at=now, remind_at=now + REMIND_AFTER)
        .returning(Handover.id)
    )
    ids = list(marked)
    for handover_id in ids:
        audit.record(
            session, actor="system", action="publishing.handover_remind", subject=f"handover:{handover_id}"
        )
    return ids


def is_overdue(handover: Handover, waiting: int, *, now: datetime) -> bool:
    """Whether somebody should ask how far it is."""
    return handover.closed_at is None and waiting > 0 and now - handover.created_at >= REMIND_AFTER


def _audit(
    session: AsyncSession,
    actor: Actor,
    handover: Handover,
    producer_id: UUID | None,
    action: str,
    listing_id: UUID | None = None,
    **details: str,
) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"listing:{listing_id}" if listing_id else f"handover:{handover.id}",
        producer_id=producer_id,
        handover=str(handover.id),
        **details,
    )
