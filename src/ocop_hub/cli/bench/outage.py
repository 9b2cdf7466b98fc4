"""One marketplace dead: what the lane of another puts up meanwhile, beside what it puts up without it.

The dead one takes every connection and never answers, so each of its calls lasts until its deadline. Both
lanes run in one process, as in a worker.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select, update

from ocop_hub.cli.bench.frame import BenchResult, notes
from ocop_hub.cli.bench.publish import EACH, RUNS, STALLS, Field, controlled, fill, open_field
from ocop_hub.db import SYSTEM
from ocop_hub.publishing.lane import controller
from ocop_hub.publishing.models import Listing, ListingAttempt
from ocop_hub.settings import MarketplaceSettings

DEAD = "tiki"
#: Stalls at the dead marketplace: more than its lane has places, so that the lane is full of waiting calls.
DEAD_STALLS = 24
PROMISED = 0.9


def run() -> BenchResult:
    """On an embedded database and a sandbox of its own, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> BenchResult:
    beside, without = [], []
    async with _silent() as base:
        dead = MarketplaceSettings.model_validate(
            {"api_base": base, "public_base": base, "partner_id": "dead", "partner_key": "d" * 32}
        )
        async with open_field(folder, **{DEAD: dead}) as field:
            for number in range(DEAD_STALLS):
                await fill(field, f"HTX chờ {number}", str(900_000 + number), DEAD)
            await controlled(field, 0)  # connections, caches
            for turn in range(RUNS):
                without.append(await controlled(field, 2 * turn + 1))
                beside.append(await _with_dead_lane(field, 2 * turn + 2))
            waited = await _calls(field)
    figure, limit = statistics.median(beside), statistics.median(without)
    said = notes(
        f"limit: the same without the dead marketplace; promised: at least {PROMISED} times the limit",
        f"{STALLS * EACH} listings each turn; {waited} calls to the dead one began meanwhile",
    )
    return BenchResult("outage", figure, "listings/s", limit, figure / limit, notes=said)


async def _with_dead_lane(field: Field, turn: int) -> float:
    """The other lane's figure while this one waits for answers that never come."""
    async with field.runtime.database.session(SYSTEM) as session:
        await session.execute(
            update(Listing)
            .where(Listing.marketplace_key == DEAD)
            .values(next_look_at=func.now(), lease_until=None, lease_token=None)
        )
    lane = asyncio.create_task(controller.drain(field.runtime.database, field.outside, DEAD))
    try:
        return await controlled(field, turn)
    finally:
        lane.cancel()
        await asyncio.wait([lane])


async def _calls(field: Field) -> int:
    async with field.runtime.database.session(SYSTEM) as session:
        began = await session.scalar(
            select(func.count())
            .select_from(ListingAttempt)
            .join(Listing, Listing.id == ListingAttempt.listing_id)
            .where(Listing.marketplace_key == DEAD)
        )
    if not began:
        raise RuntimeError("nothing was sent to the dead marketplace")
    return began


@asynccontextmanager
async def _silent() -> AsyncGenerator[str]:
    """The address of a server that takes connections and says nothing."""

    async def keep_quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass
        writer.close()

    server = await asyncio.start_server(keep_quiet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
