from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.gs1.errors import Gs1Error, NotDigits, WrongCheckDigit, WrongLength
from ocop_hub.gs1.identifiers import check_digit, ends_in_check_digit, gln, gtin14, sscc


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789", min_size=1, max_size=30))
def test_only_one_check_digit_is_right(body: str) -> None:
    right = check_digit(body)
    assert [d for d in "0123456789" if ends_in_check_digit(body + d)] == [right]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12345670", "00000012345670"),
        ("416000336108", "00416000336108"),
        ("9520123456788", "09520123456788"),
        ("12345678901231", "12345678901231"),
    ],
)
def test_gtin_of_any_length(value: str, expected: str) -> None:
    assert gtin14(value) == expected


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("9520123456789", WrongCheckDigit),
        ("952012345678", WrongCheckDigit),
        ("95201234567", WrongLength),
        ("", NotDigits),
        ("952012345678x", NotDigits),
        ("952 0123456788", NotDigits),
        ("952012345678²", NotDigits),
        ("٩520123456788", NotDigits),
    ],
)
def test_gtin_that_is_none(value: str, error: type[Gs1Error]) -> None:
    with pytest.raises(error):
        gtin14(value)


def test_length_is_named() -> None:
    with pytest.raises(WrongLength, match="8, 12, 13 hoặc 14 chữ số; số vừa nhập có 11"):
        gtin14("95201234567")


def test_gln_and_sscc() -> None:
    assert gln("9520123456788") == "9520123456788"
    assert sscc("006141411234567890") == "006141411234567890"
    with pytest.raises(WrongLength):
        gln("09520123456788")
    with pytest.raises(WrongLength):
        sscc("9520123456788")
    with pytest.raises(WrongCheckDigit):
        sscc("006141411234567891")


def test_check_digit_of_text() -> None:
    with pytest.raises(NotDigits):
        check_digit("12a")
