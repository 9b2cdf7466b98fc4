"""What this EPCIS 2.0 repository offers, to be found from its root: versions and limits, and what events are about.

Named queries and subscriptions are not offered (docs/decisions/0012-epcis-as-far-as-used.md).
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import NotFound
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import queries
from ocop_hub.traceability.epcis import capture
from ocop_hub.traceability.epcis import query as epcis_query
from ocop_hub.traceability.epcis.events import CONTEXT_URL
from ocop_hub.traceability.epcis.routes import LD_JSON, VERSIONS, query_document
from ocop_hub.traceability.models import TraceEvent

router = APIRouter(tags=["EPCIS 2.0"], route_class=HubRoute)

ROOT = "/epcis/v2"
NO_CONTENT = 204


class Resource(StrEnum):
    """Top-level resources under which events can be found."""

    EVENT_TYPES = "eventTypes"
    BIZ_STEPS = "bizSteps"
    DISPOSITIONS = "dispositions"


#: Resource → the event's field, and the filter of ``/events`` that asks for one value of it.
FIELDS = {
    Resource.EVENT_TYPES: ("type", "eventType"),
    Resource.BIZ_STEPS: ("bizStep", "EQ_bizStep"),
    Resource.DISPOSITIONS: ("disposition", "EQ_disposition"),
}


def _resource(resource: Annotated[str, Path(description="eventTypes, bizSteps or dispositions")]) -> Resource:
    try:
        return Resource(resource)
    except ValueError:
        known = ", ".join(Resource)
        raise NotFound(
            f"Không có tài nguyên EPCIS “{resource[:40]}”. Các tài nguyên đang có: {known}."
        ) from None


ResourceDep = Annotated[Resource, Depends(_resource)]


@router.options(ROOT, status_code=NO_CONTENT)
@router.options(f"{ROOT}/capture", status_code=NO_CONTENT)
@router.options(f"{ROOT}/events", status_code=NO_CONTENT)
async def describe(settings: SettingsDep) -> Response:
    """Versions and limits of this repository, in headers."""
    return Response(
        status_code=NO_CONTENT,
        headers={
            **VERSIONS,
            "Allow": "GET, POST, OPTIONS",
            "GS1-EPCIS-Min": "2.0.0",
            "GS1-EPCIS-Max": "2.0.0",
            "GS1-CBV-Min": "2.0.0",
            "GS1-CBV-Max": "2.0.0",
            "GS1-EPCIS-Capture-Limit": str(capture.MOST_EVENTS),
            "GS1-EPCIS-Capture-File-Size-Limit": str(settings.max_upload_mb * 1_000_000),
            "GS1-Capture-Error-Behaviour": "rollback, proceed",
        },
    )


@router.get(ROOT, response_class=Response)
async def root(_actor: SignedInActorDep) -> Response:
    """The resources there are."""
    return _collection(["capture", "events", *Resource])


@router.get(f"{ROOT}/{{resource}}", response_class=Response)
async def list_values(session: SessionDep, actor: SignedInActorDep, resource: ResourceDep) -> Response:
    """The values that events of the lots you see have."""
    return _collection(await _values(session, actor, resource))


@router.get(f"{ROOT}/{{resource}}/{{value}}/events", response_class=Response)
async def events_of_value(
    session: SessionDep, actor: SignedInActorDep, request: Request, resource: ResourceDep, value: str
) -> Response:
    """Events with that value; the filters of ``/events`` narrow them further."""
    asked = {**request.query_params, FIELDS[resource][1]: value}
    return query_document(request, await epcis_query.find_events(session, actor, asked))


async def _values(session: AsyncSession, actor: Actor, resource: Resource) -> list[str]:
    field: ColumnElement[str] = TraceEvent.epcis[FIELDS[resource][0]].astext
    # One spelling for each: bare words, as the standard's own collections have them.
    bare = func.regexp_replace(field, "^.*(BizStep-|Disp-|[:/])", "")
    seen = queries.events_visible_to(actor).where(field.is_not(None)).with_only_columns(bare.label("value"))
    found = await session.scalars(select(seen.subquery().c.value).distinct().order_by("value"))
    return list(found)


def _collection(members: list[Any]) -> Response:
    told = {"@context": CONTEXT_URL, "type": "Collection", "member": [str(each) for each in members]}
    return Response(json.dumps(told, ensure_ascii=False), media_type=LD_JSON, headers=VERSIONS)
