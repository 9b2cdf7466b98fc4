"""Fields, packs, earlier states and approval, in a transaction that is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_certificate
from tests.cast import OFFICER, acting_for, make_producer, make_product

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue import approval, queries
from ocop_hub.catalogue.content import CONTENT, EMPTY, said
from ocop_hub.catalogue.errors import (
    BadLink,
    GtinTaken,
    NotForReview,
    NothingRemarked,
    RevisionChanged,
    RuleInThePast,
    TooManyVariants,
    UnknownSubGroup,
)
from ocop_hub.catalogue.models import (
    ApprovalNeed,
    Product,
    ProductReview,
    ProductRevision,
    ProductStatus,
    ProductSubGroup,
    ReviewVerdict,
)
from ocop_hub.catalogue.restoring import restore, state_at
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch, VariantIn, VariantPatch
from ocop_hub.catalogue.service import create_product, update_product
from ocop_hub.catalogue.variants import (
    MAX_VARIANTS,
    add_variant,
    change_variant,
    retire_variant,
    variants_of,
)
from ocop_hub.db import apply_scope
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor

GTIN = "08936003721777"
OTHER_GTIN = "08936003721784"


async def hers(session: AsyncSession) -> tuple[Actor, Product]:
    """A producer at work under her own wall, and her product."""
    producer = await make_producer(session)
    product = await make_product(session, producer)
    actor = acting_for(producer)
    await apply_scope(session, actor.scope)
    return actor, product


async def change(session: AsyncSession, actor: Actor, product: Product, **fields: Any) -> Product:
    patch = ProductPatch.model_validate(fields)
    return await update_product(session, actor, product.id, patch, revision=product.revision)


def status_of(product: Product) -> ProductStatus:
    """The status now: a checker would keep what it was a line before."""
    return product.status


async def last_change(session: AsyncSession, product: Product) -> ProductRevision:
    found = await session.scalars(queries.revisions_of(OFFICER, product.id))
    return next(iter(found))


class TestFields:
    async def test_every_field_is_kept_in_one_form(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(
            session,
            actor,
            product,
            sub_group_code="nong_thuy_san_che_bien",
            season_months=[11, 3, 3],
            ingredients="Mực <b>tươi</b>\n\n\nMuối",
            shelf_life="  12  tháng ",
            video_links=["https://phim.example/a", "https://phim.example/a"],
            external_codes={" OCOP ": "22-1", "trống": ""},
            translations={"en": {"name": "Dried squid", "story": " "}, "zh": {}},
        )
        assert product.season_months == [3, 11]
        assert product.ingredients == "Mực tươi\n\nMuối"
        assert product.shelf_life == "12 tháng"
        assert product.video_links == ["https://phim.example/a"]
        assert product.external_codes == {"OCOP": "22-1"}
        assert product.translations == {"en": {"name": "Dried squid"}}
        assert (said(product, "en", "name"), said(product, "zh", "name")) == ("Dried squid", "Mực một nắng")
        assert (await last_change(session, product)).after["season_months"] == [3, 11]

    @pytest.mark.parametrize(
        "link", ["http://a.vn/1", "javascript:alert(1)", "https://", "https://x@a.vn/", "https://[a", "phim"]
    )
    async def test_a_link_that_is_no_https_address(self, session: AsyncSession, link: str) -> None:
        actor, product = await hers(session)
        with pytest.raises(BadLink) as refused:
            await change(session, actor, product, video_links=[link])
        assert refused.value.fields[0].field == "video_links"

    async def test_a_sub_group_of_another_group(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        with pytest.raises(UnknownSubGroup):
            await change(session, actor, product, sub_group_code="do_uong_co_con")
        await change(session, actor, product, group_code="do_uong", sub_group_code="do_uong_co_con")
        await change(session, actor, product, group_code="thuc_pham")
        assert product.sub_group_code is None

    async def test_alcohol_is_restricted_by_its_sub_group(self, session: AsyncSession) -> None:
        restricted = await session.scalars(select(ProductSubGroup.code).where(ProductSubGroup.restricted))
        assert list(restricted) == ["do_uong_co_con"]

    def test_every_field_has_its_empty_value(self) -> None:
        assert {*EMPTY, "name", "group_code"} == set(CONTENT)


class TestPacks:
    async def test_a_pack_is_a_revision_of_the_product(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        pack = VariantIn(label=" Hộp  quà ", net_weight_g=1000, gtin="8936003721777")
        _, variant = await add_variant(session, actor, product.id, pack, revision=1)
        assert (variant.label, variant.gtin, product.revision) == ("Hộp quà", GTIN, 2)
        change = await last_change(session, product)
        assert change.before["variants"] == []
        assert change.after["variants"][0]["label"] == "Hộp quà"
        with pytest.raises(RevisionChanged):
            await retire_variant(session, actor, product.id, variant.id, revision=1)
        await retire_variant(session, actor, product.id, variant.id, revision=2)
        assert await variants_of(session, product.id, retired=False) == []
        assert [each.retired for each in await variants_of(session, product.id)] == [True]
        unchanged = VariantPatch(retired=True)
        await change_variant(session, actor, product.id, variant.id, unchanged, revision=3)
        assert product.revision == 3

    async def test_a_gtin_names_one_product_or_pack(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(session, actor, product, gtin=GTIN)
        taken = VariantIn(label="Hộp", gtin=GTIN)
        with pytest.raises(GtinTaken):
            await add_variant(session, actor, product.id, taken, revision=2)
        _, variant = await add_variant(
            session, actor, product.id, VariantIn(label="Hộp", gtin=OTHER_GTIN), revision=2
        )
        second = await create_product(
            session, actor, ProductIn(producer_id=product.producer_id, name="Khô", group_code="thuc_pham")
        )
        with pytest.raises(GtinTaken):
            await change(session, actor, second, gtin=OTHER_GTIN)
        await session.refresh(second)
        # A number that is given away is free again.
        await change_variant(
            session, actor, product.id, variant.id, VariantPatch(gtin=None), revision=product.revision
        )
        await change(session, actor, second, gtin=OTHER_GTIN)
        assert second.gtin == OTHER_GTIN

    async def test_there_is_an_end(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        for number in range(MAX_VARIANTS):
            one = VariantIn(label=f"Túi {number}")
            await add_variant(session, actor, product.id, one, revision=product.revision)
        one = VariantIn(label="Túi")
        with pytest.raises(TooManyVariants):
            await add_variant(session, actor, product.id, one, revision=product.revision)

    async def test_of_another_product_is_missing(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        with pytest.raises(NotFound):
            await retire_variant(session, actor, product.id, product.id, revision=1)

    async def test_the_public_reads_and_nobody_else_writes(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await add_variant(session, actor, product.id, VariantIn(label="Hộp"), revision=1)
        await session.flush()
        await apply_scope(session, PUBLIC_ACTOR.scope)
        assert len(await variants_of(session, product.id)) == 1
        touched = await session.execute(text("UPDATE product_variants SET label = 'x' RETURNING id"))
        assert touched.all() == []


class TestRestore:
    async def test_what_it_said_then_is_a_new_revision(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(session, actor, product, price_vnd=100_000, season_months=[3])
        _, pack = await add_variant(session, actor, product.id, VariantIn(label="Hộp"), revision=2)
        await change(session, actor, product, name="Mực khô", price_vnd=None, story="Chuyện")
        before = await state_at(session, product, 2)
        assert (before["price_vnd"], before["season_months"], before["variants"]) == (100_000, [3], [])
        await restore(session, actor, product.id, 2, revision=4)
        assert (product.name, product.name_folded) == ("Mực một nắng", "muc mot nang")
        assert (product.price_vnd, product.story, product.revision) == (100_000, "", 5)
        assert pack.retired
        await restore(session, actor, product.id, 4, revision=5)
        assert (product.name, product.story, pack.retired) == ("Mực khô", "Chuyện", False)

    async def test_the_first_of_all(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(session, actor, product, description="Phơi nắng", gtin=GTIN)
        await restore(session, actor, product.id, 1, revision=2)
        assert (product.description, product.gtin) == ("", None)

    async def test_to_the_present_writes_nothing(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await restore(session, actor, product.id, 1, revision=1)
        assert product.revision == 1

    async def test_refusals(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(session, actor, product, gtin=GTIN)
        await change(session, actor, product, gtin=None)
        with pytest.raises(NotFound):
            await restore(session, actor, product.id, 9, revision=3)
        with pytest.raises(RevisionChanged):
            await restore(session, actor, product.id, 1, revision=2)
        given = ProductIn(producer_id=product.producer_id, name="Khô", group_code="thuc_pham", gtin=GTIN)
        await create_product(session, actor, given)
        with pytest.raises(GtinTaken):
            await restore(session, actor, product.id, 2, revision=3)

    async def test_stars_and_approval_are_of_today(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        await change(session, actor, product, declared_stars=4)
        await change(session, actor, product, declared_stars=None, price_vnd=1_000)
        await restore(session, actor, product.id, 2, revision=3)
        assert (product.declared_stars, product.price_vnd) == (None, None)
        assert status_of(product) is ProductStatus.APPROVED


class TestApproval:
    async def test_without_a_rule_nobody_waits(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        given = ProductIn(producer_id=product.producer_id, name="Khô", group_code="thuc_pham")
        draft = await create_product(session, actor, given, draft=True)
        assert status_of(draft) is ProductStatus.DRAFT
        await approval.submit(session, actor, draft.id)
        assert status_of(draft) is ProductStatus.APPROVED
        with pytest.raises(NotForReview):
            await approval.submit(session, actor, draft.id)

    async def test_the_whole_way(self, session: AsyncSession) -> None:
        await self._rule(session, ApprovalNeed.ALL)
        actor, product = await hers(session)
        given = ProductIn(producer_id=product.producer_id, name="Khô", group_code="thuc_pham")
        entered = await create_product(session, actor, given)
        assert status_of(entered) is ProductStatus.SUBMITTED
        await session.flush()
        await apply_scope(session, OFFICER.scope)
        with pytest.raises(NothingRemarked):
            await approval.send_back(session, OFFICER, entered.id, revision=1, remarks={"name": " "})
        with pytest.raises(RevisionChanged):
            await approval.approve(session, OFFICER, entered.id, revision=7)
        said = {"name": "Ghi như bao bì", "no_field": "x"}
        await approval.send_back(session, OFFICER, entered.id, revision=1, remarks=said)
        assert status_of(entered) is ProductStatus.RETURNED
        review = await approval.last_review(session, entered.id)
        assert review is not None
        assert review.remarks == {"name": "Ghi như bao bì"}
        await apply_scope(session, actor.scope)
        await change(session, actor, entered, name="Mực khô")
        assert status_of(entered) is ProductStatus.RETURNED
        await approval.submit(session, actor, entered.id)
        await session.flush()
        await apply_scope(session, OFFICER.scope)
        await approval.approve(session, OFFICER, entered.id, revision=entered.revision)
        assert status_of(entered) is ProductStatus.APPROVED
        await session.flush()
        actions = await session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == f"product:{entered.id}")
            .order_by(AuditEntry.id)
        )
        assert list(actions) == [
            "catalogue.create_product",
            "catalogue.return_product",
            "catalogue.update_product",
            "catalogue.submit_product",
            "catalogue.approve_product",
        ]

    async def test_a_change_of_words_is_seen_again_and_one_of_price_is_not(
        self, session: AsyncSession
    ) -> None:
        await self._rule(session, ApprovalNeed.ALL)
        actor, product = await hers(session)
        await change(session, actor, product, price_vnd=120_000)
        assert status_of(product) is ProductStatus.APPROVED
        await change(session, actor, product, story="Mới")
        assert status_of(product) is ProductStatus.DRAFT
        assert (await last_change(session, product)).after == {"story": "Mới", "status": "draft"}

    async def test_a_confirmed_certificate_spares_the_approval(self, session: AsyncSession) -> None:
        await self._rule(session, ApprovalNeed.UNCERTIFIED)
        actor, product = await hers(session)
        await change(session, actor, product, story="Một")
        assert status_of(product) is ProductStatus.DRAFT
        await session.flush()
        await apply_scope(session, OFFICER.scope)
        await session.execute(update(Product).values(status=ProductStatus.APPROVED))
        await make_certificate(session, product)
        await session.refresh(product)
        await apply_scope(session, actor.scope)
        await change(session, actor, product, story="Hai")
        assert status_of(product) is ProductStatus.APPROVED

    async def test_only_the_office_sets_the_rule_and_reviews(self, session: AsyncSession) -> None:
        actor, product = await hers(session)
        with pytest.raises(Forbidden):
            await approval.set_rule(session, actor, valid_from=clock.today(), needed_for=ApprovalNeed.ALL)
        with pytest.raises(Forbidden):
            await approval.approve(session, actor, product.id, revision=1)
        yesterday = clock.today() - timedelta(days=1)
        with pytest.raises(RuleInThePast):
            await approval.set_rule(session, OFFICER, valid_from=yesterday, needed_for=ApprovalNeed.ALL)
        with pytest.raises(DBAPIError, match="row-level security"):
            async with session.begin_nested():
                session.add(self._review_of(product))

    async def test_a_rule_of_tomorrow_does_not_hold_today(self, session: AsyncSession) -> None:
        tomorrow = clock.today() + timedelta(days=1)
        await approval.set_rule(session, OFFICER, valid_from=tomorrow, needed_for=ApprovalNeed.ALL)
        actor, product = await hers(session)
        await change(session, actor, product, story="Mới")
        assert status_of(product) is ProductStatus.APPROVED

    async def _rule(self, session: AsyncSession, need: ApprovalNeed) -> None:
        await approval.set_rule(session, OFFICER, valid_from=clock.today(), needed_for=need)

    def _review_of(self, product: Product) -> ProductReview:
        return ProductReview(
            product_id=product.id,
            producer_id=product.producer_id,
            revision=1,
            verdict=ReviewVerdict.APPROVED,
            reviewed_by="user:x",
        )
