"""The officer's first page: the number, why it changed, whom to call, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.places.finder import finder
from ocop_hub.producers.access import ReportsActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.queries import visible_to
from ocop_hub.reporting import coverage
from ocop_hub.reporting.asking import Asked, AskedDep
from ocop_hub.reporting.figures import By, Change, Counts, CoverageFigure, Row
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.overview import Overview, overview
from ocop_hub.reporting.papers.making import PaperKind, place_label
from ocop_hub.reporting.periods.closing import closed_report
from ocop_hub.reporting.periods.service import closed_on
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import AppliedRule
from ocop_hub.reporting.targets.service import target_in_view
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import tried
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import charts as report_charts
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.reports.compare import COMPARE
from ocop_hub.web.reports.filters import filter_form, part_label, refused_form
from ocop_hub.web.reports.indicators import INDICATORS
from ocop_hub.web.reports.monthly import MONTHLY, new_month
from ocop_hub.web.reports.papers import FILE
from ocop_hub.web.reports.periods import PERIODS
from ocop_hub.web.reports.products import LIST
from ocop_hub.web.reports.rules import RULES
from ocop_hub.web.reports.targets import TARGETS, WORK
from ocop_hub.web.reports.words import Order
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

CHASED: Final = 5


@router.get(REPORTS)
async def dashboard(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    sap: Order = Order.NAME,
    bang: Literal["", By.MARKETPLACE] = "",
) -> Response:
    """The number first, then why it changed, whom to call, and where."""
    lang = request_language(request)
    question = await tried(session, lambda: asked.question(session, settings.home_province))
    if isinstance(question, HubError):
        refused = await refused_form(session, actor, asked, sap, settings.home_province, question, lang)
        return render(request, "province/dashboard_refused.html", refused, status=422)
    since = coverage.month_ends(question.as_of, 2)[0]
    found = await overview(session, actor, question, since)
    figure, counts, rule = found.figure, found.figure.counts, question.rule
    place = place_label(actor, question.province)
    context: dict[str, Any] = {
        "place_label": place[:1].upper() + place[1:],
        "figure": _figure(figure, asked),
        "rule": _rule(rule, lang),
        "target": await _target(session, actor, question, counts),
        "change": _change(found.change, counts, asked, lang),
        "sentence": report_words.sentence(figure, rule.denominator, place, lang),
        "grades": [{"code": grade.value, "count": n} for grade, n in counts.grades.items()],
        "units": [_unit(row, asked) for row in ordered(found.units, sap)],
        # Communes without a product have no share, which is not a share of nothing: they stand apart.
        "units_without": [row.label for row in found.units if row.key and not row.counts.denominator],
        "geo_label": translate(lang, report_words.GEO_LABELS[question.geo]),
        "chase": await _chase(session, actor, found.producers, asked),
        "chase_units": _chase_units(found.units, asked),
        "charts": await _charts(
            session, actor, question, found, asked, lang, by_marketplace=bang == By.MARKETPLACE
        ),
        "order_links": _order_links(asked, sap, lang),
        "filters": await filter_form(session, actor, question, asked, sap, lang),
        "part_label": await part_label(session, question, lang),
        "closed": await _closed(session, question),
        "new_month": await new_month(session, settings.home_province),
        **_further(asked, since.isoformat()),
    }
    return render(request, "province/dashboard.html", context)


def _figure(figure: CoverageFigure, asked: Asked) -> dict[str, Any]:
    counts = figure.counts
    return {
        "ratio": _ratio(counts),
        "listed": counts.numerator,
        "counted": counts.denominator,
        "as_of": figure.as_of,
        "closed": figure.closed,
        "document_number": "",
        "list_href": asked.address(LIST, part=Part.LISTED.value),
        "not_listed_href": asked.address(LIST),
        "not_listed": counts.not_listed,
        "unknown": counts.unknown,
    }


def _rule(rule: AppliedRule, lang: Lang) -> dict[str, Any]:
    return {
        "number": rule.number,
        "valid_from": rule.valid_from,
        "denominator_label": translate(lang, report_words.DENOMINATORS[rule.denominator]),
        "official": rule.official,
        "href": f"{RULES}#so-{rule.number}",
    }


def _further(asked: Asked, since: str) -> dict[str, Any]:
    """Where the same question leads on; ``since`` is the day the comparison begins with."""
    return {
        "compare": {
            "action": COMPARE,
            "kept": asked.pairs(),
            "since": since,
            "href": asked.address(COMPARE, since=since),
        },
        "periods_href": PERIODS,
        "targets_href": TARGETS,
        "work_href": asked.address(WORK),
        "monthly_href": MONTHLY,
        "indicators_href": asked.address(INDICATORS),
        "csv_href": asked.address(report_charts.ROWS_CSV, by=By.UNIT.value),
        "files": [
            {"name": kind.value.upper(), "href": asked.address(FILE, dang=kind.value)} for kind in PaperKind
        ],
    }


async def _target(
    session: AsyncSession, actor: Actor, question: Question, counts: Counts
) -> dict[str, Any] | None:
    """The next due target, and which part of it is reached."""
    target = await target_in_view(session, actor, question)
    share = _ratio(counts)
    if target is None or share is None:
        return None
    goal = Fraction(target.share_tenths, 1000)
    return {"ratio": goal, "reached": share / goal}


async def _closed(session: AsyncSession, question: Question) -> dict[str, Any] | None:
    """What was reported of this day, beside what is known of it now."""
    found = await closed_on(session, question.province, question.as_of)
    if found is None:
        return None
    period, closed = found
    counts = closed_report(period, closed).figure.counts
    return {
        "ratio": _ratio(counts),
        "listed": counts.numerator,
        "counted": counts.denominator,
        "document_number": closed.document_number,
        "href": f"{PERIODS}/{period.id}",
    }


def _ratio(counts: Counts) -> Fraction | None:
    return Fraction(counts.numerator, counts.denominator) if counts.denominator else None


def _unit(row: Row, asked: Asked) -> dict[str, Any]:
    return {
        "name": row.label,
        "href": asked.address(LIST, unit=row.key),
        "listed": row.counts.numerator,
        "counted": row.counts.denominator,
    }


def _change(change: Change, now: Counts, asked: Asked, lang: Lang) -> dict[str, Any] | None:
    """What moved since the end of the month before; None when nothing was counted then."""
    before, after = _ratio(change.before), _ratio(now)
    if before is None or after is None:
        return None
    listed, missing = asked.address(LIST, part=Part.LISTED.value), asked.address(LIST)
    out = asked.address(LIST, part=Part.NOT_COUNTED.value)
    reasons = (
        (report_words.NEWLY_LISTED, change.newly_listed, listed),
        (report_words.DROPPED, change.dropped, missing),
        (report_words.NEWLY_COUNTED, change.newly_counted, missing),
        (report_words.NO_LONGER_COUNTED, change.no_longer_counted, out),
    )
    return {
        "since": change.since,
        "points": float(after - before),
        "reasons": [
            {"text": translate(lang, text), "count": count, "href": href}
            for text, count, href in reasons
            if count
        ],
    }


async def _chase(
    session: AsyncSession, actor: Actor, counts: Mapping[UUID, Counts], asked: Asked
) -> list[dict[str, Any]]:
    """The producers with the most products not listed."""
    missing = [(each.not_listed, producer_id) for producer_id, each in counts.items() if each.not_listed]
    worst = sorted(missing, key=lambda one: (-one[0], one[1]))[:CHASED]
    found = await session.scalars(
        visible_to(actor).where(Producer.id.in_([producer_id for _, producer_id in worst]))
    )
    producers = {producer.id: producer for producer in found}
    chase = []
    for count, producer_id in worst:
        producer = producers[producer_id]
        unit = finder().unit(producer.current_unit_id) if producer.current_unit_id else None
        chase.append(
            {
                "name": producer.name,
                "place": unit.full_name if unit else "",
                "missing": count,
                "phone": producer.phone or "",
                "href": asked.address(LIST, producer=str(producer_id)),
            }
        )
    return chase


async def _charts(
    session: AsyncSession,
    actor: Actor,
    question: Question,
    found: Overview,
    asked: Asked,
    lang: Lang,
    *,
    by_marketplace: bool,
) -> list[dict[str, Any]]:
    """Trend, map, marketplaces, stars, groups; those without anything to show are left out."""
    trend = await coverage.trend(session, actor, question, found.figure.counts)
    marketplaces = await coverage.rows(session, actor, question, By.MARKETPLACE) if by_marketplace else None
    drawn = (
        report_charts.trend_figure(trend, question, asked, lang),
        report_charts.map_figure(found.units, LIST, question, asked, lang),
        report_charts.marketplaces_figure(marketplaces, question, asked, lang)
        if found.figure.counts.denominator
        else None,
        report_charts.bars_figure(By.STARS, found.stars, question, asked, lang),
        report_charts.bars_figure(By.GROUP, found.groups, question, asked, lang),
    )
    return [each for each in drawn if each is not None]


def _chase_units(units: Sequence[Row], asked: Asked) -> list[dict[str, Any]]:
    """The communes with the most products not listed."""
    worst = sorted((row for row in units if row.counts.not_listed), key=lambda row: -row.counts.not_listed)
    return [
        {"name": row.label, "missing": row.counts.not_listed, "href": asked.address(LIST, unit=row.key)}
        for row in worst[:CHASED]
    ]


def ordered(units: Sequence[Row], order: Order) -> list[Row]:
    """The communes with products: by name as they come, or ranked; equals stay by name."""
    shown = [row for row in units if row.counts.denominator]
    if order is Order.SHARE:
        shown.sort(key=lambda row: Fraction(-row.counts.numerator, row.counts.denominator))
    elif order is Order.MISSING:
        shown.sort(key=lambda row: -row.counts.not_listed)
    return shown


def _order_links(asked: Asked, order: Order, lang: Lang) -> list[Link]:
    return [
        Link(
            translate(lang, text),
            asked.address(REPORTS, sap=each.value if each is not Order.NAME else None) + "#don-vi",
            current=each is order,
        )
        for each, text in report_words.ORDERS.items()
    ]
