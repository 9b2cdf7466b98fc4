"""Killed in the middle and started again: every listing live, and live once.

The worker is a process of its own and gets SIGKILL; answers are lost and commits come late meanwhile. What is
true is asked of the marketplace's own history and of our tables, never of the worker.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update
from tests import builders

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import SYSTEM, Database, plain_url
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.media import open_media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import Listing, ListingAttempt, ListingInterval
from ocop_hub.publishing.preview import preview
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.sealed import open_shop
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import MarketplaceSettings, Settings

from .conftest import picture

LISTINGS = 18
#: The worker dies when this many listings were accepted, whatever it is doing then.
KILLED_AT = (1, 4, 8)
SECRET = "x" * 40
#: The simulated marketplace shows a late commit after half a second.
SETTLE_AFTER_S = 1.0
PATIENCE = 90.0
_shops = itertools.count(770_001)


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing as our tables have it."""

    sku: str
    state: ListingState
    remote_id: str
    open_intervals: int


def faults_of(history: Sequence[Mapping[str, Any]], listings: Sequence[Shown]) -> list[str]:
    """What is lost or doubled, by the marketplace's append-only history of accepted creates."""
    created: dict[str, list[str]] = {}
    for row in history:
        created.setdefault(row["sku"], []).append(str(row["item_id"]))
    faults = [f"{sku}: created {len(ids)} times" for sku, ids in created.items() if len(ids) > 1]
    for listing in listings:
        ids = created.get(listing.sku, [])
        if not ids:
            faults.append(f"{listing.sku}: never created")
        elif listing.remote_id not in ids:
            faults.append(f"{listing.sku}: we say {listing.remote_id}, the marketplace {ids}")
        if listing.state is not ListingState.LIVE:
            faults.append(f"{listing.sku}: {listing.state.value}")
        if listing.open_intervals != 1:
            faults.append(f"{listing.sku}: {listing.open_intervals} open intervals")
    ours = Counter(listing.sku for listing in listings)
    faults += [f"{sku}: nobody asked for it" for sku in created if sku not in ours]
    return faults


