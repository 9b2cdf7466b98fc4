"""Lazada's pushes: a signature over the application's key and the raw body, then one event.

The kinds are published. The names inside ``data`` are assumed where docs/marketplaces/lazada.md says so; a
push that does not hold them becomes ``OTHER`` and is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ocop_hub.marketplaces.adapters.lazada.signing import sign_push
from ocop_hub.marketplaces.contract import ForgedPush, Misconfigured, Push, PushKind, PushRequest
from ocop_hub.marketplaces.gateway import Hosts

QUALITY, TOKEN_ENDS = 1, 8
#: A number this large is milliseconds (11/1973 as such, year 5138 as seconds).
_MILLISECONDS = 10**11
_LATEST = 10**10


def read_push(hosts: Hosts, request: PushRequest) -> tuple[Push, ...]:
    """Verify, then read. Raises :class:`ForgedPush`."""
    if not hosts.partner_id or not hosts.partner_key:
        raise Misconfigured("Chưa khai báo partner_id và partner_key của Lazada.", sent=False)
    expected = sign_push(hosts.partner_id, hosts.partner_key, request.body)
    if not hmac.compare_digest(expected.encode(), request.header("authorization").strip().encode()):
        raise ForgedPush("Chữ ký của thông báo Lazada không đúng.")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, Mapping):
        raise ForgedPush("Thông báo của Lazada không phải một đối tượng JSON.")
    return (_event(said, hashlib.sha256(request.body).hexdigest()),)


def _event(said: Mapping[str, Any], digest: str) -> Push:
    inner = said.get("data")
    data: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    at, shop_id = moment(said.get("timestamp")), _id(said.get("seller_id"))
    kind, item_id, raw = said.get("message_type"), _id(data.get("item_id")), dict(said)
    if kind == QUALITY and shop_id and item_id:
        return Push(digest, PushKind.LISTING, shop_id, item_id, at=at, raw=raw)
    until = moment(data.get("expire_time"))
    if kind == TOKEN_ENDS and shop_id and until is not None:
        return Push(digest, PushKind.SIGN_IN_ENDS, shop_id, at=at, until=until, raw=raw)
    return Push(digest, PushKind.OTHER, shop_id, at=at, raw=raw)


def _id(value: Any) -> str:
    """Ids are numbers, some of them said as text; anything else is none."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and text != "0" and len(text) <= 20 else ""


def moment(value: Any) -> datetime | None:
    """Unix seconds or milliseconds, a number or digits, as a moment (UTC); None for anything else."""
    text = _id(value)
    number = int(text) if text else 0
    seconds = number / 1000 if number >= _MILLISECONDS else number
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
