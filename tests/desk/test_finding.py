"""The one box: however it is typed, by whatever name, and never past the wall."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import (
    BA_CHE,
    make_account,
    make_listing,
    make_lot,
    make_producer,
    make_product,
    make_trace_code,
)
from tests.cast import OFFICER, acting_for

from ocop_hub.catalogue.finding import words_query
from ocop_hub.catalogue.models import Product
from ocop_hub.cli.bench.search import counted
from ocop_hub.db import PUBLIC, SYSTEM, apply_scope
from ocop_hub.desk import queries
from ocop_hub.desk.queries import Shown, Wanted, Window
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import ProductReadiness

#: Xã Bình Liêu of today, in the former district of that name.
BINH_LIEU = "c-06838-20250701"


@pytest.fixture
async def noodles(session: AsyncSession) -> Product:
    """A product of Bình Liêu with a GTIN, a code of the producer's own, and a published lot."""
    producer = await make_producer(session, "HTX Phát triển Đình Trung", unit_id=BINH_LIEU)
    product = await make_product(session, producer, "Miến dong Hoà Bình", gtin="08936003721777", stars=4)
    product.external_code = "SP-001/A"
    await session.flush()
    lot = await make_lot(session, product, "LO-2026/09")
    await make_trace_code(session, product, lot, "K7ABCDEFGH")
    return product


async def names(session: AsyncSession, typed: str = "", actor: Actor = OFFICER, **wanted: Any) -> list[str]:
    """What the first page shows."""
    asked = Wanted(words=typed, **wanted)
    page = await queries.page(session, actor, asked, Window(), home_province="22")
    return [card.product.name for card in page.cards]


@pytest.mark.parametrize(
    "typed",
    [
        "mien dong binh lieu",
        "MIẾN DONG",
        "miến dong hòa",
        unicodedata.normalize("NFD", "Miến dong Hoà"),
        "dinh trung mi",
        "Đình Trung",
        "bình liêu",
        "quảng ninh miến",
        "8936003721777",
        "08936003721777",
        "893 6003 721777",
        "sp-001/a",
        "lo-2026/09",
        "K7ABCDEFGH",
        "k7ab-cdef-gh",
        "https://truyxuat.vidu.vn/t/K7ABCDEFGH",
        "https://truyxuat.vidu.vn/01/08936003721777/10/LO-2026%2F09",
    ],
)
async def test_found(session: AsyncSession, noodles: Product, typed: str) -> None:
    await make_product(session, await make_producer(session), "Trà hoa vàng")
    assert await names(session, typed) == ["Miến dong Hoà Bình"]


@pytest.mark.parametrize("typed", ["miến gạo", "893600372177712", "lo-2026", "iến", "…", "' | 'gao':* & '"])
async def test_not_found(session: AsyncSession, noodles: Product, typed: str) -> None:
    assert await names(session, typed) == []


async def test_a_former_commune_and_district_lead_to_the_commune_of_today(session: AsyncSession) -> None:
    await make_product(session, await make_producer(session, unit_id=BA_CHE), "Trà hoa vàng")
    assert await names(session, "đồn đạc") == ["Trà hoa vàng"]


async def test_what_changes_is_found_by_its_new_words_alone(session: AsyncSession, noodles: Product) -> None:
    noodles.name, noodles.name_folded = "Bún khô", fold("Bún khô")
    producer = await session.get_one(Producer, noodles.producer_id)
    producer.name, producer.name_folded = "HTX Mới", fold("HTX Mới")
    producer.sort_key = sort_key(producer.name)
    await session.flush()
    assert await names(session, "bun moi") == ["Bún khô"]
    assert await names(session, "miến dong") == []
    assert await names(session, "đình trung") == []


async def test_another_producers_product_is_not_found(session: AsyncSession, noodles: Product) -> None:
    stranger = acting_for(await make_producer(session, "HTX Khác"))
    await apply_scope(session, stranger.scope)
    assert await names(session, "miến dong", stranger) == []
    # The view alone, without the first wall.
    seen = await session.scalar(text("SELECT count(*) FROM product_words"))
    assert seen == 0
    await apply_scope(session, PUBLIC)
    assert await names(session, "miến dong", PUBLIC_ACTOR) == ["Miến dong Hoà Bình"]
    await apply_scope(session, SYSTEM)


async def test_the_index_serves_the_search_under_the_application_role(session: AsyncSession) -> None:
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    asked = words_query("mien dong")
    plan = await session.scalars(
        text("EXPLAIN SELECT product_id FROM product_words WHERE words @@ CAST(:asked AS tsquery)"),
        {"asked": asked},
    )
    assert "ix_products_search_words" in "\n".join(plan)
    # And the table itself, behind its own wall, would not.
    plan = await session.scalars(
        text("EXPLAIN SELECT id FROM products WHERE search_words @@ CAST(:asked AS tsquery)"),
        {"asked": asked},
    )
    assert "ix_products_search_words" not in "\n".join(plan)


class TestFilters:
    async def test_stars_of_a_certificate_that_holds(self, session: AsyncSession, noodles: Product) -> None:
        assert await names(session, stars=4) == ["Miến dong Hoà Bình"]
        assert await names(session, stars=5) == []

    async def test_places_of_all_levels(self, session: AsyncSession, noodles: Product) -> None:
        for unit in BINH_LIEU, "p-22-20260901":
            assert await names(session, unit_id=unit) == ["Miến dong Hoà Bình"], unit
        assert await names(session, unit_id=BA_CHE) == []

    async def test_one_marketplaces_state(self, session: AsyncSession, noodles: Product) -> None:
        producer = await session.get_one(Producer, noodles.producer_id)
        await make_listing(
            session, noodles, await make_account(session, producer), state=ListingState.REJECTED
        )
        assert await names(session, shown=Shown.REJECTED, marketplace="shopee") == ["Miến dong Hoà Bình"]
        assert await names(session, shown=Shown.REJECTED, marketplace="tiki") == []
        assert await names(session, shown=Shown.NOWHERE, marketplace="tiki") == ["Miến dong Hoà Bình"]

    async def test_what_is_missing(self, session: AsyncSession, noodles: Product) -> None:
        session.add(
            ProductReadiness(
                product_id=noodles.id,
                producer_id=noodles.producer_id,
                revision=1,
                missing={"shopee": [{"field": "pictures", "code": "missing", "text": "Cần ảnh."}]},
                targets=["shopee"],
                fields=["pictures"],
            )
        )
        await session.flush()
        assert await names(session, lacks="shopee") == ["Miến dong Hoà Bình"]
        assert await names(session, lacks="field:pictures") == ["Miến dong Hoà Bình"]
        assert await names(session, lacks="tiki") == []
        assert await names(session, lacks="field:price_vnd") == []


async def test_statements_do_not_grow_with_the_rows(session: AsyncSession) -> None:
    producer = await make_producer(session)
    sent = []
    for more in 3, 30:
        for n in range(more):
            await make_product(session, producer, f"Sản phẩm {more}-{n}", stars=3)
        with counted(session) as statements:
            found = await queries.page(
                session, OFFICER, Wanted(), Window(), home_province="22", with_listings=True
            )
        sent.append((len(found.cards), len(statements)))
    assert [rows for rows, _ in sent] == [3, 33]
    assert sent[0][1] == sent[1][1]
