"""What marketplaces tell us: checked, kept once, answered at once, worked off by a job.

A push is a wake-up. The state of a listing is never taken from it but read from the marketplace, so a late,
repeated or overtaking push does no harm; a forged one is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.contract import MarketplaceError, Push, PushKind
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount, Step
from ocop_hub.publishing.models_beside import MarketplacePush
from ocop_hub.publishing.service import wake
from ocop_hub.publishing.stalls.sealed import open_shop

log = structlog.get_logger(__name__)

WORK_OFF = "publishing.work_off_pushes"
PULL = "publishing.pull_pushes"
#: Queues are asked this often.
PULL_EVERY = timedelta(minutes=5)
#: What was worked off is kept this long: a repeat within it is known.
KEPT = timedelta(days=90)
#: Their clock against ours, and whole seconds: what was told so shortly before a look is looked at once more.
SKEW = timedelta(minutes=1)
#: Worked off in one transaction.
BATCH = 100


async def keep(session: AsyncSession, marketplace_key: str, pushes: Sequence[Push]) -> int:
    """Keep what is new and wake the job; returns how many were new. The session sees everything (SYSTEM)."""
    new = 0
    for push in pushes:
        row = {
            "id": new_id(),
            "marketplace_key": marketplace_key,
            "event_id": push.event_id,
            "kind": push.kind,
            "shop_id": push.shop_id,
            "remote_id": push.remote_id,
            "told_at": push.at,
            "ends_at": push.until,
            "received_at": clock.now(),
            "raw": _storable(push.raw),
            "outcome": "",
        }
        kept = await session.scalar(
            insert(MarketplacePush)
            .values(row)
            .on_conflict_do_nothing(
                index_elements=[MarketplacePush.marketplace_key, MarketplacePush.event_id]
            )
            .returning(MarketplacePush.id)
        )
        new += kept is not None
    if new:
        await jobs.enqueue(session, WORK_OFF, dedupe_key=WORK_OFF)
    return new


def _storable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The event as JSONB takes it: no NaN, no NUL, no half of a surrogate pair."""
    try:
        said = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        said.encode()
    except (ValueError, RecursionError):  # UnicodeEncodeError is a ValueError
        return {"unreadable": True}
    kept: dict[str, Any] = json.loads(said.replace("\\u0000", ""))
    return kept


async def work_off(database: Database) -> int:
    """Do what the kept pushes ask for, oldest first; returns how many were taken."""
    done = 0
    while True:
        async with database.session(SYSTEM) as session:
            batch = list(
                await session.scalars(
                    select(MarketplacePush)
                    .where(MarketplacePush.done_at.is_(None))
                    .order_by(MarketplacePush.received_at, MarketplacePush.id)
                    .limit(BATCH)
                    .with_for_update(skip_locked=True)
                )
            )
            for push in batch:
                push.outcome = await _act(session, push)
                push.done_at = clock.now()
        done += len(batch)
        if len(batch) < BATCH:
            return done


async def _act(session: AsyncSession, push: MarketplacePush) -> str:
    """What was done, in a word."""
    if push.kind is PushKind.OTHER:
        return "kept"
    account = await session.scalar(
        select(MarketplaceAccount)
        .where(
            MarketplaceAccount.marketplace_key == push.marketplace_key,
            MarketplaceAccount.shop_id == push.shop_id,
        )
        .with_for_update()
    )
    if account is None:
        return "unknown-stall"
    if push.kind is PushKind.LISTING:
        return await _look(session, account, push)
    late = account.granted_at is not None and push.told_at is not None and push.told_at < account.granted_at
    if late:
        return "older-than-sign-in"
    if push.kind is PushKind.SIGN_IN_ENDED:
        account.state = AccountState.NEEDS_SIGN_IN
        return "sign-in-ended"
    account.consent_until = push.ends_at
    return "sign-in-ends"


async def _look(session: AsyncSession, account: MarketplaceAccount, push: MarketplacePush) -> str:
    listing = await session.scalar(
        select(Listing)
        .where(Listing.account_id == account.id, Listing.remote_id == push.remote_id)
        .with_for_update()
    )
    if listing is None:
        return "unknown-item"
    seen, told = listing.observed_at, push.told_at
    if seen is not None and told is not None and told + SKEW < seen:
        return "older-than-seen"
    listing.step = listing.step if listing.step is not Step.IDLE else Step.LOOK
    listing.next_look_at = clock.now()
    await wake(session, listing.marketplace_key)
    return "looked"


async def want_pulls(session: AsyncSession, outside: Outside) -> None:
    """One job for each stall whose marketplace keeps a queue and that was not asked for a while."""
    queues = [key for key in ADAPTERS if outside.adapters.get(key).capabilities.queues_pushes]
    due = select(MarketplaceAccount.id).where(
        MarketplaceAccount.marketplace_key.in_(queues),
        MarketplaceAccount.state == AccountState.CONNECTED,
        or_(
            MarketplaceAccount.pushes_pulled_at.is_(None),
            MarketplaceAccount.pushes_pulled_at < func.now() - PULL_EVERY,
        ),
    )
    for account_id in await session.scalars(due):
        await jobs.enqueue(session, PULL, {"account_id": str(account_id)}, dedupe_key=f"pull:{account_id}")


async def pull(database: Database, outside: Outside, account_id: UUID) -> int:
    """Empty the stall's queue; each page is kept before the next request acknowledges it."""
    new = 0
    async with database.session(SYSTEM) as session:
        account = await session.get(MarketplaceAccount, account_id)
    if account is None or account.state is not AccountState.CONNECTED:
        return 0
    adapter, cursor = outside.adapters.get(account.marketplace_key), account.push_cursor
    while True:
        try:
            page = await adapter.pull_pushes(open_shop(account, outside.sealing_key), cursor)
        except (MarketplaceError, CannotOpen) as error:
            log.warning("queue not emptied", account=str(account_id), error=str(error))
            return new
        async with database.session(SYSTEM) as session:
            new += await keep(session, account.marketplace_key, page.pushes)
            row = await session.get_one(MarketplaceAccount, account_id, with_for_update=True)
            cursor = row.push_cursor = page.next_cursor or cursor
            row.pushes_pulled_at = clock.now()
        if not page.next_cursor:
            return new


async def wake_waiting(session: AsyncSession) -> None:
    """A push whose wake-up was lost is worked off all the same; old ones are forgotten."""
    waiting = await session.scalar(
        select(MarketplacePush.id).where(MarketplacePush.done_at.is_(None)).limit(1)
    )
    if waiting is not None:
        await jobs.enqueue(session, WORK_OFF, dedupe_key=WORK_OFF)
    await session.execute(delete(MarketplacePush).where(MarketplacePush.done_at < func.now() - KEPT))
