"""Shopee Open Platform v2 signatures.

The key is the partner key as a string, not the bytes its hex digits stand for. The message is a plain
concatenation of the API path (never the host or a prefix before ``/api``) and the system parameters;
body and business parameters are not signed.
"""

from __future__ import annotations

import hashlib
import hmac


def _digest(key: str, message: str) -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def sign(
    partner_id: str,
    partner_key: str,
    *,
    path: str,
    timestamp: int,
    access_token: str = "",
    shop_id: str = "",
) -> str:
    """The ``sign`` query parameter: lower-case hex. Without token and shop it is the public form."""
    return _digest(partner_key, f"{partner_id}{path}{timestamp}{access_token}{shop_id}")


def sign_push(partner_key: str, *, callback_url: str, raw_body: str) -> str:
    """What a genuine push carries in its ``Authorization`` header."""
    return _digest(partner_key, f"{callback_url}|{raw_body}")
