"""The list behind the number: each product with why it is or is not counted as listed, and the same as CSV."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk.queries import units_with_products
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.reporting.asking import AskedDep
from ocop_hub.reporting.behind import ProductBehind, Sighting, products_behind
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.papers import export
from ocop_hub.reporting.reasons import ReasonCode
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import translate
from ocop_hub.web.labels import listing_code
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK, REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import charts as report_charts
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

LIST: Final = f"{REPORTS}/danh-sach"
LIST_CSV: Final = f"{REPORTS}/danh-sach.csv"
PER_PAGE: Final = 50
LONGEST_CSV: Final = 50_000

#: A form sends what was left empty as an empty text.
Reason = Annotated[ReasonCode | None, BeforeValidator(lambda value: value or None), Query()]


@router.get(LIST)
async def products_list(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    part: Part = Part.NOT_LISTED,
    reason: Reason = None,
    q: Annotated[str, Query(max_length=100)] = "",
    sau: Annotated[str, Query(max_length=1_000)] = "",
) -> Response:
    """The products behind a number, with why each missing one is missing and who can act."""
    lang = request_language(request)
    question = await asked.question(session, settings.home_province)
    reason = reason if reason in report_words.reasons_of(part) else None
    found = await products_behind(
        session, actor, question, part, words=q, reason=reason, cursor=sau, limit=PER_PAGE
    )
    query = {"q": q, "unit": asked.narrowed.get(By.UNIT, ""), "reason": reason.value if reason else ""}
    filters = {"part": part.value, "q": q or None, "reason": reason.value if reason else None}
    units = await units_with_products(session, actor, settings.home_province, only_home=True)
    reasons = [
        (code.value, translate(lang, report_words.REASONS[code])) for code in report_words.reasons_of(part)
    ]
    context: dict[str, Any] = {
        "heading": translate(lang, report_words.HEADINGS[part]),
        "as_of": question.as_of,
        "rule": {"number": question.rule.number, "valid_from": question.rule.valid_from},
        "total": found.total,
        "tabs": [
            Link(translate(lang, text), asked.address(LIST, part=each.value), current=each is part)
            for each, text in report_words.PARTS.items()
        ],
        "query": query,
        "unit_options": goods.options(units, lang),
        "reason_options": goods.options(reasons, lang),
        "action": LIST,
        "kept": [("part", part.value), *asked.pairs("unit")],
        "csv_href": asked.address(LIST_CSV, **filters),
        "rows": [_line(one, lang) for one in found.items],
        "previous": asked.address(LIST, **filters) if sau else "",
        "next": asked.address(LIST, **filters, sau=found.next_cursor) if found.next_cursor else "",
        "geo_label": translate(lang, report_words.GEO_LABELS[question.geo]),
    }
    crumbs = [Link(translate(lang, report_words.OVERVIEW), asked.address(REPORTS))]
    return render(request, "province/list.html", context, breadcrumbs=crumbs)


def _line(one: ProductBehind, lang: Lang) -> dict[str, Any]:
    why, next_step = report_words.why(one.why, lang)
    held = one.certificate
    return {
        "product_name": one.name,
        "href": f"{DESK}/san-pham/{one.product_id}",
        "producer_name": one.producer_name,
        "unit_name": one.unit_name,
        "stars": held.stars if held else None,
        "certificate_state": held.state.value if held else "",
        "valid_until": held.last_day if held else None,
        "listings": [_listing(seen) for seen in one.sightings],
        "why": why,
        "next": next_step,
    }


def _listing(seen: Sighting) -> dict[str, Any]:
    return {
        "marketplace_name": seen.marketplace_name,
        "state": listing_code(seen.state, not_sent=seen.not_sent),
        "in_stock": True,  # the flag of today says nothing about another day
        "grade": seen.grade.value if seen.grade and seen.state == "live" else None,
        "checked_at": None,
        "link": seen.url,
    }


@router.get(LIST_CSV)
async def list_csv(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    part: Part = Part.NOT_LISTED,
    reason: Reason = None,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The whole list as a file."""
    question = await asked.question(session, settings.home_province)
    found = await products_behind(session, actor, question, part, words=q, reason=reason, limit=LONGEST_CSV)
    return report_charts.csv_file(
        export.products_csv(found.items), f"danh-sach-{part.value}-{question.as_of.isoformat()}"
    )
