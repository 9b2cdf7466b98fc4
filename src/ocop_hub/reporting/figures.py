"""What a percentage is made of: pure figures, no database.

Every counted product stands in exactly one place (:class:`Standing`), so the parts always add up to the
denominator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from ocop_hub.marketplaces.contract import Grade

#: Strongest first; a weaker sighting never stands in for a stronger one.
GRADES = (Grade.API, Grade.LINK, Grade.SEEN, Grade.DECLARED)
_TENTH = Decimal("0.1")


class Standing(StrEnum):
    """Where one product of the denominator stands. The first that fits is taken, in this order."""

    LISTED = "listed"
    #: Live, but known only by evidence weaker than the rule asks for.
    UNVERIFIED = "unverified"
    #: Was seen before; what the marketplace shows now could not be told.
    UNKNOWN = "unknown"
    #: A group without goods that travel (services), not listed anywhere.
    NOT_LISTABLE = "not_listable"
    #: Not sold in this month, and the rule shows such products apart.
    OFF_SEASON = "off_season"
    MISSING = "missing"


class By(StrEnum):
    """The cuts. ``district`` is the district before 1/7/2025, as recognised."""

    TOTAL = "total"
    UNIT = "unit"
    DISTRICT = "district"
    GROUP = "group"
    STARS = "stars"
    KIND = "kind"
    MARKETPLACE = "marketplace"
    PRODUCER = "producer"
    MONTH = "month"


class Geo(StrEnum):
    """Which commune a product counts for: the one of today, or the one written in its recognition."""

    CURRENT = "current"
    AS_CERTIFIED = "as_certified"


def percent(numerator: int, denominator: int) -> Decimal | None:
    """The share in percent with one decimal, half rounded up; None where nothing is counted.

    89.95 is 90.0 and 0 of 0 is nothing, neither 0 nor 100 (Circular-style rounding of published figures).
    """
    if denominator == 0:
        return None
    exact = Fraction(100 * numerator, denominator)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_TENTH, ROUND_HALF_UP)


def at_least(least: Grade) -> tuple[Grade, ...]:
    """The grades that are enough when ``least`` is asked for, strongest first."""
    return GRADES[: GRADES.index(least) + 1]


@dataclass(frozen=True, slots=True)
class Counts:
    """Products by standing; ``grades`` splits the numerator by the strongest evidence of each product."""

    numerator: int = 0
    denominator: int = 0
    unverified: int = 0
    unknown: int = 0
    not_listable: int = 0
    off_season: int = 0
    grades: Mapping[Grade, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def percent(self) -> Decimal | None:
        """See :func:`percent`."""
        return percent(self.numerator, self.denominator)

    @property
    def not_listed(self) -> int:
        """Everything in the denominator that is not in the numerator."""
        return self.denominator - self.numerator

    @property
    def missing(self) -> int:
        """Products that nobody has seen listed and that could be."""
        return self.not_listed - self.unverified - self.unknown - self.not_listable - self.off_season


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a cut. ``key`` is stable (unit id, code, date); ``label`` is for people."""

    key: str
    label: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class CoverageFigure:
    """A percentage with all that is needed to read it again: fraction, rule, date, moment of computing."""

    counts: Counts
    rule_number: int
    rule_valid_from: date
    rule_official: bool
    as_of: date
    computed_at: datetime
    closed: bool = False
    #: The document under which a closed figure was reported.
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What moved between two days; the four counts are of products, and together they explain the difference."""

    since: date
    before: Counts
    #: Counted on both days: newly listed, and no longer listed.
    newly_listed: int
    dropped: int
    #: Came into or left the denominator (recognised, lapsed, withdrawn); listed ones in brackets of the method.
    newly_counted: int
    no_longer_counted: int
