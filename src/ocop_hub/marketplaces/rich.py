"""Descriptions for marketplaces that want HTML: our plain text there and back."""

from __future__ import annotations

import re
from html import escape, unescape

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def to_html(text: str) -> str:
    """One paragraph per line; an empty line is an empty paragraph. Nothing in the text can become markup."""
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.strip().splitlines())


def to_text(html: str) -> str:
    """The words of a description, a line per paragraph; undoes :func:`to_html`."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()
