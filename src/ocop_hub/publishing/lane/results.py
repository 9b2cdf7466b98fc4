"""What a step came to, and writing it down under the lease token."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Grade,
    ListingState,
    Marketplace,
    MarketplaceError,
    Misconfigured,
    NeedsPerson,
    Observation,
    Reason,
    Refused,
    SignInAgain,
    Unsupported,
    WaitUntil,
    outcome_unknown,
)
from ocop_hub.publishing.drift import service as drift
from ocop_hub.publishing.lane.observe import Sighting, observe_all
from ocop_hub.publishing.lane.work import Work
from ocop_hub.publishing.mapping import lessons
from ocop_hub.publishing.models import (
    AccountState,
    CallOutcome,
    Desired,
    Listing,
    ListingAttempt,
    MarketplaceAccount,
    Step,
)

#: After a failure without a time of its own: doubled with each, up to the longest.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
OPERATOR_WAIT = timedelta(minutes=10)
#: A renewal that another process makes, or that did not come through, is over by then.
SIGN_IN_WAIT = timedelta(seconds=20)
#: A listing under review is looked at often while it is young.
REVIEW_LOOK = timedelta(seconds=5)
REVIEW_LOOK_LATER = timedelta(minutes=10)
YOUNG = timedelta(minutes=10)

REVIEWED = frozenset({ListingState.SUBMITTED, ListingState.IN_REVIEW, ListingState.PREPARING})


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a step's last call, kept apart from what was seen of the listing."""

    outcome: CallOutcome
    seen: Observation | None = None
    checks: Mapping[str, bool] = field(default_factory=dict)
    #: The product's revision that the marketplace now has, or refused.
    sent_revision: int | None = None
    next_step: Step | None = None
    next_look: datetime | None = None
    #: What becomes of creates whose outcome was unknown.
    settles: CallOutcome | None = None
    settle_looks: int = 0
    settle_until: datetime | None = None
    account_state: AccountState | None = None
    code: str = ""
    message: str = ""
    exchange: Mapping[str, Any] = field(default_factory=dict)
    #: Why it was refused, by field.
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A step's result on its way into the tables; ``attempt_id`` is its last call's, None when it made none."""

    adapter: Marketplace
    work: Work
    attempt_id: UUID | None
    result: Result


def failed(work: Work, call: Call, error: MarketplaceError) -> Result:
    """What an error asks for. The listing's state is touched only where the error tells of it."""
    result = _asked(work, call, error)
    return replace(result, code=error.code, message=error.message, exchange=error.exchange)


def signed_in_anew(error: SignInAgain) -> Result:
    """The token had ended, a newer one is there: the step is due again at once."""
    return Result(
        CallOutcome.RETRY,
        next_look=clock.now(),
        code=error.code,
        message=error.message,
        exchange=error.exchange,
    )


def _asked(work: Work, call: Call, error: MarketplaceError) -> Result:
    if isinstance(error, SignInAgain):
        # The keeper of grants has tried and says how the stall stands; without one nobody renews anything.
        ended = None if work.renewable else AccountState.NEEDS_SIGN_IN
        return Result(CallOutcome.SIGN_IN, account_state=ended, next_look=clock.now() + SIGN_IN_WAIT)
    if isinstance(error, WaitUntil):
        return Result(CallOutcome.RETRY, next_look=error.until)
    if isinstance(error, Misconfigured):
        return Result(CallOutcome.MISCONFIGURED, next_look=clock.now() + OPERATOR_WAIT)
    if isinstance(error, Refused):
        return _refused(work, call, error)
    if isinstance(error, NeedsPerson | Unsupported):
        seen = _told(ListingState.NEEDS_PERSON, error.message)
        return Result(CallOutcome.NEEDS_PERSON, seen=seen, next_step=Step.IDLE)
    if outcome_unknown(error, call):
        return Result(CallOutcome.UNKNOWN, next_step=Step.SETTLE, next_look=clock.now())
    later = clock.now() + backoff(work.failures)
    if isinstance(error, BadAnswer) and call is Call.STATUS:
        # The listing may be anything now; the last sighting stays in the intervals.
        return Result(CallOutcome.RETRY, seen=_told(ListingState.UNKNOWN, error.message), next_look=later)
    return Result(CallOutcome.RETRY, next_look=later)


def _refused(work: Work, call: Call, error: Refused) -> Result:
    reasons = error.reasons or (Reason("", error.code, error.message),)
    # What stands there stays; only a listing that does not exist yet becomes "rejected".
    seen = None if work.remote_id else Observation(ListingState.REJECTED, error.code, reasons=reasons)
    return Result(
        CallOutcome.REFUSED,
        seen=seen,
        sent_revision=work.revision,
        next_step=Step.LOOK if work.remote_id and call is not Call.STATUS else Step.IDLE,
        next_look=clock.now() + LONGEST_WAIT,
        reasons=reasons,
    )


