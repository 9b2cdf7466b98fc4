"""Background work for stalls: their grants, what their marketplaces tell of, work in bulk, the seasons."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ocop_hub.db import SYSTEM
from ocop_hub.jobs import JobContext, JobKind, Payload, SweepKind
from ocop_hub.publishing.bulk import season
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.hooks import delivery as hook_delivery
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.jobs import outside_of
from ocop_hub.publishing.mapping import reading as mapping_reads
from ocop_hub.publishing.stalls import grants, pasted, pushes


async def renew_grant(context: JobContext, payload: Payload) -> None:
    """Renew the tokens of a stall ahead of their end."""
    await grants.renew(context.database, outside_of(context), UUID(payload["account_id"]))


async def renew_due(context: JobContext) -> None:
    """The sweep: grants that end soon."""
    async with context.database.session(SYSTEM) as session:
        await grants.wake_due(session)


async def work_off_pushes(context: JobContext, payload: Payload) -> None:
    """Do what marketplaces told of."""
    await pushes.work_off(context.database)


async def pull_pushes(context: JobContext, payload: Payload) -> None:
    """Empty the queue that a marketplace keeps for a stall."""
    await pushes.pull(context.database, outside_of(context), UUID(payload["account_id"]))


async def watch_pushes(context: JobContext) -> None:
    """The sweep: queues to empty, pushes whose wake-up was lost."""
    async with context.database.session(SYSTEM) as session:
        await pushes.want_pulls(session, outside_of(context))
        await pushes.wake_waiting(session)


async def work_bulk(context: JobContext, payload: Payload) -> None:
    """Ask for the rows of a bulk run."""
    await bulk.work(context.database, UUID(payload["run_id"]))


async def wake_bulk(context: JobContext) -> None:
    """The sweep: runs whose wake-up was lost."""
    async with context.database.session(SYSTEM) as session:
        await bulk.wake_waiting(session)


async def turn_seasons(context: JobContext) -> None:
    """The sweep: seasons that began or ended."""
    async with context.database.session(SYSTEM) as session:
        await season.turn(session)


async def read_categories(context: JobContext, payload: Payload) -> None:
    """Read a marketplace's categories."""
    await mapping_reads.read(
        context.database, outside_of(context), payload["marketplace_key"], payload["category_id"]
    )


async def want_categories(context: JobContext) -> None:
    """The sweep: categories that were never read, or a day ago."""
    async with context.database.session(SYSTEM) as session:
        await mapping_reads.want_due(session, outside_of(context))


async def deliver_hooks(context: JobContext, payload: Payload) -> None:
    """Tell producers' own systems what changed."""
    await hook_delivery.deliver(context.database, outside_of(context))


async def wake_hooks(context: JobContext) -> None:
    """The sweep: messages that are to be sent again."""
    async with context.database.session(SYSTEM) as session:
        await hook_delivery.wake_due(session)


async def read_links(context: JobContext, payload: Payload) -> None:
    """Open the pages whose addresses were pasted for a stall."""
    await pasted.read_links(context.database, outside_of(context), UUID(payload["account_id"]))


async def wake_links(context: JobContext) -> None:
    """The sweep: pasted addresses whose wake-up was lost."""
    async with context.database.session(SYSTEM) as session:
        for account_id in await session.scalars(pasted.unread_accounts()):
            await pasted.want_reading(session, account_id)


JOBS = (
    JobKind(pasted.READ_LINKS, read_links, at_once=2),
    JobKind(hooks.DELIVER, deliver_hooks, at_once=2),
    JobKind(mapping_reads.READ, read_categories, at_once=2),
    JobKind(bulk.WORK, work_bulk, at_once=4),
    JobKind(grants.RENEW, renew_grant, at_once=8),
    JobKind(pushes.WORK_OFF, work_off_pushes, at_once=2),
    JobKind(pushes.PULL, pull_pushes, at_once=4),
)
SWEEPS = (
    SweepKind("publishing.wake_links", wake_links, every=timedelta(minutes=1)),
    SweepKind("publishing.wake_hooks", wake_hooks, every=timedelta(seconds=5)),
    SweepKind("publishing.want_categories", want_categories, every=timedelta(minutes=1)),
    SweepKind("publishing.wake_bulk", wake_bulk, every=timedelta(seconds=30)),
    SweepKind("publishing.turn_seasons", turn_seasons, every=timedelta(minutes=10)),
    SweepKind("publishing.renew_due", renew_due, every=timedelta(seconds=30)),
    SweepKind("publishing.watch_pushes", watch_pushes, every=timedelta(minutes=1)),
)
