"""Two days compared on a page: both figures, every product that moved and why, the rows of both; as CSV too."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.reporting import coverage
from ocop_hub.reporting.asking import BLANK, AskedDep
from ocop_hub.reporting.comparing import ComparedRow, Comparison, MovedProduct, Way, compare
from ocop_hub.reporting.figures import By, Counts
from ocop_hub.reporting.papers import export
from ocop_hub.reporting.question import Question
from ocop_hub.web.format import Lang
from ocop_hub.web.goods import options
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK, REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.reports.charts import csv_file, source_line
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

COMPARE: Final = f"{REPORTS}/so-sanh"
COMPARE_CSV: Final = f"{REPORTS}/so-sanh.csv"
#: The end of the month before where no day is given.
Since = Annotated[date | None, Query(description="The earlier day"), BLANK]
_CUTS: Final = (By.UNIT, By.DISTRICT, By.GROUP, By.STARS, By.KIND, By.MARKETPLACE, By.PRODUCER)


@router.get(COMPARE)
async def compare_days(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    since: Since = None,
    by: By = By.UNIT,
) -> Response:
    """Who joined and who dropped out between two days."""
    lang = request_language(request)
    question = await asked.question(session, settings.home_province)
    found = await compare(session, actor, question, since or month_before(question), by)
    change = found.change
    context: dict[str, Any] = {
        "before": _side(change.since, change.before),
        "after": _side(question.as_of, found.figure.counts),
        "points": _points(change.before, found.figure.counts),
        "ways": [_way(way, found, lang) for way in Way],
        "rows": [_row(row) for row in found.rows],
        "row_head": translate(lang, report_words.CUT_HEADS[by]),
        "by": by.value,
        "by_options": options(
            [(each.value, translate(lang, report_words.CUT_HEADS[each])) for each in _CUTS], lang, first=""
        ),
        "action": COMPARE,
        "kept": asked.pairs("as_of"),
        "as_of": question.as_of.isoformat(),
        "since": change.since.isoformat(),
        "csv_href": asked.address(COMPARE_CSV, since=change.since.isoformat()),
        "source": source_line(question, lang),
    }
    crumbs = [Link(translate(lang, report_words.OVERVIEW), asked.address(REPORTS))]
    return render(request, "province/compare.html", context, breadcrumbs=crumbs)


@router.get(COMPARE_CSV)
async def compare_csv(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, asked: AskedDep, since: Since = None
) -> Response:
    """Every product that moved, as a file."""
    question = await asked.question(session, settings.home_province)
    found = await compare(session, actor, question, since or month_before(question))
    name = f"so-sanh-{found.change.since.isoformat()}-{question.as_of.isoformat()}"
    return csv_file(moved_csv(found), name)


def moved_csv(found: Comparison) -> bytes:
    """The products that moved with the reason, in Vietnamese, one per line."""
    head = ["Thay đổi", "Sản phẩm", "Chủ thể", "Đơn vị", "Trước", "Sau", "Vì sao"]
    lines = [
        [
            report_words.WAYS[one.way],
            one.name,
            one.producer_name,
            one.unit_name,
            report_words.STANDINGS[one.was],
            report_words.STANDINGS[one.now],
            " ".join(why_moved(one, "vi")),
        ]
        for one in found.moved
    ]
    return export.table_csv([head, *lines])


def month_before(question: Question) -> date:
    """The end of the month before the question's."""
    return coverage.month_ends(question.as_of, 2)[0]


def why_moved(one: MovedProduct, lang: Lang) -> tuple[str, str]:
    """Why the product moved, and what to do next where something is to be done."""
    if one.why is not None and one.way is not Way.NEWLY_COUNTED:
        return report_words.why(one.why, lang)
    names = ", ".join(dict.fromkeys(seen.marketplace_name for seen in one.live_on))
    said = translate(lang, report_words.NOW_LIVE, names=names) if names else ""
    if one.way is not Way.NEWLY_COUNTED:
        return said, ""
    held = translate(lang, report_words.RECOGNISED, stars=one.certificate.stars) if one.certificate else ""
    missing, next_step = report_words.why(one.why, lang)
    return " ".join(part for part in (held, said, missing) if part), next_step


def _side(day: date, counts: Counts) -> dict[str, Any]:
    return {"day": day, "ratio": _ratio(counts), "listed": counts.numerator, "counted": counts.denominator}


def _ratio(counts: Counts) -> Fraction | None:
    return Fraction(counts.numerator, counts.denominator) if counts.denominator else None


def _points(before: Counts, after: Counts) -> float | None:
    old, new = _ratio(before), _ratio(after)
    return None if old is None or new is None else float(new - old)


def _way(way: Way, found: Comparison, lang: Lang) -> dict[str, Any]:
    products = [one for one in found.moved if one.way is way]
    return {
        "heading": translate(lang, report_words.WAYS[way]),
        "count": getattr(found.change, way.value),
        "products": [_product(one, lang) for one in products],
    }


def _product(one: MovedProduct, lang: Lang) -> dict[str, Any]:
    why, next_step = why_moved(one, lang)
    return {
        "name": one.name,
        "href": f"{DESK}/san-pham/{one.product_id}",
        "producer_name": one.producer_name,
        "unit_name": one.unit_name,
        "was": translate(lang, report_words.STANDINGS[one.was]),
        "now": translate(lang, report_words.STANDINGS[one.now]),
        "why": why,
        "next": next_step,
    }


def _row(row: ComparedRow) -> dict[str, Any]:
    return {
        "name": row.label,
        "before": _side(date.min, row.before),
        "after": _side(date.min, row.after),
        "points": _points(row.before, row.after),
    }
