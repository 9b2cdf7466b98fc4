"""The character sets of GS1 values (GS1 General Specifications, figures 7.11-1 to 7.11-3).

None of them has a space or a Vietnamese letter: a lot called "LÔ 01" needs a code such as "LO-01"
and keeps its name as text beside it.
"""

from __future__ import annotations

_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Ordered by weight, as the check character pair needs it.
CSET82_ORDER = "!\"%&'()*+,-./" + _DIGITS + ":;<=>?" + _UPPER + "_" + _UPPER.lower()
CSET82 = frozenset(CSET82_ORDER)
CSET39 = frozenset("#-/" + _DIGITS + _UPPER)
CSET64 = frozenset("-_=" + _DIGITS + _UPPER + _UPPER.lower())
CSET32_ORDER = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

in_cset82 = CSET82.issuperset
in_cset39 = CSET39.issuperset
in_cset64 = CSET64.issuperset


def is_digits(value: str) -> bool:
    """Only 0-9: str.isdigit alone also takes superscripts and other scripts' digits."""
    return value.isascii() and value.isdigit()


def numeric(value: str) -> str | None:
    """Reason, or None when every character is 0-9. Empty text passes: length is checked elsewhere."""
    return None if not value or is_digits(value) else "non-digit-character"


def cset82(value: str) -> str | None:
    return None if in_cset82(value) else "invalid-cset82-character"


def cset39(value: str) -> str | None:
    return None if in_cset39(value) else "invalid-cset39-character"


def cset64(value: str) -> str | None:
    return None if in_cset64(value) else "invalid-cset64-character"
