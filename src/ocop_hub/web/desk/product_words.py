"""A product's values in people's words: for the summary of its form, its history and its approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries
from ocop_hub.catalogue.season import season_text, spans
from ocop_hub.places.finder import finder
from ocop_hub.web import goods
from ocop_hub.web.desk.product_steps import FIELD_NAMES, LANGUAGES
from ocop_hub.web.format import Lang, money, weight
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import label

_ABSENT = "–"
_PLACES = ("certified_unit_id", "current_unit_id", "province_id")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """How values read in one language; made once per page with the names of groups."""

    lang: Lang
    groups: Mapping[str, str]
    sub_groups: Mapping[str, str]

    def name(self, field: str) -> str:
        """A field as people call it."""
        return translate(self.lang, FIELD_NAMES.get(field, field))

    def value(self, field: str, value: Any) -> str:
        """A value of a field; a dash for none."""
        if value in (None, "", [], {}):
            return _ABSENT
        match field:
            case "group_code":
                return self.groups.get(value, value)
            case "sub_group_code":
                return self.sub_groups.get(value, value)
            case "status":
                return label("product", value, lang=self.lang).text
            case "price_vnd":
                return money(value, lang=self.lang)
            case "net_weight_g":
                return weight(value, lang=self.lang)
            case "season_months":
                return season(value, self.lang)
            case "video_links":
                return "\n".join(value)
            case "external_codes":
                return "\n".join(f"{system}: {code}" for system, code in value.items())
            case "variants":
                return "\n".join(self._pack(each) for each in value)
            case "translations":
                return "\n".join(self._abroad(*each) for each in value.items())
        if field in _PLACES:
            unit = finder().unit(value)
            return unit.full_name if unit is not None else value
        return str(value)

    def _pack(self, pack: Mapping[str, Any]) -> str:
        parts = [
            pack["label"],
            weight(pack["net_weight_g"], lang=self.lang) if pack["net_weight_g"] else "",
            money(pack["price_vnd"], lang=self.lang) if pack["price_vnd"] else "",
            f"GTIN {pack['gtin']}" if pack["gtin"] else "",
            translate(self.lang, N_("ngừng bán")) if pack["retired"] else "",
        ]
        return " · ".join(part for part in parts if part)

    def _abroad(self, language: str, texts: Mapping[str, str]) -> str:
        spoken = translate(self.lang, LANGUAGES[language]) if language in LANGUAGES else language
        return "\n".join(f"{self.name(field)} ({spoken}): {text}" for field, text in texts.items())


async def words(session: AsyncSession, lang: Lang) -> Words:
    """The words of a page in its language."""
    groups = {each.code: goods.group_name(each, lang) for each in await session.scalars(queries.groups())}
    below = {
        each.code: each.name_en if lang == "en" else each.name_vi
        for each in await session.scalars(queries.sub_groups())
    }
    return Words(lang, groups, below)


def season(months: list[int], lang: Lang) -> str:
    """The season as pages show it: ``tháng 3–5, 11`` | ``March–May, November``."""
    if lang != "en":
        return season_text(months)
    if len(months) == 12:
        return "all year"
    return ", ".join(
        _MONTHS[first - 1] if first == last else f"{_MONTHS[first - 1]}–{_MONTHS[last - 1]}"
        for first, last in spans(months)
    )
