"""The TikTok Shop adapter: the contract's calls as TikTok Shop's calls. Our products have one SKU."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ocop_hub.marketplaces.adapters.tiktok_shop import answers, consent, payload, pushes
from ocop_hub.marketplaces.adapters.tiktok_shop.api import Said, TikTokApi
from ocop_hub.marketplaces.adapters.tiktok_shop.metadata import Metadata, fields_of
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
from ocop_hub.marketplaces.rich import to_text

PAGE_SIZE = 100
SEARCH = "/product/202502/products/search"
PRODUCTS = "/product/202309/products"
#: Takes the body of a create and says what would be refused of it.
CHECK = f"{PRODUCTS}/listing_check"
PARTIAL_EDIT = "/product/202509/products/{id}/partial_edit"


class TikTokShop(ByApi):
    """One TikTok Shop application, for shops in Vietnam."""

    key = "tiktok_shop"
    name = "TikTok Shop"
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
        title_chars=payload.TITLE,
        max_pictures=payload.MAX_PICTURES,
    )
    public_site = "https://shop.tiktok.com"
    public_hosts = ("shop.tiktok.com",)
    product_path = re.compile(r"(?:/[a-z]{2})?/view/product/(\d+)/?")

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = TikTokApi(gateway, hosts, timeout=self.capabilities.call_timeout)
        self._metadata = Metadata(self._api)

    # What needs no call

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return payload.static_reasons(draft)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return f"{self._public_base}/view/product/{remote_id}?region=VN"

    # Consent and pushes

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        """``redirect_uri`` is not sent: it must be the one declared in Partner Center."""
        return consent.authorise_url(self._hosts, state=state)

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.exchange(self._api, self._metadata, params)

    async def refresh(self, shop: Shop) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.refresh(self._api, shop)

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        return pushes.read_push(self._hosts, request)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The shop's products, ``PAGE_SIZE`` at a time; the cursor is TikTok's page token."""
        query = {"page_size": PAGE_SIZE} | ({"page_token": cursor} if cursor else {})
        said = await self._api.post(Call.LIST_ITEMS, shop, SEARCH, {"status": "ALL"}, **query)
        items = [self._item(shop, record) for record in said.records("products")]
        standing = tuple(item for item in items if item.state is not ListingState.DELETED)
        return ItemPage(standing, str(said.data.get("next_page_token") or ""))

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The product with exactly this SKU. Of several the oldest that is not deleted: a repeat never wins."""
        body = {"status": "ALL", "seller_skus": [seller_sku]}
        said = await self._api.post(Call.FIND, shop, SEARCH, body, page_size=PAGE_SIZE)
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
                said = await self._read(Call.STATUS, shop, remote_id)
            except Refused as refused:
                if not _missing(refused):
                    raise
                return Observation(
                    ListingState.DELETED, refused.code, remote_id=remote_id, exchange=refused.exchange
                )
            return self._observation(shop, said)

    async def _read(self, call: Call, shop: Shop, remote_id: str) -> Said:
        return await self._api.get(call, shop, f"{PRODUCTS}/{remote_id}")

    def _item(self, shop: Shop, record: Mapping[str, Any]) -> Item:
        return answers.item_of(record, public_url=self.public_url(shop, str(record.get("id", ""))))

    def _observation(self, shop: Shop, said: Said) -> Observation:
        item, record = self._item(shop, said.data), said.data
        description = record.get("description")
        return Observation(
            item.state,
            item.raw_state,
            remote_id=item.remote_id,
            public_url=item.public_url,
            title=item.title,
            price_vnd=item.price_vnd,
            out_of_stock=answers.stock_of(record) == 0,
            description=to_text(description) if isinstance(description, str) else None,
            reasons=answers.reasons_of(record),
            warnings=answers.warnings_of(record, item.state),
            exchange=said.exchange,
        )

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        with within(self.capabilities.call_timeout):
            return await self._metadata.categories(shop)

    async def category_fields(self, shop: Shop, category_id: str) -> tuple[CategoryField, ...]:
        with within(self.capabilities.call_timeout):
            return fields_of(await self._metadata.attributes(shop, category_id))

    # Changing

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        """The picture's URI at TikTok; no other is taken in a product."""
        suffix = "png" if picture.media_type == "image/png" else "jpg"
        file = Upload("data", f"{picture.sha256[:16]}.{suffix}", picture.media_type, picture.content)
        said = await self._api.upload(
            Call.UPLOAD_PICTURE, shop, "/product/202309/images/upload", file, use_case="MAIN_IMAGE"
        )
        uri = str(said.data.get("uri") or "")
        if not uri:
            raise BadAnswer("TikTok Shop nhận ảnh nhưng không cho mã ảnh.", exchange=said.exchange)
        return uri

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Read what the category wants, let TikTok Shop check the whole of it, then create once."""
        with within(self.capabilities.call_timeout):
            with before_the_create():
                body, warnings = await self._creation(shop, draft, picture_refs)
                said = await self._api.post(Call.PUBLISH, shop, CHECK, body)
            answers.refuse_failed_check(said.data, said.exchange)
            said = await self._api.post(Call.PUBLISH, shop, PRODUCTS, body)
        remote_id = str(said.data.get("product_id") or "")
        if not remote_id:
            raise BadAnswer("TikTok Shop nhận tin đăng nhưng không cho mã tin.", exchange=said.exchange)
        return Observation(
            ListingState.SUBMITTED,
            "",
            remote_id=remote_id,
            public_url=self.public_url(shop, remote_id),
            title=draft.title,
            price_vnd=draft.price_vnd,
            out_of_stock=draft.stock == 0,
            warnings=(*warnings, *said.warnings),
            exchange=said.exchange,
        )

    async def _creation(
        self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The body of a create, and what could not be said."""
        payload.refuse_unknown_extra(draft)
        category = await self._metadata.category(shop, draft)
        body, warnings = await self._prepared(shop, draft, category, picture_refs, new=True)
        warehouse = await self._metadata.warehouse(shop)
        if not warehouse:
            text = "Gian hàng TikTok Shop chưa có kho hàng đang dùng."
            raise Refused(text, reasons=(Reason("shop", "no_warehouse", text),))
        body |= {
            "save_mode": "LISTING",
            "is_cod_allowed": True,
            "external_product_id": draft.seller_sku,
            "skus": [payload.sku(draft, warehouse)],
        }
        return body, warnings

    async def _prepared(
        self, shop: Shop, draft: ListingDraft, category: str, picture_refs: Sequence[str], *, new: bool
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What is audited, checked against the category; and what could not be said."""
        payload.refuse_unknown_extra(draft)
        if not category:
            text = f"Chưa chọn ngành hàng TikTok Shop cho nhóm “{draft.group_name or draft.group}”."
            raise Refused(text, reasons=(Reason("category_id", "missing", text),))
        known = await self._metadata.attributes(shop, category)
        said, unused, missing = payload.attributes(draft, known)
        reasons = payload.static_reasons(draft) + (payload.creation_reasons(draft) if new else ()) + missing
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        brand_id = await self._metadata.brand(shop, draft.brand, category)
        return payload.content(draft, category, brand_id, picture_refs, said), unused

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        """What differs of the content is edited and audited; price and stock of what is on sale are not audited."""
        with within(self.capabilities.call_timeout):
            record = (await self._read(Call.UPDATE, shop, remote_id)).data
            body, warnings = await self._prepared(
                shop, draft, _leaf(record) or draft.category_id, picture_refs, new=False
            )
            edit = payload.changed(body, record)
            there = answers.sku_of(record)
            sku = payload.sku(draft, await self._warehouse(shop, there)) | {"id": str(there.get("id", ""))}
            on_sale = record.get("status") == answers.ON_SALE
            if not on_sale or str(there.get("seller_sku", "")) != draft.seller_sku:
                edit["skus"] = [sku]
            if edit:
                said = await self._api.post(Call.UPDATE, shop, PARTIAL_EDIT.format(id=remote_id), edit)
                warnings += said.warnings
            if on_sale:
                await self._offer(shop, remote_id, record, draft, sku)
            seen = await self.status(shop, remote_id)
        return replace(seen, warnings=(*warnings, *seen.warnings))

    async def _warehouse(self, shop: Shop, there: Mapping[str, Any]) -> str:
        """Where the stock of a SKU is kept already, else the shop's warehouse."""
        kept = answers.mappings(there.get("inventory"))
        return str(kept[0].get("warehouse_id", "")) if kept else await self._metadata.warehouse(shop)

    async def _offer(
        self,
        shop: Shop,
        remote_id: str,
        record: Mapping[str, Any],
        draft: ListingDraft,
        sku: Mapping[str, Any],
    ) -> None:
        """Price and stock where they differ, each by its own call."""
        calls = (
            (answers.price_of(record) != draft.price_vnd, "prices", "price"),
            (answers.stock_of(record) != draft.stock, "inventory", "inventory"),
        )
        for differs, name, part in calls:
            if differs:
                body = {"skus": [{"id": sku["id"], part: sku[part]}]}
                said = await self._api.post(Call.UPDATE, shop, f"{PRODUCTS}/{remote_id}/{name}/update", body)
                answers.refuse_failures(said.records("errors"), said.exchange)

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._switch(Call.UNLIST, shop, remote_id, "deactivate")

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        """Activating causes another audit."""
        return await self._switch(Call.RELIST, shop, remote_id, "activate")

    async def _switch(self, call: Call, shop: Shop, remote_id: str, name: str) -> Observation:
        with within(self.capabilities.call_timeout):
            said = await self._api.post(call, shop, f"{PRODUCTS}/{name}", {"product_ids": [remote_id]})
            answers.refuse_failures(said.records("errors"), said.exchange)
            return await self.status(shop, remote_id)


def _leaf(record: Mapping[str, Any]) -> str:
    """The leaf category a product stands in."""
    chain = answers.mappings(record.get("category_chains"))
    return next((str(each.get("id", "")) for each in chain if each.get("is_leaf") is True), "")


def _missing(refused: Refused) -> bool:
    said = refused.message.lower()
    return "not found" in said or "not exist" in said
