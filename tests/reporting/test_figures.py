"""Percentages and grades, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.coverage import month_ends
from ocop_hub.reporting.figures import Counts, at_least, percent


class TestPercent:
    @pytest.mark.parametrize(
        ("part", "whole", "shown"),
        [(393, 437, "89.9"), (1, 3, "33.3"), (2, 3, "66.7"), (437, 437, "100.0"), (0, 5, "0.0")],
    )
    def test_has_one_decimal(self, part: int, whole: int, shown: str) -> None:
        assert percent(part, whole) == Decimal(shown)

    def test_half_goes_up(self) -> None:
        assert percent(1799, 2000) == Decimal("90.0")  # 89.95
        assert percent(1, 2000) == Decimal("0.1")  # 0.05

    def test_of_nothing_is_nothing(self) -> None:
        assert percent(0, 0) is None


class TestAtLeast:
    def test_stronger_grades_are_enough(self) -> None:
        assert at_least(Grade.API) == (Grade.API,)
        assert at_least(Grade.SEEN) == (Grade.API, Grade.LINK, Grade.SEEN)
        assert Grade.DECLARED in at_least(Grade.DECLARED)


class TestCounts:
    def test_parts_add_up(self) -> None:
        counts = Counts(numerator=5, denominator=12, unverified=1, unknown=2, not_listable=3)
        assert counts.not_listed == 7
        assert counts.missing == 1


class TestMonthEnds:
    def test_ends_with_the_day_itself(self) -> None:
        from datetime import date

        assert month_ends(date(2024, 3, 15), 3) == (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 15))
