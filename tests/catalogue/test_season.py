"""Months as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.catalogue.season import YEAR, parse_months, season_text, spans, written_months
from ocop_hub.kit.values import ValueProblem

MONTHS = st.frozensets(st.integers(1, 12), min_size=1)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("tháng 3–5, 11", (3, 4, 5, 11)),
        ("Tháng 3 đến tháng 5", (3, 4, 5)),
        ("Mùa: tháng 3-5", (3, 4, 5)),
        ("T11-2", (1, 2, 11, 12)),
        ("thang 6 va thang 8", (6, 8)),
        ("6; 7; 8", (6, 7, 8)),
        ("3 4 5", (3, 4, 5)),
        ("từ tháng 10 tới tháng 12", (10, 11, 12)),
        ("quanh năm", YEAR),
        ("QUANH NAM", YEAR),
        ("1-12", YEAR),
        ("Tháng 7.", (7,)),
        (7, (7,)),
        (7.0, (7,)),
    ],
)
def test_is_read(text: object, months: tuple[int, ...]) -> None:
    assert parse_months(text) == months


@pytest.mark.parametrize(
    "text", ["3/5", "mùa xuân", "", "tháng", "0", "13", "3-13", "-", "3--5", "3.5", True, 3.5, None]
)
def test_is_refused_with_a_sentence(text: object) -> None:
    with pytest.raises(ValueProblem) as refused:
        parse_months(text)
    assert "tháng 3–5, 11" in refused.value.problem


@given(MONTHS)
def test_what_is_written_is_read_again(months: frozenset[int]) -> None:
    assert parse_months(season_text(months)) == tuple(sorted(months))
    assert parse_months(written_months(months) if len(months) < 12 else "1-12") == tuple(sorted(months))


@given(MONTHS)
def test_spans_cover_each_month_once(months: frozenset[int]) -> None:
    covered = [
        month
        for first, last in spans(months)
        for month in (range(first, last + 1) if first <= last else (*range(first, 13), *range(1, last + 1)))
    ]
    assert sorted(covered) == sorted(months)


@given(st.text(max_size=40))
def test_any_text_is_months_or_a_problem(text: str) -> None:
    try:
        months = parse_months(text)
    except ValueProblem:
        return
    assert months
    assert set(months) <= set(YEAR)
    assert list(months) == sorted(set(months))


def test_nobody_said() -> None:
    assert season_text([]) == ""
    assert season_text([12, 1]) == "tháng 12–1"
