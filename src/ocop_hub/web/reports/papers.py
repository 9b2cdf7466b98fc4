"""Reports as files to send upward: the same figure as xlsx, docx or PDF, live or closed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.kit.headers import saved_as
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.reporting import coverage
from ocop_hub.reporting.asking import AskedDep
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.papers.content import PaperReport
from ocop_hub.reporting.papers.making import MEDIA_TYPES, PaperKind, paper, written
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.closing import closed_report, correction_of
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.reports.periods import CLOSED, PERIODS

router = APIRouter(include_in_schema=False)

FILE: Final = f"{REPORTS}/tep"


async def _answer(wanted: PaperReport, kind: PaperKind) -> Response:
    name = f"bao-cao-len-san-{wanted.as_of.isoformat()}.{kind.value}"
    return Response(await written(wanted, kind), media_type=MEDIA_TYPES[kind], headers=saved_as(name))


@router.get(FILE)
async def live_file(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    dang: PaperKind,
    by: By = By.UNIT,
) -> Response:
    """The figure asked for, with its rows by one cut."""
    question = await asked.question(session, settings.home_province)
    found = await coverage.report(session, actor, question, by)
    path = asked.address(REPORTS, as_of=question.as_of.isoformat())
    return await _answer(await paper(session, settings, found, path=path, actor=actor), dang)


@router.get(CLOSED + "/tep")
async def closed_file(
    session: SessionDep,
    settings: SettingsDep,
    _actor: ReportsActorDep,
    closed_id: UUID,
    dang: PaperKind,
    by: By = By.UNIT,
    so: int | None = None,
) -> Response:
    """A closed figure under its document number and date."""
    period = await periods.find(session, closed_id)
    closed = await periods.closed_figure(session, closed_id, so)
    found = closed_report(period, closed, by)
    wanted = await paper(
        session,
        settings,
        found,
        path=f"{PERIODS}/{closed_id}",
        day=closed.document_date,
        correction=correction_of(closed),
    )
    return await _answer(wanted, dang)
