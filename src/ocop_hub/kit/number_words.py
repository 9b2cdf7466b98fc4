"""Numbers as they are read aloud in Vietnamese: 437 → "bốn trăm ba mươi bảy", 89,9 → "tám mươi chín phẩy chín"."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_THOUSANDS: Final = ("", "nghìn", "triệu", "tỷ")
#: What can be read: below a thousand tỷ.
LIMIT: Final = 10**12


def in_words(number: int) -> str:
    """A whole number from 0 to below :data:`LIMIT` in words. Raises ValueError outside of that."""
    if not 0 <= number < LIMIT:
        raise ValueError(f"{number} is not read aloud")
    if number == 0:
        return _DIGITS[0]
    groups: list[int] = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    spoken = []
    for place in range(len(groups) - 1, -1, -1):
        if groups[place]:
            first = place == len(groups) - 1
            spoken.append(f"{_group(groups[place], first=first)} {_THOUSANDS[place]}".strip())
    return " ".join(spoken)


def _group(number: int, *, first: bool) -> str:
    """Three digits; ``first`` of the whole number, so that no nought stands before it."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [] if first and not hundreds else [_DIGITS[hundreds], "trăm"]
    if not rest:
        return " ".join(words)
    if tens > 1:
        words += [_DIGITS[tens], "mươi"]
    elif tens == 1:
        words.append("mười")
    elif words:
        words.append("lẻ")
    if ones:
        words.append(_ones(ones, tens))
    return " ".join(words)


def _ones(ones: int, tens: int) -> str:
    """The last digit, which sounds otherwise after tens: mốt, tư stays bốn, lăm."""
    if ones == 1 and tens > 1:
        return "mốt"
    if ones == 5 and tens > 0:
        return "lăm"
    return _DIGITS[ones]


def decimal_in_words(number: Decimal) -> str:
    """A number with few decimals, each of them read as a digit; noughts at the end are left out."""
    whole, _, decimals = f"{number.normalize():f}".partition(".")
    said = in_words(int(whole))
    return f"{said} phẩy {' '.join(_DIGITS[int(digit)] for digit in decimals)}" if decimals else said
