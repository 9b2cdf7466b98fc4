"""Pushes the simulated marketplaces send to a registered address: signed, repeated, forged or late on order.

A marketplace's push is made by one function of ``MAKERS``: (address, order) → headers and body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Literal

import httpx
from pydantic import BaseModel, Field

from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY

DEAUTHORISED, BANNED_ITEM, CONSENT_ENDS = 2, 6, 12
LAZADA_QUALITY, LAZADA_TOKEN_ENDS = 1, 8
TIKTOK_PRODUCT, TIKTOK_CONSENT_ENDS = 5, 7
#: Seconds an answer may take.
DEADLINE = 3.0


class PushOrder(BaseModel):
    """Send one push now; ``age_s`` is how long ago it says it happened."""

    market: str = "shopee"
    #: The marketplace's own number of the kind; None: its push about an item. Shopee: 2 consent withdrawn, 6 item
    #: banned, 12 consent ends. Lazada: 1 quality control, 8 token ends. TikTok Shop: 5 product, 6 consent withdrawn,
    #: 7 consent ends.
    code: int | None = None
    shop_id: str
    item_id: int = 0
    kind: Literal["good", "forged", "not_json"] = "good"
    times: int = Field(1, ge=1, le=20)
    age_s: float = 0.0
    ends_in_s: float = 7 * 86_400.0


class PushTarget(BaseModel):
    """Where a marketplace's pushes go from now on; empty: nowhere."""

    market: str = "shopee"
    url: str


class MadePush(BaseModel):
    """One push as it leaves."""

    url: str
    headers: dict[str, str]
    body: str


def shopee_push(url: str, order: PushOrder) -> MadePush:
    """HMAC-SHA256 over the registered address, a bar and the raw body, in ``Authorization``."""
    body = _body(order, _shopee_said)
    return _signed(url, order, f"{url}|{body}", body)


def lazada_push(url: str, order: PushOrder) -> MadePush:
    """HMAC-SHA256 over the application's key and the raw body, in ``Authorization``."""
    body = _body(order, _lazada_said)
    return _signed(url, order, f"{PARTNER_ID}{body}", body)


def tiktok_push(url: str, order: PushOrder) -> MadePush:
    """As Lazada's, with an id of its own in the body."""
    body = _body(order, _tiktok_said)
    return _signed(url, order, f"{PARTNER_ID}{body}", body)


def _body(order: PushOrder, said: Callable[[PushOrder], dict[str, object]]) -> str:
    return "no json at all" if order.kind == "not_json" else json.dumps(said(order))


def _signed(url: str, order: PushOrder, message: str, body: str) -> MadePush:
    key = "another key" if order.kind == "forged" else PARTNER_KEY
    sign = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return MadePush(url=url, headers={"Authorization": sign, "Content-Type": "application/json"}, body=body)


def _lazada_said(order: PushOrder) -> dict[str, object]:
    kind = LAZADA_QUALITY if order.code is None else order.code
    data: dict[str, object] = {}
    if kind == LAZADA_QUALITY:
        data = {"item_id": str(order.item_id), "status": "LOCK", "reason": "Ảnh không đúng sản phẩm."}
    if kind == LAZADA_TOKEN_ENDS:
        data = {"expire_time": int((time.time() + order.ends_in_s) * 1000)}
    at = int((time.time() - order.age_s) * 1000)
    return {
        "seller_id": order.shop_id,
        "message_type": kind,
        "timestamp": at,
        "site": "lazada_vn",
        "data": data,
    }


def _tiktok_said(order: PushOrder) -> dict[str, object]:
    kind = TIKTOK_PRODUCT if order.code is None else order.code
    data: dict[str, object] = {}
    if kind == TIKTOK_PRODUCT:
        data = {"product_id": str(order.item_id), "status": "PRODUCT_AUDIT_FAILURE"}
    if kind == TIKTOK_CONSENT_ENDS:
        data = {"expiration_time": int(time.time() + order.ends_in_s)}
    # The same order told again is the same notification.
    note = int(hashlib.sha256(order.model_dump_json().encode()).hexdigest()[:15], 16)
    at = int(time.time() - order.age_s)
    return {
        "type": kind,
        "tts_notification_id": str(note),
        "shop_id": order.shop_id,
        "timestamp": at,
        "data": data,
    }


def _shopee_said(order: PushOrder) -> dict[str, object]:
    now, shop = int(time.time() - order.age_s), int(order.shop_id)
    data: dict[str, object] = {}
    code = BANNED_ITEM if order.code is None else order.code
    if code == BANNED_ITEM:
        data = {"shop_id": shop, "item_id": order.item_id, "item_status": "BANNED", "update_time": now}
    if code == CONSENT_ENDS:
        data = {"shop_expire_soon": [shop], "expire_before": int(time.time() + order.ends_in_s)}
    return {"code": code, "shop_id": shop, "timestamp": now, "data": data}


MAKERS: Mapping[str, Callable[[str, PushOrder], MadePush]] = {
    "shopee": shopee_push,
    "lazada": lazada_push,
    "tiktok_shop": tiktok_push,
}


class Pusher:
    """Holds the registered addresses and sends."""

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}
        self._client = httpx.AsyncClient(timeout=DEADLINE, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    def make(self, order: PushOrder) -> MadePush:
        """The push as it would leave now. Raises KeyError for a marketplace that sends none."""
        return MAKERS[order.market](self.urls.get(order.market, ""), order)

    async def send(self, order: PushOrder) -> list[int]:
        """The HTTP statuses of the answers; empty where no address is registered."""
        if not self.urls.get(order.market):
            return []
        made = self.make(order)
        answers = []
        for _ in range(order.times):
            answer = await self._client.post(made.url, content=made.body.encode(), headers=made.headers)
            answers.append(answer.status_code)
        return answers
