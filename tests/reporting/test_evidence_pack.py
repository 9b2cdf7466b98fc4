"""The evidence pack: what was recorded of a product, on paper and as a zip whose manifest holds."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import (
    Cast,
    actor_for,
    make_account,
    make_cast,
    make_certificate,
    make_event,
    make_listing,
    make_lot,
    make_product,
)

from ocop_hub.catalogue.models import Product
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.publishing.models import Evidence
from ocop_hub.reporting.evidence.files import (
    DATA_NAME,
    MANIFEST_NAME,
    PDF_NAME,
    evidence_pdf,
    evidence_zip,
)
from ocop_hub.reporting.evidence.pack import EvidencePack, evidence_pack
from ocop_hub.traceability.models import EventKind

URL = "https://ocop.example"


@pytest.fixture
async def cast(session: AsyncSession) -> Cast:
    return await make_cast(session)


@pytest.fixture
async def product(session: AsyncSession, cast: Cast) -> Product:
    product = await make_product(session, cast.hers, "Trà “hoa vàng” #1 $x")
    product.story = "Câu chuyện *của* bà con.\nDòng _hai_."
    await make_certificate(session, product)
    lot = await make_lot(session, product)
    await make_event(session, lot, EventKind.HARVEST)
    return product


async def gather(session: AsyncSession, media: Media, cast: Cast, product: Product) -> EvidencePack:
    hoa = actor_for(cast.hoa, Role.PRODUCER, cast.hers)
    return await evidence_pack(session, media, hoa, product.id, public_url=URL)


async def test_listing_proofs_with_the_picture_that_was_kept(
    session: AsyncSession, cast: Cast, product: Product
) -> None:
    media = Media.in_memory()
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    kept = await media.put_picture(out.getvalue())
    account = await make_account(session, cast.hers, marketplace="postmart", mode=Mode.ASSISTED)
    listing = await make_listing(session, product, account)
    for n in range(7):
        session.add(
            Evidence(
                listing_id=listing.id,
                producer_id=cast.hers.id,
                grade=Grade.SEEN,
                state=ListingState.LIVE,
                seen_at=clock.now() - timedelta(days=n),
                checks={"picture": kept.key} if n == 0 else {},
            )
        )
    await session.flush()
    pack = await gather(session, media, cast, product)
    (proof,) = pack.listings
    assert [bool(look.picture) for look in proof.looks] == [True, False, False, False, False]
    assert proof.looks[0].picture in pack.files
    assert evidence_pdf(pack).startswith(b"%PDF")


async def test_the_manifest_holds_for_every_file(session: AsyncSession, cast: Cast, product: Product) -> None:
    pack = await gather(session, Media.in_memory(), cast, product)
    with zipfile.ZipFile(io.BytesIO(evidence_zip(pack))) as box:
        manifest = json.loads(box.read(MANIFEST_NAME))
        listed = {each["name"]: each["sha256"] for each in manifest["files"]}
        assert set(box.namelist()) == {*listed, MANIFEST_NAME}
        assert {PDF_NAME, DATA_NAME, "tem.png"} <= set(listed)
        for name, digest in listed.items():
            assert hashlib.sha256(box.read(name)).hexdigest() == digest
        data = json.loads(box.read(DATA_NAME))
    assert data["trace_uri"].startswith(URL)
    assert [lot["steps"][0]["kind"] for lot in data["lots"]] == ["harvest"]
    assert data["certificates"][0]["stars"]
    assert data["story"] == product.story


async def test_another_producer_gets_nothing(session: AsyncSession, cast: Cast, product: Product) -> None:
    binh: Actor = actor_for(cast.binh, Role.PRODUCER, cast.his)
    with pytest.raises(NotFound):
        await evidence_pack(session, Media.in_memory(), binh, product.id, public_url=URL)
