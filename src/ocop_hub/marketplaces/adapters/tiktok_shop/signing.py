"""TikTok Shop signatures.

Signed is the path, every query parameter but ``sign`` and ``access_token`` with its decoded value, sorted by name
and joined without separators, and the body's bytes unless it is multipart; all of it between two copies of the
secret. The token goes in a header and is not signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

NOT_SIGNED = frozenset({"sign", "access_token"})


def sign(app_secret: str, path: str, query: Mapping[str, str], body: bytes = b"") -> str:
    """The ``sign`` query parameter: lower-case hex."""
    pairs = "".join(f"{name}{value}" for name, value in sorted(query.items()) if name not in NOT_SIGNED)
    secret = app_secret.encode()
    message = secret + f"{path}{pairs}".encode() + body + secret
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def sign_push(app_key: str, app_secret: str, body: bytes) -> str:
    """What a genuine push carries in its ``Authorization`` header: lower-case hex."""
    return hmac.new(app_secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()
