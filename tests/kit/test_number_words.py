"""Numbers as they are read aloud."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.kit.number_words import LIMIT, decimal_in_words, in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (31, "ba mươi mốt"),
        (100, "một trăm"),
        (105, "một trăm lẻ năm"),
        (437, "bốn trăm ba mươi bảy"),
        (1_000, "một nghìn"),
        (1_005, "một nghìn không trăm lẻ năm"),
        (14_642, "mười bốn nghìn sáu trăm bốn mươi hai"),
        (2_000_010, "hai triệu không trăm mười"),
    ],
)
def test_reads_as_people_do(number: int, words: str) -> None:
    assert in_words(number) == words


def test_decimals_are_read_digit_by_digit() -> None:
    assert decimal_in_words(Decimal("89.9")) == "tám mươi chín phẩy chín"
    assert decimal_in_words(Decimal("100.0")) == "một trăm"
    assert decimal_in_words(Decimal("0.05")) == "không phẩy không năm"


@pytest.mark.parametrize("number", [-1, LIMIT])
def test_refuses_what_nobody_reads_out(number: int) -> None:
    with pytest.raises(ValueError, match="read aloud"):
        in_words(number)


_VALUES = {
    word: n for n, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])
} | {
    "mốt": 1,
    "lăm": 5,
}


def heard(words: str) -> int:
    """The number somebody writes down who hears the words."""
    total = group = last = 0
    for word in words.split():
        if word in _VALUES:
            last = _VALUES[word]
        elif word == "mười":
            group, last = group + 10, 0
        elif word == "mươi":
            group, last = group + last * 10, 0
        elif word == "trăm":
            group, last = group + last * 100, 0
        elif word != "lẻ":
            total += (group + last) * {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}[word]
            group = last = 0
    return total + group + last


@given(st.integers(0, LIMIT - 1))
def test_who_hears_it_writes_the_same_number(number: int) -> None:
    assert heard(in_words(number)) == number
