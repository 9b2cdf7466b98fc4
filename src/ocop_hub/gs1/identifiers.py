"""GS1 identification keys as people type them: GTIN, GLN, SSCC."""

from __future__ import annotations

from ocop_hub.gs1.cset import is_digits
from ocop_hub.gs1.errors import NotDigits, WrongCheckDigit, WrongLength

GTIN_LENGTHS = (8, 12, 13, 14)

# ASCII "0" is 48: what the weighted sum of n code points holds beyond the sum of the digits, modulo 10.
_OFFSET = tuple(48 * ((n + 1) // 2 + 3 * (n // 2)) % 10 for n in range(100))


def check_digit(body: str) -> str:
    """The digit to put after ``body`` (digits without their check digit).

    Source: GS1 General Specifications 7.9, weights 3 and 1 from the right. Raises NotDigits.
    """
    if not is_digits(body):
        raise NotDigits("non-digit-character", value=body)
    total = 3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))
    return str(-total % 10)


def ends_in_check_digit(digits: str) -> bool:
    """Whether the last of ``digits`` is the right check digit. Digits only, fewer than 100."""
    code = digits.encode()
    return (sum(code[::-2]) + 3 * sum(code[-2::-2])) % 10 == _OFFSET[len(code)]


def _checked(value: str, ai: str) -> str:
    if not ends_in_check_digit(value):
        raise WrongCheckDigit("incorrect-check-digit", ai=ai, value=value)
    return value


def _digits(value: str, ai: str) -> str:
    if not is_digits(value):
        raise NotDigits("non-digit-character", ai=ai, value=value)
    return value


def gtin14(value: str) -> str:
    """A GTIN-8, -12, -13 or -14 as its 14 digits, zeros in front.

    Raises NotDigits, WrongLength, WrongCheckDigit.
    """
    _digits(value, "01")
    if len(value) not in GTIN_LENGTHS:
        raise WrongLength("gtin-length", ai="01", value=value)
    return _checked(value, "01").zfill(14)


def gln(value: str) -> str:
    """A Global Location Number, 13 digits. Raises NotDigits, WrongLength, WrongCheckDigit."""
    if len(_digits(value, "414")) != 13:
        raise WrongLength("gln-length", ai="414", value=value)
    return _checked(value, "414")


def sscc(value: str) -> str:
    """A Serial Shipping Container Code, 18 digits. Raises NotDigits, WrongLength, WrongCheckDigit."""
    if len(_digits(value, "00")) != 18:
        raise WrongLength("sscc-length", ai="00", value=value)
    return _checked(value, "00")
