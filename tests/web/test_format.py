from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from ocop_hub.web import format as fmt
from ocop_hub.web.format import Lang

NOW = datetime(2026, 9, 30, 3, 5, tzinfo=UTC)


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "vi", "en"),
        [
            (0, "0", "0"),
            (1234, "1.234", "1,234"),
            (1234567, "1.234.567", "1,234,567"),
            (-1500, "-1.500", "-1,500"),
            (1.5, "1,5", "1.5"),
            (Decimal("2.5000"), "2,5", "2.5"),
            (None, "–", "–"),
        ],
    )
    def test_marks_follow_the_language(self, value: int | float | Decimal | None, vi: str, en: str) -> None:
        assert fmt.number(value) == vi
        assert fmt.number(value, lang="en") == en


class TestPercent:
    @pytest.mark.parametrize(
        ("ratio", "vi"),
        [
            (Fraction(393, 437), "89,9%"),
            (393 / 437, "89,9%"),
            (0.7, "70%"),
            (1, "100%"),
            (0, "0%"),
            (Fraction(1, 800), "0,1%"),
            (Decimal("0.1235"), "12,4%"),
            (1.256, "125,6%"),
            (None, "–"),
        ],
    )
    def test_decimal_comma_no_blank_half_up(self, ratio: float | Fraction | Decimal | None, vi: str) -> None:
        assert fmt.percent(ratio) == vi

    def test_english(self) -> None:
        assert fmt.percent(Fraction(393, 437), lang="en") == "89.9%"


class TestPoints:
    @pytest.mark.parametrize(
        ("difference", "text"), [(0.014, "+1,4"), (-0.02, "−2"), (0.0, "0"), (0.0001, "0")]
    )
    def test_sign_is_shown(self, difference: float, text: str) -> None:
        assert fmt.points(difference) == text


class TestAmounts:
    def test_fraction(self) -> None:
        assert fmt.fraction(393, 437) == "393/437"
        assert fmt.fraction(1200, 1437) == "1.200/1.437"

    def test_money(self) -> None:
        assert fmt.money(120_000) == "120.000 đ"
        assert fmt.money(120_000, lang="en") == "120,000 đ"
        assert fmt.money(None) == "–"

    @pytest.mark.parametrize(
        ("grams", "text"),
        [(500, "500 g"), (999, "999 g"), (1000, "1 kg"), (1500, "1,5 kg"), (12_345_000, "12.345 kg")],
    )
    def test_weight(self, grams: int, text: str) -> None:
        assert fmt.weight(grams) == text


class TestDays:
    def test_day_has_no_leading_zeros(self) -> None:
        assert fmt.day(date(2026, 9, 3)) == "3/9/2026"
        assert fmt.day(date(2026, 9, 30), lang="en") == "30 Sep 2026"

    def test_a_moment_falls_on_the_day_in_vietnam(self) -> None:
        assert fmt.day(datetime(2026, 9, 29, 17, 0, tzinfo=UTC)) == "30/9/2026"
        assert fmt.moment(datetime(2026, 9, 29, 17, 5, tzinfo=UTC)) == "00:05, 30/9/2026"

    @pytest.mark.parametrize(
        ("gap", "lang", "text"),
        [
            (timedelta(seconds=59), "vi", "vừa xong"),
            (timedelta(seconds=-5), "vi", "vừa xong"),
            (timedelta(minutes=1), "vi", "1 phút trước"),
            (timedelta(hours=2, minutes=59), "vi", "2 giờ trước"),
            (timedelta(days=30), "vi", "30 ngày trước"),
            (timedelta(days=31), "vi", "30/8/2026"),
            (timedelta(hours=1), "en", "1 hour ago"),
            (timedelta(days=3), "en", "3 days ago"),
        ],
    )
    def test_ago(self, gap: timedelta, lang: Lang, text: str) -> None:
        assert fmt.ago(NOW - gap, NOW, lang=lang) == text
