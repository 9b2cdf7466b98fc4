"""What a product lacks: each rule by itself, the shipped ones over a whole product, and what is kept of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_lot, make_photo, make_producer, make_product

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Marketplace, Reason
from ocop_hub.publishing.adapters import Adapters
from ocop_hub.publishing.models import ProductReadiness
from ocop_hub.publishing.readiness import lacking
from ocop_hub.publishing.readiness.rules import MARKETPLACES, PAPERS, PARCELS, Facts, Kind, Rule, rules
from ocop_hub.publishing.readiness.rules import lacking as lacking_of

DAY = date(2026, 11, 22)
WHOLE = Facts(
    name="Chả mực Hạ Long",
    group_code="thuc_pham",
    description="Giã tay từ mực tươi.",
    story="Nghề của ba đời.",
    ingredients="Mực, mỡ lợn, tiêu",
    warnings="Không",
    shelf_life="6 tháng",
    storage="Cấp đông",
    declaration_number="01/2026",
    trademark="Chả mực Hạ Long",
    gtin="08936003721777",
    price_vnd=350_000,
    net_weight_g=500,
    producer_address="Tổ 3",
    producer_identifier="5700000000",
    place="Phường Bãi Cháy",
    lot_code="LO-1",
    pictures=[(1600, 1200)],
)


def rule(kind: Kind, field: str, **more: Any) -> Rule:
    told: dict[str, Any] = {"target": MARKETPLACES, "text": "Sai “{found}”.", "source": "", **more}
    return Rule(kind=kind, field=field, **told)


def codes(wanted: Rule, facts: Facts) -> list[str]:
    return [each.code for each in lacking_of("shopee", facts, DAY, among=[wanted])]


class TestEachRule:
    @pytest.mark.parametrize(
        ("wanted", "fine", "wrong"),
        [
            (rule(Kind.GIVEN, "gtin"), WHOLE, replace(WHOLE, gtin="")),
            (rule(Kind.LENGTH, "name", most=15), WHOLE, replace(WHOLE, name="x" * 16)),
            (rule(Kind.LENGTH, "name", least=15), WHOLE, replace(WHOLE, name="x" * 14)),
            (rule(Kind.COUNT, "pictures", least=1), WHOLE, replace(WHOLE, pictures=[])),
            (rule(Kind.COUNT, "pictures", most=1), WHOLE, replace(WHOLE, pictures=[(9, 9)] * 2)),
            (rule(Kind.PIXELS, "pictures", least=1200), WHOLE, replace(WHOLE, pictures=[(1600, 1199)])),
            (rule(Kind.AMOUNT, "net_weight_g", most=500), WHOLE, replace(WHOLE, net_weight_g=501)),
            (rule(Kind.AMOUNT, "price_vnd", least=1_000), WHOLE, replace(WHOLE, price_vnd=999)),
            (rule(Kind.AMOUNT, "price_vnd", least=1), WHOLE, replace(WHOLE, price_vnd=None)),
            (rule(Kind.RESTRICTED, "sub_group_code"), WHOLE, replace(WHOLE, restricted=True)),
        ],
    )
    def test_holds_and_breaks(self, wanted: Rule, fine: Facts, wrong: Facts) -> None:
        assert codes(wanted, fine) == []
        assert codes(wanted, wrong) == [wanted.kind.value]

    def test_what_is_not_stated_is_not_too_much(self) -> None:
        assert codes(rule(Kind.AMOUNT, "net_weight_g", most=1), replace(WHOLE, net_weight_g=None)) == []

    def test_forbidden_words_are_whole_and_have_their_marks(self) -> None:
        wanted = rule(Kind.WORDS, "claims", words=("chữa bệnh",))
        for fine in ("Chùa Bệnh viện", "chua benh", "chữa  bệnhviện"):
            assert codes(wanted, replace(WHOLE, description=fine)) == []
        wrong = replace(WHOLE, story="Rượu này CHỮA-BỆNH gút.")
        (found,) = lacking_of("shopee", wrong, DAY, among=[wanted])
        assert (found.field, found.text) == ("story", "Sai “chữa bệnh”.")

    def test_only_for_its_groups_its_kind_of_goods_and_its_time(self) -> None:
        none = replace(WHOLE, gtin="")
        assert codes(rule(Kind.GIVEN, "gtin", group=frozenset({"do_uong"})), none) == []
        assert codes(rule(Kind.GIVEN, "gtin", ships=True), replace(none, ships=False)) == []
        assert codes(rule(Kind.GIVEN, "gtin", until=DAY), none) == []

    def test_the_adapters_word_stands_first_and_each_field_once(self) -> None:
        said = [Reason("title", "missing", "Thiếu tên."), Reason("title", "form", "Sai tên.")]
        found = lacking_of("shopee", WHOLE, DAY, refused=said, among=[rule(Kind.LENGTH, "name", most=1)])
        assert [(each.field, each.code) for each in found] == [("name", "missing")]


class TestShippedRules:
    def test_a_whole_product_lacks_nothing(self) -> None:
        for target in ("shopee", *PAPERS):
            assert lacking_of(target, WHOLE, DAY) == ()

    def test_every_rule_can_break(self) -> None:
        bare = Facts(
            name="x" * 300,
            group_code="thuc_pham",
            restricted=True,
            lapsed=True,
            ships=False,
            net_weight_g=2_000_000,
        )
        claims = replace(bare, description="Thần dược")
        for each in rules():
            facts = replace(claims, net_weight_g=None) if each.least else claims
            assert each.broken_by(facts) is not None, each

    def test_every_rule_asks_for_a_field_there_is_and_names_its_source(self) -> None:
        for each in rules():
            assert each.source
            by_kind = (Kind.WORDS, Kind.RESTRICTED, Kind.SERVICE, Kind.LAPSED)
            assert each.kind in by_kind or hasattr(WHOLE, each.field)
            assert each.target in (MARKETPLACES, PARCELS, *PAPERS)


@pytest.fixture
async def adapters(session: AsyncSession) -> AsyncIterator[dict[str, Marketplace]]:
    async with httpx.AsyncClient() as client:
        yield await lacking.open_adapters(session, Adapters(client, {}))


async def test_of_products_and_kept_for_lists(
    session: AsyncSession, adapters: dict[str, Marketplace]
) -> None:
    producer = await make_producer(session)
    product = await make_product(session, producer, price_vnd=None, net_weight_g=None)
    assert product.id in set(await session.scalars(lacking.stale()))
    await lacking.keep(session, [product.id], adapters, public_url="http://vidu.vn")
    kept = await session.get_one(ProductReadiness, product.id)
    assert {"shopee", "passport", "portal", "label"} <= set(kept.targets)
    assert {"price_vnd", "pictures", "gtin", "lot_code"} <= set(kept.fields)
    assert product.id not in set(await session.scalars(lacking.stale()))

    product.price_vnd, product.revision = 90_000, 2
    await make_photo(session, product)
    await make_lot(session, product)
    await session.flush()
    assert product.id in set(await session.scalars(lacking.stale()))
    await lacking.keep(session, [product.id], adapters, public_url="http://vidu.vn")
    await session.refresh(kept)
    assert not {"price_vnd", "pictures", "lot_code"} & set(kept.fields)
    kept.checked_at = clock.now() - lacking.STALE_AFTER * 2
    await session.flush()
    assert product.id in set(await session.scalars(lacking.stale()))


async def test_a_service_has_no_papers(session: AsyncSession, adapters: dict[str, Marketplace]) -> None:
    tour = await make_product(session, await make_producer(session), "Làng du lịch", group="du_lich")
    found = await lacking.lacks_of(session, [tour.id], adapters, public_url="")
    assert not set(PAPERS) & set(found[tour.id])
