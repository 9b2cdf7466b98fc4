"""The bodies of answers, read as strictly as they are later stored.

What PostgreSQL takes as ``text`` and ``jsonb`` is narrower than what Python reads: no NUL, no half of a
surrogate pair, no NaN or infinity. A body that holds them must not bring a lane down when it is written.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

#: Escapes that name what cannot be stored.
_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def read_json(body: bytes | str) -> Any:
    """The value of a JSON text (RFC 8259: UTF-8, no NaN) without characters that cannot be stored.

    Raises :class:`ValueError` for anything else: no JSON, half of it, another charset, nested beyond reading.
    """
    text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
    try:
        value = json.loads(text, parse_float=_finite, parse_constant=_no_number)
        return storable(value) if _UNSTORABLE.search(text) else value
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def object_in(body: bytes) -> Any:
    """:func:`read_json`, None where the body is not JSON: for envelopes, which are never ``null``."""
    try:
        return read_json(body)
    except ValueError:
        return None


def storable(value: Any) -> Any:
    """A copy of JSON-like data whose texts PostgreSQL takes."""
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return storable_text(value) if isinstance(value, str) else value


def storable_text(text: str) -> str:
    """The text without NUL, each half of a surrogate pair as U+FFFD."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is beyond any number that can be stored")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
