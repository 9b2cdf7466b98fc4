"""EPCIS 2.0 over HTTP: hand documents in, ask for events, read one lot's history."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response, status
from pydantic import AwareDatetime, BaseModel, ConfigDict

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import LONGEST_CURSOR, MAX_LIMIT, PageParams, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.traceability import queries, service
from ocop_hub.traceability.epcis import capture
from ocop_hub.traceability.epcis import document as epcis_document
from ocop_hub.traceability.epcis import query as epcis_query
from ocop_hub.traceability.epcis.events import CONTEXT_URL
from ocop_hub.traceability.models import CaptureState, EpcisCapture

router = APIRouter(tags=["EPCIS 2.0"], route_class=HubRoute)

LD_JSON = "application/ld+json"
VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0", "GS1-Extensions": ""}


class CaptureOut(BaseModel):
    """How far a document is. ``errors``: which events are wrong (``index`` from 0), where and why."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    producer_id: UUID
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    state: CaptureState
    running: bool
    success: bool
    event_count: int
    stored_count: int
    errors: list[dict[str, Any]]


def _capture_page(
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=MAX_LIMIT)] = epcis_query.DEFAULT_PAGE,
    token: Annotated[str, Query(alias="nextPageToken", max_length=LONGEST_CURSOR)] = "",
) -> PageParams:
    return PageParams(per_page, token or None)


CapturePageDep = Annotated[PageParams, Depends(_capture_page)]


def _told(row: EpcisCapture) -> CaptureOut:
    return CaptureOut(
        id=row.id,
        producer_id=row.producer_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        state=row.state,
        running=row.state is CaptureState.RUNNING,
        success=row.state is not CaptureState.FAILED,
        event_count=row.event_count,
        stored_count=row.stored_count,
        errors=row.errors,
    )


@router.post("/epcis/v2/capture", status_code=status.HTTP_202_ACCEPTED)
async def capture_document(
    session: SessionDep,
    actor: SignedInActorDep,
    response: Response,
    document: Annotated[dict[str, Any], Body(description="An EPCISDocument of EPCIS 2.0, JSON or JSON-LD")],
    producer_id: Annotated[
        UUID | None, Query(description="Whose lots; needed by those who act for several")
    ] = None,
    behaviour: Annotated[
        Literal["rollback", "proceed"], Header(alias="GS1-Capture-Error-Behaviour")
    ] = "rollback",
) -> CaptureOut:
    """Hand in a document. It is taken over in the background: read the address in ``Location``."""
    row = await capture.accept(
        session, actor, document, producer_id=producer_id, proceed=behaviour == "proceed"
    )
    await session.refresh(row)
    response.headers.update(VERSIONS)
    response.headers["Location"] = f"/epcis/v2/capture/{row.id}"
    return _told(row)


@router.get("/epcis/v2/capture/{capture_id}")
async def get_capture(
    session: SessionDep, actor: SignedInActorDep, capture_id: UUID, response: Response
) -> CaptureOut:
    """Whether a document was taken over, and which of its events is wrong."""
    response.headers.update(VERSIONS)
    return _told(await capture.find_capture(session, actor, capture_id))


@router.get("/epcis/v2/capture")
async def list_captures(
    session: SessionDep, actor: SignedInActorDep, request: Request, response: Response, asked: CapturePageDep
) -> list[CaptureOut]:
    """The documents handed in, the last first; ``perPage`` and ``nextPageToken`` as for events."""
    rows, token = await fetch_page(
        session,
        queries.captures_of(actor),
        sort=EpcisCapture.created_at,
        row_id=EpcisCapture.id,
        params=asked,
        descending=True,
    )
    response.headers.update(VERSIONS)
    if token:
        response.headers["Link"] = f'<{request.url.include_query_params(nextPageToken=token)}>; rel="next"'
    return [_told(row) for row in rows]


@router.get("/epcis/v2/events", response_class=Response)
async def get_events(session: SessionDep, actor: SignedInActorDep, request: Request) -> Response:
    """Events of the lots you see, as an EPCISQueryDocument.

    Filters: EQ_bizStep, EQ_disposition, EQ_action, eventType, GE_/LT_eventTime, GE_/LT_recordTime, MATCH_epc,
    MATCH_epcClass (alternatives parted by ``|``); perPage (30, at most 1,000) and nextPageToken.
    """
    return query_document(request, await epcis_query.find_events(session, actor, dict(request.query_params)))


@router.get("/epcis/v2/events/{epcis_id:path}", response_class=Response)
async def get_event(session: SessionDep, actor: SignedInActorDep, epcis_id: str) -> Response:
    """One event by its eventID, as an EPCISDocument."""
    names, events = epcis_document.gathered([await epcis_query.find_event(session, actor, epcis_id)])
    told = {
        "@context": [CONTEXT_URL, names],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(),
        "epcisBody": {"eventList": events},
    }
    return Response(json.dumps(told, ensure_ascii=False), media_type=LD_JSON, headers=VERSIONS)


def query_document(request: Request, page: epcis_query.EventPage) -> Response:
    """A page of events as an EPCISQueryDocument, with the way to the next page."""
    names, events = epcis_document.gathered(page.rows)
    told = {
        "@context": [CONTEXT_URL, names],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(),
        "epcisBody": {
            "queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}
        },
    }
    headers = dict(VERSIONS)
    if page.token:
        headers["Link"] = f'<{request.url.include_query_params(nextPageToken=page.token)}>; rel="next"'
    return Response(json.dumps(told, ensure_ascii=False), media_type=LD_JSON, headers=headers)


@router.get("/api/v1/lots/{lot_id}/epcis", response_class=Response)
async def lot_epcis(session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> Response:
    """One lot's history as an EPCIS document, with the end of its chain of hashes."""
    lot = await service.find_lot(session, actor, lot_id)
    told = await epcis_document.lot_document(session, lot.id)
    return Response(json.dumps(told, ensure_ascii=False), media_type=LD_JSON, headers=VERSIONS)
