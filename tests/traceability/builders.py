"""A small cast: Alice's cooperative with a product that has a GTIN and one that has none; Bob's is another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.db import Database
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.traceability import service
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.scans.path import ScanHandler
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn

GTIN = "08936000000011"
OLD_LOT = "LO-2026-09"


@dataclass(frozen=True, slots=True)
class Cast:
    """``squid`` has a GTIN, ``tea`` has none; ``alice`` may change both, ``bob`` neither."""

    squid: Product
    tea: Product
    alice: Actor
    bob: Actor


def make_producer(session: AsyncSession, name: str) -> Producer:
    producer = Producer(
        id=new_id(),
        kind=ProducerKind.COOPERATIVE,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        address="Tổ 5",
    )
    session.add(producer)
    return producer


def make_product(
    session: AsyncSession, producer: Producer, name: str, *, gtin: str | None = None, group: str = "thuc_pham"
) -> Product:
    product = Product(
        id=new_id(),
        producer_id=producer.id,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        group_code=group,
        gtin=gtin,
        description="Giã tay, không hàn the.",
    )
    session.add(product)
    return product


async def make_certificate(
    session: AsyncSession, product: Product, *, days_left: int, stars: int = 4
) -> None:
    now = clock.now()
    decision = RecognitionDecision(
        id=new_id(),
        number=f"{product.id}/QĐ-UBND",
        number_folded=str(product.id),
        issuer_level=IssuerLevel.PROVINCE,
    )
    session.add(decision)
    await session.flush()
    session.add(
        Certificate(
            id=new_id(),
            product_id=product.id,
            producer_id=product.producer_id,
            decision_id=decision.id,
            number="01/2026",
            stars=stars,
            valid=Range(now - timedelta(days=900), now + timedelta(days=days_left)),
        )
    )


async def make_cast(session: AsyncSession) -> Cast:
    ours = make_producer(session, "Hợp tác xã Thoan Hạ Long")
    theirs = make_producer(session, "Hợp tác xã Bạn")
    await session.flush()  # producers before what points to them
    squid = make_product(session, ours, "Chả mực Hạ Long", gtin=GTIN)
    tea = make_product(session, ours, "Trà hoa vàng")
    await session.flush()
    return Cast(
        squid=squid,
        tea=tea,
        alice=Actor(Role.PRODUCER, producers=frozenset({ours.id})),
        bob=Actor(Role.PRODUCER, producers=frozenset({theirs.id})),
    )


def four_facts(packed: datetime | None = None) -> FourFactsIn:
    packed = packed or clock.now() - timedelta(days=1)
    return FourFactsIn(
        harvest=StepIn(at=packed - timedelta(days=2), note="Mực câu"),
        first_processing=StepIn(at=packed - timedelta(days=1)),
        packing=StepIn(at=packed),
        place=PlaceIn(text="Xưởng Bến Đoan"),
    )


async def make_released_lot(
    session: AsyncSession, cast: Cast, product: Product | None = None, code: str = OLD_LOT
) -> Lot:
    lot = await service.create_lot(session, cast.alice, product or cast.squid, LotIn(code=code))
    await service.record_four_facts(session, cast.alice, lot, four_facts())
    return await service.release_lot(session, cast.alice, lot)


@dataclass(slots=True)
class House:
    """The scan path over a database of its own, with a released lot of each product."""

    app: FastAPI
    handler: ScanHandler
    client: httpx.AsyncClient
    database: Database
    cast: Cast
    lot: Lot
    tea_code: str
    tea_lot_code: str

    async def scans(self) -> int:
        connection = await self.database.connect_raw()
        try:
            await connection.execute("SELECT set_config('app.scope', 'all', false)")
            count: int = await connection.fetchval("SELECT count(*) FROM scans")
        finally:
            await connection.close()
        return count


BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT X50) AppleWebKit/537.36 Chrome/109 Mobile Safari/537.36",
    "Accept-Language": "vi-VN,vi;q=0.9,en;q=0.8",
}
