"""Nobody waits for the object store with a connection of the pool in his hands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from obstore.store import S3Store
from sqlalchemy import select
from tests import builders
from tests.builders import Cast, sign_in
from tests.conftest import Cluster
from tests.photos import encoded, still_life
from tests.printed_templates import xlsx_template
from tests.served import served

from ocop_hub.app import create_app
from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import APP_ROLE, SYSTEM, Database, aside
from ocop_hub.marketplaces.contract import Mode
from ocop_hub.media import Media
from ocop_hub.settings import Settings
from ocop_hub.traceability.models import EventKind

SHEET = "Tên sản phẩm;Nhóm sản phẩm\nMiến dong;Thực phẩm\n".encode()


@dataclass
class Bucket:
    """An S3 bucket that answers only while it is open."""

    open: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    objects: dict[str, bytes] = field(default_factory=dict)

    def app(self, _base: str) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{key:path}", methods=["GET", "HEAD", "PUT"])
        async def answer(request: Request, key: str) -> Response:
            content = await request.body()
            self.asked.set()
            assert await asyncio.to_thread(self.open.wait, 30)
            if request.method == "PUT":
                self.objects[key] = content
                return Response(headers={"ETag": '"1"'})
            if key not in self.objects:
                return Response(status_code=404)
            headers = {"ETag": '"1"', "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT"}
            whole = self.objects[key]
            if asked := request.headers.get("range"):
                first, last = (int(each) for each in asked.removeprefix("bytes=").split("-"))
                part = whole[first : last + 1]
                headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(whole)}"
                return Response(part, status_code=206, headers=headers)
            return Response(whole, headers=headers)

        return app


@pytest.fixture(scope="module")
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture(scope="module")
def media(bucket: Bucket) -> Iterator[Media]:
    with served(bucket.app) as base:
        store = S3Store(
            "kho",
            endpoint=f"{base}/kho",
            virtual_hosted_style_request=True,
            region="us-east-1",
            skip_signature=True,
            client_options={"allow_http": True},
        )
        yield Media(store)


@pytest.fixture
async def narrow(cluster: Cluster, template: str) -> AsyncIterator[Database]:
    """A database to which this process has one connection."""
    name = await cluster.clone(template)
    database = Database(cluster.address(name, APP_ROLE), pool_size=1)
    yield database
    await database.close()
    await cluster.drop(name)


@dataclass
class House:
    """The application with one connection, and people signed in."""

    app: FastAPI
    database: Database
    bucket: Bucket
    cast: Cast
    hoa: httpx.AsyncClient
    thu: httpx.AsyncClient

    async def held_while_waiting(self, who: httpx.AsyncClient, method: str, path: str, **sent: Any) -> Any:
        """Send a request; while it waits for the bucket no connection is out, and another request is answered."""
        self.bucket.open.clear()
        self.bucket.asked.clear()
        request = asyncio.create_task(who.request(method, path, **sent))
        try:
            asked = asyncio.to_thread(self.bucket.asked.wait, 20)
            assert await asked, f"{path}: the bucket was not asked"
            assert self.database.engine.pool.checkedout() == 0, path  # type: ignore[attr-defined]  # QueuePool has it
            other = await asyncio.wait_for(self.hoa.get("/api/v1/products"), 10)
            assert other.status_code == 200
        finally:
            self.bucket.open.set()
            answer = await request
        assert answer.status_code < 400, f"{path}: {answer.text}"
        return answer


@pytest.fixture
async def house(settings: Settings, narrow: Database, bucket: Bucket, media: Media) -> AsyncIterator[House]:
    bucket.open.set()
    async with narrow.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
    app = create_app(settings, narrow, media=media)

    def browser() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000")

    async with app.router.lifespan_context(app), browser() as hoa, browser() as thu:
        await sign_in(hoa, cast.hoa)
        await sign_in(thu, cast.thu)
        yield House(app, narrow, bucket, cast, hoa, thu)


async def test_what_is_sent_waits_without_a_connection(house: House) -> None:
    async with house.database.session(SYSTEM) as session:
        product = await builders.make_product(session, house.cast.hers, "Miến dong")
        lot = await builders.make_lot(session, product)
    photo = encoded(still_life(1))
    desk, api = f"/ban-lam-viec/san-pham/{product.id}", f"/api/v1/products/{product.id}"
    sends = [
        (house.hoa, f"{api}/photos", {"photo": ("a.jpg", photo)}),
        (house.hoa, f"{desk}/anh", {"photos": ("b.jpg", encoded(still_life(2)))}),
        (house.hoa, f"{api}/recordings", {"recording": ("a.ogg", b"OggS\0")}),
        (house.hoa, "/api/v1/imports", {"file": ("a.csv", SHEET)}),
        (house.hoa, "/ban-lam-viec/nhap-tep", {"file": ("a.csv", SHEET + b"\n")}),
        (house.hoa, f"/api/v1/lots/{lot.id}/papers", {"paper": ("a.pdf", b"%PDF-1.7")}),
        (house.thu, "/api/v1/report-templates", {"file": ("mau.xlsx", xlsx_template())}),
    ]
    for who, path, files in sends:
        await house.held_while_waiting(who, "POST", path, files=files)


async def test_what_is_read_waits_without_a_connection(house: House, media: Media) -> None:
    key = await media.put_file(b"%PDF-1.7", "papers", suffix=".pdf")
    picture = await media.put_picture(encoded(still_life(3)))
    async with house.database.session(SYSTEM) as session:
        product = await builders.make_product(session, house.cast.hers, "Miến dong")
        lot = await builders.make_lot(session, product)
        attached = {"attachments": [{"key": key, "public": True}]}
        event = await builders.make_event(session, lot, EventKind.INSPECTION, details=attached)
        shown = await builders.make_photo(session, product)
        shown.media_key = picture.key
        account = await builders.make_account(
            session, house.cast.hers, marketplace="postmart", mode=Mode.ASSISTED
        )
        listing = await builders.make_listing(session, product, account)
    sent = await house.hoa.post("/api/v1/imports", files={"file": ("a.csv", SHEET)}, data={"dry_run": "true"})
    run = f"/api/v1/imports/{sent.json()['id']}"
    for path in (
        f"/giay-to/{event.id}/0",
        f"/api/v1/listings/{listing.id}/pack.zip",
        f"/api/v1/products/{product.id}/evidence-pack.zip",
        f"{run}/marked.xlsx",
    ):
        await house.held_while_waiting(house.hoa, "GET", path)
    await house.held_while_waiting(house.hoa, "POST", f"{run}/store")


async def test_a_key_sent_again_while_the_first_waits_is_kept_once(house: House) -> None:
    async with house.database.session(SYSTEM) as session:
        product = await builders.make_product(session, house.cast.hers, "Miến dong")

    def send() -> Any:
        return house.hoa.post(
            f"/api/v1/products/{product.id}/photos",
            files={"photo": ("a.jpg", encoded(still_life(4)))},
            headers={"Idempotency-Key": "anh-1"},
        )

    house.bucket.open.clear()
    house.bucket.asked.clear()
    first, second = asyncio.create_task(send()), asyncio.create_task(send())
    assert await asyncio.to_thread(house.bucket.asked.wait, 20)
    house.bucket.open.set()
    answers = await asyncio.gather(first, second)
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert sorted("Idempotency-Replayed" in each.headers for each in answers) == [False, True]
    async with house.database.session(SYSTEM) as session:
        assert len((await session.scalars(select(ProductPhoto.id))).all()) == 1


async def test_the_scope_comes_back_even_after_a_refusal(narrow: Database) -> None:
    async with narrow.session(SYSTEM) as session:
        product = await builders.make_product(session, await builders.make_producer(session), "Miến")
    async with narrow.session(SYSTEM) as session:
        with pytest.raises(LookupError):
            async with aside(session):
                raise LookupError
        assert await session.get(type(product), product.id) is not None
