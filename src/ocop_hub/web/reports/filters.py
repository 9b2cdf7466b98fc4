"""The form above the dashboard: which day, which part, by which rule; everything stands in the address."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.queries import groups
from ocop_hub.errors import HubError
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.asking import Asked
from ocop_hub.reporting.errors import AsOfOutOfRange, NoRuleYet, RuleOutOfRange
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.papers.making import place_label
from ocop_hub.reporting.question import Question
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import problems
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.public.front import REPORTS
from ocop_hub.web.reports import words as report_words
from ocop_hub.web.reports.words import Order

#: What the fields of the form are called; the rest of the question goes along unseen.
_FIELDS: Final = (
    "as_of", "geo", "unit", "district", "group", "stars", "kind", "on", "denominator", "listing_rule",
    "live_days", "evidence",
)  # fmt: skip
#: Where a refusal is shown; what is not here is about the marketplace.
_FIELD_OF: Final[dict[type[HubError], str]] = {
    AsOfOutOfRange: "as_of",
    NoRuleYet: "as_of",
    RuleOutOfRange: "live_days",
}
_BY_RULE: Final = N_("Theo cách tính")
Options = list[dict[str, str]]


async def filter_form(
    session: AsyncSession, actor: Actor, question: Question, asked: Asked, order: Order, lang: Lang
) -> dict[str, Any]:
    """The form's action, fields with their choices, and what is sent along."""
    said = dict(asked.pairs())
    kept = asked.pairs(*_FIELDS)
    if order is not Order.NAME:
        kept.append(("sap", order.value))
    return {
        "action": REPORTS,
        "open": bool(set(said) - {"as_of", "province"}),
        "kept": kept,
        "as_of": (asked.as_of or question.as_of).isoformat(),
        "live_days": said.get("live_days", ""),
        "choices": [
            {"name": name, "text": translate(lang, text), "value": said.get(name, ""), "options": options}
            for name, text, options in [
                *await _parts(session, actor, question, lang),
                *_rules(lang),
            ]
        ],
        "clear_href": REPORTS,
    }


async def refused_form(
    session: AsyncSession,
    actor: Actor,
    asked: Asked,
    order: Order,
    home_province: str,
    refused: HubError,
    lang: Lang,
) -> dict[str, Any]:
    """The form as it was filled and what is wrong with it; its choices are those of today.

    Raises ``NoRuleYet`` where no rule is in force today either.
    """
    of_province = any(each.field == "province" for each in refused.fields)
    today = await Asked(province=None if of_province else asked.province).question(session, home_province)
    filters = await filter_form(session, actor, today, asked, order, lang)
    place = place_label(actor, today.province)
    return {
        "place_label": place[:1].upper() + place[1:],
        "filters": filters | {"open": True},
        "errors": problems(refused, _FIELD_OF.get(type(refused), "on")),
    }


async def _parts(
    session: AsyncSession, actor: Actor, question: Question, lang: Lang
) -> list[tuple[str, str, Options]]:
    places = finder()
    communes = places.communes_of(question.province) if question.province else []
    districts = {
        district.id: district.full_name
        for commune in communes
        if (district := places.main_former_district_of(commune.id))
    }
    found = [(group.code, group.name_vi) for group in await session.scalars(groups())]
    marketplaces = await session.execute(
        select(MarketplaceRow.key, MarketplaceRow.name)
        .where(MarketplaceRow.key.in_(question.rule.marketplaces))
        .order_by(MarketplaceRow.position)
    )
    stars = [(str(n), f"{n} sao" if lang == "vi" else f"{n} ★") for n in (3, 4, 5)]
    kinds = [(kind.value, translate(lang, text)) for kind, text in report_words.KINDS.items()]
    geo = [(each.value, translate(lang, text)) for each, text in report_words.GEO_LABELS.items()]
    where: list[tuple[str, str, Options]] = [
        ("unit", N_("Đơn vị"), goods.options([(unit.id, unit.full_name) for unit in communes], lang)),
        (
            "district",
            N_("Huyện (trước 01/7/2025)"),
            goods.options(sorted(districts.items(), key=_name), lang),
        ),
    ]
    return [
        *([] if actor.unit_id else where),  # a commune's officer reads of her commune alone
        ("group", N_("Nhóm sản phẩm"), goods.options(found, lang)),
        ("stars", N_("Hạng sao"), goods.options(stars, lang)),
        ("kind", N_("Loại hình chủ thể"), goods.options(kinds, lang)),
        ("on", N_("Sàn"), goods.options([(row[0], row[1]) for row in marketplaces], lang)),
        ("geo", N_("Địa giới"), goods.options(geo, lang, first="")),
    ]


def _name(pair: tuple[str, str]) -> str:
    return pair[1]


def _rules(lang: Lang) -> list[tuple[str, str, Options]]:
    def of(words: dict[Any, str]) -> Options:
        pairs = [(each.value, translate(lang, text)) for each, text in words.items()]
        return goods.options(pairs, lang, first=_BY_RULE)

    return [
        ("denominator", N_("Tổng số sản phẩm tính tỷ lệ"), of(report_words.DENOMINATORS)),
        ("evidence", N_("Minh chứng ít nhất"), of(report_words.LEAST_EVIDENCE)),
        ("listing_rule", N_("Khi nào là đã lên sàn"), of(report_words.LISTING_RULES)),
    ]


async def part_label(session: AsyncSession, question: Question, lang: Lang) -> str:
    """Which part of the products the figure is about, in words; empty for all of them."""
    said: list[str] = []
    for cut, key in question.narrowed.items():
        said.append(
            f"{translate(lang, report_words.CUT_HEADS[cut])}: {await _named(session, cut, key, lang)}"
        )
    if len(question.rule.marketplaces) == 1:
        name = await session.scalar(
            select(MarketplaceRow.name).where(MarketplaceRow.key == question.rule.marketplaces[0])
        )
        said.append(f"{translate(lang, report_words.CUT_HEADS[By.MARKETPLACE])}: {name}")
    return "; ".join(said)


async def _named(session: AsyncSession, cut: By, key: str, lang: Lang) -> str:
    if cut in (By.UNIT, By.DISTRICT):
        unit = finder().unit(key)
        return unit.full_name if unit else key
    if cut is By.GROUP:
        return next((group.name_vi for group in await session.scalars(groups()) if group.code == key), key)
    if cut is By.KIND:
        return next((translate(lang, text) for kind, text in report_words.KINDS.items() if kind == key), key)
    if cut is By.PRODUCER:
        # Row-level security answers only for producers the reader may see.
        name: str | None = await session.scalar(select(Producer.name).where(cast(Producer.id, Text()) == key))
        return name or key
    return key
