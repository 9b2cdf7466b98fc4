"""Drift: what stands on the marketplace is no longer what we say, field by field, until a person decides.

Compared are title, description and price, at each look. Stock is not: it goes down with every sale. Who made
the difference is told by the order of things: what we sent last, and what we had sent before that.

A field that waits for a decision is not overwritten by an update of other fields; a value that the producer
changes here afterwards is newer than the difference, and is sent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Capabilities, ListingDraft, Observation
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.errors import AlreadyDecided, CannotSend
from ocop_hub.publishing.models import Desired, Listing, Step
from ocop_hub.publishing.models_beside import DriftAuthor, DriftDecision, ListingDrift
from ocop_hub.publishing.queries import drifts_visible_to
from ocop_hub.publishing.service import listing_of, wake

FIELDS: Final = ("title", "description", "price_vnd")


def said_by(draft: ListingDraft) -> dict[str, str]:
    """The compared fields of a draft as text."""
    return {"title": draft.title, "description": draft.description, "price_vnd": str(draft.price_vnd)}


def seen_in(seen: Observation) -> dict[str, str]:
    """The compared fields that an observation tells; what was not read is left out."""
    price = None if seen.price_vnd is None else str(seen.price_vnd)
    told = {"title": seen.title or None, "description": seen.description, "price_vnd": price}
    return {name: value for name, value in told.items() if value is not None}


def same(one: str, other: str) -> bool:
    """Equal but for Unicode form and white space, which marketplaces change on their own."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def remember_sent(listing: Listing, draft: ListingDraft) -> None:
    """Keep what was sent now, and what had been sent before it was different."""
    now, last = said_by(draft), listing.sent_content.get("now", {})
    if now != last:
        listing.sent_content = {"now": now, "before": last}


def author_of(listing: Listing, field: str, theirs: str) -> DriftAuthor | None:
    """Who probably made the difference; None: nobody there, our own words moved on since they were sent."""
    sent = listing.sent_content.get("now", {}).get(field)
    before = listing.sent_content.get("before", {}).get(field)
    if sent is None:
        return DriftAuthor.BEFORE if listing.adopted else DriftAuthor.MARKETPLACE
    if same(theirs, sent):
        return None
    return DriftAuthor.NOT_TAKEN if before is not None and same(theirs, before) else DriftAuthor.MARKETPLACE


async def compare(
    session: AsyncSession, listing: Listing, draft: ListingDraft, seen: Observation, *, at: datetime
) -> None:
    """Write down each difference and close those that are gone.

    Where they still say what we sent and we say something else by now (a certificate lapsed, say), that is
    sent again instead.
    """
    if listing.behind:
        return  # an update is on its way
    ours, kept = said_by(draft), await _open(session, listing.id)
    for field, theirs in seen_in(seen).items():
        known = kept.get(field)
        if same(ours[field], theirs):
            if known is not None:
                known.decision, known.ended_at = DriftDecision.GONE, at
            continue
        author = author_of(listing, field, theirs)
        if author is None:
            listing.sent_revision = 0
            continue
        if known is None:
            known = ListingDrift(
                listing_id=listing.id,
                producer_id=listing.producer_id,
                field=field,
                theirs=theirs,
                found_at=at,
            )
            session.add(known)
        if known.theirs != theirs:
            known.found_at = at
        known.ours, known.theirs, known.author, known.seen_at = ours[field], theirs, author, at


async def held(session: AsyncSession, listing: Listing, draft: ListingDraft) -> dict[str, Any]:
    """What an update must leave as it stands there: differences that wait, and that our words did not outrun."""
    ours = said_by(draft)
    return {
        field: _value(each)
        for field, each in (await _open(session, listing.id)).items()
        if same(each.ours, ours[field])
    }


async def take_ours(
    session: AsyncSession, actor: Actor, capabilities: Mapping[str, Capabilities], *, drift_id: UUID
) -> Listing:
    """Lấy lại theo hệ thống: send our value of this field again.

    Raises :class:`NotFound`, :class:`AlreadyDecided`, :class:`CannotSend` (the marketplace takes no updates).
    """
    drift, listing = await _decide(session, actor, drift_id, DriftDecision.OURS)
    offers = capabilities.get(listing.marketplace_key)
    if offers is None or not offers.updates or listing.desired is not Desired.LIVE:
        raise CannotSend(
            "Sàn này không cho sửa tin đăng tự động. Hãy sửa trên trang của sàn rồi bấm «Kiểm tra lại»."
        )
    listing.sent_revision = 0
    listing.step = Step.UPDATE
    listing.next_look_at = clock.now()
    await wake(session, listing.marketplace_key)
    _audit(session, actor, drift, "publishing.take_ours")
    return listing


async def keep_theirs(session: AsyncSession, actor: Actor, *, drift_id: UUID) -> Listing:
    """Giữ theo sàn: from now on this listing says what stands there; the product stays as it is."""
    drift, listing = await _decide(session, actor, drift_id, DriftDecision.THEIRS)
    listing.overrides = {**listing.overrides, drift.field: _value(drift)}
    sent = {**listing.sent_content.get("now", {}), drift.field: drift.theirs}
    listing.sent_content = {**listing.sent_content, "now": sent}
    _audit(session, actor, drift, "publishing.keep_theirs")
    return listing


async def _decide(
    session: AsyncSession, actor: Actor, drift_id: UUID, decision: DriftDecision
) -> tuple[ListingDrift, Listing]:
    drift = await session.scalar(
        drifts_visible_to(actor).where(ListingDrift.id == drift_id).with_for_update()
    )
    if drift is None or not actor.may_change(drift.producer_id):
        raise NotFound("Không tìm thấy khác biệt này.")
    if drift.ended_at is not None:
        raise AlreadyDecided("Khác biệt này đã được xử lý hoặc không còn nữa.")
    listing = await listing_of(session, actor, drift.listing_id)
    drift.decision, drift.decided_by, drift.ended_at = decision, actor.label, clock.now()
    return drift, listing


async def _open(session: AsyncSession, listing_id: UUID) -> dict[str, ListingDrift]:
    rows: Sequence[ListingDrift] = (
        await session.scalars(
            select(ListingDrift).where(ListingDrift.listing_id == listing_id, ListingDrift.ended_at.is_(None))
        )
    ).all()
    return {each.field: each for each in rows}


def open_drifts(actor: Actor) -> Select[ListingDrift]:
    """What waits for a decision and the actor may see."""
    return drifts_visible_to(actor).where(ListingDrift.ended_at.is_(None))


def _value(drift: ListingDrift) -> Any:
    """Their value as an override of the draft."""
    return int(drift.theirs) if drift.field == "price_vnd" else drift.theirs


def _audit(session: AsyncSession, actor: Actor, drift: ListingDrift, action: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"listing:{drift.listing_id}",
        producer_id=drift.producer_id,
        field=drift.field,
    )
