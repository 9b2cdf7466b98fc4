"""Lazada Open Platform signatures.

Signed is the API path (from ``/`` after ``/rest`` on) and every text parameter, of the query and of the form
alike, sorted by ASCII name and joined without separators. Empty values, ``sign`` itself and files are left out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def sign(app_secret: str, path: str, params: Mapping[str, str]) -> str:
    """The ``sign`` query parameter: upper-case hex."""
    pairs = "".join(
        f"{name}{value}" for name, value in sorted(params.items()) if value != "" and name != "sign"
    )
    return hmac.new(app_secret.encode(), f"{path}{pairs}".encode(), hashlib.sha256).hexdigest().upper()


def sign_push(app_key: str, app_secret: str, body: bytes) -> str:
    """What a genuine push carries in its ``Authorization`` header: lower-case hex."""
    return hmac.new(app_secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()
