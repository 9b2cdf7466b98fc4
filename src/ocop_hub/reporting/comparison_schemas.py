"""Shapes of two days compared, in JSON: what the API answers and what the command prints are the same object."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.reporting.comparing import Comparison, Way
from ocop_hub.reporting.figures import By, Geo, Standing
from ocop_hub.reporting.schemas import (
    AppliedRuleOut,
    CountsOut,
    HeldOut,
    SightingOut,
    WhyOut,
    counts_out,
    rule_out,
)


class ComparedRowOut(BaseModel):
    """One line of a cut on both days."""

    key: str
    label: str
    before: CountsOut
    after: CountsOut


class MovedProductOut(BaseModel):
    """A product that moved; ``was`` and ``now`` are null where it was, or is, not counted."""

    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    name: str
    producer_name: str
    unit_name: str
    way: Way
    was: Standing | None
    now: Standing | None
    why: WhyOut | None = Field(description="Why it is not listed, or not counted, on the later day")
    live_on: list[SightingOut] = Field(description="Where it is seen on the later day")
    certificate: HeldOut | None = Field(description="Of a newly counted product")


class ComparisonOut(BaseModel):
    """``newly_counted`` and ``no_longer_counted`` move the denominator, the other two the numerator alone."""

    since: date
    as_of: date
    by: By
    geo: Geo
    province: str
    rule: AppliedRuleOut
    before: CountsOut
    after: CountsOut
    newly_listed: int
    dropped: int
    newly_counted: int
    no_longer_counted: int
    rows: list[ComparedRowOut]
    moved: list[MovedProductOut] = Field(description="At most 2,000; the counts are of all")


def comparison_out(found: Comparison) -> ComparisonOut:
    """The comparison as JSON shape."""
    change, question = found.change, found.question
    return ComparisonOut(
        since=change.since,
        as_of=question.as_of,
        by=found.by,
        geo=question.geo,
        province=question.province,
        rule=rule_out(question.rule),
        before=CountsOut.model_validate(counts_out(change.before)),
        after=CountsOut.model_validate(counts_out(found.figure.counts)),
        newly_listed=change.newly_listed,
        dropped=change.dropped,
        newly_counted=change.newly_counted,
        no_longer_counted=change.no_longer_counted,
        rows=[
            ComparedRowOut(
                key=row.key,
                label=row.label,
                before=CountsOut.model_validate(counts_out(row.before)),
                after=CountsOut.model_validate(counts_out(row.after)),
            )
            for row in found.rows
        ],
        moved=[MovedProductOut.model_validate(one) for one in found.moved],
    )
