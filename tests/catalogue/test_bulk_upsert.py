"""Many products in one call: found by a key, judged row by row, under three policies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, make_producer, make_product, sign_in
from tests.cast import acting_for

from ocop_hub.catalogue.bulk import Outcome
from ocop_hub.catalogue.bulk_schemas import Policy, RowKey, UpsertIn, UpsertOut
from ocop_hub.catalogue.bulk_upsert import upsert_products
from ocop_hub.catalogue.errors import RowsRefused
from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.cli.bench.search import counted
from ocop_hub.producers.models import Producer

GTIN = "8936003721777"


@pytest.fixture
async def hers(session: AsyncSession) -> Producer:
    return await make_producer(session)


async def send(
    session: AsyncSession, producer: Producer, *products: dict[str, Any], **given: Any
) -> UpsertOut:
    """As a member of the producer."""
    asked = UpsertIn(producer_id=producer.id, products=list(products), **given)
    return await upsert_products(session, acting_for(producer), asked)


def new(code: str, **more: Any) -> dict[str, Any]:
    return {"external_code": code, "name": f"Miến {code}", "group_code": "thuc_pham", **more}


def outcomes(answer: UpsertOut) -> list[Outcome]:
    return [row.outcome for row in answer.rows]


class TestRows:
    async def test_added_then_changed_then_left_alone(self, session: AsyncSession, hers: Producer) -> None:
        first = await send(session, hers, new("A"), new("B", gtin=GTIN))
        assert outcomes(first) == [Outcome.CREATED, Outcome.CREATED]
        again = await send(session, hers, new("A", price_vnd=50_000), new("B", gtin=GTIN))
        assert outcomes(again) == [Outcome.UPDATED, Outcome.UNCHANGED]
        assert [row.id for row in again.rows] == [row.id for row in first.rows]
        assert [row.revision for row in again.rows] == [2, 1]
        product = await session.get_one(Product, again.rows[0].id, populate_existing=True)
        assert (product.price_vnd, product.name) == (50_000, "Miến A")
        assert product.current_unit_id == hers.current_unit_id
        changed = await session.scalar(
            select(ProductRevision).where(
                ProductRevision.product_id == product.id, ProductRevision.number == 2
            )
        )
        assert changed is not None
        assert (changed.before, changed.after) == ({"price_vnd": None}, {"price_vnd": 50_000})

    async def test_by_bar_code_and_by_id(self, session: AsyncSession, hers: Producer) -> None:
        product = await make_product(session, hers, gtin="0" + GTIN)
        by_code = await send(session, hers, {"gtin": GTIN, "unit": "túi"}, key=RowKey.GTIN)
        by_id = await send(session, hers, {"id": str(product.id), "unit": "gói"}, key=RowKey.ID)
        assert [each.rows[0].id for each in (by_code, by_id)] == [product.id] * 2
        assert [each.rows[0].outcome for each in (by_code, by_id)] == [Outcome.UPDATED] * 2

    async def test_a_revision_that_is_gone(self, session: AsyncSession, hers: Producer) -> None:
        await send(session, hers, new("A"))
        late = await send(session, hers, new("A", revision=7, unit="x"), policy=Policy.REFUSE_ROWS)
        assert late.rows[0].problems[0].code == "revision-changed"

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ({"name": "Miến", "group_code": "thuc_pham"}, "missing"),
            ({"external_code": "A", "group_code": "thuc_pham"}, "missing"),
            (new("A", price_vnd="rẻ"), "int_parsing"),
            (new("A", group_code="khong_co"), "unknown"),
            (new("A", gtin="123"), "gs1-wrong-length"),
            (new("A", mau="đỏ"), "extra_forbidden"),
            (new("A", certified_unit_id="c-0"), "place-unknown"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, session: AsyncSession, hers: Producer, row: dict[str, Any], code: str
    ) -> None:
        answer = await send(session, hers, row, new("B"), policy=Policy.REFUSE_ROWS)
        assert outcomes(answer) == [Outcome.REFUSED, Outcome.CREATED]
        assert [each.code for each in answer.rows[0].problems] == [code]
        assert answer.rows[0].id is None

    async def test_twice_in_one_call(self, session: AsyncSession, hers: Producer) -> None:
        answer = await send(session, hers, new("A"), new("A", unit="x"), policy=Policy.REFUSE_ROWS)
        assert outcomes(answer) == [Outcome.CREATED, Outcome.REFUSED]

    async def test_one_code_on_two_products(self, session: AsyncSession, hers: Producer) -> None:
        for name in "Một", "Hai":
            (await make_product(session, hers, name)).external_code = "A"
        await session.flush()
        answer = await send(session, hers, new("A"), policy=Policy.REFUSE_ROWS)
        assert answer.rows[0].problems[0].code == "ambiguous"

    async def test_a_bar_code_of_a_row_above(self, session: AsyncSession, hers: Producer) -> None:
        answer = await send(
            session, hers, new("A", gtin=GTIN), new("B", gtin=GTIN), policy=Policy.REFUSE_ROWS
        )
        assert outcomes(answer) == [Outcome.CREATED, Outcome.REFUSED]


class TestPolicies:
    async def test_refuse_all_stores_nothing(self, session: AsyncSession, hers: Producer) -> None:
        with pytest.raises(RowsRefused) as refused:
            await send(session, hers, new("A"), new("B", price_vnd=-1))
        assert [each.field for each in refused.value.fields] == ["products.1.price_vnd"]
        assert await session.scalar(select(func.count()).select_from(Product)) == 0

    async def test_ignore_fields_keeps_the_rest_of_the_row(
        self, session: AsyncSession, hers: Producer
    ) -> None:
        taken = await make_product(session, hers, "Chè", gtin="0" + GTIN)
        row = new("A", price_vnd="rẻ", gtin=GTIN, sub_group_code="khong_co", unit="túi")
        answer = await send(session, hers, row, policy=Policy.IGNORE_FIELDS)
        assert outcomes(answer) == [Outcome.CREATED]
        assert {each.field for each in answer.rows[0].ignored} == {"price_vnd", "gtin", "sub_group_code"}
        stored = await session.get_one(Product, answer.rows[0].id)
        assert (stored.unit, stored.gtin, stored.price_vnd) == ("túi", None, None)
        assert taken.gtin == "0" + GTIN

    async def test_a_row_that_cannot_stand_is_refused_all_the_same(
        self, session: AsyncSession, hers: Producer
    ) -> None:
        answer = await send(session, hers, new("A", name=""), policy=Policy.IGNORE_FIELDS)
        assert outcomes(answer) == [Outcome.REFUSED]


class TestWalls:
    async def test_anothers_producer_and_product(self, session: AsyncSession, hers: Producer) -> None:
        other = await make_producer(session, "HTX Khác")
        theirs = await make_product(session, other, gtin="0" + GTIN)
        by_producer = await send(
            session, hers, new("A", producer_id=str(other.id)), policy=Policy.REFUSE_ROWS
        )
        by_id = await send(
            session, hers, {"id": str(theirs.id), "unit": "x"}, key=RowKey.ID, policy=Policy.REFUSE_ROWS
        )
        by_gtin = await send(session, hers, new("B", gtin=GTIN), policy=Policy.REFUSE_ROWS)
        found = [each.rows[0].problems[0].code for each in (by_producer, by_id, by_gtin)]
        assert found == ["not-found", "not-found", "taken"]


async def test_statements_do_not_grow_with_the_rows(session: AsyncSession, hers: Producer) -> None:
    sent = []
    for many in 5, 60:
        rows = [new(f"{many}-{n}", sub_group_code="thuc_pham_khac") for n in range(many)]
        for price in None, 1_000:
            with counted(session) as statements:
                await send(session, hers, *({**row, "price_vnd": price} for row in rows))
            sent.append(len(statements))
    assert sent[:2] == sent[2:]


async def test_over_http_the_same_key_answers_the_same(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.hoa)
    asked = {"producer_id": str(cast.hers.id), "products": [new("A")]}
    first, again = [
        await client.post("/api/v1/products:upsert", json=asked, headers={"Idempotency-Key": "mot"})
        for _ in range(2)
    ]
    assert first.status_code == 200, first.text
    assert first.json()["created"] == 1
    assert again.json() == first.json()
    assert UUID(first.json()["rows"][0]["id"])
    too_many = await client.post("/api/v1/products:upsert", json={"products": [{}] * 1_001})
    assert too_many.status_code == 422
    wrong = await client.post("/api/v1/products:upsert", json={**asked, "products": [{"name": "x"}]})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "products.0.external_code"
