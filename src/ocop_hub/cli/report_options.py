"""The options of ``ocop-hub report coverage``: what each may say, and the question they make together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocop_hub.reporting.rules import Overrides


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


# The words stand here once more so that ``--help`` need not load the rooms; a test holds them equal.
class ByWord(StrEnum):
    TOTAL = "total"
    UNIT = "unit"
    DISTRICT = "district"
    GROUP = "group"
    STARS = "stars"
    KIND = "kind"
    MARKETPLACE = "marketplace"
    PRODUCER = "producer"
    MONTH = "month"


class GeoWord(StrEnum):
    CURRENT = "current"
    AS_CERTIFIED = "as_certified"


class DenominatorWord(StrEnum):
    CERTIFIED_VALID = "certified_valid"
    CERTIFIED_EVER = "certified_ever"
    PARTICIPATING = "participating"


class ListingRuleWord(StrEnum):
    LIVE_ON_AS_OF = "live_on_as_of"
    EVER_LISTED = "ever_listed"
    LIVE_DAYS = "live_days"


class EvidenceWord(StrEnum):
    API = "api"
    LINK = "link"
    SEEN = "seen"
    DECLARED = "declared"


class OffSeasonWord(StrEnum):
    LAST_IN_SEASON = "last_in_season"
    NOT_COUNTED = "not_counted"
    SHOWN_APART = "shown_apart"


AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of this day in Vietnam; default: today")
]
Rows = Annotated[ByWord, typer.Option(help="Rows by this")]
DenominatorOption = Annotated[DenominatorWord | None, typer.Option(help="Instead of what the rule says")]
ListingRuleOption = Annotated[ListingRuleWord | None, typer.Option(help="Instead of what the rule says")]
LiveDays = Annotated[int | None, typer.Option(help="With --listing-rule live_days: at least so many")]
PeriodDays = Annotated[int | None, typer.Option(help="… of so many days up to the date")]
Evidence = Annotated[EvidenceWord | None, typer.Option(help="The weakest grade that counts")]
OffSeasonOption = Annotated[
    OffSeasonWord | None,
    typer.Option(help="Products not sold in that month; instead of what the rule says"),
]
GeoOption = Annotated[GeoWord, typer.Option(help="Communes of today, or as recognised")]
Marketplaces = Annotated[list[str] | None, typer.Option(help="Count only these marketplaces; repeatable")]
Province = Annotated[str | None, typer.Option(help="Code of another province; empty: all")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help="Only a part, as CUT=KEY, e.g. stars=4, unit=c-06970-20250701, producer=ID, marketplace=voso"
    ),
]
Compare = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="What moved since the end of this day, and why; text, json or csv"
    ),
]
Format = Annotated[
    OutputFormat,
    typer.Option(help="text for people; json, csv for programs; xlsx, docx, pdf to send upward"),
]
Template = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A docx or xlsx of your own with fields to fill in"),
]
Out = Annotated[Path | None, typer.Option(help="Write here; needed for xlsx, docx and pdf")]

#: The forms that are files to send, not text for a screen or a program.
FILES = (OutputFormat.XLSX, OutputFormat.DOCX, OutputFormat.PDF)


@dataclass(frozen=True, slots=True)
class Tried:
    """What is to hold instead of the rule in force."""

    denominator: DenominatorWord | None
    listing_rule: ListingRuleWord | None
    live_days: int | None
    period_days: int | None
    evidence: EvidenceWord | None
    off_season: OffSeasonWord | None
    marketplaces: Sequence[str] | None

    def overrides(self) -> Overrides:
        """The same in the room's own words."""
        from ocop_hub.marketplaces.contract import Grade
        from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
        from ocop_hub.reporting.rules import Overrides

        return Overrides(
            denominator=Denominator(self.denominator.value) if self.denominator else None,
            listing_rule=ListingRule(self.listing_rule.value) if self.listing_rule else None,
            live_days=self.live_days,
            period_days=self.period_days,
            least_evidence=Grade(self.evidence.value) if self.evidence else None,
            off_season=OffSeason(self.off_season.value) if self.off_season else None,
            marketplaces=tuple(self.marketplaces) if self.marketplaces else None,
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """In which form the answer is wanted, and where. ``template`` is a file of the sender's own."""

    format: OutputFormat
    template: Path | None
    out: Path | None

    def kind(self) -> str:
        """The kind of file to make, or nothing. Raises ``typer.BadParameter`` where a file has no place to go."""
        kind = self.wanted().value if self.wanted() in FILES else ""
        if kind and self.out is None:
            raise typer.BadParameter(f"{kind} is a file: say where with --out", param_hint="--out")
        return kind

    def wanted(self) -> OutputFormat:
        """A template decides the form: what is filled in stays what it was."""
        if self.template is None:
            return self.format
        from ocop_hub.reporting.papers import templates

        return OutputFormat(templates.kind_of(self.template.name).value)
