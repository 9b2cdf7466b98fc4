"""Monthly reports and the province's own papers as JSON: list, make now, send a template, fetch files; for officers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile, status
from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep, SettingsDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.reporting.asking import AskedDep
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.models import MonthlyReport
from ocop_hub.reporting.papers import monthly, templates
from ocop_hub.reporting.papers.filled import fill_own
from ocop_hub.reporting.papers.making import PaperKind

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=HubRoute)

REPORTS = "/monthly-reports"
TEMPLATES = "/report-templates"


class MonthlyFileOut(BaseModel):
    """One file of a month; ``href`` answers its bytes."""

    name: str
    media_type: str
    href: str


class MonthlyReportOut(BaseModel):
    """The figure of a month's last day and the files that were made of it."""

    id: UUID
    as_of: date
    rule_number: int
    numerator: int
    denominator: int
    document_number: str = Field(description="Of the closed figure; empty where the month was not closed")
    files: list[MonthlyFileOut]
    made_at: datetime


class MonthIn(BaseModel):
    month: date | None = Field(None, description="Any day of the month; none: last month")


class ReportTemplateOut(BaseModel):
    """A paper of the province's own."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: PaperKind
    uploaded_by: str
    uploaded_at: datetime


def _report_out(report: MonthlyReport) -> MonthlyReportOut:
    return MonthlyReportOut(
        id=report.id,
        as_of=report.as_of,
        rule_number=report.rule_number,
        numerator=report.numerator,
        denominator=report.denominator,
        document_number=report.document_number,
        files=[
            MonthlyFileOut(
                name=each["name"],
                media_type=each["media_type"],
                href=f"{router.prefix}{REPORTS}/{report.id}/{each['name']}",
            )
            for each in report.files
        ],
        made_at=report.made_at,
    )


@router.get(REPORTS)
async def list_months(
    session: SessionDep, settings: SettingsDep, _actor: ReportsActorDep
) -> list[MonthlyReportOut]:
    """Every monthly report of the province, the newest first."""
    found = await session.scalars(monthly.monthly_reports(settings.home_province))
    return [_report_out(report) for report in found]


@router.post(REPORTS, status_code=status.HTTP_201_CREATED)
async def make_month(
    session: SessionDep, settings: SettingsDep, media: MediaDep, actor: OfficeActorDep, body: MonthIn
) -> MonthlyReportOut:
    """Make a month's report now instead of waiting for the worker; one that was made is answered as it is."""
    making = monthly.MonthlyMaking(settings, media)
    return _report_out(await monthly.make_now(session, making, actor, body.month))


@router.get(REPORTS + "/{month_id}/{name}")
async def month_file(
    session: SessionDep, media: MediaDep, _actor: ReportsActorDep, month_id: UUID, name: str
) -> Response:
    """One file as it was made."""
    _report, found = await monthly.find_file(session, month_id, name)
    async with aside(session):
        content = await media.read(found["media_key"])
    return _download(content, found["name"], found["media_type"])


@router.get(TEMPLATES)
async def list_templates(
    session: SessionDep, settings: SettingsDep, _actor: ReportsActorDep
) -> list[ReportTemplateOut]:
    """The province's papers in use, by name."""
    found = await session.scalars(templates.templates(settings.home_province))
    return [ReportTemplateOut.model_validate(row) for row in found]


@router.post(TEMPLATES, status_code=status.HTTP_201_CREATED)
async def send_template(
    session: SessionDep,
    settings: SettingsDep,
    media: MediaDep,
    actor: OfficeActorDep,
    file: Annotated[UploadFile, File(description="docx or xlsx with named fields, at most 5 MB")],
    name: Annotated[str, Form(max_length=templates.LONGEST_NAME, description="Empty: the file's name")] = "",
) -> ReportTemplateOut:
    """Keep a paper of the province's own, after looking for its fields."""
    made = await templates.add(
        session,
        media,
        actor,
        province=settings.home_province,
        name=name,
        file_name=file.filename or "",
        content=await file.read(templates.LARGEST + 1),
    )
    return ReportTemplateOut.model_validate(made)


@router.delete(TEMPLATES + "/{template_id}", status_code=status.HTTP_204_NO_CONTENT)
async def retire_template(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, template_id: UUID
) -> None:
    """Take a paper out of use; what was made with it stays."""
    await templates.retire(session, actor, settings.home_province, template_id)


@router.get(TEMPLATES + "/{template_id}/filled")
async def filled_template(
    session: SessionDep,
    settings: SettingsDep,
    media: MediaDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    template_id: UUID,
    by: By = By.UNIT,
) -> Response:
    """The figure asked for, in the province's own paper."""
    made = await fill_own(session, settings, media, actor, template_id, asked, by=by)
    return _download(made.content, made.name, made.media_type)


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {**saved_as(name), "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
