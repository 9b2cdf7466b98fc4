"""The query parameters of a question, the same for the JSON API, the pages, the charts and the CSV files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.params import Query as QueryInfo
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.errors import HubError
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.errors import DayUnreadable, UnknownPart
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
from ocop_hub.reporting.parts import PARAMETERS, one_of
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import Overrides

Choice = TypeVar("Choice", bound=StrEnum)
Key = Annotated[str | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks; ``narrowed`` by parameter name, as it is written there.

    ``refusal`` is what cannot be read in it: told when the question is asked, so that a page can show its form.
    """

    as_of: date | None = None
    geo: Geo = Geo.CURRENT
    province: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    narrowed: dict[By, str] = field(default_factory=dict)
    refusal: HubError | None = None

    async def question(self, session: AsyncSession, home_province: str) -> Question:
        """The question, of the home province unless another was asked for. Raises as ``question_for``, and ``refusal``."""
        if self.refusal is not None:
            raise self.refusal
        return await question_for(
            session,
            province=home_province if self.province is None else self.province,
            as_of=self.as_of,
            overrides=self.overrides,
            geo=self.geo,
            narrowed=self.narrowed,
        )

    def address(self, path: str, **more: str | None) -> str:
        """``path`` with the same question in its query; ``more`` adds parameters or, with None, takes one out."""
        kept = [(name, value) for name, value in self.pairs() if name not in more]
        kept += [(name, value) for name, value in more.items() if value is not None]
        return f"{path}?{urlencode(kept)}" if kept else path

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """The question as query parameters, but for those named."""
        tried = self.overrides
        pairs = [
            *([("as_of", self.as_of.isoformat())] if self.as_of else []),
            *([("geo", self.geo.value)] if self.geo is not Geo.CURRENT else []),
            *([("province", self.province)] if self.province is not None else []),
            *([("denominator", tried.denominator.value)] if tried.denominator else []),
            *([("listing_rule", tried.listing_rule.value)] if tried.listing_rule else []),
            *([("live_days", str(tried.live_days))] if tried.live_days is not None else []),
            *([("period_days", str(tried.period_days))] if tried.period_days is not None else []),
            *([("evidence", tried.least_evidence.value)] if tried.least_evidence else []),
            *([("off_season", tried.off_season.value)] if tried.off_season else []),
            *(("marketplace", key) for key in tried.marketplaces or ()),
            *((PARAMETERS[cut], key) for cut, key in self.narrowed.items()),
        ]
        return [(name, value) for name, value in pairs if name not in without]


def _or_none(value: object) -> object:
    """A form sends what was left empty as an empty text."""
    return None if value == "" else value


BLANK = BeforeValidator(_or_none)


#: What is chosen from a few words: how the choice is called in a sentence, and the words.
_CHOICES: Final[Mapping[str, tuple[str, type[StrEnum]]]] = {
    "geo": ("cách tính địa giới", Geo),
    "denominator": ("tổng số tính tỷ lệ", Denominator),
    "listing_rule": ("cách xét đã lên sàn", ListingRule),
    "evidence": ("hạng minh chứng", Grade),
    "off_season": ("cách tính ngoài mùa vụ", OffSeason),
}


def _words(name: str, description: str = "") -> QueryInfo:
    """A choice of :data:`_CHOICES`: read as a text, so that a misspelt one can be told beside its field."""
    words = [each.value for each in _CHOICES[name][1]]
    info: QueryInfo = Query(max_length=100, description=description, json_schema_extra={"enum": words})
    return info


@dataclass(frozen=True, slots=True)
class Tried:
    """What is to hold instead of the rule in force; ``refusal``: what of it cannot be read."""

    overrides: Overrides = field(default_factory=Overrides)
    refusal: UnknownPart | None = None


async def tried_out(
    denominator: Annotated[str | None, _words("denominator"), BLANK] = None,
    listing_rule: Annotated[str | None, _words("listing_rule"), BLANK] = None,
    live_days: Annotated[int | None, Query(ge=0, le=366), BLANK] = None,
    period_days: Annotated[int | None, Query(ge=1, le=366), BLANK] = None,
    evidence: Annotated[str | None, _words("evidence", "The weakest grade that counts"), BLANK] = None,
    off_season: Annotated[str | None, _words("off_season", "Products not sold in that month"), BLANK] = None,
    marketplace: Annotated[list[str] | None, Query(max_length=100, description="Counting ones")] = None,
) -> Tried:
    """What is to hold instead of the rule in force; anything makes the figure a trial."""
    refused: list[UnknownPart] = []
    overrides = Overrides(
        denominator=_chosen("denominator", Denominator, denominator, refused),
        listing_rule=_chosen("listing_rule", ListingRule, listing_rule, refused),
        live_days=live_days,
        period_days=period_days,
        least_evidence=_chosen("evidence", Grade, evidence, refused),
        off_season=_chosen("off_season", OffSeason, off_season, refused),
        marketplaces=tuple(marketplace) if marketplace else None,
    )
    return Tried(overrides, refused[0] if refused else None)


def _chosen(name: str, kind: type[Choice], text: str | None, refused: list[UnknownPart]) -> Choice | None:
    """The choice that is written; None where nothing is, or no choice of ours, which goes to ``refused``."""
    if text is None:
        return None
    try:
        one_of(name, _CHOICES[name][0], text, kind)
    except UnknownPart as unknown:
        refused.append(unknown)
        return None
    return kind(text)


async def narrowed_to(
    unit: Key = None,
    district: Key = None,
    group: Key = None,
    stars: Key = None,
    kind: Key = None,
    producer: Key = None,
    on: Annotated[str | None, Query(max_length=100, description="Only this marketplace")] = None,
) -> dict[By, str]:
    """The part that is asked about, by the cuts that are named."""
    parts = {
        By.UNIT: unit,
        By.DISTRICT: district,
        By.GROUP: group,
        By.STARS: stars,
        By.KIND: kind,
        By.PRODUCER: producer,
        By.MARKETPLACE: on,
    }
    return {cut: key for cut, key in parts.items() if key}


async def asked(
    tried: Annotated[Tried, Depends(tried_out)],
    narrowed: Annotated[dict[By, str], Depends(narrowed_to)],
    as_of: Annotated[
        str | None,
        Query(
            description="End of this day in Vietnam; today when left out",
            json_schema_extra={"format": "date"},
        ),
        BLANK,
    ] = None,
    geo: Annotated[str | None, _words("geo"), BLANK] = None,
    province: Annotated[
        str | None, Query(max_length=10, description="Code; empty: every province; left out: the home one")
    ] = None,
) -> Asked:
    """The question in the address. Anything that departs from the rule in force makes the figure a trial."""
    day, no_day = _day(as_of)
    unknown: list[UnknownPart] = []
    chosen_geo = _chosen("geo", Geo, geo, unknown) or Geo.CURRENT
    return Asked(
        as_of=day,
        geo=chosen_geo,
        province=province,
        overrides=tried.overrides,
        narrowed=narrowed,
        refusal=no_day or next(iter(unknown), tried.refusal),
    )


def _day(text: str | None) -> tuple[date | None, DayUnreadable | None]:
    """The day that is written, or why it cannot be read."""
    if text is None:
        return None, None
    try:
        return date.fromisoformat(text), None
    except ValueError:
        return None, DayUnreadable(
            "as_of", f"“{text[:20]}” không phải là ngày. Hãy viết năm, tháng, ngày như 2026-09-30."
        )


AskedDep = Annotated[Asked, Depends(asked)]
