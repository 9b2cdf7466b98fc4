"""The fault run: four workers against the simulated marketplace, killed, deceived, and judged at the end.

    .venv/bin/python -m tests.chaos.run --listings 1000 --kills 50

prints one line of JSON and ends with 1 where anything was lost, doubled, called too fast or slow to come back.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from tests import builders
from tests.chaos.checker import Shown, Verdict, judge
from tests.chaos.worker import PLACES

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.models import (
    CallOutcome,
    Listing,
    ListingAttempt,
    ListingInterval,
    MarketplaceAccount,
    ShopItem,
    Step,
)
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import MarketplaceSettings, Settings

WORKERS = 4
SETTLE_AFTER_S = 1.5
#: Products of one stall; each stall has its own producer and three items that were there before.
PER_STALL = 40
#: Promised: a dead worker's listings move again within this many seconds.
RECOVERY_S = 20.0
#: Of all creates, how many go wrong in each way.
FAULTS = {"drop_after_commit": 0.03, "late_commit": 0.02, "late_find": 0.02, "half_answer": 0.02, "500": 0.02}
SECRET = "c" * 40


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. Seconds; ``kills`` by place as carried out."""

    listings: int
    kills: Mapping[str, int]
    kills_ordered: int
    seconds: float
    recovery_s: float
    unanswered_creates: int
    verdict: Verdict
    finished: bool
    #: Listings that were not taken up again in time, as they stood.
    stuck: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        all_killed = sum(self.kills.values()) == self.kills_ordered
        return self.finished and all_killed and self.verdict.clean and self.recovery_s <= RECOVERY_S

    def as_dict(self) -> dict[str, Any]:
        counts = {
            name: len(getattr(self.verdict, name)) for name in ("lost", "doubled", "violations", "untrue")
        }
        first = [*self.verdict.lost, *self.verdict.doubled, *self.verdict.violations, *self.verdict.untrue][
            :5
        ]
        return {
            "listings": self.listings,
            "kills": dict(self.kills),
            "seconds": round(self.seconds, 1),
            "recovery_s": round(self.recovery_s, 1),
            "unanswered_creates": self.unanswered_creates,
            **counts,
            "finished": self.finished,
            "ok": self.ok,
            "first_faults": first,
            "stuck": self.stuck[:5],
        }


