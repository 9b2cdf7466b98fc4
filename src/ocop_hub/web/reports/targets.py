"""Chỉ tiêu: how far each is, and what is missing as work per commune, ready to paste or to open in Excel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.queries import groups
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.headers import saved_as
from ocop_hub.kit.values import parse_date
from ocop_hub.places.finder import finder
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import coverage
from ocop_hub.reporting.asking import Asked, AskedDep
from ocop_hub.reporting.figures import By, percent
from ocop_hub.reporting.models import CoverageTarget
from ocop_hub.reporting.papers.export import fraction_text, percent_text
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.targets import service as targets
from ocop_hub.reporting.targets.service import NewTarget, Progress
from ocop_hub.reporting.targets.worklist import CommuneWork, work, work_text, work_xlsx
from ocop_hub.settings import Settings
from ocop_hub.web import format as fmt
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

TARGETS: Final = f"{REPORTS}/chi-tieu"
WORK: Final = f"{REPORTS}/viec"
WORK_TEXT: Final = f"{REPORTS}/viec.txt"
WORK_XLSX: Final = f"{REPORTS}/viec.xlsx"
_STARS: Final = N_("%(n)s sao")
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(TARGETS)
async def list_targets(
    request: Request, session: SessionDep, settings: SettingsDep, actor: ReportsActorDep
) -> Response:
    """Every target with how it stands, and for an office the form that sets one."""
    return await _page(request, session, settings, actor, {}, [])


@router.post(TARGETS)
async def set_target(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep
) -> Response:
    """Set a target."""
    values = await typed(request)
    errors: list[Problem] = []
    due_on = read(values, "due_on", parse_date, errors)
    if due_on is None and not errors:
        errors.append({"field": "due_on", "problem": "Chưa ghi ngày phải đạt."})
    share = _share(values.get("share", ""))
    if share is None:
        errors.append({"field": "share", "problem": "Hãy ghi tỷ lệ phần trăm, ví dụ 85 hoặc 92,5."})
    if due_on is not None and share is not None and not errors:
        cut, key = _chosen(values.get("part", ""))
        new = NewTarget(due_on, share, cut, key, values.get("document_number", ""))
        made = await tried(session, lambda: targets.set_target(session, actor, settings.home_province, new))
        if not isinstance(made, HubError):
            return see(TARGETS, "chi-tieu")
        errors = problems(made, "due_on")
    return await _page(request, session, settings, actor, values, errors)


@router.post(TARGETS + "/{target_id}/rut")
async def withdraw(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, target_id: UUID
) -> Response:
    """Take a target back."""
    await targets.withdraw_target(session, actor, settings.home_province, target_id)
    return see(TARGETS, "chi-tieu-rut")


def _chosen(part: str) -> tuple[By, str]:
    """``unit:…``, ``stars:4`` or ``group:…`` of the form; anything else is the whole, or refused by the service."""
    cut, _, key = part.partition(":")
    return (By(cut), key) if cut in set(targets.CUTS) else (By.TOTAL, part)


def _share(text: str) -> Decimal | None:
    try:
        share = Decimal(text.strip().rstrip("%").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 < share <= 100 else None


async def _page(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    question = await coverage.question_for(session, province=settings.home_province)
    found = list(await session.scalars(targets.targets(settings.home_province)))
    if not actor.is_office:
        found = [one for one in found if one.cut == By.TOTAL or one.key == actor.unit_id]
    group_names = {each.code: goods.group_name(each, lang) for each in await session.scalars(groups())}
    context: dict[str, Any] = {
        "action": TARGETS,
        "may_set": actor.is_office,
        "targets": [
            _row(each, group_names, actor, lang)
            for each in await targets.progresses(session, actor, question, found)
        ],
        "work_href": WORK,
        "part_options": _parts(group_names, settings, lang),
        "values": {name: values.get(name, "") for name in ("due_on", "share", "part", "document_number")},
        "today": date.isoformat(clock.today()),
        "errors": errors,
    }
    return render(
        request,
        "province/targets.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=[Link(translate(lang, report_words.OVERVIEW), REPORTS)],
        notices=[] if errors else done_notices(request),
    )


def _parts(group_names: Mapping[str, str], settings: Settings, lang: Lang) -> list[dict[str, str]]:
    """What a target can be for: the whole, stars, groups, communes."""
    stars = [(f"{By.STARS.value}:{n}", translate(lang, _STARS, n=n)) for n in targets.STARS]
    named = [(f"{By.GROUP.value}:{code}", name) for code, name in group_names.items()]
    communes = finder().communes_of(settings.home_province)
    units = [(f"{By.UNIT.value}:{unit.id}", unit.full_name) for unit in communes]
    return goods.options([*stars, *named, *units], lang, first=report_words.WHOLE)


def _row(found: Progress, group_names: Mapping[str, str], actor: Actor, lang: Lang) -> dict[str, Any]:
    target = found.target
    share = percent(found.counts.numerator, found.counts.denominator)
    return {
        "name": _part(target, group_names, lang),
        "due_on": target.due_on,
        "goal": fmt.percent(found.goal / 100, lang=lang),
        "listed": found.counts.numerator,
        "counted": found.counts.denominator,
        "share": fmt.percent(None if share is None else share / 100, lang=lang),
        "reached": fmt.percent(found.reached, lang=lang),
        "lacking": found.lacking,
        "forecast": fmt.percent(None if found.forecast is None else found.forecast / 100, lang=lang),
        "document_number": target.document_number,
        "work_href": WORK + (f"?{target.cut}={target.key}" if target.key else ""),
        "withdraw_action": f"{TARGETS}/{target.id}/rut" if actor.is_office else "",
    }


def _part(target: CoverageTarget, group_names: Mapping[str, str], lang: Lang) -> str:
    if target.cut == By.TOTAL:
        return translate(lang, report_words.WHOLE)
    if target.cut == By.STARS:
        return translate(lang, _STARS, n=target.key)
    if target.cut == By.GROUP:
        return group_names.get(target.key, target.key)
    unit = finder().unit(target.key) if target.cut == By.UNIT else None
    return unit.full_name if unit else target.key


@router.get(WORK)
async def work_page(
    request: Request, session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, asked: AskedDep
) -> Response:
    """The work list: one text for all, and one per commune."""
    lang = request_language(request)
    question = await asked.question(session, settings.home_province)
    communes = await work(session, actor, question)
    heading = await _heading(session, actor, question)
    context: dict[str, Any] = {
        "as_of": question.as_of,
        "total": sum(len(commune.items) for commune in communes),
        "text_href": asked.address(WORK_TEXT),
        "xlsx_href": asked.address(WORK_XLSX),
        "communes": [
            {
                "id": f"viec-{number}",
                "name": commune.unit_name,
                "count": len(commune.items),
                "text": _text(heading, [commune], settings, asked),
            }
            for number, commune in enumerate(communes)
        ],
    }
    crumbs = [Link(translate(lang, report_words.OVERVIEW), asked.address(REPORTS))]
    return render(request, "province/work.html", context, breadcrumbs=crumbs)


def _text(heading: list[str], communes: list[CommuneWork], settings: Settings, asked: Asked) -> str:
    unit = communes[0].unit_id if len(communes) == 1 else None
    path = asked.address(f"{REPORTS}/danh-sach", **({"unit": unit} if unit else {}))
    return work_text(heading, communes, settings.public_url.rstrip("/") + path)


async def _heading(session: AsyncSession, actor: Actor, question: Question) -> list[str]:
    """What is asked for, and how far it is."""
    figure = await coverage.figure(session, actor, question)
    day = f"{question.as_of.day}/{question.as_of.month}/{question.as_of.year}"
    lines = [
        f"Đưa sản phẩm OCOP lên sàn: tính đến ngày {day} có {fraction_text(figure.counts)} sản phẩm, "
        f"đạt {percent_text(figure.counts)}."
    ]
    target = await targets.target_in_view(session, actor, question)
    if target is not None:
        lacking = targets.lacking(figure.counts, target.share_tenths)
        goal = fmt.percent(Decimal(target.share_tenths) / 1000, lang="vi")
        due = f"{target.due_on.day}/{target.due_on.month}/{target.due_on.year}"
        lines.append(f"Chỉ tiêu {goal} đến ngày {due}: còn thiếu {lacking} sản phẩm.")
    return lines


@router.get(WORK_TEXT)
async def work_plain(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, asked: AskedDep
) -> Response:
    """The whole list as plain text."""
    question = await asked.question(session, settings.home_province)
    communes = await work(session, actor, question)
    text = _text(await _heading(session, actor, question), list(communes), settings, asked)
    return Response(text, media_type="text/plain; charset=utf-8")


@router.get(WORK_XLSX)
async def work_sheet(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, asked: AskedDep
) -> Response:
    """The whole list as a workbook."""
    question = await asked.question(session, settings.home_province)
    communes = await work(session, actor, question)
    link = settings.public_url.rstrip("/") + asked.address(f"{REPORTS}/danh-sach")
    made = work_xlsx(await _heading(session, actor, question), communes, link)
    name = f"viec-can-lam-{question.as_of.isoformat()}.xlsx"
    return Response(made, media_type=_XLSX, headers=saved_as(name))
