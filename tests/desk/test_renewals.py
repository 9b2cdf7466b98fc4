"""The desk says in time that a certificate lapses."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_account, make_certificate, make_listing, make_producer, make_product
from tests.cast import OFFICER, acting_for

from ocop_hub.desk.work import TaskKind, tasks
from ocop_hub.kit import clock


async def test_the_one_that_lapses_is_a_task(session: AsyncSession) -> None:
    producer = await make_producer(session)
    account = await make_account(session, producer)
    today = clock.today()
    for name, left in (("Mật ong", 40), ("Chè", 400)):
        product = await make_product(session, producer, name)
        await make_listing(session, product, account)
        await make_certificate(
            session, product, valid_from=today - timedelta(days=600), valid_to=today + timedelta(days=left)
        )
    found = await tasks(session, acting_for(producer))
    last = today + timedelta(days=40)
    assert [(t.kind, t.product_name, t.detail) for t in found] == [
        (TaskKind.RENEW, "Mật ong", f"{last:%d/%m/%Y}")
    ]
    assert await tasks(session, OFFICER) == []
