"""TikTok Shop's webhooks: a signature over the application's key and the raw body, then one event."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ocop_hub.marketplaces.adapters.tiktok_shop.signing import sign_push
from ocop_hub.marketplaces.contract import ForgedPush, Misconfigured, Push, PushKind, PushRequest
from ocop_hub.marketplaces.gateway import Hosts

#: Status, information, creation, category, audit status of a product.
PRODUCT = frozenset({5, 15, 16, 18, 37})
DEAUTHORISED, CONSENT_ENDS = 6, 7
#: Seconds beyond which a number is no moment (year 2286): nothing is guessed from it.
_LATEST = 10**10


def read_push(hosts: Hosts, request: PushRequest) -> tuple[Push, ...]:
    """Verify, then read. Raises :class:`ForgedPush`."""
    if not hosts.partner_id or not hosts.partner_key:
        raise Misconfigured("Chưa khai báo partner_id và partner_key của TikTok Shop.", sent=False)
    expected = sign_push(hosts.partner_id, hosts.partner_key, request.body)
    if not hmac.compare_digest(expected.encode(), request.header("authorization").strip().encode()):
        raise ForgedPush("Chữ ký của thông báo TikTok Shop không đúng.")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, Mapping):
        raise ForgedPush("Thông báo của TikTok Shop không phải một đối tượng JSON.")
    return (_event(said, hashlib.sha256(request.body).hexdigest()),)


def _event(said: Mapping[str, Any], digest: str) -> Push:
    inner = said.get("data")
    data: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    event_id = _id(said.get("tts_notification_id")) or digest
    at, shop_id = moment(said.get("timestamp")), _id(said.get("shop_id"))
    kind, product_id, raw = said.get("type"), _id(data.get("product_id")), dict(said)
    if kind in PRODUCT and shop_id and product_id:
        return Push(event_id, PushKind.LISTING, shop_id, product_id, at=at, raw=raw)
    if kind == DEAUTHORISED and shop_id:
        return Push(event_id, PushKind.SIGN_IN_ENDED, shop_id, at=at, raw=raw)
    until = moment(data.get("expiration_time"))
    if kind == CONSENT_ENDS and shop_id and until is not None:
        return Push(event_id, PushKind.SIGN_IN_ENDS, shop_id, at=at, until=until, raw=raw)
    return Push(event_id, PushKind.OTHER, shop_id, at=at, raw=raw)


def _id(value: Any) -> str:
    """Ids are text, some of them numbers; anything else is none."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and text != "0" and len(text) <= 20 else ""


def moment(value: Any) -> datetime | None:
    """Unix seconds, a number or digits, as a moment (UTC); None for anything else."""
    text = _id(value)
    return datetime.fromtimestamp(int(text), UTC) if text and 0 < int(text) < _LATEST else None
