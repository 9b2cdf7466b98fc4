"""Listings put up by the controller, beside the same client making the same calls to the same sandbox.

Both sides publish new listings into stalls of their own, at the same concurrency and without pauses between
calls. The yardstick keeps nothing: no lease, no attempt, no state.
"""

from __future__ import annotations

import asyncio
import io
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.cli.bench.frame import BenchResult, notes
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.contract import Marketplace, Shop
from ocop_hub.marketplaces.gateway import Hosts
from ocop_hub.marketplaces.limits import ProcessLimiter
from ocop_hub.media import StoredPicture
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Adapters, Outside
from ocop_hub.publishing.draft import build_draft
from ocop_hub.publishing.lane import controller
from ocop_hub.publishing.lane.limiter import DatabaseLimiter
from ocop_hub.publishing.models import AccountState, Listing
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.subject import load_pictures, load_subjects
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import MarketplaceSettings, Settings

#: Stalls, and products of each: as many stalls as calls at once, so that no stall is called too fast.
STALLS = 24
EACH = 3
RUNS = 5
PROMISED = 0.5


def run() -> BenchResult:
    """On an embedded database and a sandbox of its own, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> BenchResult:
    figures, limits = [], []
    async with open_field(folder) as field:
        for turn in range(RUNS):
            figures.append(await controlled(field, turn))
            limits.append(await _bare(field, turn))
    figure, limit = statistics.median(figures), statistics.median(limits)
    said = notes(
        "limit: the same adapter, client and calls (find, picture, create) without a database",
        f"promised: at least {PROMISED} times the limit",
        f"{STALLS * EACH} listings each turn, {controller.AT_ONCE} at once",
    )
    return BenchResult("publish", figure, "listings/s", limit, figure / limit, notes=said)


@dataclass(frozen=True, slots=True)
class Field:
    """What a run works on: an installation, and a sandbox that it speaks to."""

    runtime: Runtime
    outside: Outside
    client: httpx.AsyncClient
    settings: Settings


@asynccontextmanager
async def open_field(folder: Path, **others: MarketplaceSettings) -> AsyncGenerator[Field]:
    """Shopee as simulated, and ``others`` where they are; everything in ``folder``."""
    async with _sandbox(folder) as base:
        shopee = MarketplaceSettings.model_validate(
            {
                "api_base": f"{base}/shopee",
                "public_base": f"{base}/shopee",
                "partner_id": PARTNER_ID,
                "partner_key": PARTNER_KEY,
            }
        )
        chosen = {"shopee": shopee, **others}
        settings = Settings.model_validate(
            {
                "data_dir": folder / "data",
                "database_url": "",
                "secret_key": "b" * 40,
                "marketplaces": {key: each.model_dump() for key, each in chosen.items()},
            }
        )
        async with open_runtime(settings) as runtime, marketplace_client() as client:
            yield Field(runtime, _unhurried(runtime, client, settings), client, settings)


def _unhurried(runtime: Runtime, client: httpx.AsyncClient, settings: Settings) -> Outside:
    """The outside as wired, without pauses between calls: only our own work is measured."""
    outside = open_outside(settings, runtime.database, client, runtime.media)
    limiter = DatabaseLimiter(runtime.database, spacing=timedelta(0))
    return replace(outside, adapters=Adapters(client, settings.marketplaces, limiter=limiter))


async def controlled(field: Field, turn: int) -> float:
    """Listings put up per second by the controller; every turn has stalls of its own."""
    runtime, outside = field.runtime, field.outside
    for number in range(STALLS):
        shop_id = str(600_000 + turn * STALLS + number)
        await fill(field, f"HTX {turn}-{number}", shop_id)
    # What this run did not ask for is out of the way.
    started = time.perf_counter()
    await controller.drain(runtime.database, outside, "shopee")
    took = time.perf_counter() - started
    async with runtime.database.session(SYSTEM) as session:
        up = list(await session.scalars(select(Listing.id).where(Listing.remote_id != "")))
        if len(up) != STALLS * EACH * (turn + 1):
            raise RuntimeError(f"{len(up)} listings are up after {turn + 1} turns")
        rest = clock.now() + timedelta(days=1)
        await session.execute(
            update(Listing).where(Listing.marketplace_key == "shopee").values(next_look_at=rest)
        )
    return STALLS * EACH / took


async def fill(field: Field, name: str, shop_id: str, key: str = "shopee") -> None:
    """A producer with products that are asked for in one stall of the marketplace ``key``."""
    runtime, outside = field.runtime, field.outside
    stored = await runtime.media.put_picture(_picture())
    province = finder().find_province("22")
    if province is None:
        raise RuntimeError("the reference data has no province 22")
    async with runtime.database.session(SYSTEM) as session:
        producer = Producer(
            id=new_id(),
            kind=ProducerKind.COOPERATIVE,
            name=name,
            name_folded=fold(name),
            sort_key=sort_key(name),
            province_id=province.id,
        )
        session.add(producer)
        await session.flush()
        products: list[UUID] = []
        for each in range(EACH):
            product = await _product(session, producer, stored, f"Trà hoa vàng {name} số {each}")
            products.append(product.id)
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=producer.id,
            marketplace=outside.adapters.get(key),
            shop_id=shop_id,
            name=name,
            credentials={"access_token": access_token_for(shop_id)},
            sealing_key=outside.sealing_key,
        )
        if key != "shopee":
            account.state = AccountState.CONNECTED  # nobody answers when it is read
    if key == "shopee":
        await stalls.read_shop(runtime.database, outside, account.id)
    async with runtime.database.session(SYSTEM) as session:
        for product_id in products:
            await service.request_listing(session, SYSTEM_ACTOR, product_id=product_id, account_id=account.id)


async def _product(session: AsyncSession, producer: Producer, stored: StoredPicture, title: str) -> Product:
    """A product that can be sent: with a price, a weight and a photo."""
    product = Product(
        id=new_id(),
        producer_id=producer.id,
        name=title,
        name_folded=fold(title),
        sort_key=sort_key(title),
        group_code="do_uong",
        description="Hoa trà hái tay vào mùa đông, sấy lạnh.",
        price_vnd=250_000,
        unit="hộp",
        net_weight_g=100,
    )
    session.add(product)
    await session.flush()
    session.add(
        ProductPhoto(
            product_id=product.id,
            producer_id=producer.id,
            sha256=stored.sha256,
            media_key=stored.key,
            width=stored.width,
            height=stored.height,
            size_bytes=stored.size_bytes,
        )
    )
    return product


async def _bare(field: Field, turn: int) -> float:
    """The same calls by the same adapter, kept nowhere."""
    runtime, outside = field.runtime, field.outside
    chosen = field.settings.marketplaces["shopee"]
    hosts = Hosts(chosen.api_base, chosen.public_base, "", PARTNER_ID, PARTNER_KEY)
    limiter = ProcessLimiter(spacing=timedelta(0), concurrency=controller.AT_ONCE)
    adapter = registry.get("shopee", field.client, hosts, limiter=limiter)
    async with runtime.database.session(SYSTEM) as session:
        ids = list(await session.scalars(select(Product.id).order_by(Product.id).limit(STALLS * EACH)))
        subjects = await load_subjects(session, ids, public_url=outside.public_url)
    work = [
        (Shop(str(800_000 + turn * STALLS + number % STALLS)), subjects[product_id])
        for number, product_id in enumerate(ids)
    ]
    places = asyncio.Semaphore(controller.AT_ONCE)

    async def one(adapter: Marketplace, shop: Shop, number: int) -> None:
        async with places:
            subject, photos = work[number][1]
            pictures = await load_pictures(photos, outside.read_picture, public_url=outside.public_url)
            draft = build_draft(subject, overrides={}, pictures=pictures)
            await adapter.find(shop, draft.seller_sku)
            refs = [await adapter.upload_picture(shop, each) for each in pictures]
            await adapter.publish(shop, draft, refs)

    shops = [replace(shop, credentials={"access_token": access_token_for(shop.shop_id)}) for shop, _ in work]
    started = time.perf_counter()
    await asyncio.gather(*(one(adapter, shop, number) for number, shop in enumerate(shops)))
    return len(work) / (time.perf_counter() - started)


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (600, 600), "#2f6f4f").save(buffer, "JPEG")
    return buffer.getvalue()


@asynccontextmanager
async def _sandbox(folder: Path) -> AsyncGenerator[str]:
    """A sandbox in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "ocop_hub.cli", "sandbox", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *command, "--data-dir", str(folder / "sandbox"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(300):
                try:
                    await client.get(f"{base}/healthz")
                    break
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
        yield base
    finally:
        process.kill()
        await process.wait()
