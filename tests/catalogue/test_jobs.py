"""Photos by their address, fetched from a real server in the background; recordings forgotten."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Response
from obstore.exceptions import BaseError
from obstore.store import LocalStore
from PIL import Image
from sqlalchemy import select, update
from tests.cast import OFFICER, make_producer, make_product
from tests.served import served

from ocop_hub.catalogue import queries, spoken
from ocop_hub.catalogue.jobs import (
    PHOTO_SOURCES,
    PhotoSources,
    fetch_photo,
    forget_recordings,
    wake_fetches,
)
from ocop_hub.catalogue.models import FetchState, PhotoFetch
from ocop_hub.catalogue.photo_urls import LEASE, PAUSES, ask_photos
from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.media import Media, MediaNotFound
from ocop_hub.outbound import Outbound, OutboundLimits


def pictures(base: str) -> FastAPI:
    """A site with one photo, one page, one thing missing, and one that fails twice before it answers."""
    app = FastAPI()
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    asked: list[str] = []

    @app.get("/anh.jpg")
    def photo() -> Response:
        return Response(out.getvalue(), media_type="image/jpeg")

    @app.get("/chuyen")
    def moved() -> Response:
        return Response(status_code=302, headers={"Location": f"{base}/anh.jpg"})

    @app.get("/trang.jpg")
    def page() -> Response:
        return Response("<html>Không phải ảnh</html>", media_type="image/jpeg")

    @app.get("/lon.jpg")
    def large() -> Response:
        return Response(bytes(20_000_001), media_type="image/jpeg")

    @app.get("/luc-co-luc-khong.jpg")
    def unsteady() -> Response:
        asked.append("")
        return Response(status_code=503) if len(asked) < 3 else photo()

    return app


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(pictures) as base:
        yield base


class Desk:
    """One product and a worker's hands."""

    def __init__(self, database: Database, *, loopback: bool = True) -> None:
        self.database = database
        self.product_id = UUID(int=0)
        self.outbound = Outbound(OutboundLimits(allow_loopback=loopback, deadline=5))
        self.context = JobContext(database, {PHOTO_SOURCES: PhotoSources(self.outbound, Media.in_memory())})

    async def ask(self, *urls: str) -> list[PhotoFetch]:
        async with self.database.session(SYSTEM) as session:
            return await ask_photos(session, OFFICER, self.product_id, urls)

    async def work(self, fetch: PhotoFetch) -> PhotoFetch:
        """Run the job once, and read the row afterwards."""
        await fetch_photo(self.context, {"fetch_id": str(fetch.id)})
        return await self.read(fetch)

    async def read(self, fetch: PhotoFetch) -> PhotoFetch:
        async with self.database.session(SYSTEM) as session:
            return await session.get_one(PhotoFetch, fetch.id)

    async def due_now(self, fetch: PhotoFetch) -> None:
        """As if the pause were over."""
        async with self.database.session(SYSTEM) as session:
            await session.execute(
                update(PhotoFetch)
                .where(PhotoFetch.id == fetch.id)
                .values(next_at=clock.now() - timedelta(seconds=1))
            )

    async def photos(self) -> int:
        async with self.database.session(SYSTEM) as session:
            return len((await session.scalars(queries.photos_of(self.product_id))).all())


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    made = Desk(database)
    async with database.session(SYSTEM) as session:
        made.product_id = (await make_product(session, await make_producer(session))).id
    yield made
    await made.outbound.close()


async def test_each_address_has_its_own_outcome(desk: Desk, site: str) -> None:
    paths = ("anh.jpg", "chuyen", "trang.jpg", "khong-co.jpg", "lon.jpg")
    fetches = await desk.ask(*(f"{site}/{path}" for path in paths))
    came = {path: await desk.work(fetch) for path, fetch in zip(paths, fetches, strict=True)}
    assert {path: fetch.state.value for path, fetch in came.items()} == {
        "anh.jpg": "done",
        "chuyen": "done",
        "trang.jpg": "failed",
        "khong-co.jpg": "failed",
        "lon.jpg": "failed",
    }
    assert "Hãy gửi ảnh JPG" in came["trang.jpg"].problem
    assert "mã 404" in came["khong-co.jpg"].problem
    assert "20 MB" in came["lon.jpg"].problem
    assert await desk.photos() == 1  # the two addresses led to one photo


