"""The catalogue adapter. HTTP 200 on a batch is only acceptance: what became of an item is read by its handle.

An item's id in the catalogue is our SKU, so a repeated create changes the same item: there is nothing to double.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ocop_hub.marketplaces.adapters.meta_catalogue import words
from ocop_hub.marketplaces.adapters.meta_catalogue.api import GraphApi
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Capabilities,
    Item,
    ItemPage,
    ListingDraft,
    ListingState,
    Mode,
    Observation,
    Reason,
    Refused,
    Shop,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, within
from ocop_hub.marketplaces.keyed import KeyedStalls

PAGE_SIZE = "100"
#: Seconds between looks at a handle right after a change; what is not over by then is looked at later.
LOOKS = (0.2, 0.5, 1.0, 2.0)


class MetaCatalogue(KeyedStalls):
    """One catalogue of a business; the stall's id is its number. Items have no pages: ads and shops lead to ours."""

    key = "meta_catalogue"
    name = "Danh mục Facebook và Instagram"
    capabilities = Capabilities(
        mode=Mode.API,
        lists_items=True,
        updates=True,
        unlists=True,
        finds_by_sku=True,
        reads_status=True,
        max_pictures=21,
        settle_after=timedelta(minutes=10),
    )

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = GraphApi(gateway, hosts, timeout=self.capabilities.call_timeout)

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return words.static_reasons(draft)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The cursor is Graph's own ``after``."""
        params = {"fields": words.FIELDS, "limit": PAGE_SIZE, **({"after": cursor} if cursor else {})}
        said = await self._api.ask(Call.LIST_ITEMS, shop, "products", params=params)
        items = tuple(words.item_of(record) for record in said.records())
        paging = said.body.get("paging")
        more = paging if isinstance(paging, dict) and paging.get("next") else {}
        return ItemPage(items, str(more.get("cursors", {}).get("after", "")))

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        seen = await self._by_sku(Call.FIND, shop, seller_sku)
        if seen.state is ListingState.DELETED:
            return None
        return Item(
            seller_sku, seen.title, seen.price_vnd, seller_sku, state=seen.state, raw_state=seen.raw_state
        )

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        with within(self.capabilities.call_timeout):
            batch = words.read_batch_id(remote_id)
            if batch is None:
                return await self._by_sku(Call.STATUS, shop, remote_id)
            return await self._batch_status(Call.STATUS, shop, *batch)

    async def _by_sku(self, call: Call, shop: Shop, sku: str) -> Observation:
        wanted = json.dumps({"retailer_id": {"eq": sku}})
        params = {"fields": words.FIELDS, "filter": wanted}
        said = await self._api.ask(call, shop, "products", params=params)
        record = next((each for each in said.records() if each.get("retailer_id") == sku), None)
        if record is None:
            return Observation(ListingState.DELETED, "not_found", remote_id=sku, exchange=said.exchange)
        return words.seen(record, said.exchange)

    async def _batch_status(self, call: Call, shop: Shop, handle: str, sku: str) -> Observation:
        """Under way, refused with the item's reasons, or the item itself."""
        params = {"handle": handle}
        said = await self._api.ask(call, shop, "check_batch_request_status", params=params)
        record = next(iter(said.records()), {})
        word, name = str(record.get("status", "")), words.batch_id(handle, sku)
        if word != "finished":
            known = ListingState.SUBMITTED if word in ("started", "in_progress") else ListingState.UNKNOWN
            return Observation(known, word, remote_id=name, exchange=said.exchange)
        reasons = words.reasons_of(record.get("errors"), sku)
        if reasons:
            return Observation(
                ListingState.REJECTED, "item errors", remote_id=name, reasons=reasons, exchange=said.exchange
            )
        seen = await self._by_sku(call, shop, sku)
        if seen.state is ListingState.DELETED:
            # Finished a moment ago: the item is not shown yet.
            return replace(seen, state=ListingState.SUBMITTED, raw_state=word, remote_id=name)
        return seen

    # Changing

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        sent = await self._send(Call.PUBLISH, shop, "CREATE", self._said(draft))
        return replace(sent, title=draft.title, price_vnd=draft.price_vnd, out_of_stock=draft.stock == 0)

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        return await self._change(Call.UPDATE, shop, self._said(draft))

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._change(Call.UNLIST, shop, {"id": _sku(remote_id), "visibility": words.HIDDEN})

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._change(Call.RELIST, shop, {"id": _sku(remote_id), "visibility": words.SHOWN})

    def _said(self, draft: ListingDraft) -> dict[str, Any]:
        if draft.extra:
            raise Unsupported(f"{self.name} không có chỗ cho: {', '.join(sorted(draft.extra))}.", sent=False)
        reasons = self.validate(draft)
        if any(not each.url.startswith(("https://", "http://")) for each in draft.pictures):
            reasons += (Reason("pictures", "no_address", "Ảnh chưa có địa chỉ công khai để Meta tải về."),)
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        return words.data(draft)

    async def _change(self, call: Call, shop: Shop, data: dict[str, Any]) -> Observation:
        """Send, and look for a short while: most batches of one item are over within seconds."""
        with within(self.capabilities.call_timeout):
            seen = await self._send(call, shop, "UPDATE", data)
            batch = words.read_batch_id(seen.remote_id)
            for pause in LOOKS:
                if batch is None or seen.state is not ListingState.SUBMITTED:
                    break
                await asyncio.sleep(pause)
                seen = await self._batch_status(call, shop, *batch)
            return seen

    async def _send(self, call: Call, shop: Shop, method: str, data: dict[str, Any]) -> Observation:
        body = {
            "item_type": "PRODUCT_ITEM",
            "allow_upsert": True,
            "requests": [{"method": method, "data": data}],
        }
        said = await self._api.ask(call, shop, "items_batch", body=body)
        handles = said.body.get("handles")
        if not isinstance(handles, list) or not handles:
            raise BadAnswer("Meta nhận danh mục nhưng không cho mã theo dõi.", exchange=said.exchange)
        name = words.batch_id(str(handles[0]), str(data["id"]))
        return Observation(ListingState.SUBMITTED, "accepted", remote_id=name, exchange=said.exchange)


def _sku(remote_id: str) -> str:
    batch = words.read_batch_id(remote_id)
    return remote_id if batch is None else batch[1]
