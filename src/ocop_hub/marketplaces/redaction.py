"""What is kept of a call must open nothing: secrets are taken out of addresses, bodies and messages."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ocop_hub.marketplaces.json_body import read_json, storable_text

HIDDEN = "***"

#: Names, in lower case, whose value is a secret wherever it stands.
SECRET_NAMES = frozenset(
    {
        "access_token", "refresh_token", "token", "sign", "signature", "partner_key", "app_secret", "secret",
        "client_secret", "secret_key", "shop_key", "password", "code", "auth_code", "authorization",
        "x-tts-access-token", "cookie", "set-cookie",
    }
)  # fmt: skip

#: A secret in what is almost JSON: the answer may be cut within its value.
_NAMED_SECRET = re.compile(
    r'("(?:' + "|".join(sorted(SECRET_NAMES)) + r""")"\s*:\s*")(?:[^"\\]|\\.)+""", re.IGNORECASE
)

#: Shorter values are words, not secrets; taking them out of a text would only spoil it.
SHORTEST_SECRET = 6


def redact_url(url: str) -> str:
    """The address with the values of secret query parameters and any user part hidden.

    One that cannot be taken apart is hidden whole.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    query = [
        (name, HIDDEN if name.lower() in SECRET_NAMES else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, urlencode(query, safe="*"), "")
    )


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secret values, wherever they appear."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


def redact(value: Any, secrets: Sequence[str] = ()) -> Any:
    """A copy of JSON-like data without secrets: by name of the field and by the known values."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN
            if str(name).lower() in SECRET_NAMES and isinstance(inner, str) and inner
            else redact(inner, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(inner, secrets) for inner in value]
    if isinstance(value, str):
        return redact_text(value, secrets)
    return value


def redact_body(body: bytes, secrets: Sequence[str] = (), *, keep: int = 20_000) -> Any:
    """A body as it may be kept: JSON as data, anything else as text, at most ``keep`` characters.

    Bytes that are not UTF-8 are written as ``\\xNN``, so that what came can still be read.
    """
    try:
        cleaned = redact(read_json(body), secrets)
        shown = json.dumps(cleaned, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = storable_text(body.decode("utf-8", errors="backslashreplace"))
        return _NAMED_SECRET.sub(rf"\g<1>{HIDDEN}", redact_text(text, secrets))[:keep]
    return cleaned if len(shown) <= keep else shown[:keep]


class UrlRedactor(logging.Filter):
    """Takes secrets out of the addresses that an HTTP client logs by itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                redact_url(str(given)) if "://" in str(given) else given for given in record.args
            )
        return True
