"""Doubles in a stall: found by reading the stall, shown to a person, repaired with one click.

Two items stand for one product when both carry our SKU, or when a copy under our SKU stands beside the item
that was adopted. Nothing is taken down without a person: the row is only a finding until she says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.db import SYSTEM, Database, insert_rows
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.contract import Item, ListingState, MarketplaceError, Mode, Observation
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.errors import AlreadyDecided
from ocop_hub.publishing.lane.observe import observe
from ocop_hub.publishing.models import (
    AccountState,
    DoubleCause,
    DoubleState,
    Listing,
    ListingDouble,
    MarketplaceAccount,
    Step,
)
from ocop_hub.publishing.queries import doubles_visible_to
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.sealed import open_shop

log = structlog.get_logger(__name__)

REPAIR = "publishing.repair_double"
RECONCILE = "publishing.reconcile"
#: Each stall is read for doubles once in this time.
EVERY = timedelta(hours=24)
#: What a buyer can meet or soon will.
STANDING = frozenset(
    {
        ListingState.LIVE,
        ListingState.IN_REVIEW,
        ListingState.SUBMITTED,
        ListingState.SUSPENDED,
        ListingState.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Ours:
    """What is needed of a listing to tell its doubles."""

    listing_id: UUID
    seller_sku: str
    remote_id: str
    adopted: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One item too many, and the one that stays."""

    listing_id: UUID
    cause: DoubleCause
    keep: Item
    extra: Item


def find_doubles(listings: Sequence[Ours], items: Sequence[Item]) -> list[Finding]:
    """Every item too many. Pure. Of several the adopted one stays, else the oldest that is live.

    An item that is down already is no double: a buyer never meets it.
    """
    by_sku: dict[str, list[Item]] = defaultdict(list)
    by_id = {item.remote_id: item for item in items}
    for item in items:
        if item.seller_sku and item.state in STANDING:
            by_sku[item.seller_sku].append(item)
    found: list[Finding] = []
    for ours in listings:
        same = sorted(by_sku.get(ours.seller_sku, []), key=_age)
        adopted = by_id.get(ours.remote_id) if ours.adopted else None
        if adopted is not None and adopted.state in STANDING:
            extras = [item for item in same if item.remote_id != adopted.remote_id]
            found += [Finding(ours.listing_id, DoubleCause.BESIDE_ADOPTED, adopted, each) for each in extras]
            continue
        if len(same) > 1:
            keep = next((item for item in same if item.state is ListingState.LIVE), same[0])
            found += [
                Finding(ours.listing_id, DoubleCause.SAME_SKU, keep, each)
                for each in same
                if each is not keep
            ]
    return found


def _age(item: Item) -> tuple[int, str]:
    """Oldest first: marketplaces count upwards."""
    return (int(item.remote_id), "") if item.remote_id.isdecimal() else (2**63, item.remote_id)


async def reconcile(database: Database, outside: Outside, account_id: UUID) -> int:
    """Read a stall and keep what is found; returns how many items too many stand in it now.

    A stall that cannot be read is left as it is: a part of it would look as if doubles had gone.
    """
    async with database.session(SYSTEM) as session:
        account = await session.get(MarketplaceAccount, account_id)
    if account is None or account.state is not AccountState.CONNECTED:
        return 0
    adapter = outside.adapters.get(account.marketplace_key)
    try:
        shop = open_shop(account, outside.sealing_key)
        items = await stalls.all_items(adapter, shop)
    except (MarketplaceError, CannotOpen) as error:
        log.warning("stall not read for doubles", account=str(account_id), error=str(error))
        return 0
    async with database.session(SYSTEM) as session:
        return await keep_findings(session, account_id, items)


async def keep_findings(session: AsyncSession, account_id: UUID, items: Sequence[Item]) -> int:
    """Write down what a whole reading of the stall shows."""
    listings = list(await session.scalars(select(Listing).where(Listing.account_id == account_id)))
    known = {each.id: each for each in listings}
    findings = find_doubles(
        [Ours(each.id, each.seller_sku, each.remote_id, each.adopted) for each in listings], items
    )
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "account_id": account_id,
            "listing_id": found.listing_id,
            "producer_id": known[found.listing_id].producer_id,
            "cause": found.cause,
            "keep_remote_id": found.keep.remote_id,
            "keep_url": found.keep.public_url,
            "extra_remote_id": found.extra.remote_id,
            "extra_title": found.extra.title,
            "extra_url": found.extra.public_url,
            "state": DoubleState.FOUND,
            "found_at": now,
            "decided_by": "",
            "problem": "",
        }
        for found in findings
    ]
    if rows:
        adding = insert_rows(ListingDouble, rows)
        await session.execute(
            adding.on_conflict_do_update(
                index_elements=[ListingDouble.account_id, ListingDouble.extra_remote_id],
                set_={
                    name: adding.excluded[name]
                    for name in ("cause", "keep_remote_id", "keep_url", "extra_title", "state", "found_at")
                },
                # One that is being repaired stays so; one that came back after its repair is found again.
                where=ListingDouble.state.in_([DoubleState.REPAIRED, DoubleState.GONE]),
            )
        )
    account = await session.get_one(MarketplaceAccount, account_id, with_for_update=True)
    account.items_read_at = now
    still = {found.extra.remote_id for found in findings}
    open_rows = await session.scalars(
        select(ListingDouble).where(
            ListingDouble.account_id == account_id, ListingDouble.state == DoubleState.FOUND
        )
    )
    for row in open_rows:
        if row.extra_remote_id not in still:
            row.state = DoubleState.GONE
    return len(findings)


