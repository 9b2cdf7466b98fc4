"""The controller: takes due listings of one marketplace through one step each (design §2.4, §4).

(a) ``work.claim``: a short transaction holds rows and loads what their step needs; (b) ``steps``: the
marketplace is called with no transaction open; (c) ``results.write_result``: a short transaction under the
lease token. A worker that dies in between leaves a lease that lapses and, for a create, an attempt without an
answer: whoever takes the row up next searches before it creates again.
"""

from __future__ import annotations

import asyncio

import structlog

from ocop_hub.db import Database
from ocop_hub.marketplaces.contract import Marketplace, MarketplaceError, SignInAgain, Unsupported
from ocop_hub.publishing import grants
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.conversation import Conversation, LostLease
from ocop_hub.publishing.results import Result, failed, signed_in_anew, write_result
from ocop_hub.publishing.steps import STEPS
from ocop_hub.publishing.work import Work, claim

log = structlog.get_logger(__name__)

#: Steps under way at once in one lane.
AT_ONCE = 8


async def drain(database: Database, outside: Outside, marketplace_key: str) -> int:
    """Take every due listing of the marketplace through its step; returns how many steps were made.

    Only as many are claimed as can start at once: a claimed row that waits would let its lease lapse.
    """
    try:
        adapter = outside.adapters.get(marketplace_key)
    except Unsupported:
        return 0
    done = 0
    while batch := await claim(database, outside, adapter, limit=AT_ONCE):
        await asyncio.gather(*(take_step(database, outside, adapter, work) for work in batch))
        done += len(batch)
    return done


async def take_step(database: Database, outside: Outside, adapter: Marketplace, work: Work) -> None:
    """(b) and (c) of one listing. What goes wrong with one never touches another."""
    conversation = Conversation(database, adapter, work)
    try:
        result = await STEPS[work.step](outside, conversation)
    except SignInAgain as error:
        result = await _after_refused_token(database, outside, work, conversation, error)
    except MarketplaceError as error:
        result = failed(work, conversation.last_call, error)
    except LostLease:
        log.info("listing taken over by another worker", listing=str(work.listing_id), step=work.step.value)
        return
    await write_result(database, adapter, work, conversation.attempt_id, result)


async def _after_refused_token(
    database: Database, outside: Outside, work: Work, conversation: Conversation, error: SignInAgain
) -> Result:
    """A token may have ended early: with a newer one the step is made again at once, and only once."""
    used = work.shop.credentials.get("access_token", "")
    if used and await grants.renew(database, outside, work.account_id, refused=used):
        return signed_in_anew(error)
    return failed(work, conversation.last_call, error)
