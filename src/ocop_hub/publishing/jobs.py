"""Background work of the publishing room."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SYSTEM
from ocop_hub.jobs import JobContext, JobKind, Payload, SweepKind
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.handover import service as handover
from ocop_hub.publishing.lane.controller import drain
from ocop_hub.publishing.queries import changed_products, due_marketplaces, unread_stalls
from ocop_hub.publishing.readiness import lacking
from ocop_hub.publishing.service import drain_entrypoint, product_changed, wake
from ocop_hub.publishing.stalls import reconcile
from ocop_hub.publishing.stalls import service as stalls

#: Key of this room's part of the job context's resources.
OUTSIDE = "publishing.outside"


def outside_of(context: JobContext) -> Outside:
    outside: Outside = context.resources[OUTSIDE]
    return outside


def _drain_lane(marketplace_key: str) -> JobKind:
    async def run(context: JobContext, payload: Payload) -> None:
        await drain(context.database, outside_of(context), marketplace_key)

    # Wake-ups are one per worker; places taken by dead workers' drains must not fill the lane until they are
    # found out, so there are more places than workers.
    return JobKind(drain_entrypoint(marketplace_key), run, at_once=32)


async def read_shop(context: JobContext, payload: Payload) -> None:
    """Read what stands in a stall that was just connected."""
    await stalls.read_shop(context.database, outside_of(context), UUID(payload["account_id"]))


async def readiness(context: JobContext, payload: Payload) -> None:
    """Products changed: their listings say so at their next step, and what they lack is worked out anew.

    Without an id: whichever did.
    """
    async with context.database.session(SYSTEM) as session:
        one = payload.get("product_id")
        changed = [UUID(one)] if one else list(await session.scalars(changed_products()))
        for product_id in changed:
            await product_changed(session, product_id)
        await _keep_lacks(session, outside_of(context), changed)


async def work_out_lacks(context: JobContext) -> None:
    """The sweep: products that came by a list, or whose answer is a day old."""
    async with context.database.session(SYSTEM) as session:
        await _keep_lacks(session, outside_of(context), list(await session.scalars(lacking.stale())))


async def _keep_lacks(session: AsyncSession, outside: Outside, product_ids: list[UUID]) -> None:
    if product_ids:
        adapters = await lacking.open_adapters(session, outside.adapters)
        await lacking.keep(session, product_ids, adapters, public_url=outside.public_url)


async def wake_due(context: JobContext) -> None:
    """The sweep: whatever the rows say is due gets a wake-up, also after one was lost."""
    async with context.database.session(SYSTEM) as session:
        for key in await session.scalars(due_marketplaces()):
            await wake(session, key, by=context.worker)
        for account_id in await session.scalars(unread_stalls()):
            await stalls.want_read(session, account_id, after=stalls.READ_AGAIN)


async def remind_handovers(context: JobContext) -> None:
    """The sweep: lists that were handed over a week ago and still wait are marked."""
    async with context.database.session(SYSTEM) as session:
        await handover.remind(session)


async def reconcile_stall(context: JobContext, payload: Payload) -> None:
    """Read a stall for items that stand twice."""
    await reconcile.reconcile(context.database, outside_of(context), UUID(payload["account_id"]))


async def repair_double(context: JobContext, payload: Payload) -> None:
    """Take down the item too many that a person pointed at."""
    await reconcile.repair(context.database, outside_of(context), UUID(payload["double_id"]))


async def reconcile_stalls(context: JobContext) -> None:
    """The sweep: stalls with an interface that were last read a day ago are read for doubles."""
    async with context.database.session(SYSTEM) as session:
        await reconcile.due_stalls(session)


async def wake_repairs(context: JobContext) -> None:
    """The sweep: repairs that were asked for and are not over."""
    async with context.database.session(SYSTEM) as session:
        await reconcile.wake_repairs(session)


def drain_lanes() -> tuple[JobKind, ...]:
    """One lane per marketplace that has an adapter; asked for when the installation's own are known."""
    return tuple(_drain_lane(key) for key in ADAPTERS)


JOBS = (
    JobKind(stalls.READ_SHOP, read_shop, at_once=4),
    JobKind(reconcile.RECONCILE, reconcile_stall, at_once=2),
    JobKind(reconcile.REPAIR, repair_double, at_once=4),
    JobKind("publishing.readiness", readiness, at_once=2),
)
SWEEPS = (
    SweepKind("publishing.wake_due", wake_due, every=timedelta(seconds=1)),
    SweepKind("publishing.work_out_lacks", work_out_lacks, every=timedelta(seconds=15)),
    SweepKind("publishing.remind_handovers", remind_handovers, every=timedelta(hours=1)),
    SweepKind("publishing.wake_repairs", wake_repairs, every=timedelta(minutes=1)),
    SweepKind("publishing.reconcile_stalls", reconcile_stalls, every=timedelta(hours=1)),
)
