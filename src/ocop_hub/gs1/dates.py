"""GS1 dates: YYMMDD, where day 00 means "the whole month" and the century slides with today."""

from __future__ import annotations

from datetime import date

_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """Days of a month (1-12). Every fourth year is a leap year here: right from 1901 to 2099, and for a
    two-digit year, whose 00 is 2000 until 2050."""
    return 29 if month == 2 and year % 4 == 0 else _DAYS[month]


def full_year(yy: int, *, this_year: int) -> int:
    """The year meant by two digits: at most 49 years back and 50 ahead.

    Source: GS1 General Specifications 7.12, determination of century in dates.
    """
    century = this_year // 100 * 100
    distance = yy - this_year % 100
    if distance >= 51:
        return century - 100 + yy
    if distance <= -50:
        return century + 100 + yy
    return century + yy


def read(yymmdd: str, *, today: date) -> date:
    """The date of a checked YYMMDD value; day 00 is the month's last day. Raises ValueError for other text."""
    year = full_year(int(yymmdd[:2]), this_year=today.year)
    month, day = int(yymmdd[2:4]), int(yymmdd[4:])
    return date(year, month, day or days_in_month(year, month))


def write(day: date) -> str:
    """YYMMDD of a date."""
    return f"{day:%y%m%d}"
