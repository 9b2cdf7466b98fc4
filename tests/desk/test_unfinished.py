"""The desk offers for a product what can be done with it: a draft is gone on with, not put up."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_account, make_producer, make_product
from tests.cast import acting_for

from ocop_hub.catalogue.models import ProductStatus
from ocop_hub.desk.work import TaskKind, tasks


async def test_drafts_and_returned_ones_are_tasks_of_their_own(session: AsyncSession) -> None:
    producer = await make_producer(session)
    await make_account(session, producer)
    product = await make_product(session, producer, "Trứng muối")
    for status, kind in (
        (ProductStatus.DRAFT, TaskKind.FINISH),
        (ProductStatus.RETURNED, TaskKind.RETURNED),
        (ProductStatus.APPROVED, TaskKind.PUT_UP),
    ):
        product.status = status
        await session.flush()
        found = await tasks(session, acting_for(producer))
        assert [(each.kind, each.product_id) for each in found] == [(kind, product.id)]
    product.status = ProductStatus.SUBMITTED
    await session.flush()
    assert await tasks(session, acting_for(producer)) == []
