"""Lots, their events and labels as JSON, SVG and PNG."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.queries import same_product
from ocop_hub.catalogue.service import get_product, get_product_as_made
from ocop_hub.db import SessionDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.media import Media, MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.settings import Settings
from ocop_hub.traceability import papers, queries, recall, service
from ocop_hub.traceability.labels import label as labels
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.schemas import (
    EventIn,
    EventOut,
    FourFactsIn,
    LotDetail,
    LotIn,
    LotOut,
    RecallIn,
    RecallOut,
)

router = APIRouter(prefix="/api/v1", tags=["traceability"], route_class=HubRoute)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]
SVG = "image/svg+xml"
PNG = "image/png"
#: A label changes with its lot and with the day: it is always made anew.
NEVER_KEPT = {"Cache-Control": "no-store"}


@router.post("/products/{product_id}/lots", status_code=status.HTTP_201_CREATED)
async def create_lot(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, given: LotIn, response: Response
) -> LotOut:
    """A new lot of a product you may change, with the code for its labels."""
    product = await get_product(session, actor, product_id)
    lot = await service.create_lot(session, actor, product, given)
    await session.refresh(lot)
    response.headers["Location"] = f"/api/v1/lots/{lot.id}"
    return LotOut.model_validate(lot)


@router.get("/products/{product_id}/lots")
async def list_lots(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, params: PageDep
) -> Page[LotOut]:
    """Lots of a product, newest first."""
    await get_product(session, actor, product_id)
    rows, next_cursor = await fetch_page(
        session,
        queries.visible_to(actor).where(Lot.product_id.in_(same_product(product_id))),
        sort=Lot.created_at,
        row_id=Lot.id,
        params=params,
        descending=True,
    )
    return Page(items=[LotOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/lots/{lot_id}")
async def get_lot(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, lot_id: UUID
) -> LotDetail:
    """One lot with every event as it was written, corrected ones too."""
    lot = await service.find_lot(session, actor, lot_id)
    product = await get_product_as_made(session, actor, lot.product_id)
    events = await session.scalars(queries.events_of(lot.id))
    code = await session.scalar(queries.trace_code_of(product.id, lot.id))
    return LotDetail(
        **LotOut.model_validate(lot).model_dump(),
        events=[EventOut.model_validate(each) for each in events],
        trace_uri=labels.trace_uri(settings.public_url, product, lot, code.code if code else ""),
    )


@router.post("/lots/{lot_id}/events", status_code=status.HTTP_201_CREATED)
async def record_event(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_id: UUID, given: EventIn
) -> EventOut:
    """Write one event. Events are never edited: name the one to correct in ``corrects_id``.

    What ``details.attachments`` names has to be uploaded before.
    """
    lot = await service.find_lot(session, actor, lot_id)
    async with aside(session):
        await papers.require_kept(media, given.details.attachments)
    event = await service.record_event(session, actor, lot, given)
    await session.refresh(event)
    return EventOut.model_validate(event)


@router.post("/lots/{lot_id}/four-facts", status_code=status.HTTP_201_CREATED)
async def record_four_facts(
    session: SessionDep, actor: SignedInActorDep, lot_id: UUID, given: FourFactsIn
) -> list[EventOut]:
    """Harvest, first processing, packing and place in one go; all of them or none."""
    lot = await service.find_lot(session, actor, lot_id)
    events = await service.record_four_facts(session, actor, lot, given)
    for event in events:
        await session.refresh(event)
    return [EventOut.model_validate(event) for event in events]


@router.post("/lots/{lot_id}/release")
async def release_lot(session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> LotOut:
    """Show the lot to buyers."""
    lot = await service.find_lot(session, actor, lot_id)
    return LotOut.model_validate(await service.release_lot(session, actor, lot))


@router.post("/lots/{lot_id}/recall")
async def recall_lot(
    session: SessionDep, actor: SignedInActorDep, lot_id: UUID, given: RecallIn
) -> RecallOut:
    """Call the lot back with all you made from it: their pages are red from the next scan on."""
    lot = await service.find_lot(session, actor, lot_id)
    done = await recall.recall(session, actor, lot, reason=given.reason)
    return RecallOut(
        **LotOut.model_validate(done.lot).model_dump(),
        recalled_with_it=[LotOut.model_validate(each) for each in done.with_it],
        lots_of_others=done.lots_of_others,
    )


async def _lot_label(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, media: MediaDep, lot_id: UUID
) -> labels.LabelFacts:
    lot = await service.find_lot(session, actor, lot_id)
    product = await get_product_as_made(session, actor, lot.product_id)
    facts = await labels.label_facts(session, actor, product, lot, public_url=settings.public_url)
    return await _with_mark(session, media, facts)


async def _product_label(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, media: MediaDep, product_id: UUID
) -> labels.LabelFacts:
    product = await get_product(session, actor, product_id)
    facts = await labels.label_facts(session, actor, product, None, public_url=settings.public_url)
    return await _with_mark(session, media, facts)


async def _with_mark(session: AsyncSession, media: Media, facts: labels.LabelFacts) -> labels.LabelFacts:
    if facts.stars is None:
        return facts
    return replace(facts, mark=await label_marks.data_address(session, media))


# A code may be made on the first look, and has to be committed before the label leaves.
LotLabelDep = Annotated[labels.LabelFacts, Depends(_lot_label, scope="function")]
ProductLabelDep = Annotated[labels.LabelFacts, Depends(_product_label, scope="function")]


@router.get("/lots/{lot_id}/label.svg", response_class=Response)
async def lot_label_svg(facts: LotLabelDep) -> Response:
    """The lot's label, in millimetres."""
    return Response(labels.label_svg(facts), media_type=SVG, headers=NEVER_KEPT)


@router.get("/lots/{lot_id}/label.png", response_class=Response)
async def lot_label_png(facts: LotLabelDep) -> Response:
    """The lot's label; its code has been read back."""
    return Response(await labels.label_png(facts), media_type=PNG, headers=NEVER_KEPT)


@router.get("/products/{product_id}/label.svg", response_class=Response)
async def product_label_svg(facts: ProductLabelDep) -> Response:
    """The product's own label, for a product without lots."""
    return Response(labels.label_svg(facts), media_type=SVG, headers=NEVER_KEPT)


@router.get("/products/{product_id}/label.png", response_class=Response)
async def product_label_png(facts: ProductLabelDep) -> Response:
    """The product's own label; its code has been read back."""
    return Response(await labels.label_png(facts), media_type=PNG, headers=NEVER_KEPT)
