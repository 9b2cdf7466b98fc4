"""Packs with a GTIN of their own: their labels, and everything that a GTIN leads to."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import GTIN, OLD_LOT, Cast, House, make_product, make_released_lot

from ocop_hub.catalogue.models import Product, ProductVariant
from ocop_hub.db import SYSTEM
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.producers.models import Producer
from ocop_hub.settings import Settings
from ocop_hub.traceability import queries
from ocop_hub.traceability.epcis import query as epcis_query
from ocop_hub.traceability.errors import RunRefuses
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.lookup import published_lot
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.models import Lot, PrintRun, RunKind

PACK_GTIN = "08936000000028"
URL = "https://ocop.example.vn"
SEALER = Sealer(b"k" * 32)


async def make_pack(
    session: AsyncSession, product: Product, *, gtin: str | None = PACK_GTIN, retired: bool = False
) -> ProductVariant:
    pack = ProductVariant(
        id=new_id(),
        product_id=product.id,
        producer_id=product.producer_id,
        label="Hộp quà",
        net_weight_g=1_200,
        gtin=gtin,
        retired=retired,
    )
    session.add(pack)
    await session.flush()
    return pack


async def plan(
    session: AsyncSession, cast: Cast, lot: Lot, pack: ProductVariant, sealer: Sealer = SEALER
) -> PrintRun:
    asked = RunPlan(RunKind.SERIAL, 20, pack_id=pack.id)
    return await print_runs.plan_run(session, cast.alice, lot, asked, public_url=URL, sealer=sealer)


class TestLabels:
    async def test_carry_the_packs_gtin_and_weight(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        run = await plan(session, cast, lot, await make_pack(session, cast.squid))
        labels = await label_files.labels_of(session, run, sealer=SEALER)
        assert labels.stem_uri == f"{URL}/01/{PACK_GTIN}/10/{OLD_LOT}"
        assert labels.facts.lines[:2] == ("Quy cách: Hộp quà", "Khối lượng tịnh: 1,2 kg")

    async def test_of_a_pack_without_gtin_carry_the_lots_code(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await make_released_lot(session, cast)
        run = await plan(session, cast, lot, await make_pack(session, cast.squid, gtin=None))
        assert len(run.subject) == 10

    async def test_only_of_a_pack_that_is_on_sale_and_the_products(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await make_released_lot(session, cast)
        gone = await make_pack(session, cast.squid, retired=True)
        others = await make_pack(session, cast.tea, gtin="08936000000035")
        for pack in (gone, others):
            with pytest.raises(RunRefuses, match="quy cách"):
                await plan(session, cast, lot, pack)


class TestLotsNamed:
    async def test_by_the_gtin_of_a_pack(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await make_pack(session, cast.squid)
        for gtin in (GTIN, PACK_GTIN):
            assert (await session.scalars(queries.lots_named(gtin, OLD_LOT, None))).all() == [lot]
            assert await published_lot(session, cast.alice, f"{URL}/01/{gtin}/10/{OLD_LOT}") == lot.id
        assert (await session.scalars(queries.lots_named("08936000000035", OLD_LOT, None))).all() == []

    async def test_before_the_lot_of_a_product_merged_into_it(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        twin = make_product(
            session, await session.get_one(Producer, cast.squid.producer_id), "Chả mực giã tay"
        )
        await session.flush()
        await make_pack(session, cast.squid)
        theirs = await make_released_lot(session, cast, twin)
        await session.execute(
            update(Product).where(Product.id == twin.id).values(merged_into_id=cast.squid.id)
        )
        named = queries.lots_named(PACK_GTIN, OLD_LOT, None)
        assert (await session.scalars(named)).all() == [theirs]
        ours = await make_released_lot(session, cast)
        assert (await session.scalars(named)).all() == [ours]

    async def test_epcis_asks_for_the_class_of_a_pack(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await make_pack(session, cast.squid)
        asked = {"MATCH_anyEPCClass": f"https://id.gs1.org/01/{PACK_GTIN}/10/{OLD_LOT}"}
        found = await epcis_query.find_events(session, cast.alice, asked)
        assert {each.lot_id for each in found.rows} == {lot.id}


class TestScans:
    async def test_a_serial_of_the_pack_is_known_and_not_under_another_gtin(
        self, house: House, house_settings: Settings
    ) -> None:
        sealer = sealer_of(house_settings)
        async with house.database.session(SYSTEM) as session:
            lot = await session.get_one(Lot, house.lot.id)
            await session.execute(
                update(Product).where(Product.id == house.cast.squid.id).values(net_weight_g=250)
            )
            run = await plan(session, house.cast, lot, await make_pack(session, house.cast.squid), sealer)
            await activation.activate(session, house.cast.alice, run, Part(), sealer=sealer)
            maker = await print_runs.maker_of(session, run, sealer=sealer)
        serial = maker.make(run.number, 3)
        page = (await house.client.get(f"/01/{PACK_GTIN}/10/{OLD_LOT}/21/{serial}")).text
        assert "lượt quét đầu tiên" in page
        assert OLD_LOT in page
        moved = (await house.client.get(f"/01/{GTIN}/10/{OLD_LOT}/21/{serial}")).text
        assert "không có trong đợt in tem nào" in moved
        passport = (await house.client.get(f"/p/dpp/01/{PACK_GTIN}/10/{OLD_LOT}")).json()
        assert passport["gtin"] == PACK_GTIN
        for gtin, shown in ((PACK_GTIN, "1,2 kg"), (GTIN, "250 g")):
            page = (await house.client.get(f"/01/{gtin}/10/{OLD_LOT}")).text
            (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
            assert json.loads(data)["gtin14"] == gtin
            assert f"GTIN {gtin}" in page
            assert f"{OLD_LOT} · {shown}" in page

    async def test_a_pack_that_went_over_in_a_merge_still_leads_to_its_lot(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            twin = make_product(
                session, await session.get_one(Producer, house.cast.squid.producer_id), "Chả mực giã tay"
            )
            await session.flush()
            await make_pack(session, house.cast.squid)
            await make_released_lot(session, house.cast, twin, "LO-CU")
            await session.execute(
                update(Product).where(Product.id == twin.id).values(merged_into_id=house.cast.squid.id)
            )
        pages = await asyncio.gather(
            *(house.client.get(f"/01/{PACK_GTIN}/10/{lot}") for lot in ("LO-CU", OLD_LOT))
        )
        for answer, lot in zip(pages, ("LO-CU", OLD_LOT), strict=True):
            assert lot in answer.text.partition("<main")[2]
        assert await house.scans() == 2
