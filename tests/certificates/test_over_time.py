"""Renewed, upgraded, downgraded, about to lapse, typed and matched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, make_certificate, make_decision, make_producer, make_product, sign_in
from tests.cast import OFFICER, acting_for

from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.certificates.declared import declared_only, match_to_decision
from ocop_hub.certificates.history import Outcome, outcomes
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.queries import expiring
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock


async def held(session: AsyncSession, product: Product) -> list[Certificate]:
    return list(await session.scalars(select(Certificate).where(Certificate.product_id == product.id)))


async def test_outcomes(session: AsyncSession) -> None:
    product = await make_product(session, await make_producer(session))
    for year, stars in ((2023, 5), (2014, 3), (2017, 4), (2020, 4)):
        await make_certificate(
            session, product, stars=stars, valid_from=date(year, 1, 1), valid_to=date(year + 2, 12, 31)
        )
    await make_certificate(
        session, product, stars=3, valid_from=date(2026, 1, 1), valid_to=date(2028, 12, 31)
    )
    rows = await held(session, product)
    told = outcomes(rows)
    in_order = sorted(rows, key=lambda row: row.valid.lower or clock.now())
    assert [told[row.id] for row in in_order] == [
        Outcome.FIRST, Outcome.UPGRADED, Outcome.RENEWED, Outcome.UPGRADED, Outcome.DOWNGRADED,
    ]  # fmt: skip


class TestExpiring:
    async def world(self, session: AsyncSession, producer: Any) -> dict[str, Product]:
        made = {}
        today = clock.today()
        for name, left in (("gấp", 10), ("sắp", 45), ("còn lâu", 90), ("đã gia hạn", 20), ("hết", -3)):
            made[name] = await make_product(session, producer, name)
            await make_certificate(
                session,
                made[name],
                valid_from=today - timedelta(days=1000),
                valid_to=today + timedelta(days=left),
            )
        await make_certificate(
            session,
            made["đã gia hạn"],
            valid_from=today + timedelta(days=21),
            valid_to=today + timedelta(days=1000),
        )
        return made

    async def test_query(self, session: AsyncSession) -> None:
        hers = await make_producer(session)
        made = await self.world(session, hers)
        other = await make_producer(session, "Khác")
        names = {product.id: name for name, product in made.items()}
        for days, expected in ((60, ["gấp", "sắp"]), (30, ["gấp"])):
            rows = await session.scalars(expiring(OFFICER, clock.now(), days=days))
            assert [names[row.product_id] for row in rows] == expected
        assert (await session.scalars(expiring(acting_for(other), clock.now(), days=60))).all() == []

    async def test_over_the_api(self, client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
        async with database.session(SYSTEM) as session:
            await self.world(session, cast.hers)
        await sign_in(client, cast.hoa)
        rows = (await client.get("/api/v1/certificates/expiring")).json()
        assert [(r["product_name"], r["days_left"], r["urgent"]) for r in rows] == [
            ("gấp", 10, True),
            ("sắp", 45, False),
        ]


class TestDeclared:
    async def test_typed_stars_wait_for_a_decision(self, session: AsyncSession) -> None:
        product = await make_product(session, await make_producer(session))
        await session.execute(update(Product).where(Product.id == product.id).values(declared_stars=5))
        assert [p.id for p in await session.scalars(declared_only(OFFICER))] == [product.id]
        decision = await make_decision(session, issued_on=clock.today() - timedelta(days=30))
        certificate = await match_to_decision(session, OFFICER, product.id, decision.id, stars=4)
        assert (certificate.stars, certificate.decision_id) == (4, decision.id)
        assert (await session.scalars(declared_only(OFFICER))).all() == []
        await session.refresh(product)
        assert (product.declared_stars, product.revision) == (None, 2)
        last = await session.scalar(
            select(ProductRevision).where(
                ProductRevision.product_id == product.id, ProductRevision.number == 2
            )
        )
        assert last is not None
        assert (last.before, last.after) == ({"declared_stars": 5}, {"declared_stars": None})
