"""What buyers reported, and what was done about it, as JSON."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.traceability.reports import service as reports
from ocop_hub.traceability.reports.models import ProblemReport, ReportKind

router = APIRouter(prefix="/api/v1", tags=["traceability"], route_class=HubRoute)


class ReportOut(BaseModel):
    """One report. ``serial`` as scanned; ``phone`` where the buyer wants to be called back, until it is answered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    producer_id: UUID
    product_id: UUID
    lot_id: UUID | None
    serial: str
    kind: ReportKind
    text: str
    phone: str
    created_at: AwareDatetime
    answered_at: AwareDatetime | None
    answered_by: str
    answer: str


class ReportAnswerIn(BaseModel):
    """What was done about it."""

    answer: Annotated[str, Field(max_length=reports.LONGEST_TEXT)]


@router.get("/buyer-reports")
async def list_reports(
    session: SessionDep,
    actor: SignedInActorDep,
    params: PageDep,
    answered: Annotated[bool | None, Query(description="Only answered ones, or only those that wait")] = None,
) -> Page[ReportOut]:
    """What buyers reported about the products you see, the newest first."""
    asked = reports.visible_to(actor)
    if answered is not None:
        asked = asked.where(ProblemReport.answered_at.is_not(None) == answered)
    rows, next_cursor = await fetch_page(
        session,
        asked,
        sort=ProblemReport.created_at,
        row_id=ProblemReport.id,
        params=params,
        descending=True,
    )
    return Page(items=[ReportOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/buyer-reports/{report_id}/answer")
async def answer_report(
    session: SessionDep, actor: SignedInActorDep, report_id: UUID, given: ReportAnswerIn
) -> ReportOut:
    """Say what was done; the buyer's phone number is removed with that."""
    return ReportOut.model_validate(await reports.answer(session, actor, report_id, text=given.answer))
