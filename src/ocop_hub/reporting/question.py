"""What a reader asks of the percentage: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ocop_hub.kit import clock
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.rules import AppliedRule


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which day, by which rule, in which province ("" for all), on which geography, for which part.

    ``narrowed`` keeps only products whose cut has the key, e.g. ``{By.UNIT: "c-06970-20250701"}``; the key ""
    means those without one.
    """

    as_of: date
    rule: AppliedRule
    province: str
    geo: Geo = Geo.CURRENT
    narrowed: Mapping[By, str] = field(default_factory=dict)

    @property
    def instant(self) -> datetime:
        """The last instant of the day, in UTC."""
        return clock.day_end(self.as_of) - timedelta(microseconds=1)

    def on(self, day: date) -> Question:
        """The same question of another day."""
        return replace(self, as_of=day)
