"""Mùa vụ: the months in which a product is sold, as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from ocop_hub.kit.text import clean, fold
from ocop_hub.kit.values import ValueProblem

YEAR: Final = tuple(range(1, 13))

_ALL_YEAR = {"quanh nam", "ca nam", "cac thang trong nam", "all year", "year round"}
_TO = re.compile(r"\s*(?:[-–—−~]|\b(?:đến|den|tới|toi|to)\b)\s*")
_BETWEEN = re.compile(r"[,;&+]|\b(?:và|va|and)\b")
_MONTH_WORD = re.compile(r"\b(?:mùa|mua|vụ|vu|từ|tu|from|các|cac|tháng|thang|months?)\b:?|\bt\.?(?=\d)")
_ITEM = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


def parse_months(value: object) -> tuple[int, ...]:
    """Months in rising order from a number or from text such as ``tháng 3–5, 11``, ``T11-2``, ``quanh năm``.

    A span may go over the new year. Raises ``ValueProblem``; "3/5" and "3.5" are ones, for
    they may be a day or a span.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value):
        value = str(int(value))
    if not isinstance(value, str):
        raise _unreadable(value)
    text = clean(value).casefold().rstrip(".")
    if fold(text).removeprefix("mua ") in _ALL_YEAR:
        return YEAR
    bare = _MONTH_WORD.sub(" ", text)
    items = _BETWEEN.sub(" ", _TO.sub("-", bare)).split()
    if not items:
        raise _unreadable(value)
    return tuple(sorted({month for item in items for month in _span(item, value)}))


def _span(item: str, value: str) -> Sequence[int]:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise _unreadable(value)
    first, last = int(found[1]), int(found[2] or found[1])
    if not (1 <= first <= 12 and 1 <= last <= 12):
        raise ValueProblem("month_out_of_range", f"“{value}” có tháng ngoài 1–12; ghi ví dụ tháng 3–5, 11.")
    return range(first, last + 1) if first <= last else (*range(first, 13), *range(1, last + 1))


def _unreadable(value: object) -> ValueProblem:
    return ValueProblem(
        "season_unreadable", f"Không đọc được mùa vụ “{value}”; ghi các tháng, ví dụ tháng 3–5, 11."
    )


def written_months(months: Collection[int]) -> str:
    """The months as :func:`parse_months` reads them, without a word: ``3–5, 11``, ``11–2``; "" for none."""
    return ", ".join(
        f"{first}" if first == last else f"{first}–{last}" for first, last in spans(frozenset(months))
    )


def spans(months: Collection[int]) -> list[tuple[int, int]]:
    """First and last month of each unbroken span, the year taken as a circle."""
    if len(months) == len(YEAR):
        return [(1, 12)]
    found = []
    for first in sorted(month for month in months if _before(month) not in months):
        last = first
        while _after(last) in months:
            last = _after(last)
        found.append((first, last))
    return found


def season_text(months: Collection[int]) -> str:
    """The season as people read and sheets hold it: ``tháng 3–5, 11``, ``quanh năm``, or ""."""
    if len(months) == len(YEAR):
        return "quanh năm"
    return f"tháng {written_months(months)}" if months else ""


def _before(month: int) -> int:
    return (month - 2) % 12 + 1


def _after(month: int) -> int:
    return month % 12 + 1
