"""In the background: EPCIS documents taken over, recalls told, scans counted, pictures that nobody names forgotten."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from ocop_hub.catalogue.jobs import PHOTO_SOURCES, PhotoSources
from ocop_hub.db import SYSTEM, DatabaseAddress, Scope, ScopeKind, apply_scope
from ocop_hub.jobs import JobContext, JobKind, Payload, SweepKind, enqueue_many
from ocop_hub.kit import clock
from ocop_hub.media import UNUSED_AFTER
from ocop_hub.traceability import papers, recall
from ocop_hub.traceability.epcis.capture import CAPTURE_JOB, take_over
from ocop_hub.traceability.models import CaptureState, EpcisCapture
from ocop_hub.traceability.scans import partitions
from ocop_hub.traceability.scans import signals as scan_signals

#: Key of this room's part of the job context's resources: the address under which the tables' owner is reached.
OWNER = "traceability.owner"
#: A document not taken over after this has lost its job.
OVERDUE = timedelta(minutes=2)


async def capture(context: JobContext, payload: Payload) -> None:
    """Take one document over, seeing only what its producer sees. One at a time: the row is locked."""
    async with context.database.session(SYSTEM) as session:
        row = await session.get(EpcisCapture, UUID(payload["capture_id"]), with_for_update=True)
        if row is None or row.state is not CaptureState.RUNNING:
            return
        await apply_scope(session, Scope(ScopeKind.OWN, producers=frozenset({row.producer_id})))
        await take_over(session, row)


async def wake_captures(context: JobContext) -> None:
    """Enqueue again what is still running after :data:`OVERDUE`."""
    async with context.database.session(SYSTEM) as session:
        late = await session.scalars(
            select(EpcisCapture.id).where(
                EpcisCapture.state == CaptureState.RUNNING, EpcisCapture.created_at < clock.now() - OVERDUE
            )
        )
        wake_ups = [({"capture_id": str(each)}, f"capture:{each}") for each in late]
        await enqueue_many(session, CAPTURE_JOB, wake_ups)


async def tell_recall(context: JobContext, payload: Payload) -> None:
    """Tell the producers whose lots were made from a lot that was called back."""
    async with context.database.session(SYSTEM) as session:
        await recall.tell(session, UUID(payload["lot_id"]))


async def look_at_scans(context: JobContext) -> None:
    """Count scans by day, then look at today's and yesterday's."""
    async with context.database.session(SYSTEM) as session:
        await scan_signals.count_days(session)
        for back in (1, 0):
            await scan_signals.find_alerts(session, day=clock.today() - timedelta(days=back))


async def keep_months(context: JobContext) -> None:
    """Make the months of scans ahead, and drop those past their days: raw scans are kept 90 days, not longer."""
    owner: DatabaseAddress | None = context.resources.get(OWNER)
    if owner is not None:
        await partitions.keep_months(owner)


async def forget_pictures(context: JobContext) -> None:
    """Delete photos and papers that no product and no event names: taken off, or uploaded and never used."""
    sources: PhotoSources = context.resources[PHOTO_SOURCES]

    async def used(keys: Collection[str]) -> set[str]:
        async with context.database.session(SYSTEM) as session:
            return await papers.named(session, keys)

    for folder in (papers.PICTURES, papers.PAPERS):
        await sources.media.forget_unused(folder, used, written_before=clock.now() - UNUSED_AFTER)


JOBS = (JobKind(CAPTURE_JOB, capture, at_once=1), JobKind(recall.TELL_JOB, tell_recall, at_once=1))
SWEEPS = (
    SweepKind("traceability.captures", wake_captures, timedelta(minutes=1)),
    SweepKind("traceability.scans", look_at_scans, timedelta(hours=1)),
    SweepKind("traceability.months", keep_months, timedelta(hours=24)),
    SweepKind("traceability.pictures", forget_pictures, timedelta(hours=24)),
)
