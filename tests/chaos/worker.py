"""A worker process that kills itself, by SIGKILL, where the run has ordered it.

The seams are the real ones: the pictures' reader, the HTTP transport that is injected, the engine's events. An
order is an empty file ``{place}-{number}``; who removes it carries it out, so each is carried out once.

claim        listings are claimed and that is committed; nothing was sent
before_send  the attempt is written and committed; the request did not leave
after_send   the marketplace has answered; nothing of it is written
write        the result is written and not committed
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy import event

from ocop_hub import worker
from ocop_hub.db import Database, DatabaseAddress
from ocop_hub.jobs import JobContext
from ocop_hub.kit.logs import configure_logs
from ocop_hub.media import open_media
from ocop_hub.publishing import jobs
from ocop_hub.publishing.jobs import OUTSIDE
from ocop_hub.publishing.stalls import jobs as stall_jobs
from ocop_hub.publishing.wiring import open_outside
from ocop_hub.settings import Settings

PLACES = ("claim", "before_send", "after_send", "write")
CREATE = "/product/add_item"


class Orders:
    """The folder in which the run puts its orders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def obey(self, place: str) -> None:
        """Die here, if that is ordered and nobody else took the order."""
        for order in self._folder.glob(f"{place}-*"):
            try:
                order.unlink()
            except FileNotFoundError:
                continue
            (self._folder.parent / "obeyed" / order.name).touch()
            os.kill(os.getpid(), signal.SIGKILL)


class DyingTransport(httpx.AsyncBaseTransport):
    """The real transport, and death on either side of a create."""

    def __init__(self, inner: httpx.AsyncBaseTransport, orders: Orders) -> None:
        self._inner = inner
        self._orders = orders
        self.answered = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        creates = request.url.path.endswith(CREATE)
        if creates:
            self._orders.obey("before_send")
        response = await self._inner.handle_async_request(request)
        if creates:
            await response.aread()
            self._orders.obey("after_send")
            self.answered = True
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


async def main(folder: Path) -> None:
    """Work until killed; one line on standard output says that the work begins."""
    settings, orders = Settings(_env_file=None), Orders(folder)
    configure_logs("json")
    database = Database(DatabaseAddress(settings.database_url))
    transport = DyingTransport(httpx.AsyncHTTPTransport(), orders)
    async with httpx.AsyncClient(transport=transport, follow_redirects=False) as client:
        outside = open_outside(settings, database, client, open_media(settings))
        read = outside.read_picture

        async def read_picture(key: str) -> bytes:
            orders.obey("claim")
            return await read(key)

        @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
        def _before(connection: object, cursor: object, statement: str, *_: object) -> None:
            # The last statement of a result: the row is let go, in a transaction that will not commit.
            if (
                transport.answered
                and statement.startswith("UPDATE listings SET")
                and "lease_token" in statement
            ):
                transport.answered = False
                orders.obey("write")

        context = JobContext(database, {OUTSIDE: replace(outside, read_picture=read_picture)})
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await worker.run(
            context, jobs=(*jobs.JOBS, *stall_jobs.JOBS), sweeps=(*jobs.SWEEPS, *stall_jobs.SWEEPS)
        )
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
