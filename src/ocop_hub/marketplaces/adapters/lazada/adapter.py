"""The Lazada adapter: the contract's calls as Lazada's calls. Our items have one SKU."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ocop_hub.marketplaces.adapters.lazada import answers, consent, payload, pushes
from ocop_hub.marketplaces.adapters.lazada.api import LazadaApi, Said
from ocop_hub.marketplaces.adapters.lazada.metadata import Metadata, categories_of
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
    Picture,
    Push,
    PushRequest,
    Reason,
    Refused,
    Shop,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, Upload, within

PAGE_SIZE = 50
#: Lazada lists no further than this.
LAST_OFFSET = 10_000


class Lazada(ByApi):
    """One Lazada application, for stalls in Vietnam."""

    key = "lazada"
    name = "Lazada"
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
    public_site = "https://www.lazada.vn"
    public_hosts = ("lazada.vn", "www.lazada.vn")
    product_path = re.compile(r"/products/(?:[^/]*-)?i(\d+)(?:-s\d+)?\.html")

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = LazadaApi(gateway, hosts, timeout=self.capabilities.call_timeout)
        self._metadata = Metadata(self._api)

    # What needs no call

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return payload.static_reasons(draft)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return f"{self._public_base}/products/i{remote_id}.html"

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
        return pushes.read_push(self._hosts, request)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The stall's items, ``PAGE_SIZE`` at a time; the cursor is Lazada's offset, up to ``LAST_OFFSET``."""
        offset = int(cursor or 0)
        said = await self._api.get(
            Call.LIST_ITEMS, shop, "/products/get", filter="all", offset=offset, limit=PAGE_SIZE
        )
        records = said.records("products")
        items = tuple(self._item(shop, record) for record in records)
        standing = tuple(item for item in items if item.state is not ListingState.DELETED)
        more = len(records) == PAGE_SIZE and offset + PAGE_SIZE < LAST_OFFSET
        return ItemPage(standing, str(offset + PAGE_SIZE) if more else "")

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The item with exactly this SKU. Of several the oldest that is not deleted: a repeat never wins."""
        said = await self._api.get(
            Call.FIND,
            shop,
            "/products/get",
            filter="all",
            sku_seller_list=json.dumps([seller_sku], ensure_ascii=False),
            offset=0,
            limit=PAGE_SIZE,
        )
        items = [self._item(shop, record) for record in said.records("products")]
        standing = [
            item
            for item in items
            if item.seller_sku == seller_sku and item.state is not ListingState.DELETED and item.remote_id
        ]
        return min(standing, key=lambda item: int(item.remote_id), default=None)

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        with within(self.capabilities.call_timeout):
            try:
                record, said = await self._read(Call.STATUS, shop, remote_id)
            except Refused as refused:
                if not _missing(refused):
                    raise
                return Observation(
                    ListingState.DELETED, refused.code, remote_id=remote_id, exchange=refused.exchange
                )
            return self._observation(shop, record, said)

    async def _read(self, call: Call, shop: Shop, remote_id: str) -> tuple[Mapping[str, Any], Said]:
        said = await self._api.get(call, shop, "/product/item/get", item_id=remote_id)
        return said.data, said

    def _item(self, shop: Shop, record: Mapping[str, Any]) -> Item:
        return answers.item_of(record, public_url=self.public_url(shop, str(record.get("item_id", ""))))

    def _observation(self, shop: Shop, record: Mapping[str, Any], said: Said) -> Observation:
        item = self._item(shop, record)
        over = item.state in (ListingState.REJECTED, ListingState.SUSPENDED)
        return Observation(
            item.state,
            item.raw_state,
            remote_id=item.remote_id,
            public_url=item.public_url,
            title=item.title,
            price_vnd=item.price_vnd,
            out_of_stock=answers.whole(answers.sku_of(record).get("quantity")) == 0,
            description=answers.description_of(record),
            reasons=answers.reasons_of(record) if over else (),
            exchange=said.exchange,
        )

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        with within(self.capabilities.call_timeout):
            return tuple(categories_of(await self._metadata.tree(shop)))

    async def category_fields(self, shop: Shop, category_id: str) -> tuple[CategoryField, ...]:
        with within(self.capabilities.call_timeout):
            known = await self._metadata.attributes(shop, category_id)
        return tuple(
            CategoryField(each.label, each.mandatory, tuple(each.options.values()))
            for each in known
            if payload.asked_for(each)
        )

    # Changing

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        """The picture's address at Lazada; no other is taken in a product."""
        suffix = "png" if picture.media_type == "image/png" else "jpg"
        file = Upload("image", f"{picture.sha256[:16]}.{suffix}", picture.media_type, picture.content)
        said = await self._api.upload(Call.UPLOAD_PICTURE, shop, "/image/upload", file)
        image = said.data.get("image")
        url = str(image.get("url", "")) if isinstance(image, Mapping) else ""
        if not url:
            raise BadAnswer("Lazada nhận ảnh nhưng không cho địa chỉ ảnh.", exchange=said.exchange)
        return url

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Read what the category wants, then create once."""
        with within(self.capabilities.call_timeout):
            with before_the_create():
                category, item, sku, warnings = await self._prepared(shop, draft)
            product = payload.creation(draft, category, picture_refs, item, sku)
            said = await self._api.post(Call.PUBLISH, shop, "/product/create", payload.form(product))
        remote_id = str(said.data.get("item_id") or "")
        if not remote_id:
            raise BadAnswer("Lazada nhận tin đăng nhưng không cho mã tin.", exchange=said.exchange)
        return Observation(
            ListingState.SUBMITTED,
            "",
            remote_id=remote_id,
            public_url=self.public_url(shop, remote_id),
            title=draft.title,
            price_vnd=draft.price_vnd,
            out_of_stock=draft.stock == 0,
            warnings=warnings,
            exchange=said.exchange,
        )

    async def _prepared(
        self, shop: Shop, draft: ListingDraft
    ) -> tuple[str, dict[str, str], dict[str, str], tuple[str, ...]]:
        """(category, attributes of the item, of its SKU, what could not be said), all checked."""
        payload.refuse_unknown_extra(draft)
        category = await self._metadata.category(shop, draft)
        if not category:
            text = f"Chưa chọn ngành hàng Lazada cho nhóm “{draft.group_name or draft.group}”."
            raise Refused(text, reasons=(Reason("category_id", "missing", text),))
        brand_id = await self._metadata.brand(shop, draft.brand) or payload.NO_BRAND
        known = await self._metadata.attributes(shop, category)
        item, sku, unused, missing = payload.attributes(draft, known, brand_id)
        reasons = payload.static_reasons(draft) + missing
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        return category, item, sku, unused

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        """Content if it differs from what stands (it is reviewed again), then price and stock (they are not)."""
        with within(self.capabilities.call_timeout):
            _, item, sku, warnings = await self._prepared(shop, draft)
            record, _ = await self._read(Call.UPDATE, shop, remote_id)
            product = payload.change(record, draft, picture_refs, item, sku)
            if product is not None:
                await self._api.post(Call.UPDATE, shop, "/product/update", payload.form(product))
            offer = payload.offer(record, draft)
            await self._api.post(Call.UPDATE, shop, "/product/price_quantity/update", payload.form(offer))
            seen = await self.status(shop, remote_id)
        return replace(seen, warnings=(*warnings, *seen.warnings))

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        with within(self.capabilities.call_timeout):
            form = payload.form({"ItemId": remote_id})
            await self._api.post(Call.UNLIST, shop, "/product/deactivate", form)
            return await self.status(shop, remote_id)

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        """Each SKU is made active again: stalls in one country have no other call for it."""
        with within(self.capabilities.call_timeout):
            record, _ = await self._read(Call.RELIST, shop, remote_id)
            sku = {**payload.sku_key(record), "Status": "active"}
            product = {"ItemId": remote_id, "Attributes": {}, "Skus": {"Sku": [sku]}}
            await self._api.post(Call.RELIST, shop, "/product/update", payload.form(product))
            return await self.status(shop, remote_id)


def _missing(refused: Refused) -> bool:
    said = f"{refused.code} {refused.message}".lower().replace("_", " ")
    return "not found" in said or "not exist" in said
