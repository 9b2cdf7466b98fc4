"""Báo cáo tháng: the reports that were made of each month, and the province's own papers with their fields."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep, aside
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting.asking import AskedDep
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.models import MonthlyReport
from ocop_hub.reporting.papers import monthly, template_fields, templates
from ocop_hub.reporting.papers.filled import fill_own
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, typed
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

MONTHLY: Final = f"{REPORTS}/thang"
TEMPLATES: Final = f"{REPORTS}/mau"


@router.get(MONTHLY)
async def months(
    request: Request, session: SessionDep, settings: SettingsDep, actor: ReportsActorDep
) -> Response:
    """Every month's report with its files; the templates below."""
    return await _page(request, session, settings.home_province, actor, "", [])


@router.get(MONTHLY + "/{month_id}/{name}")
async def month_file(
    session: SessionDep, media: MediaDep, _actor: ReportsActorDep, month_id: UUID, name: str
) -> Response:
    """One file as it was made."""
    _report, found = await monthly.find_file(session, month_id, name)
    async with aside(session):
        content = await media.read(found["media_key"])
    return _download(content, found["name"], found["media_type"])


@router.post(TEMPLATES)
async def add_template(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: OfficeActorDep,
    media: MediaDep,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a paper of the province's own, after looking for its fields."""
    name = (await typed(request)).get("name", "")
    if file is None or not file.filename:
        errors = [{"field": "file", "problem": "Chưa chọn tệp. Hãy chọn một tệp văn bản hoặc Excel."}]
        return await _page(request, session, settings.home_province, actor, name, errors)
    content, file_name = await file.read(templates.LARGEST + 1), file.filename
    made = await attempted(
        templates.add(
            session,
            media,
            actor,
            province=settings.home_province,
            name=name,
            file_name=file_name,
            content=content,
        )
    )
    if isinstance(made, HubError):
        return await _page(request, session, settings.home_province, actor, name, problems(made, "file"))
    return see(MONTHLY, "mau")


@router.post(TEMPLATES + "/{template_id}/bo")
async def retire_template(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, template_id: UUID
) -> Response:
    """Take a template out of use."""
    await templates.retire(session, actor, settings.home_province, template_id)
    return see(MONTHLY, "mau-bo")


@router.get(TEMPLATES + "/{template_id}/tep")
async def filled_template(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    media: MediaDep,
    asked: AskedDep,
    template_id: UUID,
    by: By = By.UNIT,
) -> Response:
    """The figure asked for, in the province's own paper."""
    made = await fill_own(session, settings, media, actor, template_id, asked, by=by)
    return _download(made.content, made.name, made.media_type)


def _download(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=saved_as(name))


async def new_month(session: AsyncSession, province: str) -> dict[str, Any] | None:
    """The latest report while it is new enough to be told of; else None."""
    report = await session.scalar(monthly.monthly_reports(province).limit(1))
    if report is None or clock.now() - report.made_at > monthly.TOLD:
        return None
    return {"month": f"{report.as_of:%m/%Y}", "href": MONTHLY}


async def _page(
    request: Request,
    session: AsyncSession,
    province: str,
    actor: Actor,
    name: str,
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    in_use = await session.scalars(templates.templates(province))
    context: dict[str, Any] = {
        "months": [_month(report) for report in await session.scalars(monthly.monthly_reports(province))],
        "templates": [
            {
                "name": template.name,
                "kind": template.kind.upper(),
                "fill_href": f"{TEMPLATES}/{template.id}/tep",
                "retire_action": f"{TEMPLATES}/{template.id}/bo" if actor.is_office else "",
            }
            for template in in_use
        ],
        "fields": [{"name": f"{{{{{each}}}}}", "text": text} for each, text in template_fields.names()],
        "may_add": actor.is_office,
        "action": TEMPLATES,
        "name": name,
        "errors": errors,
        "max_mb": templates.LARGEST // 1_000_000,
    }
    return render(
        request,
        "province/monthly.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=[Link(translate(lang, report_words.OVERVIEW), REPORTS)],
        notices=[] if errors else done_notices(request),
    )


def _month(report: MonthlyReport) -> dict[str, Any]:
    return {
        "month": f"{report.as_of:%m/%Y}",
        "as_of": report.as_of,
        "ratio": Fraction(report.numerator, report.denominator) if report.denominator else None,
        "listed": report.numerator,
        "counted": report.denominator,
        "rule_number": report.rule_number,
        "document_number": report.document_number,
        "made_at": report.made_at,
        "live_href": f"{REPORTS}?as_of={report.as_of.isoformat()}",
        "files": [
            {"name": each["name"], "href": f"{MONTHLY}/{report.id}/{each['name']}"} for each in report.files
        ],
    }
