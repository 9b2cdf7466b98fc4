"""The desk says in time that a stall's owner must sign in again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_account, make_listing, make_producer, make_product
from tests.cast import OFFICER, acting_for

from ocop_hub.desk.work import TaskKind, tasks
from ocop_hub.kit import clock


async def test_a_consent_that_ends_within_a_week_is_a_task(session: AsyncSession) -> None:
    producer = await make_producer(session)
    account = await make_account(session, producer)
    await make_listing(session, await make_product(session, producer), account)
    actor = acting_for(producer)
    account.access_until = clock.now() + timedelta(hours=4)
    account.consent_until = clock.now() + timedelta(days=30)
    await session.flush()
    assert await tasks(session, actor) == []

    account.consent_until = ends = clock.now() + timedelta(days=6)
    await session.flush()
    (task,) = await tasks(session, actor)
    assert (task.kind, task.product_name) == (TaskKind.SIGN_IN_SOON, account.name)
    assert task.detail == f"{clock.business_day(ends):%d/%m/%Y}"
    assert await tasks(session, OFFICER) == []
