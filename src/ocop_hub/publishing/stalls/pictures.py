"""The pictures of items in a stall: fetched as a buyer's browser would, seen once, and not kept.

What they look like (``kit.looks``) is one more ground for whose item it is. A picture that does not come is none:
the stall is read all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from ocop_hub.errors import HubError
from ocop_hub.media import look_of
from ocop_hub.publishing.adapters import Outside

log = structlog.get_logger(__name__)

#: Pictures fetched for one reading of a stall, at once, and seconds for all of them together.
MOST: Final = 60
AT_ONCE: Final = 4
DEADLINE: Final = 45.0


async def looks(outside: Outside, addresses: Mapping[str, str]) -> dict[str, str]:
    """What the pictures look like, by the key of their address; of :data:`MOST` at most, in the given order.

    Missing: what could not be fetched in time, is no picture, or is too plain to tell.
    """
    turn = asyncio.Semaphore(AT_ONCE)
    found: dict[str, str] = {}

    async def take(key: str, url: str) -> None:
        async with turn:
            found[key] = await look(outside, url)

    wanted = [(key, url) for key, url in addresses.items() if url][:MOST]
    try:
        async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
            for key, url in wanted:
                group.create_task(take(key, url))
    except TimeoutError:
        log.info("pictures of a stall took too long", wanted=len(wanted), seen=len(found))
    return {key: each for key, each in found.items() if each}


async def look(outside: Outside, url: str) -> str:
    """What the picture at an address looks like; empty where there is none."""
    try:
        content = await outside.fetch_picture(url)
        return await asyncio.to_thread(look_of, content)
    except HubError as error:
        log.info("picture of an item not seen", url=url, reason=error.code)
        return ""
