"""What the publishing commands open: the database, and the adapters with everything around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ocop_hub.cli.runtime import open_runtime
from ocop_hub.db import SYSTEM, Database
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.schemas import ListingOut
from ocop_hub.publishing.wiring import marketplace_client, open_outside


@dataclass(frozen=True, slots=True)
class Desk:
    """An open database and its outside."""

    database: Database
    outside: Outside

    async def listing(self, listing_id: UUID) -> dict[str, Any]:
        """The listing as the API shows it. Raises ``NotFound``."""
        async with self.database.session(SYSTEM) as session:
            row = await service.seen_listing(session, SYSTEM_ACTOR, listing_id)
            return ListingOut.model_validate(row).model_dump(mode="json")


@asynccontextmanager
async def open_publishing() -> AsyncIterator[Desk]:
    """The settings' database and marketplaces."""
    async with open_runtime() as runtime, marketplace_client() as client:
        outside = open_outside(runtime.settings, runtime.database, client, runtime.media)
        yield Desk(runtime.database, outside)
