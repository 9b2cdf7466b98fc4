"""The keeper of grants: tokens renewed ahead of their end and after a refusal, by one process at a time.

A refresh token works once, so two renewals at the same time would cost the stall its consent. Whoever renews
holds the account's renewal lease; both new tokens are written in one transaction under it. The lease is longer
than the call's deadline. A renewal that was cut short leaves the old refresh token behind: it is tried again
when the lease has lapsed, and if the marketplace had taken it already, the owner signs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.contract import Grant, MarketplaceError, Refused, Shop, SignInAgain, Unsupported
from ocop_hub.marketplaces.gateway import within
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import AccountState, MarketplaceAccount
from ocop_hub.publishing.stalls.sealed import open_shop, seal

log = structlog.get_logger(__name__)

RENEW = "publishing.renew_grant"
#: An access token is renewed this long before it ends.
AHEAD = timedelta(minutes=15)
#: Longer than the call, which is over after ``LONGEST_RENEWAL``.
LEASE = timedelta(seconds=20)
LONGEST_RENEWAL = timedelta(seconds=12)
#: Between renewals that did not come through.
AGAIN = timedelta(minutes=1)
#: A token refused this soon after it was made is not renewed once more: something else is wrong.
FRESH = timedelta(minutes=2)
#: People are told this long before their consent ends.
WARN_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Turn:
    """The only right to renew a grant now."""

    token: UUID
    marketplace_key: str
    shop: Shop


def keep(account: MarketplaceAccount, grant: Grant, sealing_key: bytes) -> None:
    """Write a grant onto its stall: both tokens sealed together, and their ends."""
    seal(account, grant.credentials(), sealing_key)
    account.access_until = grant.access_until
    account.refresh_until = grant.refresh_until
    account.granted_at = clock.now()
    account.renew_token = account.renew_lease_until = account.renew_after = None


async def renew(database: Database, outside: Outside, account_id: UUID, *, refused: str = "") -> bool:
    """Renew the stall's tokens; True when it holds newer ones than ``refused`` now.

    ``refused``: the access token the marketplace did not take; without it the renewal is ahead of time. Where
    the grant cannot be renewed the stall needs a sign-in, and only that stall stops.
    """
    turn = await _take_turn(database, outside, account_id, refused)
    if not isinstance(turn, _Turn):
        return turn
    adapter = outside.adapters.get(turn.marketplace_key)
    try:
        with within(LONGEST_RENEWAL):
            grant = await adapter.refresh(turn.shop)
    except (SignInAgain, Refused, Unsupported) as error:
        log.info("grant ended", account=str(account_id), code=error.code)
        await _give_up(database, account_id, turn)
        return False
    except MarketplaceError as error:
        log.warning("grant not renewed yet", account=str(account_id), code=error.code, error=error.message)
        await _try_later(database, account_id, turn)
        return False
    async with database.session(SYSTEM) as session:
        account = await _held(session, account_id, turn)
        if account is None:
            return False
        keep(account, grant, outside.sealing_key)
    return True


async def _take_turn(database: Database, outside: Outside, account_id: UUID, refused: str) -> _Turn | bool:
    """The turn; True: somebody renewed meanwhile; False: not now, or not at all."""
    now = clock.now()
    async with database.session(SYSTEM) as session:
        account = await session.get(MarketplaceAccount, account_id, with_for_update=True)
        if account is None or account.state in (AccountState.NEEDS_SIGN_IN, AccountState.CLOSED):
            return False
        try:
            shop = open_shop(account, outside.sealing_key)
        except CannotOpen:
            account.state = AccountState.NEEDS_SIGN_IN
            return False
        if refused and shop.credentials.get("access_token") != refused:
            return True
        young = account.granted_at is not None and now - account.granted_at < FRESH
        if not shop.credentials.get("refresh_token") or (refused and young):
            account.state = AccountState.NEEDS_SIGN_IN if refused else account.state
            return False
        if account.renew_lease_until is not None and account.renew_lease_until > now:
            return False
        if account.renew_after is not None and account.renew_after > now:
            return False
        account.renew_token = uuid4()
        account.renew_lease_until = now + LEASE
        return _Turn(account.renew_token, account.marketplace_key, shop)


async def _held(session: AsyncSession, account_id: UUID, turn: _Turn) -> MarketplaceAccount | None:
    account = await session.get(MarketplaceAccount, account_id, with_for_update=True)
    return account if account is not None and account.renew_token == turn.token else None


async def _give_up(database: Database, account_id: UUID, turn: _Turn) -> None:
    async with database.session(SYSTEM) as session:
        account = await _held(session, account_id, turn)
        if account is not None:
            account.state = AccountState.NEEDS_SIGN_IN
            account.renew_token = account.renew_lease_until = None


async def _try_later(database: Database, account_id: UUID, turn: _Turn) -> None:
    async with database.session(SYSTEM) as session:
        account = await _held(session, account_id, turn)
        if account is not None:
            account.renew_token = account.renew_lease_until = None
            account.renew_after = clock.now() + AGAIN


def renewable() -> ColumnElement[bool]:
    """Stalls that go by tokens with an end, and that nobody renews right now."""
    return (
        MarketplaceAccount.access_until.is_not(None)
        & MarketplaceAccount.state.in_((AccountState.CONNECTED, AccountState.NEEDS_ANSWERS))
        & or_(
            MarketplaceAccount.renew_lease_until.is_(None), MarketplaceAccount.renew_lease_until < func.now()
        )
        & or_(MarketplaceAccount.renew_after.is_(None), MarketplaceAccount.renew_after < func.now())
    )


def due_grants() -> Select[UUID]:
    """Stalls whose access token ends soon."""
    return select(MarketplaceAccount.id).where(
        renewable(), MarketplaceAccount.access_until < func.now() + AHEAD
    )


async def wake_due(session: AsyncSession) -> None:
    """One job for each grant that is to be renewed."""
    for account_id in await session.scalars(due_grants()):
        await jobs.enqueue(session, RENEW, {"account_id": str(account_id)}, dedupe_key=f"renew:{account_id}")


def sign_in_by(account: MarketplaceAccount) -> datetime | None:
    """When the owner must have signed in again, whatever we do; None: not told.

    A refresh token's own end counts only while it cannot be renewed: each renewal moves it on.
    """
    if account.access_until is None:
        return None
    stuck = account.renew_after is not None
    ends = [account.consent_until, account.refresh_until if stuck else None]
    return min((each for each in ends if each is not None), default=None)


def ends_soon(account: MarketplaceAccount) -> bool:
    """Whether the owner is to be asked to sign in again within the next days."""
    by = sign_in_by(account)
    return by is not None and by - clock.now() <= WARN_AHEAD
