"""The controller: takes due listings of one marketplace through one step each (decision 0004).

(a) ``work.claim``: a short transaction holds rows and loads what their step needs; (b) ``steps``: the
marketplace is called with no transaction open; (c) ``results.write_results``: a short transaction under the
lease token. A worker that dies in between leaves a lease that lapses and, for a create, an attempt without an
answer: whoever takes the row up next searches before it creates again.
"""

from __future__ import annotations

import asyncio

import structlog

from ocop_hub.db import Database
from ocop_hub.marketplaces.contract import (
    Marketplace,
    MarketplaceError,
    SignInAgain,
    TransportFailed,
    Unsupported,
)
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.lane.conversation import Conversation, LostLease
from ocop_hub.publishing.lane.ledger import Ledger
from ocop_hub.publishing.lane.results import Result, Written, failed, signed_in_anew
from ocop_hub.publishing.lane.steps import STEPS
from ocop_hub.publishing.lane.work import Work, claim
from ocop_hub.publishing.stalls import grants

log = structlog.get_logger(__name__)

#: Steps under way at once in one lane.
AT_ONCE = 16
#: Seconds between two looks for due listings while slow steps are under way: what a dead worker held waits no
#: longer for a place that is free.
LOOK_AGAIN = 1.0


async def drain(database: Database, outside: Outside, marketplace_key: str) -> int:
    """Take every due listing of the marketplace through its step; returns how many steps were made.

    Only as many are claimed as can start at once: a claimed row that waits would let its lease lapse. Places
    are filled again when half of those under way are over, so a slow answer holds up its own place only.
    """
    try:
        adapter = outside.adapters.get(marketplace_key)
    except Unsupported:
        return 0
    ledger = Ledger(database)
    running: set[asyncio.Task[None]] = set()
    done = 0
    try:
        while True:
            batch = await claim(database, outside, adapter, limit=AT_ONCE - len(running))
            running |= {
                asyncio.create_task(take_step(database, outside, ledger, adapter, work)) for work in batch
            }
            done += len(batch)
            if not running:
                return done
            running = await _some_over(running, len(running) // 2)
    finally:
        # What is cut off here is as if the worker had died: its lease lapses, and its create is searched for.
        for task in running:
            task.cancel()


async def _some_over(running: set[asyncio.Task[None]], until: int) -> set[asyncio.Task[None]]:
    """Wait until no more than ``until`` are under way, or it is time to look again; returns those that are.

    When one broke, the others are finished first.
    """
    loop = asyncio.get_running_loop()
    ends_at, broke = loop.time() + LOOK_AGAIN, False
    over: set[asyncio.Task[None]] = set()
    while len(running) > until:
        may_look = len(running) < AT_ONCE and not broke
        if may_look and loop.time() >= ends_at:
            break
        left = max(ends_at - loop.time(), 0.0) if may_look else None
        ended, running = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        over |= ended
        if any(task.exception() for task in ended):
            until, broke = 0, True
    for task in over:
        task.result()
    return running


async def take_step(
    database: Database, outside: Outside, ledger: Ledger, adapter: Marketplace, work: Work
) -> None:
    """(b) and (c) of one listing. What goes wrong with one never touches another."""
    conversation = Conversation(ledger, adapter, work)
    try:
        result = await STEPS[work.step](outside, conversation)
    except SignInAgain as error:
        result = await _after_refused_token(database, outside, work, conversation, error)
    except MarketplaceError as error:
        result = failed(work, conversation.last_call, error)
    except LostLease:
        log.info("listing taken over by another worker", listing=str(work.listing_id), step=work.step.value)
        return
    except (
        Exception
    ):  # a fault of ours: left to itself it would be met again with every lease, and hold up the lane
        log.exception("step broke", listing=str(work.listing_id), step=work.step.value)
        broke = TransportFailed("Hệ thống gặp lỗi khi làm bước này và sẽ thử lại.", code="internal")
        result = failed(work, conversation.last_call, broke)
    await ledger.complete(Written(adapter, work, conversation.attempt_id, result))


async def _after_refused_token(
    database: Database, outside: Outside, work: Work, conversation: Conversation, error: SignInAgain
) -> Result:
    """A token may have ended early: with a newer one the step is made again at once, and only once."""
    # Which token was refused is told: another process may have put a newer one there already.
    used = work.shop.credentials.get("access_token", "")
    if used and await grants.renew(database, outside, work.account_id, refused=used):
        return signed_in_anew(error)
    return failed(work, conversation.last_call, error)
