"""Tiki's events: a queue that we empty, at least once and in order.

That there is a queue with subscriptions, pull and acknowledgement is published; the names inside the pull and
the event are assumed (docs/marketplaces/tiki.md). An event we cannot read is kept and nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ocop_hub.marketplaces.adapters.tiki.api import TikiApi
from ocop_hub.marketplaces.contract import Call, Missing, Push, PushKind, PushPage, Shop

#: Our queue at the stall.
QUEUE = "ocop-hub"
#: What is subscribed to: events after which a listing is worth a look.
EVENTS = ("PRODUCT_PRICE_UPDATED", "PRODUCT_INVENTORY_UPDATED", "PRODUCT_MARKET_PRICE_UPDATED")
_PULL = f"integration/v1/queues/{QUEUE}/events/pull"


async def pull(api: TikiApi, shop: Shop, cursor: str) -> PushPage:
    """The next events; a queue that is not there yet is made, and is empty."""
    body = {"ack_id": cursor or None}
    try:
        said = await api.ask(Call.PULL_PUSHES, shop, "POST", _PULL, body=body)
    except Missing:
        await _make(api, shop)
        return PushPage(())
    pushes = tuple(_push(shop, each) for each in said.records("events"))
    return PushPage(pushes, str(said.body.get("ack_id") or "") if pushes else "")


async def _make(api: TikiApi, shop: Shop) -> None:
    call, base = Call.PULL_PUSHES, "integration/v1/queues"
    await api.ask(call, shop, "POST", base, body={"code": QUEUE, "name": "ocop_hub"})
    for each in EVENTS:
        await api.ask(call, shop, "POST", f"{base}/{QUEUE}/subscriptions", body={"event_type": each})


def _push(shop: Shop, event: Mapping[str, Any]) -> Push:
    inner = event.get("payload")
    payload: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    product = payload.get("product_id")
    known = event.get("type") in EVENTS and isinstance(product, int) and not isinstance(product, bool)
    return Push(
        event_id=str(event.get("id", "")),
        kind=PushKind.LISTING if known else PushKind.OTHER,
        shop_id=shop.shop_id,
        remote_id=str(product) if known else "",
        at=_moment(event.get("created_at")),
        raw=dict(event),
    )


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, as in the samples."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**13:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
