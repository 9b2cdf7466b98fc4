"""Các chỉ tiêu khác: the other numbers of the province, the list behind each, and the form for typed ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.headers import saved_as
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.indicators import definitions as indicators
from ocop_hub.reporting.indicators import values as indicator_values
from ocop_hub.reporting.indicators.definitions import Measured
from ocop_hub.reporting.indicators.files import indicators_csv, indicators_xlsx, rows_csv
from ocop_hub.reporting.indicators.values import KNOWN, NewValue, latest_values, named, percent_of_target
from ocop_hub.reporting.models import IndicatorValue
from ocop_hub.reporting.question import Question
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

INDICATORS: Final = f"{REPORTS}/chi-so"
LONGEST_CSV: Final = 50_000
TITLE: Final = N_("Các chỉ tiêu khác")
_FIELDS: Final = (
    "code", "name", "unit", "day", "value", "target", "target_percent", "marketplace_key", "source",
)  # fmt: skip

AsOf = Annotated[str, Query(max_length=10)]


async def _question(session: AsyncSession, settings: Settings, as_of: str) -> Question:
    """The question of the address; what is no day is taken for today."""
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        day = None
    return await question_for(session, province=settings.home_province, as_of=day)


@router.get(INDICATORS)
async def page(
    request: Request, session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, as_of: AsOf = ""
) -> Response:
    """Every number with its parts, the years, and what was typed."""
    question = await _question(session, settings, as_of)
    return await _page(request, session, settings, actor, question, {}, [])


@router.post(INDICATORS)
async def enter(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep
) -> Response:
    """Type a figure."""
    values = await typed(request)
    errors: list[Problem] = []
    day = read(values, "day", parse_date, errors)
    if day is None and not errors:
        errors.append({"field": "day", "problem": "Chưa ghi ngày của số liệu."})
    value = _decimal(values, "value", errors, needed=True)
    target, share = (_decimal(values, name, errors) for name in ("target", "target_percent"))
    if day is not None and value is not None and not errors:
        new = NewValue(
            code=values.get("code", ""),
            as_of=day,
            value=value,
            name=values.get("name", ""),
            unit=values.get("unit", ""),
            target=target,
            target_percent=share,
            marketplace_key=values.get("marketplace_key", ""),
            source=values.get("source", ""),
        )
        made = await tried(
            session, lambda: indicator_values.enter_value(session, actor, settings.home_province, new)
        )
        if not isinstance(made, HubError):
            return see(INDICATORS, "so-lieu")
        errors = [
            {**each, "field": "day"} if each["field"] == "as_of" else each for each in problems(made, "value")
        ]
    question = await _question(session, settings, "")
    return await _page(request, session, settings, actor, question, values, errors)


def _decimal(
    values: dict[str, str], field: str, errors: list[Problem], *, needed: bool = False
) -> Decimal | None:
    """``1.234,5`` or ``1234.5``: with a comma in it, dots are thousands marks."""
    text = values.get(field, "").removesuffix("%").strip()
    if not text and not needed:
        return None
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        return Decimal(plain)
    except InvalidOperation:
        errors.append({"field": field, "problem": "Hãy ghi một số, ví dụ 1240 hoặc 96,7."})
        return None


async def _page(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    question: Question,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    measured = await indicators.measure_all(session, actor, question)
    years = await indicators.years(session, actor, question)
    rows = list(await session.scalars(latest_values(settings.home_province, question.as_of)))
    listed = select(MarketplaceRow.key, MarketplaceRow.name).order_by(MarketplaceRow.position)
    markets = {row[0]: row[1] for row in await session.execute(listed)}
    known = [(code, translate(lang, name)) for code, (name, _) in KNOWN.items()]
    query = f"?as_of={question.as_of.isoformat()}"
    context: dict[str, Any] = {
        "action": INDICATORS,
        "as_of": question.as_of,
        "today": clock.today().isoformat(),
        "rule_number": question.rule.number,
        "csv_href": f"{INDICATORS}/bang.csv{query}",
        "xlsx_href": f"{INDICATORS}/bang.xlsx{query}",
        "indicators": [_indicator(each, question, lang) for each in measured],
        "years": [
            {
                "as_of": year.as_of,
                "participating": year.participating,
                "certified_ever": year.certified_ever,
                "certified_valid": year.certified_valid,
            }
            for year in years
        ],
        "entered": [_entered(row, markets, lang) for row in rows],
        "may_enter": actor.is_office,
        "code_options": goods.options(known, lang, first=N_("Chỉ tiêu khác, ghi tên bên dưới")),
        "marketplace_options": goods.options(list(markets.items()), lang, first=report_words.WHOLE),
        "values": {name: values.get(name, "") for name in _FIELDS},
        "errors": errors,
    }
    return render(
        request,
        "province/indicators.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=[Link(translate(lang, report_words.OVERVIEW), REPORTS)],
        notices=[] if errors else done_notices(request),
    )


def _indicator(found: Measured, question: Question, lang: Lang) -> dict[str, Any]:
    what = found.indicator
    return {
        "code": what.code,
        "name": translate(lang, what.name),
        "unit": translate(lang, what.unit),
        "value": found.value,
        "href": f"{INDICATORS}/{what.code}?as_of={question.as_of.isoformat()}" if found.value else "",
        "part": translate(lang, what.part) if what.part else "",
        "parts": [{"name": part.name, "value": part.value} for part in found.parts],
        "definition": translate(lang, what.definition),
        "source": translate(lang, what.source),
        "as_of": found.as_of,
    }


def _entered(row: IndicatorValue, markets: dict[str, str], lang: Lang) -> dict[str, Any]:
    name, unit = named(row)
    share = percent_of_target(row)
    where = markets.get(row.marketplace_key, row.marketplace_key)
    said = translate(lang, name) if row.code in KNOWN else name
    return {
        "name": f"{said} · {where}" if where else said,
        "value": fmt.number(row.value, lang=lang),
        "unit": translate(lang, unit) if row.code in KNOWN else unit,
        "target": fmt.number(row.target, lang=lang),
        "reached": fmt.percent(None if share is None else share / 100, lang=lang),
        "as_of": row.as_of,
        "source": row.source,
    }


async def _all(
    session: AsyncSession, settings: Settings, actor: Actor, as_of: str
) -> tuple[Question, tuple[Measured, ...], list[IndicatorValue]]:
    question = await _question(session, settings, as_of)
    measured = await indicators.measure_all(session, actor, question)
    return (
        question,
        measured,
        list(await session.scalars(latest_values(settings.home_province, question.as_of))),
    )


@router.get(INDICATORS + "/bang.csv")
async def csv_file(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, as_of: AsOf = ""
) -> Response:
    """The table as CSV."""
    question, measured, rows = await _all(session, settings, actor, as_of)
    return _file(indicators_csv(measured, rows), "csv", question, "text/csv; charset=utf-8")


@router.get(INDICATORS + "/bang.xlsx")
async def xlsx_file(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, as_of: AsOf = ""
) -> Response:
    """The table as a workbook."""
    question, measured, rows = await _all(session, settings, actor, as_of)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(indicators_xlsx(question, measured, rows), "xlsx", question, kind)


@router.get(INDICATORS + "/{indicator}")
async def behind(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    indicator: str,
    as_of: AsOf = "",
    sau: Annotated[str, Query(max_length=1_000)] = "",
) -> Response:
    """The list a number is the sum of."""
    lang = request_language(request)
    question = await _question(session, settings, as_of)
    found = indicators.find(indicator)
    measured = await indicators.measure(session, actor, question, found)
    rows, after = await indicators.page_behind(session, actor, question, found, cursor=sau)
    path = f"{INDICATORS}/{indicator}?as_of={question.as_of.isoformat()}"
    context: dict[str, Any] = {
        "indicator": _indicator(measured, question, lang),
        "rows": [{"name": row.name, "part": row.part, "amount": row.amount} for row in rows],
        "amounts": found.counted is indicators.Counted.AMOUNTS,
        "csv_href": f"{INDICATORS}/{indicator}/danh-sach.csv?as_of={question.as_of.isoformat()}",
        "previous": path if sau else "",
        "next": f"{path}&sau={after}" if after else "",
    }
    crumbs = [
        Link(translate(lang, report_words.OVERVIEW), REPORTS),
        Link(translate(lang, TITLE), f"{INDICATORS}?as_of={question.as_of.isoformat()}"),
    ]
    return render(request, "province/indicator.html", context, breadcrumbs=crumbs)


@router.get(INDICATORS + "/{indicator}/danh-sach.csv")
async def behind_csv(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, indicator: str, as_of: AsOf = ""
) -> Response:
    """The whole list behind a number."""
    question = await _question(session, settings, as_of)
    found = indicators.find(indicator)
    rows, _ = await indicators.page_behind(session, actor, question, found, limit=LONGEST_CSV)
    return _file(rows_csv(rows), "csv", question, "text/csv; charset=utf-8", found.code)


def _file(content: bytes, suffix: str, question: Question, kind: str, name: str = "") -> Response:
    said = f"chi-so-{name}-" if name else "chi-tieu-khac-"
    headers = saved_as(f"{said}{question.as_of.isoformat()}.{suffix}")
    return Response(content, media_type=kind, headers=headers)
