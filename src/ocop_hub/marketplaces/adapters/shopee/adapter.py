"""The Shopee adapter: the contract's calls as Shopee's calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ocop_hub.marketplaces import pages
from ocop_hub.marketplaces.adapters.shopee import consent, payload, pushes
from ocop_hub.marketplaces.adapters.shopee.answers import (
    field_of,
    item_of,
    out_of_stock,
    price_of,
    state_of,
    violations_of,
)
from ocop_hub.marketplaces.adapters.shopee.api import Said, ShopeeApi
from ocop_hub.marketplaces.adapters.shopee.metadata import Metadata, against_limits, categories_of, fields_of
from ocop_hub.marketplaces.by_api import ByApi, before_the_create
from ocop_hub.marketplaces.categories import Category, CategoryField
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Capabilities,
    Grant,
    Item,
    ItemPage,
    ListingDraft,
    ListingState,
    Mode,
    Observation,
    Page,
    PageMatch,
    Picture,
    Push,
    PushRequest,
    Reason,
    Refused,
    Shop,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, Upload, within

PAGE_SIZE = 50
#: Everything that still stands in the shop; deleted items are not asked for.
LISTED_STATES = ["NORMAL", "UNLIST", "REVIEWING", "BANNED"]

_PRODUCT_PATH = re.compile(r"/product/(\d+)/(\d+)/?")
_SLUG_PATH = re.compile(r"/[^/]*-i\.(\d+)\.(\d+)/?")


class Shopee(ByApi):
    """One Shopee application. ``hosts.partner_key`` is used as the string Shopee shows it."""

    key = "shopee"
    name = "Shopee"
    capabilities = Capabilities(
        mode=Mode.API,
        lists_items=True,
        uploads_pictures=True,
        updates=True,
        unlists=True,
        finds_by_sku=True,
        reads_status=True,
        checks_links=True,
        signs_in=True,
        pushes=True,
        max_pictures=payload.MAX_PICTURES,
    )
    public_site = "https://shopee.vn"
    public_hosts = ("shopee.vn", "www.shopee.vn")

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = ShopeeApi(gateway, hosts, timeout=self.capabilities.call_timeout)
        self._metadata = Metadata(self._api)

    # What needs no call

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """Static rules, and the category's own limits once they have been read."""
        limits = self._metadata.known_limits(draft.category_id)
        return payload.static_reasons(draft) + (against_limits(draft, limits) if limits is not None else ())

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return f"{self._public_base}/product/{shop.shop_id}/{remote_id}"

    def match_url(self, url: str) -> str:
        found = self._ids_in(url)
        return found[1] if found is not None else ""

    def _ids_in(self, url: str) -> tuple[str, str] | None:
        """(shop id, item id) of a public address."""
        path = pages.path_under(url, self._public_base, self.public_hosts)
        if path is None:
            return None
        found = _PRODUCT_PATH.fullmatch(path) or _SLUG_PATH.fullmatch(path)
        return (found[1], found[2]) if found is not None else None

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        """Hold the page against the draft; the shop id in its address says whose it is."""
        ids = self._ids_in(page.url)
        if ids is None:
            return pages.observe(page, draft, shop, remote_id="")
        whose = ids[0] == shop.shop_id if shop.shop_id else None
        return pages.observe(page, draft, shop, remote_id=ids[1], shop_matches=whose)

    # Consent and pushes

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        return consent.authorise_url(self._hosts, redirect_uri=redirect_uri, state=state)

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.exchange(self._api, params)

    async def refresh(self, shop: Shop) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.refresh(self._api, shop)

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        return pushes.read_push(self._hosts.partner_key, request)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The shop's items, ``PAGE_SIZE`` at a time; the cursor is Shopee's offset."""
        with within(self.capabilities.call_timeout):
            said = await self._api.get(
                Call.LIST_ITEMS,
                shop,
                "product/get_item_list",
                offset=int(cursor or 0),
                page_size=PAGE_SIZE,
                item_status=LISTED_STATES,
            )
            ids = [str(entry.get("item_id", "")) for entry in said.records("item")]
            records = await self._base_info(Call.LIST_ITEMS, shop, ids)
        items = [self._item(shop, record) for record in records]
        more = said.response.get("has_next_page") is True
        return ItemPage(tuple(items), str(said.response.get("next_offset", "")) if more else "")

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The item with exactly this SKU. Of several the oldest that is not deleted: a repeat never wins."""
        with within(self.capabilities.call_timeout):
            said = await self._api.get(
                Call.FIND, shop, "product/search_item", item_sku=seller_sku, page_size=PAGE_SIZE, offset=0
            )
            raw = said.response.get("item_id_list")
            ids = [str(entry) for entry in raw] if isinstance(raw, list) else []
            records = await self._base_info(Call.FIND, shop, ids)
        items = [self._item(shop, record) for record in records if record.get("item_sku") == seller_sku]
        standing = [item for item in items if item.state is not ListingState.DELETED]
        return min(standing, key=lambda item: int(item.remote_id)) if standing else None

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        with within(self.capabilities.call_timeout):
            return await self._status(shop, remote_id)

    async def _status(self, shop: Shop, remote_id: str) -> Observation:
        try:
            said = await self._read_base_info(Call.STATUS, shop, [remote_id])
        except Refused as refused:
            if "not_found" in refused.code or "not exist" in refused.message.lower():
                return Observation(
                    ListingState.DELETED, refused.code, remote_id=remote_id, exchange=refused.exchange
                )
            raise
        records = said.records("item_list")
        if not records:
            return Observation(ListingState.DELETED, "not_found", remote_id=remote_id, exchange=said.exchange)
        seen = self._observation(shop, records[0], said)
        if seen.state is ListingState.SUSPENDED:
            why = await self._api.get(
                Call.STATUS, shop, "product/get_item_violation_info", item_id_list=remote_id
            )
            seen = replace(seen, reasons=violations_of(why.response))
        return seen

    async def _read_base_info(self, call: Call, shop: Shop, ids: Sequence[str]) -> Said:
        return await self._api.get(call, shop, "product/get_item_base_info", item_id_list=",".join(ids))

    async def _base_info(self, call: Call, shop: Shop, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        if not ids:
            return []
        return (await self._read_base_info(call, shop, ids)).records("item_list")

    def _item(self, shop: Shop, record: Mapping[str, Any]) -> Item:
        return item_of(record, public_url=self.public_url(shop, str(record.get("item_id", ""))))

    def _observation(self, shop: Shop, record: Mapping[str, Any], said: Said) -> Observation:
        item = self._item(shop, record)
        warnings = [said.warning] if said.warning else []
        if record.get("deboost") in (True, "TRUE", "true"):
            warnings.append("Shopee đang giảm hiển thị tin đăng này (deboost).")
        return Observation(
            item.state,
            item.raw_state,
            remote_id=item.remote_id,
            public_url=item.public_url,
            title=item.title,
            price_vnd=price_of(record),
            out_of_stock=out_of_stock(record),
            description=record["description"] if isinstance(record.get("description"), str) else None,
            warnings=tuple(warnings),
            exchange=said.exchange,
        )

    # Changing

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        with within(self.capabilities.call_timeout):
            return categories_of(await self._metadata.categories(shop))

    async def category_fields(self, shop: Shop, category_id: str) -> tuple[CategoryField, ...]:
        with within(self.capabilities.call_timeout):
            return fields_of(await self._metadata.attributes(shop, category_id))

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        suffix = "png" if picture.media_type == "image/png" else "jpg"
        said = await self._api.upload(
            Call.UPLOAD_PICTURE,
            shop,
            "media_space/upload_image",
            Upload("image", f"{picture.sha256[:16]}.{suffix}", picture.media_type, picture.content),
            scene="normal",
        )
        info = said.response.get("image_info")
        image_id = str(info.get("image_id", "")) if isinstance(info, Mapping) else ""
        if not image_id:
            raise BadAnswer("Shopee nhận ảnh nhưng không cho mã ảnh.", exchange=said.exchange)
        return image_id

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Read what the category wants, then create once."""
        with within(self.capabilities.call_timeout):
            with before_the_create():
                body, warnings = await self._prepared(shop, draft, picture_refs)
                channels = await self._metadata.channels(shop)
            return await self._create(shop, draft, body, channels, warnings)

    async def _create(
        self,
        shop: Shop,
        draft: ListingDraft,
        body: dict[str, Any],
        channels: Sequence[int],
        warnings: tuple[str, ...],
    ) -> Observation:
        if not channels:
            reason = Reason("shop", "no_channel", "Gian hàng Shopee chưa bật đơn vị vận chuyển nào.")
            raise Refused(reason.text, reasons=(reason,))
        body |= payload.offer(draft)
        body["logistic_info"] = [{"logistic_id": channel, "enabled": True} for channel in channels]
        said = await self._api.post(Call.PUBLISH, shop, "product/add_item", body)
        remote_id = str(said.response.get("item_id") or "")
        if not remote_id:
            raise BadAnswer("Shopee nhận tin đăng nhưng không cho mã tin.", exchange=said.exchange)
        word = str(said.response.get("item_status", ""))
        return Observation(
            state_of(word) if word else ListingState.SUBMITTED,
            word,
            remote_id=remote_id,
            public_url=self.public_url(shop, remote_id),
            title=draft.title,
            price_vnd=draft.price_vnd,
            out_of_stock=draft.stock == 0,
            warnings=(*warnings, *([said.warning] if said.warning else [])),
            exchange=said.exchange,
        )

    async def _prepared(
        self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The body without offer and channels, checked against the category; and what could not be said."""
        payload.refuse_unknown_extra(draft)
        category = draft.category_id or str(await self._metadata.category(shop, draft.group) or "")
        if not category:
            text = f"Chưa chọn ngành hàng Shopee cho nhóm “{draft.group_name or draft.group}”."
            raise Refused(text, reasons=(Reason("category_id", "missing", text),))
        limits = await self._metadata.limits(shop, category)
        attributes, unused, missing = payload.attribute_list(
            draft, await self._metadata.attributes(shop, category)
        )
        reasons = payload.static_reasons(draft) + against_limits(draft, limits) + missing
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        body = payload.content(draft, category, picture_refs)
        body["attribute_list"] = attributes
        known = await self._metadata.brands(shop, category) if draft.brand else {}
        body["brand"] = payload.brand(draft, known)
        return body, unused

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        """Content, then price, then stock: three calls, each of which may be repeated without harm."""
        with within(self.capabilities.call_timeout):
            return await self._update(shop, remote_id, draft, picture_refs)

    async def _update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        body, warnings = await self._prepared(shop, draft, picture_refs)
        item_id = int(remote_id)
        await self._api.post(Call.UPDATE, shop, "product/update_item", {"item_id": item_id, **body})
        price = {"model_id": 0, "original_price": float(draft.price_vnd)}
        stock = {"model_id": 0, "seller_stock": [{"stock": draft.stock}]}
        for path, name, entry, field in (
            ("product/update_price", "price_list", price, "price_vnd"),
            ("product/update_stock", "stock_list", stock, "stock"),
        ):
            said = await self._api.post(Call.UPDATE, shop, path, {"item_id": item_id, name: [entry]})
            self._refuse_failures(said, field)
        seen = await self.status(shop, remote_id)
        return replace(seen, warnings=(*warnings, *seen.warnings))

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._set_unlisted(Call.UNLIST, shop, remote_id, unlist=True)

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._set_unlisted(Call.RELIST, shop, remote_id, unlist=False)

    async def _set_unlisted(self, call: Call, shop: Shop, remote_id: str, *, unlist: bool) -> Observation:
        body = {"item_list": [{"item_id": int(remote_id), "unlist": unlist}]}
        with within(self.capabilities.call_timeout):
            said = await self._api.post(call, shop, "product/unlist_item", body)
            self._refuse_failures(said, "")
            return await self.status(shop, remote_id)

    def _refuse_failures(self, said: Said, field: str) -> None:
        """Price, stock and unlist report each failure in ``failure_list`` with ``error`` empty."""
        reasons = tuple(
            Reason(field or field_of(text), "failure_list", f"Shopee báo “{text}”.")
            for text in (str(entry.get("failed_reason", "")) for entry in said.records("failure_list"))
        )
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons, code="failure_list", exchange=said.exchange)