@dataclass
class Field:
    """The processes of a run, and what they work on."""

    runtime: Runtime
    base: str
    folder: Path
    client: httpx.AsyncClient
    stack: ExitStack
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def orders(self) -> Path:
        return self.folder / "orders"

    def obeyed(self) -> dict[str, int]:
        done = [each.name.partition("-")[0] for each in (self.folder / "obeyed").iterdir()]
        return {place: done.count(place) for place in PLACES}

    def start_worker(self) -> None:
        log = self.stack.enter_context((self.folder / "workers.log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker", str(self.orders)],
            env=_environment(self.runtime.settings, self.runtime.addresses.app.url),
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        self.stack.callback(_end, process)
        self.workers.append(process)

    def bury(self) -> int:
        """Put a new worker in the place of each that died; how many there were."""
        dead = [each for each in self.workers if each.poll() is not None]
        for each in dead:
            self.workers.remove(each)
            self.start_worker()
        return len(dead)


async def run(listings: int, kills: int, *, workers: int = WORKERS, patience_s: float = 900.0) -> Report:
    """The whole run, in a temporary folder with a database and a sandbox of its own."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name in ("orders", "obeyed"):
            (folder / name).mkdir()
        base = _start_sandbox(folder, stack)
        settings = _settings(folder / "data", base)
        async with open_runtime(settings) as runtime, httpx.AsyncClient(timeout=30) as client:
            await _until_up(client, base)
            place = Field(runtime, base, folder, client, stack)
            await _prepare(place, listings)
            await _order_faults(place, listings)
            started = time.monotonic()
            for _ in range(workers):
                place.start_worker()
            finished = await _watch(place, listings, kills, started + patience_s)
            seconds = time.monotonic() - started
            for process in place.workers:
                _end(process)
            return await _report(place, kills, seconds, finished=finished)


def _settings(data_dir: Path, base: str) -> Settings:
    shopee = MarketplaceSettings.model_validate(
        {
            "api_base": f"{base}/shopee",
            "public_base": f"{base}/shopee",
            "partner_id": PARTNER_ID,
            "partner_key": PARTNER_KEY,
            "settle_after_s": SETTLE_AFTER_S,
        }
    )
    given = {"data_dir": data_dir, "database_url": "", "secret_key": SECRET, "database_pool_size": 8}
    return Settings.model_validate({**given, "marketplaces": {"shopee": shopee.model_dump()}})


def _environment(settings: Settings, database_url: str) -> dict[str, str]:
    chosen = settings.marketplaces["shopee"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OCOP_HUB_DATABASE_URL": make_url(database_url).render_as_string(hide_password=False),
        "OCOP_HUB_DATABASE_POOL_SIZE": str(settings.database_pool_size),
        "OCOP_HUB_DATA_DIR": str(settings.data_dir),
        "OCOP_HUB_SECRET_KEY": SECRET,
        "OCOP_HUB_MARKETPLACES__SHOPEE__API_BASE": chosen.api_base,
        "OCOP_HUB_MARKETPLACES__SHOPEE__PUBLIC_BASE": chosen.public_base,
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_ID": PARTNER_ID,
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_KEY": PARTNER_KEY,
        "OCOP_HUB_MARKETPLACES__SHOPEE__SETTLE_AFTER_S": str(SETTLE_AFTER_S),
    }


def _start_sandbox(folder: Path, stack: ExitStack) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = stack.enter_context((folder / "sandbox.log").open("ab"))
    command = [sys.executable, "-m", "ocop_hub.cli", "sandbox", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data-dir", str(folder / "sandbox")], stdout=log, stderr=log, env=dict(os.environ)
    )
    stack.callback(_end, process)
    return f"http://127.0.0.1:{port}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


async def _until_up(client: httpx.AsyncClient, base: str) -> None:
    for _ in range(300):
        try:
            if (await client.get(f"{base}/healthz")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError("the sandbox did not come up")


async def _prepare(place: Field, listings: int) -> None:
    """Producers with stalls and products; one old item of each stall is adopted, the rest is asked for."""
    buffer = io.BytesIO()
    Image.new("RGB", (600, 600), "#2f6f4f").save(buffer, "JPEG")
    stored = await place.runtime.media.put_picture(buffer.getvalue())
    async with marketplace_client() as client:
        runtime = place.runtime
        outside = open_outside(runtime.settings, runtime.database, client, runtime.media)
        left, number = listings, 0
        while left > 0:
            number += 1
            count = min(left, PER_STALL)
            left -= count
            async with runtime.database.session(SYSTEM) as session:
                producer = await builders.make_producer(session, f"HTX thử số {number}")
                products = []
                for each in range(count):
                    product = await builders.make_product(session, producer, f"Trà hoa vàng {number}-{each}")
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
                    products.append(product.id)
                account = await stalls.connect(
                    session,
                    SYSTEM_ACTOR,
                    producer_id=producer.id,
                    marketplace=outside.adapters.get("shopee"),
                    shop_id=str(910_000 + number),
                    name=producer.name,
                    credentials={"access_token": access_token_for(str(910_000 + number))},
                    sealing_key=outside.sealing_key,
                )
            await stalls.read_shop(runtime.database, outside, account.id)
            await _ask(place, account.id, products)


async def _ask(place: Field, account_id: UUID, products: list[UUID]) -> None:
    async with place.runtime.database.session(SYSTEM) as session:
        items = list(await session.scalars(select(ShopItem).where(ShopItem.account_id == account_id)))
        adopted = await service.adopt(session, SYSTEM_ACTOR, item_id=items[0].id, product_id=products[0])
        # Adopted, and asked for all the same: nothing may be created for it.
        for product_id in products:
            await service.request_listing(session, SYSTEM_ACTOR, product_id=product_id, account_id=account_id)
        if adopted.remote_id != items[0].remote_id:
            raise RuntimeError("the old item was not adopted")


async def _order_faults(place: Field, listings: int) -> None:
    for kind, part in FAULTS.items():
        times = max(1, round(listings * part))
        order = {"call": "product/add_item", "kind": kind, "times": times, "delay_s": 1.0}
        answer = await place.client.post(f"{place.base}/_sandbox/faults", json=order)
        answer.raise_for_status()


async def _watch(place: Field, listings: int, kills: int, deadline: float) -> bool:
    """Order the kills one after the other over the run, replace the dead, until every listing is live."""
    ordered = 0
    watching: list[asyncio.Task[float]] = []
    pace = max(1, (listings // 2) // max(kills, 1))
    while time.monotonic() < deadline:
        live = await _count_live(place)
        while ordered < kills and ordered * pace <= live:
            (place.orders / f"{PLACES[ordered % len(PLACES)]}-{ordered}").touch()
            ordered += 1
        if place.bury():
            watching.append(asyncio.create_task(_recovered(place)))
        if live >= listings:
            break
        await asyncio.sleep(0.1)
    place.recoveries += await asyncio.gather(*watching)
    return await _count_live(place) >= listings


async def _count_live(place: Field) -> int:
    async with place.runtime.database.session(SYSTEM) as session:
        count = await session.scalar(
            select(func.count()).where(Listing.state == ListingState.LIVE, Listing.observed_at.is_not(None))
        )
        return int(count or 0)


async def _recovered(place: Field) -> float:
    """Seconds until every listing that was held at a worker's death was taken up again.

    A create whose answer was lost is outside the promise: it waits until it can be found.
    """
    held = await _held(place)
    started, longest = time.monotonic(), 0.0
    while held and time.monotonic() - started < RECOVERY_S * 2:
        async with place.runtime.database.session(SYSTEM) as session:
            rows = await session.execute(
                select(Listing.id, Listing.lease_token, Listing.lease_until, Listing.step).where(
                    Listing.id.in_(held)
                )
            )
            for listing_id, token, until, step in rows:
                # A living holder lets it go or renews the lease before it lapses; a dead one does neither.
                if (token, until) != held[listing_id] or step is Step.SETTLE:
                    del held[listing_id]
                    longest = time.monotonic() - started
        await asyncio.sleep(0.2)
    if held:
        async with place.runtime.database.session(SYSTEM) as session:
            stuck = await session.scalars(select(Listing).where(Listing.id.in_(held)))
            place.stuck += [
                f"{each.step} {each.state} attempts={each.attempts} look={each.next_look_at} "
                f"lease={each.lease_until} now={datetime.now(UTC)}"
                for each in stuck
            ]
    return RECOVERY_S * 2 if held else longest


async def _held(place: Field) -> dict[UUID, tuple[UUID | None, datetime | None]]:
    """Listings under a lease, with its token and its end."""
    async with place.runtime.database.session(SYSTEM) as session:
        rows = await session.execute(
            select(Listing.id, Listing.lease_token, Listing.lease_until).where(
                Listing.lease_until > func.now()
            )
        )
        return {listing_id: (token, until) for listing_id, token, until in rows}


async def _report(place: Field, kills: int, seconds: float, *, finished: bool) -> Report:
    history: list[dict[str, Any]] = []
    while True:
        after = history[-1]["seq"] if history else 0
        answer = await place.client.get(f"{place.base}/_sandbox/history", params={"after": after})
        if not answer.json():
            break
        history += answer.json()
    opened = (
        select(func.count())
        .where(ListingInterval.listing_id == Listing.id, func.upper_inf(ListingInterval.during))
        .scalar_subquery()
    )
    async with place.runtime.database.session(SYSTEM) as session:
        rows = await session.execute(
            select(
                MarketplaceAccount.shop_id,
                Listing.seller_sku,
                Listing.state,
                Listing.remote_id,
                opened,
                Listing.adopted,
            ).join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        )
        shown = [Shown(*row) for row in rows]
        unanswered = await session.scalar(
            select(func.count()).where(
                ListingAttempt.call == "publish",
                (ListingAttempt.ended_at.is_(None)) | (ListingAttempt.outcome == CallOutcome.UNKNOWN),
            )
        )
    return Report(
        listings=len(shown),
        kills=place.obeyed(),
        kills_ordered=kills,
        seconds=seconds,
        recovery_s=max(place.recoveries, default=0.0),
        unanswered_creates=int(unanswered or 0),
        verdict=judge(history, shown),
        finished=finished,
        stuck=tuple(place.stuck),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=200)
    parser.add_argument("--kills", type=int, default=16)
    parser.add_argument("--patience", type=float, default=900.0, help="seconds")
    given = parser.parse_args()
    report = asyncio.run(run(given.listings, given.kills, patience_s=given.patience))
    sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
