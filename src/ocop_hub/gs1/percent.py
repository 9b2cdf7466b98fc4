"""Percent coding as GS1 Digital Link uses it.

One %XX is one character of the value (Latin-1), not a piece of UTF-8: GS1 values are ASCII, and text in
UTF-8 must end as characters that the value's character set refuses.
"""

from __future__ import annotations

import re

from ocop_hub.gs1.errors import Gs1Error

_CODED = re.compile("%([0-9A-Fa-f]{2})")
_RESERVED = re.compile("[^A-Za-z0-9._~-]")


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _coded(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def decode_path(text: str) -> str:
    """Undo percent coding in a path segment; ``+`` is itself. A broken sequence (``%G4``) stays as it is."""
    return _CODED.sub(_character, text) if "%" in text else text


def decode_query(text: str) -> str:
    """Undo percent coding in a query value; ``+`` is a space."""
    if "+" in text:
        text = text.replace("+", " ")
    return _CODED.sub(_character, text) if "%" in text else text


def encode_path(text: str) -> str:
    """Code everything outside ``A-Z a-z 0-9 - . _ ~``. Characters beyond Latin-1 raise Gs1Error."""
    if not _RESERVED.search(text):
        return text
    if max(text) > "\xff":
        raise Gs1Error("not-encodable", value=text)
    return _RESERVED.sub(_coded, text)


def encode_query(text: str) -> str:
    """As encode_path, but a space becomes ``+``."""
    return encode_path(text).replace("%20", "+")
