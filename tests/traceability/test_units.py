"""Amounts in the units people write, whatever the number, the case and the composition of the letters."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.traceability.units import epcis_quantity, measured, whole_amount

AMOUNTS = st.decimals("0.001", 100_000, places=3)
#: Pairs of one unit and another that is so many times smaller.
PAIRS = st.sampled_from(
    [("tấn", "tạ", 10), ("tạ", "kg", 100), ("yến", "kg", 10), ("kg", "gam", 1_000), ("lít", "ml", 1_000)]
)
KNOWN = st.sampled_from(["tấn", "tạ", "yến", "kg", "gram", "lít", "ml", "m3"])


@given(AMOUNTS, PAIRS)
def test_so_much_of_one_is_so_many_times_the_other(amount: Decimal, pair: tuple[str, str, int]) -> None:
    larger, smaller, times = pair
    assert measured(amount, larger) == measured(amount * times, smaller)


@given(AMOUNTS, KNOWN)
def test_case_and_composition_do_not_count(amount: Decimal, unit: str) -> None:
    expected = measured(amount, unit)
    for written in (unit.upper(), f" {unit} ", unicodedata.normalize("NFD", unit)):
        assert measured(amount, written) == expected


@given(AMOUNTS, KNOWN)
def test_a_whole_amount_is_the_same_amount(amount: Decimal, unit: str) -> None:
    whole = whole_amount(amount, unit)
    if whole is not None:
        assert measured(Decimal(whole[0]), whole[1]) == measured(amount, unit)


@given(AMOUNTS, st.text(max_size=12))
def test_any_other_unit_is_comparable_with_itself_only(amount: Decimal, unit: str) -> None:
    assert measured(amount, unit) == measured(amount, unit)
    kept, code = epcis_quantity(amount, unit)
    assert code or kept == amount
