"""What a period's page asks of communes before it is closed: the list to look through, who is silent, who objects."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import coverage
from ocop_hub.reporting.behind import ProductBehind, products_behind
from ocop_hub.reporting.figures import By, Counts
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import PeriodConfirmation, ReportPeriod
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.service import PeriodDetail
from ocop_hub.reporting.question import Question
from ocop_hub.web.format import Lang
from ocop_hub.web.public.front import DESK, REPORTS
from ocop_hub.web.reports import words as report_words

#: Of each part, so many products stand beside the button; a commune with more follows the link to all of them.
SHOWN: Final = 100
#: The context of a period that nobody can answer: its day is not over, or it is closed.
NOBODY_ASKED: Final[dict[str, Any]] = {
    "waiting": [],
    "objecting": [],
    "now": None,
    "mine": [],
    "may_confirm": False,
    "may_object": False,
}


async def answering(session: AsyncSession, actor: Actor, found: PeriodDetail, lang: Lang) -> dict[str, Any]:
    """Who has still to answer, who objects, the figure of this moment, and for a commune its products by name.

    Figure, list and communes are those of the products that the reader sees.
    """
    question = await periods.question_of(session, found.period)
    counts = (await coverage.figure(session, actor, question)).counts
    units = await coverage.rows(session, actor, question, By.UNIT)
    answers = periods.answers_of(found.confirmations, units)
    communes = not actor.is_office
    own = _own(actor, found.confirmations)
    return {
        "waiting": [{"value": each["id"], "label": each["name"]} for each in answers.silent],
        "objecting": []
        if communes
        else [
            {"value": each["id"], "label": each["name"], "said": each["objection"]}
            for each in answers.objecting
        ],
        "now": _now(found.period, counts) if counts.denominator else None,
        "mine": await _mine(session, actor, question, lang) if communes else [],
        "may_confirm": communes and _to_confirm(counts, own),
        "may_object": communes,
    }


async def _mine(session: AsyncSession, actor: Actor, question: Question, lang: Lang) -> list[dict[str, Any]]:
    """The commune's products: those to chase first, then those listed."""
    found = [
        (part, one)
        for part in (Part.NOT_LISTED, Part.LISTED)
        for one in (await products_behind(session, actor, question, part, limit=SHOWN)).items
    ]
    return [_line(part, one, lang) for part, one in found]


def _line(part: Part, one: ProductBehind, lang: Lang) -> dict[str, Any]:
    why, next_step = report_words.why(one.why, lang)
    return {
        "name": one.name,
        "href": f"{DESK}/san-pham/{one.product_id}",
        "producer": one.producer_name,
        "listed": part is Part.LISTED,
        "marketplaces": sorted({seen.marketplace_name for seen in one.sightings if seen.state == "live"}),
        "why": why,
        "next": next_step,
    }


def _own(actor: Actor, given: Sequence[PeriodConfirmation]) -> PeriodConfirmation | None:
    return next((each for each in given if each.unit_id == actor.unit_id), None)


def own_answer(actor: Actor, given: Sequence[PeriodConfirmation]) -> dict[str, Any] | None:
    """What the reader's commune has answered."""
    own = _own(actor, given)
    if own is None:
        return None
    return {
        "listed": own.numerator,
        "counted": own.denominator,
        "said": own.objection,
        "at": own.confirmed_at,
    }


def _to_confirm(now: Counts, own: PeriodConfirmation | None) -> bool:
    """Whether a commune has something to confirm: nothing said yet, an objection, or other numbers than it saw."""
    if own is None or own.objection:
        return now.denominator > 0
    return (own.numerator, own.denominator) != (now.numerator, now.denominator)


def _now(period: ReportPeriod, counts: Counts) -> dict[str, Any]:
    """What would be confirmed or closed at this moment, with its list."""
    as_of = period.as_of.isoformat()
    return {
        "ratio": ratio(counts),
        "listed": counts.numerator,
        "counted": counts.denominator,
        "list_href": f"{REPORTS}/danh-sach?as_of={as_of}&part={Part.LISTED.value}",
        "not_listed_href": f"{REPORTS}/danh-sach?as_of={as_of}&part={Part.NOT_LISTED.value}",
    }


def ratio(counts: Counts) -> Fraction | None:
    """The share that is listed; None where nothing is counted."""
    return Fraction(counts.numerator, counts.denominator) if counts.denominator else None
