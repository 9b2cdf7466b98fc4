"""Cách tính: every rule the province has reported by, and the form by which it decides on the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting import service
from ocop_hub.reporting.models import CoverageRule, Denominator, ListingRule, OffSeason
from ocop_hub.reporting.rules import rules
from ocop_hub.reporting.service import NewRule
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.render import request_language
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

RULES: Final = f"{REPORTS}/cach-tinh"
#: A marketplace's box in the form is called this and its key.
_BOX: Final = "san_"
_CHOICES: Final[Mapping[str, Mapping[Any, str]]] = {
    "denominator": report_words.DENOMINATORS,
    "listing_rule": report_words.LISTING_RULES,
    "least_evidence": report_words.LEAST_EVIDENCE,
    "off_season": report_words.OFF_SEASON,
}
_FIELDS: Final = ("name", "valid_from", *_CHOICES, "live_days", "period_days")
Word = TypeVar("Word", bound=StrEnum)


@router.get(RULES)
async def list_rules(request: Request, session: SessionDep, actor: ReportsActorDep) -> Response:
    """Every rule, the newest first; for an office the form, filled with the newest."""
    return await _page(request, session, actor, {}, [])


@router.post(RULES)
async def follow_rule(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Follow the newest rule by another, from a day on."""
    values = await typed(request)
    errors: list[Problem] = []
    valid_from = read(values, "valid_from", parse_date, errors)
    if valid_from is None and not errors:
        errors.append({"field": "valid_from", "problem": "Chưa ghi ngày áp dụng."})
    if not values.get("name"):
        errors.append({"field": "name", "problem": "Chưa ghi tên cách tính và văn bản quyết định."})
    if valid_from is not None and not errors:
        new = _decision(values, valid_from)
        made = await tried(session, lambda: service.follow_rule(session, actor, new))
        if not isinstance(made, HubError):
            return see(RULES, "cach-tinh")
        errors = problems(made, _field_of(made))
    return await _page(request, session, actor, values, errors)


def _decision(values: Mapping[str, str], valid_from: date) -> NewRule:
    """What the form says; a choice that is none of those offered is the usual one."""
    listing_rule = _word(values, "listing_rule", ListingRule.LIVE_ON_AS_OF)
    return NewRule(
        valid_from=valid_from,
        name=values["name"][:300],
        denominator=_word(values, "denominator", Denominator.CERTIFIED_VALID),
        listing_rule=listing_rule,
        least_evidence=_word(values, "least_evidence", report_words.USUAL_EVIDENCE),
        marketplaces=tuple(name.removeprefix(_BOX) for name in values if name.startswith(_BOX)),
        live_days=_days(values.get("live_days", "")),
        period_days=_days(values.get("period_days", "")) if listing_rule is ListingRule.LIVE_DAYS else 90,
        off_season=_word(values, "off_season", OffSeason.LAST_IN_SEASON),
    )


def _word(values: Mapping[str, str], name: str, usual: Word) -> Word:
    words = type(usual)
    given = values.get(name, "")
    return words(given) if given in {each.value for each in words} else usual


def _days(text: str) -> int:
    """0 where no number of days is written, which the service refuses with what fits."""
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _field_of(refused: HubError) -> str:
    """Where on the form a refusal stands."""
    if refused.code == "rule-goes-back":
        return "valid_from"
    return "live_days" if refused.code == "rule-out-of-range" else "marketplaces"


async def _page(
    request: Request, session: AsyncSession, actor: Actor, values: Mapping[str, str], errors: list[Problem]
) -> Response:
    lang = request_language(request)
    found = list(await session.scalars(rules()))
    marketplaces = list(await session.scalars(select(MarketplaceRow).order_by(MarketplaceRow.position)))
    names = {one.key: one.name for one in marketplaces}
    filled = values or _filled(found)
    context: dict[str, Any] = {
        "action": RULES,
        "may_decide": actor.is_office,
        "rules": [_row(rule, names, lang) for rule in found],
        "choices": {
            field: goods.options(
                [(word.value, translate(lang, text)) for word, text in words.items()], lang, first=""
            )
            for field, words in _CHOICES.items()
        },
        "boxes": [
            {
                "name": _BOX + one.key,
                "text": one.name,
                "ticked": _BOX + one.key in filled,
                "closed_on": clock.business_day(closed) if (closed := one.open_during.upper) else None,
            }
            for one in marketplaces
        ],
        "values": {**dict.fromkeys(_FIELDS, ""), **filled},
        "errors": errors,
    }
    return render(
        request,
        "province/rules.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=[Link(translate(lang, report_words.OVERVIEW), REPORTS)],
        notices=[] if errors else done_notices(request),
    )


def _filled(found: Sequence[CoverageRule]) -> dict[str, str]:
    """The form as the newest rule would fill it, so that a decision changes only what it means to."""
    if not found:
        return {"valid_from": clock.today().isoformat()}
    newest = found[0]
    return {
        "valid_from": max(clock.today(), newest.valid_from).isoformat(),
        "denominator": newest.denominator.value,
        "listing_rule": newest.listing_rule.value,
        "least_evidence": newest.least_evidence.value,
        "off_season": newest.off_season.value,
        "live_days": str(newest.live_days or ""),
        "period_days": str(newest.period_days),
        **{_BOX + key: "1" for key in newest.marketplaces},
    }


def _row(rule: CoverageRule, names: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    return {
        "number": rule.number,
        "valid_from": rule.valid_from,
        "name": rule.name,
        "denominator": translate(lang, report_words.DENOMINATORS[rule.denominator]),
        "listing_rule": translate(lang, report_words.LISTING_RULES[rule.listing_rule]),
        "days": (rule.live_days, rule.period_days) if rule.listing_rule is ListingRule.LIVE_DAYS else None,
        "least_evidence": translate(lang, report_words.LEAST_EVIDENCE[rule.least_evidence]),
        "off_season": translate(lang, report_words.OFF_SEASON[rule.off_season]),
        "marketplaces": [names.get(key, key) for key in rule.marketplaces],
        "created_by": "" if rule.created_by == Role.SYSTEM else rule.created_by,  # the one it came with
    }
