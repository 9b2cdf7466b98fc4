"""A product's evidence pack as a file: for its producer, who helps her, and offices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Response

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.reporting.evidence.files import evidence_pdf, evidence_zip
from ocop_hub.reporting.evidence.pack import EvidencePack, evidence_pack

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=HubRoute)


@router.get("/products/{product_id}/evidence-pack.pdf")
async def get_pdf(
    session: SessionDep, settings: SettingsDep, media: MediaDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """What the hub can show of the product when it is presented for recognition again, as one PDF."""
    pack = await evidence_pack(session, media, actor, product_id, public_url=settings.public_url)
    return await _file(pack, evidence_pdf, "pdf")


@router.get("/products/{product_id}/evidence-pack.zip")
async def get_zip(
    session: SessionDep, settings: SettingsDep, media: MediaDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """The PDF with its pictures, its data, and a manifest of their hashes."""
    pack = await evidence_pack(session, media, actor, product_id, public_url=settings.public_url)
    return await _file(pack, evidence_zip, "zip")


async def _file(pack: EvidencePack, write: Callable[[EvidencePack], bytes], kind: str) -> Response:
    headers = {
        **saved_as(f"ho-so-minh-chung-{pack.product_id}.{kind}"),
        "Cache-Control": "private, no-store",
    }
    return Response(await asyncio.to_thread(write, pack), media_type=f"application/{kind}", headers=headers)