async def due_stalls(session: AsyncSession) -> None:
    """Have every connected stall with an interface read once in :data:`EVERY`; waiting wishes are enough."""
    ids = await session.scalars(
        select(MarketplaceAccount.id).where(
            MarketplaceAccount.mode == Mode.API,
            MarketplaceAccount.state == AccountState.CONNECTED,
            MarketplaceAccount.items_read_at <= clock.now() - EVERY,
        )
    )
    wishes = [({"account_id": str(each)}, f"reconcile:{each}") for each in ids]
    await jobs.enqueue_many(session, RECONCILE, wishes)


async def wake_repairs(session: AsyncSession) -> None:
    """Wake every repair that was asked for and is not over, also after its wake-up was lost."""
    ids = await session.scalars(select(ListingDouble.id).where(ListingDouble.state == DoubleState.REPAIRING))
    await jobs.enqueue_many(session, REPAIR, [({"double_id": str(each)}, f"repair:{each}") for each in ids])


async def want_reading(session: AsyncSession, actor: Actor, account: MarketplaceAccount) -> None:
    """Have one stall read for doubles now. Raises :class:`NotFound` where the actor may not change it."""
    if not actor.may_change(account.producer_id):
        raise NotFound("Không tìm thấy gian hàng này.")
    await jobs.enqueue(
        session, RECONCILE, {"account_id": str(account.id)}, dedupe_key=f"reconcile:{account.id}"
    )


def open_doubles(actor: Actor) -> Select[ListingDouble]:
    """What waits for a person's click, or is being repaired."""
    return doubles_visible_to(actor).where(
        ListingDouble.state.in_([DoubleState.FOUND, DoubleState.REPAIRING])
    )


async def ask_repair(session: AsyncSession, actor: Actor, *, double_id: UUID) -> ListingDouble:
    """One click: the item too many is taken down, the other stays.

    Raises :class:`NotFound` (missing or not the actor's to change), :class:`AlreadyDecided` once it is over.
    """
    row = await session.scalar(
        doubles_visible_to(actor).where(ListingDouble.id == double_id).with_for_update()
    )
    if row is None or not actor.may_change(row.producer_id):
        raise NotFound("Không tìm thấy mục trùng này.")
    if row.state in (DoubleState.REPAIRED, DoubleState.GONE):
        raise AlreadyDecided("Mục trùng này đã được xử lý xong.")
    row.state, row.decided_by, row.problem = DoubleState.REPAIRING, actor.label, ""
    await jobs.enqueue(session, REPAIR, {"double_id": str(row.id)}, dedupe_key=f"repair:{row.id}")
    audit.record(
        session,
        actor=actor.label,
        action="publishing.repair_double",
        subject=f"listing:{row.listing_id}",
        producer_id=row.producer_id,
        keep=row.keep_remote_id,
        extra=row.extra_remote_id,
    )
    return row


async def repair(database: Database, outside: Outside, double_id: UUID) -> None:
    """Take the item too many down. Twice is harmless: what is down stays down."""
    async with database.session(SYSTEM) as session:
        row = await session.get(ListingDouble, double_id)
        if row is None or row.state is not DoubleState.REPAIRING:
            return
        account = await session.get_one(MarketplaceAccount, row.account_id)
    adapter = outside.adapters.get(account.marketplace_key)
    problem, seen = "", None
    try:
        seen = await adapter.unlist(open_shop(account, outside.sealing_key), row.extra_remote_id)
    except MarketplaceError as error:
        problem = error.message
    except CannotOpen:
        problem = "Không mở được khóa của gian hàng. Chủ gian hàng cần đăng nhập lại."
    async with database.session(SYSTEM) as session:
        await _write_repair(session, double_id, seen, problem)


async def _write_repair(
    session: AsyncSession, double_id: UUID, seen: Observation | None, problem: str
) -> None:
    row = await session.get_one(ListingDouble, double_id, with_for_update=True)
    if seen is not None and seen.state in STANDING:
        problem = f"Sàn chưa gỡ mục này (đang báo “{seen.raw_state}”)."
    if seen is None or problem:
        # Back to the person, who sees why and may click again.
        row.state, row.problem = DoubleState.FOUND, problem
        return
    row.state, row.repaired_at, row.problem = DoubleState.REPAIRED, clock.now(), ""
    listing = await session.get_one(Listing, row.listing_id, with_for_update=True)
    if listing.remote_id == row.extra_remote_id:
        # The listing stood for the item that went: from now on for the one that stays.
        stays = Observation(ListingState.UNKNOWN, "", remote_id=row.keep_remote_id, public_url=row.keep_url)
        await observe(session, listing, stays, at=clock.now())
    listing.step, listing.next_look_at = Step.LOOK, clock.now()
