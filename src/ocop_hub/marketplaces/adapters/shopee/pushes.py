"""Shopee's pushes: a signature over the registered address and the raw body, then one or more events.

The kinds are published. The names inside ``data`` are assumed where docs/marketplaces/shopee.md says so; a
push that does not hold them becomes ``OTHER`` and is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ocop_hub.marketplaces.adapters.shopee.signing import sign_push
from ocop_hub.marketplaces.contract import ForgedPush, Misconfigured, Push, PushKind, PushRequest

DEAUTHORISED, BANNED_ITEM, CONSENT_ENDS = 2, 6, 12
#: Seconds beyond which a number is no moment (year 2286): nothing is guessed from it.
_LATEST = 10**10


def read_push(partner_key: str, request: PushRequest) -> tuple[Push, ...]:
    """Verify, then read. Raises :class:`ForgedPush`."""
    if not partner_key:
        raise Misconfigured("Chưa khai báo partner_key của Shopee.", sent=False)
    try:
        text = request.body.decode()
    except UnicodeDecodeError as error:
        raise ForgedPush("Thông báo không phải chữ UTF-8.") from error
    expected = sign_push(partner_key, callback_url=request.url, raw_body=text)
    if not hmac.compare_digest(expected.encode(), request.header("authorization").strip().encode()):
        raise ForgedPush("Chữ ký của thông báo Shopee không đúng.")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, Mapping):
        raise ForgedPush("Thông báo của Shopee không phải một đối tượng JSON.")
    return _events(said, hashlib.sha256(request.body).hexdigest())


def _events(said: Mapping[str, Any], digest: str) -> tuple[Push, ...]:
    inner = said.get("data")
    data: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    at, shop_id = moment(said.get("timestamp")), _id(said.get("shop_id")) or _id(data.get("shop_id"))
    code, raw = said.get("code"), dict(said)
    if code == DEAUTHORISED and shop_id:
        return (Push(digest, PushKind.SIGN_IN_ENDED, shop_id, at=at, raw=raw),)
    if code == BANNED_ITEM and shop_id and _id(data.get("item_id")):
        return (Push(digest, PushKind.LISTING, shop_id, _id(data.get("item_id")), at=at, raw=raw),)
    soon, until = data.get("shop_expire_soon"), moment(data.get("expire_before"))
    if code == CONSENT_ENDS and isinstance(soon, list) and until is not None:
        shops = [_id(each) for each in soon if _id(each)]
        return tuple(
            Push(f"{digest}:{each}", PushKind.SIGN_IN_ENDS, each, at=at, until=until, raw=raw)
            for each in shops
        )
    return (Push(digest, PushKind.OTHER, shop_id, at=at, raw=raw),)


def _id(value: Any) -> str:
    """Ids are numbers, some of them said as text; anything else is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value)
    return text if text.isascii() and text.isdigit() and text != "0" and len(text) <= 20 else ""


def moment(value: Any) -> datetime | None:
    """Unix seconds as a moment (UTC); None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)
