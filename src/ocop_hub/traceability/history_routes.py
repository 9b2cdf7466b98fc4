"""Papers of events, usual steps, scans by day and alerts, as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, UploadFile, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.media import LARGEST_MB, MediaDep
from ocop_hub.producers.access import ActorDep, SignedInActorDep
from ocop_hub.traceability import papers, service
from ocop_hub.traceability.errors import LotNotFound
from ocop_hub.traceability.models import AlertKind, EventKind, ScanAlert
from ocop_hub.traceability.scans import signals as scan_signals
from ocop_hub.traceability.templates import template_for

router = APIRouter(prefix="/api/v1", tags=["traceability"], route_class=HubRoute)


class PaperOut(BaseModel):
    """The key to name in an event's ``details.attachments``."""

    key: str


class StepOut(BaseModel):
    kind: EventKind
    ask: list[str]


class TemplateOut(BaseModel):
    """The usual steps of a group, in order, as of a day."""

    group: str
    valid_from: date | None
    steps: list[StepOut]


class ScanDayOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    day: date
    scans: int
    serial_scans: int


class AlertOut(BaseModel):
    """Something worth a look. ``reason`` holds the figures it rests on; it accuses nobody."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: AlertKind
    day: date
    producer_id: UUID
    product_id: UUID
    lot_id: UUID
    scans: int
    reason: dict[str, Any]
    created_at: AwareDatetime
    answered_at: AwareDatetime | None
    answered_by: str
    answer: str


class AnswerIn(BaseModel):
    """What was found by whoever looked into it."""

    answer: Annotated[str, Field(max_length=scan_signals.LONGEST_ANSWER)]


@router.post("/lots/{lot_id}/papers", status_code=status.HTTP_201_CREATED)
async def add_paper(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_id: UUID, paper: UploadFile
) -> PaperOut:
    """Keep a photo (re-encoded) or a PDF for an event of this lot."""
    lot = await service.find_lot(session, actor, lot_id)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Không có lô này, hoặc lô không thuộc chủ thể của bạn.")
    content = await paper.read(LARGEST_MB * 1_000_000 + 1)
    async with aside(session):
        return PaperOut(key=await papers.keep(media, content))


@router.get("/event-templates")
async def get_template(
    actor: ActorDep,
    group: Annotated[str, Query(max_length=40, examples=["do_uong"])],
    on: Annotated[date | None, Query(description="Default: today")] = None,
) -> TemplateOut:
    """Which steps a lot of a product group usually goes through, and what each asks for."""
    found = template_for(group, on or clock.today())
    steps = found.steps if found is not None else ()
    return TemplateOut(
        group=found.group if found is not None else group,
        valid_from=found.valid_from if found is not None else None,
        steps=[StepOut(kind=each.kind, ask=list(each.ask)) for each in steps],
    )


@router.get("/lots/{lot_id}/scans")
async def lot_scans(session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> list[ScanDayOut]:
    """Looks at the lot's labels by business day."""
    lot = await service.find_lot(session, actor, lot_id)
    days = await session.scalars(scan_signals.days_of_lot(actor, lot))
    return [ScanDayOut.model_validate(each) for each in days]


@router.get("/scan-alerts")
async def list_alerts(
    session: SessionDep,
    actor: SignedInActorDep,
    params: PageDep,
    answered: Annotated[bool | None, Query(description="Only answered ones, or only those that wait")] = None,
) -> Page[AlertOut]:
    """What in the scans of the lots you see is worth a look, the newest first."""
    asked = scan_signals.alerts_visible_to(actor)
    if answered is not None:
        asked = asked.where(ScanAlert.answered_at.is_not(None) == answered)
    rows, next_cursor = await fetch_page(
        session,
        asked,
        sort=ScanAlert.created_at,
        row_id=ScanAlert.id,
        params=params,
        descending=True,
    )
    return Page(items=[AlertOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/scan-alerts/{alert_id}/answer")
async def answer_alert(
    session: SessionDep, actor: SignedInActorDep, alert_id: UUID, given: AnswerIn
) -> AlertOut:
    """Say what was found; the alert is then answered."""
    return AlertOut.model_validate(
        await scan_signals.answer_alert(session, actor, alert_id, answer=given.answer)
    )
