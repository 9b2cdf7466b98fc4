"""Pictures and papers that nobody names any more are forgotten; what an event names stays for ever."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import httpx
from fastapi import FastAPI
from PIL import Image
from tests import builders

from ocop_hub.catalogue.jobs import PHOTO_SOURCES, PhotoSources
from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.media import open_media
from ocop_hub.outbound import Outbound, OutboundLimits
from ocop_hub.settings import Settings
from ocop_hub.traceability.jobs import forget_pictures


def photo(colour: str) -> tuple[str, bytes, str]:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "JPEG")
    return f"{colour}.jpg", out.getvalue(), "image/jpeg"


async def test_what_a_product_or_a_step_names_stays(
    client: httpx.AsyncClient, app: FastAPI, database: Database, settings: Settings
) -> None:
    media = app.state.media = open_media(settings)
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        made = await builders.make_product(session, cast.hers)
    client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
    product = f"/api/v1/products/{made.id}"
    lot = (await client.post(f"{product}/lots", json={"code": "LO-01"})).headers["location"]
    photos = [
        (await client.post(f"{product}/photos", files={"photo": photo(each)})).json()
        for each in ("red", "blue")
    ]
    papers = [
        (await client.post(f"{lot}/papers", files={"paper": given})).json()["key"]
        for given in (photo("green"), ("a.pdf", b"%PDF-1.7 a", "application/pdf"), photo("white"))
    ]
    step = {
        "kind": "inspection",
        "occurred_at": (clock.now() - timedelta(days=1)).isoformat(),
        "details": {"attachments": [{"key": key} for key in papers[:2]]},
    }
    assert (await client.post(f"{lot}/events", json=step)).status_code == 201
    assert (await client.delete(f"{product}/photos/{photos[0]['id']}")).status_code == 204

    folder = settings.data_dir / "media"
    for file in folder.rglob("*.*"):
        os.utime(file, (0, 0))
    outbound = Outbound(OutboundLimits())
    await forget_pictures(JobContext(database, {PHOTO_SOURCES: PhotoSources(outbound, media)}))
    left = {path.name for path in folder.rglob("*.*")}
    kept = {key.rsplit("/", 1)[1] for key in papers[:2]}
    assert kept < left
    # The photo that is still on the product, with its one smaller copy, and the step's photo with its own.
    assert len(left) == 5
    assert papers[2].rsplit("/", 1)[1] not in left
    await outbound.close()
