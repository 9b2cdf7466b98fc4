"""Shapes of the percentage in JSON: what the API answers and what the command prints are the same object."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.certificates.validity import CertificateState
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.reporting.coverage import Report
from ocop_hub.reporting.figures import GRADES, By, Counts, Geo, Standing
from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
from ocop_hub.reporting.reasons import Acts, ReasonCode
from ocop_hub.reporting.rules import AppliedRule
from ocop_hub.reporting.service import NewRule


class CountsOut(BaseModel):
    """``numerator + unverified + unknown + not_listable + off_season + missing = denominator``."""

    numerator: int
    denominator: int
    percent: float | None = Field(description="One decimal, half rounded up; null when nothing is counted")
    unverified: int = Field(description="Live, but by evidence weaker than the rule asks for")
    unknown: int = Field(description="Could not be checked")
    not_listable: int = Field(description="Services, not listed anywhere")
    off_season: int = Field(description="Not sold in this month, where the rule shows that apart")
    missing: int
    grades: dict[Grade, int] = Field(description="The numerator by each product's strongest evidence")


class FigureOut(CountsOut):
    """The percentage with all that is needed to read it again."""

    rule_number: int
    rule_valid_from: date
    rule_official: bool
    as_of: date
    computed_at: datetime
    closed: bool
    document_number: str = Field(description="Of a closed figure; else empty")


class RowOut(CountsOut):
    """One line of a cut; the key is stable, the label for people."""

    key: str
    label: str


class AppliedRuleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: int
    valid_from: date
    name: str
    denominator: Denominator
    listing_rule: ListingRule
    live_days: int
    period_days: int
    least_evidence: Grade
    off_season: OffSeason
    marketplaces: list[str]
    official: bool
    note: str


class CoverageOut(BaseModel):
    """Stable: ``figure``, ``rows``, ``rule``, ``as_of``, and how it was cut."""

    as_of: date
    by: By
    geo: Geo
    province: str
    figure: FigureOut
    rows: list[RowOut]
    rule: AppliedRuleOut


class SightingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    marketplace_key: str
    marketplace_name: str
    state: ListingState
    not_sent: bool
    grade: Grade | None
    since: datetime | None
    url: str
    counts: bool


class HeldOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    stars: int
    state: CertificateState
    last_day: date | None


class WhyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: ReasonCode
    sentence: str
    next_step: str
    acts: Acts


class ProductBehindOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    name: str
    producer_id: UUID
    producer_name: str
    unit_id: str | None
    unit_name: str
    standing: Standing | None
    certificate: HeldOut | None
    sightings: list[SightingOut]
    why: WhyOut | None


class ProductsBehindOut(BaseModel):
    total: int
    items: list[ProductBehindOut]
    next_cursor: str | None


class RuleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    valid_from: date
    name: str
    denominator: Denominator
    listing_rule: ListingRule
    live_days: int
    period_days: int
    least_evidence: Grade
    off_season: OffSeason
    marketplaces: list[str]
    created_by: str
    created_at: datetime


class RuleIn(BaseModel):
    valid_from: date
    name: str = Field(min_length=1, max_length=300)
    denominator: Denominator = Denominator.CERTIFIED_VALID
    listing_rule: ListingRule = ListingRule.LIVE_ON_AS_OF
    least_evidence: Grade = Grade.SEEN
    marketplaces: list[str] = Field(max_length=100)
    live_days: int = 0
    period_days: int = 90
    off_season: OffSeason = OffSeason.LAST_IN_SEASON

    def decision(self) -> NewRule:
        """The same as the service takes it."""
        return NewRule(
            valid_from=self.valid_from,
            name=self.name,
            denominator=self.denominator,
            listing_rule=self.listing_rule,
            least_evidence=self.least_evidence,
            marketplaces=tuple(self.marketplaces),
            live_days=self.live_days,
            period_days=self.period_days,
            off_season=self.off_season,
        )


def coverage_out(report: Report) -> CoverageOut:
    """The report as JSON shape."""
    figure, question = report.figure, report.question
    return CoverageOut(
        as_of=question.as_of,
        by=report.by,
        geo=question.geo,
        province=question.province,
        figure=FigureOut(
            **counts_out(figure.counts),
            rule_number=figure.rule_number,
            rule_valid_from=figure.rule_valid_from,
            rule_official=figure.rule_official,
            as_of=figure.as_of,
            computed_at=figure.computed_at,
            closed=figure.closed,
            document_number=figure.document_number,
        ),
        rows=[RowOut(**counts_out(row.counts), key=row.key, label=row.label) for row in report.rows],
        rule=rule_out(question.rule),
    )


def rule_out(rule: AppliedRule) -> AppliedRuleOut:
    """The rule as it was applied."""
    return AppliedRuleOut.model_validate(rule)


def counts_out(counts: Counts) -> dict[str, object]:
    """The fields of :class:`CountsOut`."""
    share = counts.percent
    return {
        "numerator": counts.numerator,
        "denominator": counts.denominator,
        "percent": None if share is None else float(share),
        "unverified": counts.unverified,
        "unknown": counts.unknown,
        "not_listable": counts.not_listable,
        "off_season": counts.off_season,
        "missing": counts.missing,
        "grades": {grade: counts.grades.get(grade, 0) for grade in GRADES},
    }
