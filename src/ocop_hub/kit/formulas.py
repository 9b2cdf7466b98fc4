"""Text that is to stay text in whatever spreadsheet program opens the file."""

from __future__ import annotations

import re

#: What a program takes for a formula (OWASP ASVS 5.0, 1.2.10), or skips over to one.
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")
_WAS_FORMULA = re.compile(r"^'(?=\s*[=+\-@]|[\t\r\n])")


def neutral(text: str) -> str:
    """``text``, behind an apostrophe where a program would calculate it; a number with a sign is text here too."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_meant(text: str) -> str:
    """``text`` without the apostrophe that :func:`neutral` put before it."""
    return _WAS_FORMULA.sub("", text)
