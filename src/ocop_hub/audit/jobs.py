"""In the background: what was done is sealed soon after."""

from __future__ import annotations

from datetime import timedelta

from ocop_hub.audit import chain
from ocop_hub.db import DatabaseAddress
from ocop_hub.jobs import JobContext, SweepKind

#: Key of this room's part of the job context's resources: the address under which the tables' owner is reached.
OWNER = "audit.owner"


async def seal(context: JobContext) -> None:
    """Seal what was committed since the last turn. Nothing where the worker does not hold the owner's login."""
    owner: DatabaseAddress | None = context.resources.get(OWNER)
    if owner is not None:
        await chain.seal(owner)


SWEEPS = (SweepKind("audit.seal", seal, every=timedelta(minutes=1)),)
