"""How each marketplace stands, for whoever runs the installation: what is due, what fails, what will lapse."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.publishing.models import (
    AccountState,
    CallOutcome,
    Listing,
    ListingAttempt,
    MarketplaceAccount,
    StallLimit,
)
from ocop_hub.publishing.models_beside import MarketplacePush
from ocop_hub.publishing.queries import is_due
from ocop_hub.publishing.stalls.grants import WARN_AHEAD

#: Failures are counted over this time.
WINDOW = timedelta(hours=24)
_WAITING = (ListingState.PREPARING, ListingState.SUBMITTED, ListingState.IN_REVIEW)


@dataclass(slots=True)
class MarketplaceHealth:
    """One marketplace now; failures by outcome over the last day."""

    key: str
    stalls: int = 0
    needs_sign_in: int = 0
    consents_ending: int = 0
    due: int = 0
    waiting: int = 0
    oldest_due: datetime | None = None
    last_success: datetime | None = None
    failures: dict[CallOutcome, int] = field(default_factory=dict)
    breakers_open: int = 0
    held: int = 0
    pushes_waiting: int = 0

    @property
    def troubled(self) -> bool:
        """Something here wants the operator's eye."""
        misconfigured = self.failures.get(CallOutcome.MISCONFIGURED, 0)
        return bool(self.breakers_open or misconfigured or self.needs_sign_in)


async def health(session: AsyncSession) -> list[MarketplaceHealth]:
    """Every marketplace that has a stall, in six statements; the session sees everything (an office's)."""
    found: dict[str, MarketplaceHealth] = {}
    for key, stalls, sign_in, ending in await session.execute(_stalls()):
        found[key] = MarketplaceHealth(key, stalls, sign_in, ending)
    for key, due, oldest, waiting in await session.execute(_listings()):
        one = found[key]
        one.due, one.oldest_due, one.waiting = due, oldest, waiting
    for key, last in await session.execute(_successes()):
        found[key].last_success = last
    counts: dict[str, dict[CallOutcome, int]] = defaultdict(dict)
    for key, outcome, count in await session.execute(_failures()):
        counts[key][outcome] = count
    for key, failures in counts.items():
        found[key].failures = failures
    for key, broken, held in await session.execute(_limits()):
        if key in found:
            found[key].breakers_open, found[key].held = broken, held
    for key, waiting in await session.execute(_pushes()):
        if key in found:
            found[key].pushes_waiting = waiting
    return [found[key] for key in sorted(found)]


def _stalls() -> Select[str, int, int, int]:
    account = MarketplaceAccount
    soon = account.consent_until < func.now() + WARN_AHEAD
    return select(
        account.marketplace_key,
        func.count(),
        func.count().filter(account.state == AccountState.NEEDS_SIGN_IN),
        func.count().filter(soon),
    ).group_by(account.marketplace_key)


def _listings() -> Select[str, int, datetime, int]:
    return select(
        Listing.marketplace_key,
        func.count().filter(is_due()),
        func.min(Listing.next_look_at).filter(is_due()),
        func.count().filter(Listing.state.in_(_WAITING)),
    ).group_by(Listing.marketplace_key)


def _successes() -> Select[str, datetime | None]:
    return (
        select(Listing.marketplace_key, func.max(ListingAttempt.ended_at))
        .join(Listing, Listing.id == ListingAttempt.listing_id)
        .where(ListingAttempt.outcome == CallOutcome.SUCCEEDED)
        .group_by(Listing.marketplace_key)
    )


def _failures() -> Select[str, CallOutcome, int]:
    return (
        select(Listing.marketplace_key, ListingAttempt.outcome, func.count())
        .join(Listing, Listing.id == ListingAttempt.listing_id)
        .where(
            ListingAttempt.outcome != CallOutcome.SUCCEEDED,
            ListingAttempt.started_at > func.now() - WINDOW,
        )
        .group_by(Listing.marketplace_key, ListingAttempt.outcome)
    )


def _limits() -> Select[str, int, int]:
    return select(
        StallLimit.marketplace_key,
        func.count().filter(StallLimit.open_until > func.now()),
        func.count().filter(StallLimit.held_until > func.now()),
    ).group_by(StallLimit.marketplace_key)


def _pushes() -> Select[str, int]:
    return (
        select(MarketplacePush.marketplace_key, func.count())
        .where(MarketplacePush.done_at.is_(None))
        .group_by(MarketplacePush.marketplace_key)
    )