def _told(state: ListingState, text: str) -> Observation:
    return Observation(state, "", grade=Grade.API, reasons=(Reason("", "", text),))


def backoff(failures: int) -> timedelta:
    """5 s, 10 s, 20 s, … up to an hour."""
    # Twelve doublings are beyond the longest wait; more would only overflow the interval.
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures, 12)
    return min(doubled, LONGEST_WAIT)


def look_after(work: Work, adapter: Marketplace, state: ListingState) -> timedelta:
    """When a listing in ``state`` is worth the next look."""
    if state in REVIEWED:
        young = clock.now() - work.created_at < YOUNG
        return REVIEW_LOOK if young else REVIEW_LOOK_LATER
    return adapter.capabilities.look_every


async def write_results(session: AsyncSession, group: Sequence[Written]) -> None:
    """(c): each under its lease token; without it only the attempt's record is completed.

    ``group`` holds a listing once. Rows are locked in one order, so that two workers wait for each other.
    """
    locked = await session.scalars(
        select(Listing)
        .where(Listing.id.in_([each.work.listing_id for each in group]))
        .order_by(Listing.id)
        .with_for_update()
    )
    listings = {listing.id: listing for listing in locked}
    # Looked at under the row's lock: after it no other worker can take the lease until this is committed.
    held = [each for each in group if listings[each.work.listing_id].lease_token == each.work.token]
    await _close_attempts(session, group, {each.work.token for each in held})
    await observe_all(
        session,
        [
            Sighting(listings[each.work.listing_id], seen, clock.now(), checks=each.result.checks)
            for each in held
            if (seen := each.result.seen) is not None
        ],
    )
    for each in held:
        await _apply(session, listings[each.work.listing_id], each)


async def _apply(session: AsyncSession, listing: Listing, written: Written) -> None:
    adapter, work, result = written.adapter, written.work, written.result
    if result.settles is not None:
        await _settle(session, work.unresolved, result.settles)
    if result.seen is None and result.outcome is CallOutcome.REFUSED:
        listing.reason = result.message
    rejected = result.seen is not None and result.seen.state is ListingState.REJECTED
    told = result.reasons or (result.seen.reasons if result.seen is not None and rejected else ())
    await lessons.note(session, listing.marketplace_key, work.draft, told)
    if work.resting:
        listing.reason = work.resting
    if result.sent_revision is not None:
        listing.sent_revision = result.sent_revision
        listing.sent_pictures = work.pictures
        listing.sent_at = clock.now()
        if result.outcome is CallOutcome.SUCCEEDED:
            drift.remember_sent(listing, work.draft)
    if result.seen is not None and work.step is Step.LOOK and result.outcome is CallOutcome.SUCCEEDED:
        await drift.compare(session, listing, work.draft, result.seen, at=clock.now())
    _next(listing, adapter, work, result)
    if result.account_state is not None:
        account = await session.get_one(MarketplaceAccount, listing.account_id)
        account.state = result.account_state


def _next(listing: Listing, adapter: Marketplace, work: Work, result: Result) -> None:
    """What the listing asks for next, and when; it is let go."""
    done = result.outcome is CallOutcome.SUCCEEDED
    listing.attempts = 0 if done else listing.attempts + 1
    listing.settle_looks = result.settle_looks
    listing.settle_until = result.settle_until
    listing.step = result.next_step or (Step.LOOK if done else work.step)
    listing.next_look_at = result.next_look or (clock.now() + look_after(work, adapter, listing.state))
    if done and adapter.capabilities.updates and listing.behind:
        listing.next_look_at = clock.now()  # the product changed while the call was under way
    if done and _to_put_up(listing, adapter, work):
        listing.next_look_at = clock.now()
    listing.lease_token = None
    listing.lease_until = None


def _to_put_up(listing: Listing, adapter: Marketplace, work: Work) -> bool:
    """It stands there switched off (Tiki: whatever was just approved) and is wanted live.

    After a call that was to put it up it waits as any other, so that none is asked for again and again.
    """
    off = listing.state is ListingState.UNLISTED and listing.desired is Desired.LIVE and not work.resting
    return off and adapter.capabilities.unlists and work.step is not Step.RELIST


async def _close_attempts(session: AsyncSession, group: Sequence[Written], held: Collection[UUID]) -> None:
    """Complete the records; what came after the lease was lost settles nothing."""
    now = clock.now()
    rows = [
        {
            "id": each.attempt_id,
            "ended_at": now,
            "outcome": each.result.outcome if each.work.token in held else CallOutcome.UNKNOWN,
            "code": each.result.code,
            "message": each.result.message,
            "exchange": dict(each.result.exchange),
        }
        for each in group
        if each.attempt_id is not None
    ]
    if rows:
        await session.execute(update(ListingAttempt), rows)


async def _settle(session: AsyncSession, attempts: Sequence[UUID], outcome: CallOutcome) -> None:
    await session.execute(
        update(ListingAttempt).where(ListingAttempt.id.in_(attempts)).values(outcome=outcome)
    )
