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

from ocop_hub.sandbox.credentials import PARTNER_KEY

DEAUTHORISED, BANNED_ITEM, CONSENT_ENDS = 2, 6, 12
#: Seconds an answer may take.
DEADLINE = 3.0


class PushOrder(BaseModel):
    """Send one push now; ``age_s`` is how long ago it says it happened."""

    market: str = "shopee"
    #: Shopee: 2 consent withdrawn, 6 item banned, 12 consent ends; another number is something else.
    code: int = BANNED_ITEM
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
    body = "no json at all" if order.kind == "not_json" else json.dumps(_shopee_said(order))
    key = "another key" if order.kind == "forged" else PARTNER_KEY
    sign = hmac.new(key.encode(), f"{url}|{body}".encode(), hashlib.sha256).hexdigest()
    return MadePush(url=url, headers={"Authorization": sign, "Content-Type": "application/json"}, body=body)


def _shopee_said(order: PushOrder) -> dict[str, object]:
    now, shop = int(time.time() - order.age_s), int(order.shop_id)
    data: dict[str, object] = {}
    if order.code == BANNED_ITEM:
        data = {"shop_id": shop, "item_id": order.item_id, "item_status": "BANNED", "update_time": now}
    if order.code == CONSENT_ENDS:
        data = {"shop_expire_soon": [shop], "expire_before": int(time.time() + order.ends_in_s)}
    return {"code": order.code, "shop_id": shop, "timestamp": now, "data": data}


MAKERS: Mapping[str, Callable[[str, PushOrder], MadePush]] = {"shopee": shopee_push}


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
