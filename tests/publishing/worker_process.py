"""A worker process for the tests that kill one: settings from the environment, publishing's work only."""

from __future__ import annotations

import asyncio
import sys

from ocop_hub import worker
from ocop_hub.db import APP_ROLE, Database, DatabaseAddress
from ocop_hub.jobs import JobContext
from ocop_hub.kit.logs import configure_logs
from ocop_hub.media import open_media
from ocop_hub.publishing import jobs
from ocop_hub.publishing.jobs import OUTSIDE
from ocop_hub.publishing.stalls import jobs as stall_jobs
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.settings import Settings


async def main() -> None:
    """Work until killed; one line on standard output says that the work begins."""
    settings = Settings(_env_file=None)
    configure_logs("json")
    database = Database(DatabaseAddress(settings.database_url, act_as=APP_ROLE))
    async with marketplace_client() as client:
        outside = open_outside(settings, database, client, open_media(settings))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await worker.run(
            JobContext(database, {OUTSIDE: outside}),
            jobs=(*jobs.JOBS, *stall_jobs.JOBS),
            sweeps=(*jobs.SWEEPS, *stall_jobs.SWEEPS),
        )
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
