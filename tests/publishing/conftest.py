"""A producer with products, a stall in the sandbox, and the controller's outside wired to it."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.served import served

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.marketplaces.contract import Page
from ocop_hub.outbound import Outbound, OutboundLimits
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Adapters, Outside
from ocop_hub.publishing.lane.controller import drain
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.wiring import LARGEST_PICTURE
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for, create_sandbox
from ocop_hub.settings import MarketplaceSettings

SEALING_KEY = b"k" * 32
_numbers = itertools.count(800_001)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sandbox")
    with served(lambda base: create_sandbox(folder, base, review_seconds=0.05)) as base:
        yield base


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (600, 600), "#2f6f4f").save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class World:
    """Everything a test of the controller touches."""

    database: Database
    outside: Outside
    base: str
    client: httpx.AsyncClient
    producer_id: UUID
    products: list[UUID]
    shop_id: str

    async def connect(self, key: str = "shopee") -> UUID:
        async with self.database.session(SYSTEM) as session:
            account = await stalls.connect(
                session,
                SYSTEM_ACTOR,
                producer_id=self.producer_id,
                marketplace=self.outside.adapters.get(key),
                shop_id=self.shop_id if key == "shopee" else "htx-dong-tien",
                name="HTX chăn nuôi và dịch vụ Đồng Tiến",
                credentials={"access_token": access_token_for(self.shop_id)},
                sealing_key=SEALING_KEY,
            )
        await stalls.read_shop(self.database, self.outside, account.id) if key == "shopee" else None
        return account.id

    async def request(self, account_id: UUID, *products: UUID) -> list[UUID]:
        listings = []
        async with self.database.session(SYSTEM) as session:
            for product in products or self.products:
                listing = await service.request_listing(
                    session, SYSTEM_ACTOR, product_id=product, account_id=account_id
                )
                listings.append(listing.id)
        return listings

    async def drain(self, key: str = "shopee") -> int:
        return await drain(self.database, self.outside, key)

    async def hurry(self) -> None:
        """Let every wait be over: what is due later becomes due now."""
        async with self.database.session(SYSTEM) as session:
            await session.execute(
                update(Listing).values(next_look_at=clock.now(), settle_until=None, lease_until=None)
            )

    async def listing(self, listing_id: UUID) -> Listing:
        async with self.database.session(SYSTEM) as session:
            return await session.get_one(Listing, listing_id)

    async def history(self, call: str = "product/add_item") -> list[dict[str, Any]]:
        answer = await self.client.get(f"{self.base}/_sandbox/history")
        rows = answer.json()
        rows = rows["items"] if isinstance(rows, dict) and "items" in rows else rows
        return [row for row in rows if row["call"] == call and row["shop_id"] == self.shop_id]

    async def fault(self, call: str, kind: str, **more: Any) -> None:
        answer = await self.client.post(
            f"{self.base}/_sandbox/faults", json={"call": call, "kind": kind, "shop_id": self.shop_id, **more}
        )
        assert answer.status_code == 201, answer.text


@pytest.fixture
async def world(database: Database, sandbox: str) -> AsyncIterator[World]:
    async with httpx.AsyncClient() as client, database.session(SYSTEM) as session:
        producer, products = await make_producer(session)
        pictures = {"photo.jpg": picture()}

        async def fetch(url: str) -> Page:
            answer = await client.get(url, follow_redirects=True)
            return Page(str(answer.url), answer.status_code, answer.text)

        async def read(key: str) -> bytes:
            return pictures[key]

        settings = {
            key: MarketplaceSettings(
                api_base=f"{sandbox}/{key}",
                public_base=f"{sandbox}/{key}",
                partner_id=PARTNER_ID,
                partner_key=PARTNER_KEY,
            )
            for key in ("shopee", "postmart", "tiki", "lazada", "tiktok_shop", "google_merchant")
        }
        guarded = Outbound(OutboundLimits(allow_loopback=True))
        outside = Outside(
            Adapters(client, settings),
            fetch,
            read,
            "https://ocop.example",
            SEALING_KEY,
            fetch_picture=partial(guarded.fetch_file, largest=LARGEST_PICTURE),
        )
        await session.commit()
        yield World(database, outside, sandbox, client, producer.id, products, str(next(_numbers)))


NAMES = ("Trứng vịt biển Đồng Rui", "Miến dong Bình Liêu", "Chả mực Hạ Long")


async def make_producer(session: AsyncSession) -> tuple[Producer, list[UUID]]:
    name = "HTX chăn nuôi và dịch vụ Đồng Tiến"
    producer = Producer(
        id=new_id(),
        kind=ProducerKind.COOPERATIVE,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        province_id=await session.scalar(select(Producer.province_id).limit(1)),
    )
    session.add(producer)
    await session.flush()
    ids = []
    content = picture()
    for each in NAMES:
        product = Product(
            id=new_id(),
            producer_id=producer.id,
            name=each,
            name_folded=fold(each),
            sort_key=sort_key(each),
            group_code="thuc_pham",
            description="Đặc sản của Quảng Ninh, đóng gói tại hợp tác xã.",
            price_vnd=135_000,
            unit="hộp",
            net_weight_g=500,
        )
        session.add(product)
        await session.flush()
        session.add(
            ProductPhoto(
                product_id=product.id,
                producer_id=producer.id,
                sha256=hashlib.sha256(content).hexdigest(),
                media_key="photo.jpg",
                width=600,
                height=600,
                size_bytes=len(content),
            )
        )
        ids.append(product.id)
    await session.flush()
    return producer, ids
