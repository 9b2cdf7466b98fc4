"""Products out and in again."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, sign_in
from tests.cast import OFFICER, QUANG_NINH, acting_for, make_producer, make_product

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.schemas import ProductPatch
from ocop_hub.catalogue.service import update_product
from ocop_hub.certificates.decisions import NewDecision, enter_decision
from ocop_hub.certificates.service import Grant, grant_certificate
from ocop_hub.db import Database
from ocop_hub.intake.columns import Field
from ocop_hub.intake.export import ColumnNames, ExportFormat, exported, written
from ocop_hub.intake.runs import Policy, SentFile, take
from ocop_hub.kit import clock
from ocop_hub.kit.spreadsheet import read_sheets
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor

NAME = "upload_sample_lao_cai.xlsx"


async def sent(session: AsyncSession, content: bytes, name: str, actor: Actor = OFFICER) -> dict[str, int]:
    run = await take(
        session,
        actor,
        Media.in_memory(),
        SentFile(name, content),
        home_province="22",
        policy=Policy.GOOD_ROWS,
    )
    counts: dict[str, int] = run.counts
    return counts


async def out(
    session: AsyncSession, format: ExportFormat, names: ColumnNames, actor: Actor = OFFICER
) -> bytes:
    return written(await exported(session, actor, home_province="22"), format, names)


class TestRoundTrip:
    @pytest.mark.parametrize("format", ExportFormat)
    @pytest.mark.parametrize("names", ColumnNames)
    async def test_an_offices_list(
        self, session: AsyncSession, samples: Path, format: ExportFormat, names: ColumnNames
    ) -> None:
        first = await sent(session, (samples / NAME).read_bytes(), NAME)
        counts = await sent(session, await out(session, format, names), f"ra.{format}")
        stored = first["created"]
        assert (counts["unchanged"], counts["updated"], counts["created"]) == (stored, 0, 0)
        assert (counts["certificates"], counts["producers"], counts["wrong"]) == (0, 0, 0)

    @pytest.mark.parametrize("format", ExportFormat)
    async def test_entered_by_hand(self, session: AsyncSession, format: ExportFormat) -> None:
        producer = await make_producer(session)
        await make_product(
            session,
            producer,
            name='=1+1; "Mực" một nắng',
            description="Phơi một nắng.\n\nCâu đêm, -5 độ.",
            declared_stars=4,
            gtin="8936003721777",
            price_vnd=1_850_000,
            net_weight_g=500,
            unit="kg",
        )
        counts = await sent(session, await out(session, format, ColumnNames.OURS), f"ra.{format}")
        assert (counts["unchanged"], counts["updated"], counts["created"]) == (1, 0, 0)

    @pytest.mark.parametrize("format", ExportFormat)
    async def test_a_certificates_last_day(self, session: AsyncSession, format: ExportFormat) -> None:
        product = await make_product(session, await make_producer(session))
        issued = date(2024, 5, 10)
        decision = await enter_decision(
            session, OFFICER, NewDecision("79/QĐ-UBND", issued, issuer_province_id=QUANG_NINH)
        )
        grant = Grant(product.id, product.producer_id, decision.id, 4, issued, date(2026, 12, 31))
        await grant_certificate(session, OFFICER, grant)
        (row,) = await exported(session, OFFICER, home_province="22")
        assert row[Field.EXPIRES_ON] == "31/12/2026"
        counts = await sent(session, await out(session, format, ColumnNames.OURS), f"ra.{format}")
        assert (counts["certificates"], counts["wrong"]) == (0, 0)
        (row,) = await exported(session, OFFICER, home_province="22")
        assert row[Field.EXPIRES_ON] == "31/12/2026"

    @pytest.mark.parametrize("names", ColumnNames)
    @pytest.mark.parametrize("format", ExportFormat)
    async def test_what_stands_on_the_label(
        self, session: AsyncSession, format: ExportFormat, names: ColumnNames
    ) -> None:
        producer = await make_producer(session)
        product = await make_product(
            session,
            producer,
            declared_stars=4,
            sub_group_code="nong_thuy_san_che_bien",
            season_months=[1, 2, 11, 12],
            ingredients="Mực tươi 99%\nMuối",
            warnings="-5 độ trở xuống mới giữ được lâu.",
            storage="Ngăn đá",
            shelf_life="12 tháng",
            declaration_number="01/2026/HTX",
            trademark="Cô Tô",
            trademark_number="4-0123",
            story="Nghề phơi mực.\n\nTừ đời ông.",
        )
        file = await out(session, format, names)
        counts = await sent(session, file, f"ra.{format}")
        assert (counts["unchanged"], counts["updated"], counts["created"]) == (1, 0, 0)
        changed = ProductPatch(season_months=[], ingredients="", story="", sub_group_code=None)
        await update_product(session, OFFICER, product.id, changed, revision=1)
        counts = await sent(session, file, f"ra.{format}")
        assert counts["updated"] == 1
        await session.refresh(product)
        assert (product.season_months, product.sub_group_code) == (
            [1, 2, 11, 12],
            "nong_thuy_san_che_bien",
        )
        assert product.story == "Nghề phơi mực.\n\nTừ đời ông."

    async def test_a_producers_own(self, session: AsyncSession, samples: Path) -> None:
        await sent(session, (samples / NAME).read_bytes(), NAME)
        product = (await exported(session, OFFICER, home_province="22"))[0]
        assert product[Field.DECISION_NO] or product[Field.STARS]
        from sqlalchemy import select

        from ocop_hub.producers.models import Producer

        producers = (await session.scalars(select(Producer))).all()
        for producer in producers[:3]:
            actor = acting_for(producer)
            counts = await sent(
                session, await out(session, ExportFormat.XLSX, ColumnNames.OURS, actor), "ra.xlsx", actor
            )
            assert counts["unchanged"] >= 1
            assert (counts["updated"], counts["created"], counts["wrong"]) == (0, 0, 0)


class TestFile:
    async def test_csv_opens_in_a_spreadsheet_program(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        await make_product(session, producer, name="=HYPERLINK(1)", declared_stars=3)
        content = await out(session, ExportFormat.CSV, ColumnNames.NATIONAL)
        assert content.startswith(b"\xef\xbb\xbfid;name;manufacturer;")
        assert b";'=HYPERLINK(1);" in content

    async def test_only_ones_own(self, session: AsyncSession) -> None:
        hers, his = await make_producer(session), await make_producer(session, "HTX Khác")
        await make_product(session, hers)
        await make_product(session, his, name="Của người khác")
        rows = await exported(session, acting_for(hers), home_province="22")
        assert [row[Field.NAME] for row in rows] == ["Mực một nắng"]


class TestChanged:
    async def test_since(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        old = await make_product(session, producer, name="Cũ")
        await make_product(session, producer, name="Yên")
        week_ago = clock.now() - timedelta(days=7)
        producer.updated_at = week_ago
        await session.flush()
        await session.execute(update(Product).values(updated_at=week_ago))
        yesterday = clock.now() - timedelta(days=1)
        assert await exported(session, OFFICER, home_province="22", since=yesterday) == []
        await session.refresh(old)
        await update_product(session, OFFICER, old.id, ProductPatch(unit="túi"), revision=1)
        await session.flush()
        rows = await exported(session, OFFICER, home_province="22", since=yesterday)
        assert [row[Field.NAME] for row in rows] == ["Cũ"]

    async def test_since_last(self, client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
        from ocop_hub.db import SYSTEM
        from ocop_hub.intake.models import ExportMark

        async with database.session(SYSTEM) as session:
            await make_product(session, cast.hers)
            await session.execute(update(Product).values(updated_at=clock.now() - timedelta(days=1)))
        await sign_in(client, cast.hoa)
        first = await client.get("/api/v1/products/export", params={"since": "last"})
        second = await client.get("/api/v1/products/export", params={"since": "last"})
        rows = [len(read_sheets(answer.content)[0].rows) for answer in (first, second)]
        assert rows[0] == 2, first.text
        async with database.session(SYSTEM) as session:
            assert await session.get(ExportMark, cast.hoa.id) is not None
        naive = await client.get("/api/v1/products/export", params={"since": "2026-01-01T00:00:00"})
        assert naive.json()["type"] == "urn:ocop-hub:error:since-without-zone"
