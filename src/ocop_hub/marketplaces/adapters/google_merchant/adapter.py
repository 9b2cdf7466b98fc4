"""The Google Merchant adapter. An input is written under its natural key: a repeated create changes the same one.

Writing and being shown are far apart: a product is processed for minutes to hours, and then reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from ocop_hub.marketplaces.adapters.google_merchant import words
from ocop_hub.marketplaces.adapters.google_merchant.api import MerchantApi, data_source
from ocop_hub.marketplaces.by_api import ByApi
from ocop_hub.marketplaces.contract import (
    Call,
    Capabilities,
    Grant,
    Item,
    ItemPage,
    ListingDraft,
    ListingState,
    Missing,
    Mode,
    Observation,
    Reason,
    Refused,
    Shop,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, within

PAGE_SIZE = "250"
#: A product that is not written for 30 days is dropped; the rest is for a stall that could not be reached.
REFRESH = timedelta(days=25)


class GoogleMerchant(ByApi):
    """One account and one API data source of it. Products have no pages there: results lead to ours."""

    key = "google_merchant"
    name = "Google Merchant"
    capabilities = Capabilities(
        mode=Mode.API,
        lists_items=True,
        updates=True,
        unlists=True,
        finds_by_sku=True,
        reads_status=True,
        signs_in=True,
        consent_names_shop=False,
        max_pictures=11,
        settle_after=timedelta(minutes=10),
        refresh_every=REFRESH,
    )

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = MerchantApi(gateway, hosts, timeout=self.capabilities.call_timeout)

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return words.static_reasons(draft)

    # Consent

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        return self._api.authorise_url(redirect_uri=redirect_uri, state=state)

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        return await self._api.exchange(params, redirect_uri=redirect_uri)

    async def refresh(self, shop: Shop) -> Grant:
        return await self._api.refresh(shop)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The cursor is Google's ``pageToken``."""
        params = {"pageSize": PAGE_SIZE, **({"pageToken": cursor} if cursor else {})}
        said = await self._api.ask(Call.LIST_ITEMS, shop, "GET", "products", params=params)
        records = said.body.get("products")
        found = [each for each in records if isinstance(each, Mapping)] if isinstance(records, list) else []
        return ItemPage(
            tuple(words.item_of(each) for each in found), str(said.body.get("nextPageToken") or "")
        )

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        try:
            said = await self._api.ask(Call.FIND, shop, "GET", _product(seller_sku))
        except Missing:
            return None
        return words.item_of(said.body)

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        try:
            said = await self._api.ask(Call.STATUS, shop, "GET", _product(remote_id))
        except Missing as missing:
            return Observation(
                ListingState.DELETED, missing.code, remote_id=remote_id, exchange=missing.exchange
            )
        return words.seen(said.body, said.exchange)

    # Changing

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        return await self._insert(Call.PUBLISH, shop, draft)

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        """The whole input anew; what Google shows follows later, so the answer is what was sent."""
        with within(self.capabilities.call_timeout):
            sent = await self._insert(Call.UPDATE, shop, draft)
            seen = await self.status(shop, remote_id)
            state = seen.state if seen.state is not ListingState.DELETED else sent.state
            return replace(sent, state=state, raw_state=seen.raw_state, reasons=seen.reasons)

    async def _insert(self, call: Call, shop: Shop, draft: ListingDraft) -> Observation:
        if draft.extra:
            raise Unsupported(f"{self.name} không có chỗ cho: {', '.join(sorted(draft.extra))}.", sent=False)
        reasons = self.validate(draft)
        if any(not each.url.startswith(("https://", "http://")) for each in draft.pictures):
            reasons += (Reason("pictures", "no_address", "Ảnh chưa có địa chỉ công khai để Google tải về."),)
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        body = words.product_input(draft)
        said = await self._api.ask(
            call, shop, "POST", "productInputs:insert", params={"dataSource": data_source(shop)}, body=body
        )
        return Observation(
            ListingState.SUBMITTED,
            "inserted",
            remote_id=draft.seller_sku,
            title=body["productAttributes"]["title"],
            price_vnd=draft.price_vnd,
            out_of_stock=draft.stock == 0,
            exchange=said.exchange,
        )

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._shown(Call.UNLIST, shop, remote_id, excluded=words.DESTINATIONS)

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._shown(Call.RELIST, shop, remote_id, excluded=())

    async def _shown(self, call: Call, shop: Shop, remote_id: str, *, excluded: Sequence[str]) -> Observation:
        """Change only where it may be shown; the input and its history stay."""
        body: dict[str, Any] = {
            "offerId": remote_id,
            "contentLanguage": words.LANGUAGE,
            "feedLabel": words.FEED_LABEL,
            "productAttributes": {"excludedDestinations": list(excluded)},
        }
        params = {
            "dataSource": data_source(shop),
            "updateMask": "productAttributes.excludedDestinations",
        }
        path = f"productInputs/{quote(words.product_id(remote_id), safe='~')}"
        with within(self.capabilities.call_timeout):
            await self._api.ask(call, shop, "PATCH", path, params=params, body=body)
            return await self.status(shop, remote_id)


def _product(sku: str) -> str:
    return f"products/{quote(words.product_id(sku), safe='~')}"