async def test_a_store_that_fails_is_tried_less_and_less_and_then_said(
    desk: Desk, site: str, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_text("a file where the folder should be")
    media = Media(LocalStore(prefix=tmp_path))
    desk.context = JobContext(desk.database, {PHOTO_SOURCES: PhotoSources(desk.outbound, media)})
    (fetch,) = await desk.ask(f"{site}/anh.jpg")
    waits = []
    for _ in range(len(PAUSES) + 1):
        with pytest.raises(BaseError):
            await desk.work(fetch)
        waits.append(((await desk.read(fetch)).next_at - clock.now()).total_seconds())
        await desk.due_now(fetch)
    assert waits == sorted(waits)
    assert waits[-1] > LEASE.total_seconds()
    row = await desk.work(fetch)
    assert row.state is FetchState.FAILED
    assert "nơi cất ảnh đang gặp lỗi" in row.problem


async def test_no_answer_is_asked_again_later(desk: Desk, site: str) -> None:
    (fetch,) = await desk.ask(f"{site}/luc-co-luc-khong.jpg")
    for n in range(len(PAUSES)):
        row = await desk.work(fetch)
        assert (row.state, row.tries) == (FetchState.WAITING, n + 1)
        assert "mã 503" in row.problem
        # Before the pause is over nothing happens.
        assert (await desk.work(fetch)).tries == n + 1
        await desk.due_now(fetch)
    assert (await desk.work(fetch)).state is FetchState.DONE
    assert await desk.photos() == 1


async def test_after_the_last_pause_the_person_is_told(desk: Desk) -> None:
    (fetch,) = await desk.ask("http://127.0.0.1:9/anh.jpg")
    for _ in range(len(PAUSES) + 1):
        row = await desk.work(fetch)
        await desk.due_now(fetch)
    assert (row.state, row.tries) == (FetchState.FAILED, len(PAUSES) + 1)
    assert row.problem


async def test_a_private_network_is_not_asked(desk: Desk, site: str) -> None:
    strict = Desk(desk.database, loopback=False)
    (fetch,) = await desk.ask(f"{site}/anh.jpg")
    row = await strict.work(fetch)
    assert row.state is FetchState.FAILED
    assert await desk.photos() == 0
    await strict.outbound.close()


async def test_a_worker_that_died_is_followed_by_another(desk: Desk, site: str) -> None:
    (fetch,) = await desk.ask(f"{site}/anh.jpg")
    async with desk.database.session(SYSTEM) as session:
        row = await session.get_one(PhotoFetch, fetch.id)
        row.next_at, row.tries = clock.now() + LEASE, 1
    assert (await desk.work(fetch)).tries == 1  # the first may still be at it
    await desk.due_now(fetch)
    await wake_fetches(desk.context)
    assert (await desk.work(fetch)).state is FetchState.DONE


async def test_dropped_meanwhile(desk: Desk, site: str) -> None:
    (fetch,) = await desk.ask(f"{site}/anh.jpg")
    async with desk.database.session(SYSTEM) as session:
        await session.delete(await session.get_one(PhotoFetch, fetch.id))
    gone: dict[str, Any] = {"fetch_id": str(fetch.id)}
    await fetch_photo(desk.context, gone)
    async with desk.database.session(SYSTEM) as session:
        assert list(await session.scalars(select(PhotoFetch))) == []


async def test_a_deleted_recording_is_forgotten_and_another_is_not(desk: Desk, tmp_path: Path) -> None:
    media = Media(LocalStore(prefix=tmp_path))
    context = JobContext(desk.database, {PHOTO_SOURCES: PhotoSources(desk.outbound, media)})
    async with desk.database.session(SYSTEM) as session:
        kept, deleted = [
            await spoken.keep_recording(session, OFFICER, media, desk.product_id, b"OggS" + bytes([n]))
            for n in range(2)
        ]
        await spoken.remove_recording(session, OFFICER, desk.product_id, deleted.id)
    await forget_recordings(context)
    # A row may still be on its way to a file as new as this.
    assert await media.read(deleted.media_key)
    for file in tmp_path.rglob("*.ogg"):
        os.utime(file, (0, 0))
    await forget_recordings(context)
    assert await media.read(kept.media_key)
    with pytest.raises(MediaNotFound):
        await media.read(deleted.media_key)
