"""Products: entering, changing, who may, and what is written beside."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import CO_TO, LAO_CAI, OFFICER, QUANG_NINH, acting_for, make_producer, make_product

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.errors import GtinTaken, PlaceWasSplit, RevisionChanged, UnknownGroup
from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.catalogue.photos import add_photo
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch
from ocop_hub.catalogue.service import create_product, get_product, update_product
from ocop_hub.db import apply_scope
from ocop_hub.errors import NotFound
from ocop_hub.gs1.errors import WrongCheckDigit
from ocop_hub.producers.actor import PUBLIC_ACTOR


@dataclass(frozen=True)
class Picture:
    key: str = "pictures/ab/ab.jpg"
    sha256: str = "ab"
    width: int = 800
    height: int = 600
    size_bytes: int = 1000
    look: str = ""


class TestCreateProduct:
    async def test_writes_revision_audit_and_wake_up(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await create_product(
            session,
            acting_for(producer),
            ProductIn(
                producer_id=producer.id,
                name="  Mực   <b>một nắng</b> ",
                group_code="thuc_pham",
                description="Phơi <script>alert(1)</script>nắng.\n\n\n5 < 6 & ngon",
                price_vnd=650_000,
                gtin="8936003721777",
                declared_stars=4,
            ),
        )
        await session.flush()
        assert (product.name, product.name_folded) == ("Mực một nắng", "muc mot nang")
        assert product.description == "Phơi nắng.\n\n5 < 6 & ngon"
        assert product.gtin == "08936003721777"
        assert (product.current_unit_id, product.province_id) == (CO_TO, QUANG_NINH)
        revision = (
            await session.scalars(select(ProductRevision).where(ProductRevision.product_id == product.id))
        ).one()
        assert (revision.number, revision.before, revision.after["price_vnd"]) == (1, {}, 650_000)
        audited = await session.scalar(
            select(AuditEntry.action).where(AuditEntry.subject == f"product:{product.id}")
        )
        assert audited == "catalogue.create_product"
        waiting = await session.scalar(
            text(
                "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'publishing.readiness' AND dedupe_key = :k"
            ),
            {"k": f"publishing.readiness:{product.id}"},
        )
        assert waiting == 1

    async def test_of_a_foreign_producer_is_not_found(self, session: AsyncSession) -> None:
        own, foreign = await make_producer(session), await make_producer(session, "HTX Khác")
        data = ProductIn(producer_id=foreign.id, name="Mật ong", group_code="thuc_pham")
        with pytest.raises(NotFound):
            await create_product(session, acting_for(own), data)

    async def test_wrong_check_digit_is_refused_by_a_sentence(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        with pytest.raises(WrongCheckDigit) as refused:
            await make_product(session, producer, gtin="8936003721778")
        assert len(refused.value.detail) > 20

    async def test_gtin_of_a_product_one_may_not_see(self, session: AsyncSession) -> None:
        own, foreign = await make_producer(session), await make_producer(session, "HTX Khác")
        await make_product(session, foreign, gtin="8936003721777")
        actor = acting_for(own)
        await apply_scope(session, actor.scope)
        with pytest.raises(GtinTaken):
            await create_product(
                session,
                actor,
                ProductIn(producer_id=own.id, name="Khác", group_code="thuc_pham", gtin="08936003721777"),
            )
        assert await session.scalar(select(func.count()).select_from(Product)) == 0

    async def test_unknown_group(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        with pytest.raises(UnknownGroup):
            await create_product(
                session, OFFICER, ProductIn(producer_id=producer.id, name="Mật ong", group_code="mat_ong")
            )

    async def test_old_commune_resolves_to_its_successor(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer, certified_unit_id="c-02917-00000000")
        assert (product.current_unit_id, product.province_id) == ("c-02905-20250701", LAO_CAI)

    async def test_split_commune_asks(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        with pytest.raises(PlaceWasSplit) as refused:
            await make_product(session, producer, certified_unit_id="c-06868-00000000")
        assert "Xã Tiên Yên" in refused.value.detail


class TestUpdateProduct:
    async def test_keeps_before_and_after(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer, price_vnd=100_000)
        await update_product(session, OFFICER, product.id, ProductPatch(price_vnd=120_000), revision=1)
        await session.flush()
        last = (await session.scalars(queries.revisions_of(OFFICER, product.id))).first()
        assert last is not None
        assert (last.number, last.before, last.after) == (2, {"price_vnd": 100_000}, {"price_vnd": 120_000})

    async def test_the_same_again_changes_nothing(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer, price_vnd=100_000)
        await update_product(session, OFFICER, product.id, ProductPatch(price_vnd=100_000), revision=1)
        assert product.revision == 1
        assert len((await session.scalars(queries.revisions_of(OFFICER, product.id))).all()) == 1

    async def test_an_older_revision_is_refused(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer)
        await update_product(session, OFFICER, product.id, ProductPatch(price_vnd=1_000), revision=1)
        with pytest.raises(RevisionChanged):
            await update_product(session, OFFICER, product.id, ProductPatch(price_vnd=2_000), revision=1)

    async def test_the_public_may_look_but_not_change(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer)
        assert (await get_product(session, PUBLIC_ACTOR, product.id)).id == product.id
        with pytest.raises(NotFound):
            await update_product(session, PUBLIC_ACTOR, product.id, ProductPatch(unit="túi"), revision=1)


class TestAddPhoto:
    async def test_the_same_picture_is_one_photo(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        product = await make_product(session, producer)
        first = await add_photo(session, OFFICER, product, Picture())
        second = await add_photo(session, OFFICER, product, Picture())
        other = await add_photo(session, OFFICER, product, Picture(sha256="cd"))
        assert first.id == second.id
        assert (first.position, other.position) == (0, 1)


class TestVisibleTo:
    async def test_a_producer_sees_its_own_and_the_database_agrees(self, session: AsyncSession) -> None:
        own, foreign = await make_producer(session), await make_producer(session, "HTX Khác")
        mine, theirs = await make_product(session, own), await make_product(session, foreign)
        await session.flush()
        actor = acting_for(own)
        await apply_scope(session, actor.scope)
        assert (await session.scalars(queries.visible_to(actor))).all() == [mine]
        assert (await session.scalars(select(Product))).all() == [mine]
        with pytest.raises(NotFound):
            await get_product(session, actor, theirs.id)

    async def test_home_province_first_then_alphabet(self, session: AsyncSession) -> None:
        home = await make_producer(session)
        away = await make_producer(session, "HTX Lào Cai", province_id=LAO_CAI, unit_id="c-02905-20250701")
        for name, producer in (("Ấm chè", away), ("Đào", home), ("Dứa", home)):
            await make_product(session, producer, name)
        rows = await session.scalars(queries.home_first(queries.visible_to(OFFICER), "22"))
        assert [row.name for row in rows] == ["Dứa", "Đào", "Ấm chè"]
