"""Kỳ số liệu: the list of periods, one period with its frozen figure, and what closing asks for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import coverage
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import ClosedFigure, ClosedProduct
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.closing import closed_report, products_of
from ocop_hub.reporting.periods.service import Moved, Paper, PeriodDetail
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.reports.answering import NOBODY_ASKED, answering, own_answer, ratio
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PERIODS: Final = f"{REPORTS}/ky"
ONE: Final = PERIODS + "/{period_id}"
CLOSED: Final = PERIODS + "/{closed_id}"
PER_PAGE: Final = 50


@router.get(PERIODS)
async def list_periods(
    request: Request, session: SessionDep, settings: SettingsDep, actor: ReportsActorDep
) -> Response:
    """Every period, and for an office the form that opens one."""
    return await _list_page(request, session, settings.home_province, actor, {}, [])


@router.post(PERIODS)
async def open_period(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep
) -> Response:
    """Open a period and go to it."""
    values = await typed(request)
    errors: list[Problem] = []
    as_of = read(values, "as_of", parse_date, errors)
    if as_of is None and not errors:
        errors.append({"field": "as_of", "problem": "Chưa ghi ngày của kỳ."})
    if as_of is not None:
        day, province = as_of, settings.home_province
        made = await tried(
            session,
            lambda: periods.open_period(
                session, actor, province=province, as_of=day, name=values.get("name", "")
            ),
        )
        if not isinstance(made, HubError):
            return see(f"{PERIODS}/{made.id}", "ky-mo")
        errors = problems(made, "as_of")
    return await _list_page(request, session, settings.home_province, actor, values, errors)


async def _list_page(
    request: Request,
    session: AsyncSession,
    province: str,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    found = await session.scalars(periods.periods(province))
    last_month_end = coverage.month_ends(clock.today(), 2)[0]
    context: dict[str, Any] = {
        "action": PERIODS,
        "may_open": actor.is_office,
        "periods": [
            {
                "name": row.name,
                "as_of": row.as_of,
                "state": translate(lang, report_words.PERIOD_STATES[row.state]),
                "closed": row.state in ("closed", "adjusted"),
                "href": f"{PERIODS}/{row.id}",
            }
            for row in found
        ],
        "values": {
            "as_of": values.get("as_of") or last_month_end.isoformat(),
            "name": values.get("name", ""),
        },
        "errors": errors,
    }
    return render(
        request,
        "province/periods.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=[Link(translate(lang, report_words.OVERVIEW), REPORTS)],
        notices=[] if errors else done_notices(request),
    )


@router.get(ONE)
async def show(request: Request, session: SessionDep, actor: ReportsActorDep, period_id: UUID) -> Response:
    """The frozen figure with its document, or the live one with who has still to confirm."""
    return await _page(request, session, actor, period_id, {}, [])


@router.post(ONE + "/xac-nhan")
async def confirm(request: Request, session: SessionDep, actor: ReportsActorDep, period_id: UUID) -> Response:
    """A commune says that its list is right."""
    values = await typed(request)
    made = await tried(session, lambda: periods.confirm(session, actor, period_id, values.get("unit_id", "")))
    return await _done(request, session, actor, period_id, values, made, "unit_id", "ky-xac-nhan")


@router.post(ONE + "/chua-dung")
async def object_to(
    request: Request, session: SessionDep, actor: ReportsActorDep, period_id: UUID
) -> Response:
    """A commune says what is wrong with its list."""
    values = await typed(request)
    said, unit = values.get("objection", ""), values.get("unit_id", "")
    made = await tried(session, lambda: periods.object_to(session, actor, period_id, said, unit))
    return await _done(request, session, actor, period_id, values, made, "objection", "ky-chua-dung")


@router.post(ONE + "/chot")
async def close(request: Request, session: SessionDep, actor: OfficeActorDep, period_id: UUID) -> Response:
    """Freeze the figure under a document number."""
    values = await typed(request)
    paper, errors = _paper(values)
    if paper is None:
        return await _page(request, session, actor, period_id, values, errors)
    made = await tried(session, lambda: periods.close(session, actor, period_id, paper))
    return await _done(request, session, actor, period_id, values, made, "document_number", "ky-chot")


@router.post(CLOSED + "/dieu-chinh")
async def correct(request: Request, session: SessionDep, actor: OfficeActorDep, closed_id: UUID) -> Response:
    """Put a corrected figure beside the closed one."""
    values = await typed(request)
    paper, errors = _paper(values)
    if paper is None:
        return await _page(request, session, actor, closed_id, values, errors)
    reason = values.get("reason", "")
    made = await tried(session, lambda: periods.correct(session, actor, closed_id, paper, reason=reason))
    return await _done(request, session, actor, closed_id, values, made, "document_number", "ky-dieu-chinh")


def _paper(values: dict[str, str]) -> tuple[Paper | None, list[Problem]]:
    errors: list[Problem] = []
    day = read(values, "document_date", parse_date, errors)
    if day is None:
        return None, errors or [{"field": "document_date", "problem": "Chưa ghi ngày văn bản."}]
    return Paper(values.get("document_number", ""), day), []


async def _done(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    period_id: UUID,
    values: dict[str, str],
    made: object,
    field: str,
    word: str,
) -> Response:
    if not isinstance(made, HubError):
        return see(f"{PERIODS}/{period_id}", word)
    if made.status in (403, 404):
        raise made
    return await _page(request, session, actor, period_id, values, problems(made, field))


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    period_id: UUID,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    found = await periods.detail(session, period_id)
    period = found.period
    over, closed = clock.today() > period.as_of, bool(found.figures)
    asked = await answering(session, actor, found, lang) if over and not closed else NOBODY_ASKED
    context: dict[str, Any] = {
        "name": period.name,
        "as_of": period.as_of,
        "state": translate(lang, report_words.PERIOD_STATES[period.state]),
        "live_href": f"{REPORTS}?as_of={period.as_of.isoformat()}" if over else "",
        "figures": await _figures(session, found, lang),
        "confirmed": sum(not each.objection for each in found.confirmations),
        **asked,
        "own": own_answer(actor, found.confirmations),
        "action": f"{PERIODS}/{period.id}",
        "may_close": over and not closed and actor.is_office,
        "may_correct": closed and actor.is_office,
        "values": {
            name: values.get(name, "")
            for name in ("document_number", "document_date", "reason", "unit_id", "objection")
        },
        "today": date.isoformat(clock.today()),
        "errors": errors,
    }
    crumbs = [
        Link(translate(lang, report_words.OVERVIEW), REPORTS),
        Link(translate(lang, report_words.PERIODS), PERIODS),
    ]
    return render(
        request,
        "province/period.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=[] if errors else done_notices(request),
    )


async def _figures(session: AsyncSession, found: PeriodDetail, lang: Lang) -> list[dict[str, Any]]:
    """The closed figures, the one that counts now first."""
    shown = []
    for place, closed in enumerate(found.figures):
        before = found.figures[place - 1] if place else None
        moved = await periods.difference(session, before, closed) if before else ()
        shown.append(_figure(found, closed, moved, lang))
    return shown[::-1]


def _figure(
    found: PeriodDetail, closed: ClosedFigure, moved: tuple[Moved, ...], lang: Lang
) -> dict[str, Any]:
    frozen = closed_report(found.period, closed, By.UNIT)
    counts, rule = frozen.figure.counts, frozen.question.rule
    address = f"{PERIODS}/{found.period.id}/danh-sach?so={closed.number}"
    return {
        "number": closed.number,
        "ratio": ratio(counts),
        "listed": counts.numerator,
        "counted": counts.denominator,
        "document_number": closed.document_number,
        "document_date": closed.document_date,
        "closed_at": closed.created_at,
        "rule": {"number": rule.number, "valid_from": rule.valid_from},
        "reason": closed.reason,
        "silent": [each["name"] for each in closed.silent],
        "objecting": [{"label": each["name"], "said": each["objection"]} for each in closed.objecting],
        "units": [
            {"name": row.label, "listed": row.counts.numerator, "counted": row.counts.denominator}
            for row in frozen.rows
        ],
        "files": [
            {"name": kind, "href": f"{PERIODS}/{found.period.id}/tep?so={closed.number}&dang={kind.lower()}"}
            for kind in ("XLSX", "DOCX", "PDF")
        ],
        "list_href": f"{address}&part=listed",
        "not_listed_href": f"{address}&part=not_listed",
        "moved": [
            {
                "name": one.name,
                "unit": one.unit_name,
                "was": translate(lang, report_words.STANDINGS[one.was]),
                "now": translate(lang, report_words.STANDINGS[one.now]),
                "why": one.reason,
            }
            for one in moved
        ],
    }


@router.get(CLOSED + "/danh-sach")
async def products_list(
    request: Request,
    session: SessionDep,
    _actor: ReportsActorDep,
    closed_id: UUID,
    part: Annotated[Part, Query()] = Part.NOT_LISTED,
    so: Annotated[int | None, Query(ge=0)] = None,
    sau: Annotated[Cursor, Query()] = "",
) -> Response:
    """The frozen list, as it was reported."""
    lang = request_language(request)
    period = await periods.find(session, closed_id)
    closed = await periods.closed_figure(session, closed_id, so)
    rows, after = await fetch_page(
        session,
        products_of(closed.id, part).order_by(None),
        sort=ClosedProduct.sort_key,
        row_id=ClosedProduct.product_id,
        params=PageParams(limit=PER_PAGE, cursor=sau or None),
    )
    here = f"{PERIODS}/{closed_id}/danh-sach?so={closed.number}&part="
    context: dict[str, Any] = {
        "heading": translate(lang, report_words.HEADINGS[part]),
        "period_name": period.name,
        "document_number": closed.document_number,
        "document_date": closed.document_date,
        "tabs": [
            Link(translate(lang, report_words.PARTS[each]), here + each.value, current=each is part)
            for each in (Part.LISTED, Part.NOT_LISTED)
        ],
        "rows": [
            {
                "name": row.name,
                "producer": row.producer_name,
                "unit": row.unit_name,
                "stars": row.stars,
                "grade": row.grade if part is Part.LISTED else None,
                "why": row.reason,
            }
            for row in rows
        ],
        "next": f"{here}{part.value}&sau={after}" if after else "",
        "previous": here + part.value if sau else "",
    }
    crumbs = [
        Link(translate(lang, report_words.OVERVIEW), REPORTS),
        Link(translate(lang, report_words.PERIODS), PERIODS),
        Link(period.name, f"{PERIODS}/{closed_id}"),
    ]
    return render(request, "province/period_products.html", context, breadcrumbs=crumbs)