@dataclass
class Town:
    """A stall with products that shall go up, and processes that put them up."""

    database: Database
    settings: Settings
    outside: Outside
    base: str
    client: httpx.AsyncClient
    account_id: UUID
    shop_id: str
    products: list[UUID]

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process that is at work; killed when the block ends."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")},
            "PYTHONPATH": os.pathsep.join(sys.path),
            "OCOP_HUB_DATABASE_URL": plain_url(self.database.address.url),
            "OCOP_HUB_DATA_DIR": str(self.settings.data_dir),
            "OCOP_HUB_SECRET_KEY": SECRET,
            "OCOP_HUB_MARKETPLACES__SHOPEE__API_BASE": f"{self.base}/shopee",
            "OCOP_HUB_MARKETPLACES__SHOPEE__PUBLIC_BASE": f"{self.base}/shopee",
            "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_ID": PARTNER_ID,
            "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_KEY": PARTNER_KEY,
            "OCOP_HUB_MARKETPLACES__SHOPEE__SETTLE_AFTER_S": str(SETTLE_AFTER_S),
        }
        script = Path(__file__).with_name("worker_process.py")
        with (self.settings.data_dir / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, stderr=log
            )
        with process:
            assert process.stdout is not None
            try:
                assert process.stdout.readline() == b"ready\n", self.log()
                yield process
            finally:
                process.kill()

    def log(self) -> str:
        return (self.settings.data_dir / "worker.log").read_text()[-4000:]

    async def history(self) -> list[dict[str, Any]]:
        answer = await self.client.get(f"{self.base}/_sandbox/history")
        return [
            row
            for row in answer.json()
            if row["call"] == "product/add_item" and row["shop_id"] == self.shop_id
        ]

    async def fault(self, kind: str, **more: Any) -> None:
        order = {"call": "product/add_item", "kind": kind, "shop_id": self.shop_id, **more}
        answer = await self.client.post(f"{self.base}/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text

    async def request(self, products: Sequence[UUID]) -> list[UUID]:
        async with self.database.session(SYSTEM) as session:
            return [
                (
                    await service.request_listing(
                        session, SYSTEM_ACTOR, product_id=each, account_id=self.account_id
                    )
                ).id
                for each in products
            ]

    async def shown(self) -> list[Shown]:
        opened = (
            select(func.count())
            .where(ListingInterval.listing_id == Listing.id, func.upper_inf(ListingInterval.during))
            .scalar_subquery()
        )
        async with self.database.session(SYSTEM) as session:
            rows = await session.execute(
                select(Listing.seller_sku, Listing.state, Listing.remote_id, opened).order_by(Listing.id)
            )
            return [Shown(*row) for row in rows]

    async def held(self) -> set[UUID]:
        """Listings under a lease, as a dead worker leaves them."""
        async with self.database.session(SYSTEM) as session:
            return set(await session.scalars(select(Listing.id).where(Listing.lease_until > func.now())))

    async def lapse(self, listings: Collection[UUID]) -> None:
        """Time passes for the leases of these."""
        async with self.database.session(SYSTEM) as session:
            await session.execute(
                update(Listing).where(Listing.id.in_(listings)).values(lease_until=func.now())
            )

    async def until_created(self, count: int, process: subprocess.Popen[bytes]) -> None:
        """Until the marketplace has accepted ``count`` listings."""
        deadline = time.monotonic() + PATIENCE
        while len(await self.history()) < count:
            assert process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            await asyncio.sleep(0.01)

    async def until_live(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while any(each.state is not ListingState.LIVE for each in await self.shown()):
            assert process.poll() is None, self.log()
            assert time.monotonic() < deadline, await self.shown()
            await asyncio.sleep(0.1)


@pytest.fixture
async def town(
    settings: Settings, database: Database, sandbox: str, cast: builders.Cast
) -> AsyncIterator[Town]:
    shopee = MarketplaceSettings(
        api_base=f"{sandbox}/shopee",
        public_base=f"{sandbox}/shopee",
        partner_id=PARTNER_ID,
        partner_key=PARTNER_KEY,
    )
    settings = settings.model_copy(update={"secret_key": SECRET, "marketplaces": {"shopee": shopee}})
    settings = Settings.model_validate(settings.model_dump())
    settings.data_dir.mkdir(parents=True)
    media, shop_id = open_media(settings), str(next(_shops))
    stored = await media.put_picture(picture())
    async with marketplace_client() as client, httpx.AsyncClient() as control:
        outside = open_outside(settings, database, client, media)
        async with database.session(SYSTEM) as session:
            products = []
            for number in range(LISTINGS):
                product = await builders.make_product(session, cast.hers, f"Trà hoa vàng số {number}")
                session.add(
                    ProductPhoto(
                        product_id=product.id,
                        producer_id=product.producer_id,
                        sha256=stored.sha256,
                        media_key=stored.key,
                        width=stored.width,
                        height=stored.height,
                        size_bytes=stored.size_bytes,
                    )
                )
                products.append(product.id)
            account = await stalls.connect(
                session,
                SYSTEM_ACTOR,
                producer_id=cast.hers.id,
                marketplace=outside.adapters.get("shopee"),
                shop_id=shop_id,
                name=cast.hers.name,
                credentials={"access_token": access_token_for(shop_id)},
                sealing_key=outside.sealing_key,
            )
        await stalls.read_shop(database, outside, account.id)
        yield Town(database, settings, outside, sandbox, control, account.id, shop_id, products)


async def test_killed_in_the_middle_every_listing_is_live_once(town: Town) -> None:
    # The first answer is held back after the commit, so that the first kill falls between commit and answer.
    await town.fault("slow", delay_s=4)
    await town.fault("drop_after_commit", times=2)
    await town.fault("late_commit", delay_s=0.5)
    await town.fault("half_answer")
    await town.request(town.products)
    held_first: set[UUID] = set()
    for count in KILLED_AT:
        with town.worker() as process:
            await town.until_created(count, process)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        # What the first worker held is waited for in full; for later ones the time is skipped.
        held = await town.held()
        held_first = held_first or held
        await town.lapse(held - held_first)
    assert held_first
    with town.worker() as process:
        await town.until_live(process)
    assert faults_of(await town.history(), await town.shown()) == []
    assert len(await town.shown()) == LISTINGS
    doubles = (await town.client.get(f"{town.base}/_sandbox/doubles")).json()
    assert [each for each in doubles if each["shop_id"] == town.shop_id] == []
    async with town.database.session(SYSTEM) as session:
        cut_short = await session.scalar(select(func.count()).where(ListingAttempt.ended_at.is_(None)))
    assert cut_short, "no kill fell into a call: the run has shown nothing"


async def test_the_check_sees_a_double_a_loss_and_a_stranger(town: Town) -> None:
    """A double is planted at the marketplace itself, behind the controller's back."""
    (listing_id, _lost) = await town.request(town.products[:2])
    async with town.database.session(SYSTEM) as session:
        listing = await session.get_one(Listing, listing_id)
        seen = await preview(session, town.outside, listing)
        account = await service.account_of(session, SYSTEM_ACTOR, town.account_id)
    adapter = town.outside.adapters.get("shopee")
    shop = open_shop(account, town.outside.sealing_key)
    refs = [await adapter.upload_picture(shop, each) for each in seen.draft.pictures]
    for _ in range(2):
        await adapter.publish(shop, seen.draft, refs)
    mine = [row for row in await town.history() if row["sku"] == seen.draft.seller_sku]
    shown = await town.shown()
    faults = faults_of(mine, shown)
    assert f"{seen.draft.seller_sku}: created 2 times" in faults
    assert any(fault.endswith("never created") for fault in faults)
    assert any("the marketplace" in fault for fault in faults)
    assert faults_of(mine, [each for each in shown if each.sku != seen.draft.seller_sku])
