"""The demo's products."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import LAO_CAI, QUANG_NINH

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.certificates import queries
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.intake.demo import DemoLoaded, load_ocop_products
from ocop_hub.intake.demo_pictures import card
from ocop_hub.intake.demo_rows import RENEWED, read_rows
from ocop_hub.kit.clock import day_start
from ocop_hub.media import Media
from ocop_hub.producers.models import Producer


class TestLoadOcopProducts:
    async def test_all_rows_with_pictures_once(self, session: AsyncSession, samples: Path) -> None:
        media = Media.in_memory()
        loaded = await load_ocop_products(session, media)
        await session.flush()
        assert loaded.products == loaded.pictures == len(read_rows(samples / "ocop_products.csv")) == 102
        photo = (await session.scalars(select(ProductPhoto).limit(1))).one()
        assert min(photo.width, photo.height) >= 500
        assert photo.caption == "Ảnh minh hoạ"
        assert await load_ocop_products(session, media) == DemoLoaded()

    async def test_the_home_province_has_a_denominator(self, session: AsyncSession) -> None:
        await load_ocop_products(session)
        valid = (
            select(func.count(Certificate.product_id.distinct()))
            .join(Product, Product.id == Certificate.product_id)
            .where(Product.province_id == QUANG_NINH, queries.valid_at(day_start(date(2026, 11, 22))))
        )
        assert await session.scalar(valid) == 17
        assert (
            await session.scalar(
                select(func.count()).select_from(Product).where(Product.province_id == QUANG_NINH)
            )
            == 19
        )

    async def test_made_up_decisions_say_so(self, session: AsyncSession) -> None:
        await load_ocop_products(session)
        rows = (
            await session.execute(
                select(RecognitionDecision.number, func.count())
                .join(Certificate, Certificate.decision_id == RecognitionDecision.id)
                .where(RecognitionDecision.note.contains("không có thật"))
                .group_by(RecognitionDecision.number)
            )
        ).all()
        assert all("(dữ liệu trình diễn)" in number for number, _ in rows)
        assert sum(n for _, n in rows) == len(RENEWED)

    async def test_real_decision_and_places(self, session: AsyncSession) -> None:
        await load_ocop_products(session)
        decision = (
            await session.scalars(
                select(RecognitionDecision).where(RecognitionDecision.number == "4261/QĐ-UBND")
            )
        ).one()
        assert decision.issuer_province_id == LAO_CAI
        squid = (await session.scalars(select(Product).where(Product.name == "Mực ống Cô Tô khô"))).one()
        assert (squid.price_vnd, squid.unit, squid.net_weight_g) == (1_800_000, "kg", 1_000)
        assert squid.current_unit_id == "c-07192-20250701"
        assert "minh hoạ" in squid.description
        unnamed = (await session.scalars(select(Product).where(Product.name == "Miến dong Bình Liêu"))).one()
        producer = await session.get_one(Producer, unnamed.producer_id)
        assert producer.name == "Cơ sở minh hoạ (Bình Liêu)"

    async def test_undated_rows_are_not_counted(self, session: AsyncSession) -> None:
        await load_ocop_products(session)
        plain = (await session.scalars(select(Product).where(Product.name == "Dừa sáp Hòa Tân"))).one()
        assert plain.declared_stars == 4
        assert (
            await session.scalars(select(Certificate).where(Certificate.product_id == plain.id))
        ).all() == []


class TestCard:
    def test_is_a_picture_that_differs_by_name(self) -> None:
        first, second = card("Miến dong", "thuc_pham"), card("Chả mực", "thuc_pham")
        assert first != second
        assert Image.open(io.BytesIO(first)).size == (640, 640)
