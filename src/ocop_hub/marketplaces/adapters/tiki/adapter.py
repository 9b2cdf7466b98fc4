"""The Tiki adapter. A create is a request with a tracking id; approved, it is a product that starts inactive.

Until there is a product the remote id is the request's name (``words.request_id``). ``status`` hands over the
product's number as soon as there is one, and ``find`` sees requests under way as well as products: a create
whose answer was lost is found in either shape and is never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ocop_hub.marketplaces.adapters.tiki import consent, queue, words
from ocop_hub.marketplaces.adapters.tiki.api import Said, TikiApi
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
    Missing,
    Mode,
    Observation,
    PushPage,
    Reason,
    Refused,
    Shop,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, within

PAGE_SIZE = 50
#: Pages of requests that are searched for a SKU, the latest first: reviews end within days.
REQUEST_PAGES = 4
REVIEW_WAIT = timedelta(minutes=1)
CATEGORIES_KEPT = timedelta(hours=1)
_OVER = (ListingState.REJECTED, ListingState.DELETED)


class Tiki(ByApi):
    """One Tiki application."""

    key = "tiki"
    name = "Tiki"
    capabilities = Capabilities(
        mode=Mode.API,
        lists_items=True,
        updates=True,
        unlists=True,
        finds_by_sku=True,
        reads_status=True,
        checks_links=True,
        signs_in=True,
        consent_names_shop=False,
        queues_pushes=True,
        edits_rejected=False,
        max_pictures=words.MAX_PICTURES,
        settle_after=timedelta(seconds=60),
    )
    public_site = "https://tiki.vn"
    public_hosts = ("tiki.vn", "www.tiki.vn")
    product_path = re.compile(r"/[^/]*-p(\d+)\.html")

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._api = TikiApi(gateway, hosts, timeout=self.capabilities.call_timeout)
        self._categories: list[Mapping[str, Any]] = []
        self._categories_until = gateway.now()

    # What needs no call

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return words.static_reasons(draft)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        """A request has no page."""
        return "" if words.read_request_id(remote_id) else f"{self._public_base}/san-pham-p{remote_id}.html"

    # Consent and events

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        return consent.authorise_url(self._hosts, redirect_uri=redirect_uri, state=state)

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.exchange(self._api, params, redirect_uri=redirect_uri)

    async def refresh(self, shop: Shop) -> Grant:
        with within(self.capabilities.call_timeout):
            return await consent.refresh(self._api, shop)

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        with within(self.capabilities.call_timeout):
            return await queue.pull(self._api, shop, cursor)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The stall's products; the cursor is Tiki's page number."""
        page = int(cursor or 1)
        said = await self._api.ask(
            Call.LIST_ITEMS,
            shop,
            "GET",
            "integration/v2/products",
            params={"page": page, "limit": PAGE_SIZE},
        )
        records = said.records()
        items = tuple(self._product(shop, record) for record in records)
        return ItemPage(items, str(page + 1) if len(records) == PAGE_SIZE else "")

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The product with this SKU, the oldest of several; else a request under way; never a rejected one."""
        with within(self.capabilities.call_timeout):
            product, _ = await self._product_by_sku(Call.FIND, shop, seller_sku)
            if product is not None:
                return product
            request = await self._request_by_sku(shop, seller_sku)
            if request is not None and request.raw_state == words.APPROVED:
                # Approved between the two questions, or not shown as a product yet: it stands all the same.
                product, _ = await self._product_by_sku(Call.FIND, shop, seller_sku)
            return product or request

    async def _product_by_sku(self, call: Call, shop: Shop, sku: str) -> tuple[Item | None, Said | None]:
        try:
            said = await self._api.ask(
                call, shop, "GET", "integration/v2/products/findBy", params={"original_sku": sku}
            )
        except Missing:
            return None, None
        records = said.records() or [said.body]
        items = [self._product(shop, record) for record in records if record.get("original_sku") == sku]
        standing = [item for item in items if item.remote_id and item.state not in _OVER]
        return min(standing, key=lambda item: int(item.remote_id), default=None), said

    async def _request_by_sku(self, shop: Shop, sku: str) -> Item | None:
        oldest: Item | None = None
        for page in range(1, REQUEST_PAGES + 1):
            said = await self._api.ask(
                Call.FIND,
                shop,
                "GET",
                "integration/v2/requests",
                params={"page": page, "limit": PAGE_SIZE},
            )
            records = said.records()
            for record in records:
                item = words.request_item(record)
                if item.seller_sku == sku and item.state not in _OVER:
                    oldest = item  # the latest come first
            if len(records) < PAGE_SIZE:
                break
        return oldest

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        with within(self.capabilities.call_timeout):
            return await self._status(shop, remote_id)

    async def _status(self, shop: Shop, remote_id: str) -> Observation:
        request = words.read_request_id(remote_id)
        if request is not None:
            return await self._request_status(shop, remote_id, *request)
        try:
            said = await self._api.ask(Call.STATUS, shop, "GET", f"integration/v2/products/{remote_id}")
        except Missing as missing:
            return Observation(
                ListingState.DELETED, "not_found", remote_id=remote_id, exchange=missing.exchange
            )
        return self._seen(shop, said.body, said)

    async def _request_status(self, shop: Shop, remote_id: str, track_id: str, sku: str) -> Observation:
        """Where the request stands; the product's own state once there is one."""
        try:
            said = await self._api.ask(Call.STATUS, shop, "GET", f"integration/v2/tracking/{track_id}")
        except Missing as missing:
            return Observation(
                ListingState.DELETED, "not_found", remote_id=remote_id, exchange=missing.exchange
            )
        word = str(said.body.get("state", ""))
        if word == words.APPROVED:
            product, found = await self._product_by_sku(Call.STATUS, shop, sku)
            if product is not None and found is not None:
                return _observed(product, found)
            # Approved a moment ago: the product is not shown yet.
            return Observation(ListingState.IN_REVIEW, word, remote_id=remote_id, exchange=said.exchange)
        why = str(said.body.get("reason") or "")
        reasons = (Reason("", word, f"Tiki báo “{why}”."),) if why else ()
        state = words.REQUEST_STATES.get(word, ListingState.UNKNOWN)
        return Observation(state, word, remote_id=remote_id, reasons=reasons, exchange=said.exchange)

    def _product(self, shop: Shop, record: Mapping[str, Any]) -> Item:
        number = str(record.get("product_id", ""))
        return words.product_item(record, public_url=self.public_url(shop, number) if number else "")

    def _seen(self, shop: Shop, record: Mapping[str, Any], said: Said) -> Observation:
        seen = _observed(self._product(shop, record), said)
        return replace(seen, out_of_stock=words.out_of_stock(record))

    # Changing

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Check, choose the category, then send one request."""
        with within(self.capabilities.call_timeout):
            with before_the_create():
                body = words.creation(draft, await self._checked_category(shop, draft))
            said = await self._api.ask(Call.PUBLISH, shop, "POST", "integration/v2/requests", body=body)
        track_id, word = str(said.body.get("track_id") or ""), str(said.body.get("state") or "")
        if not track_id:
            raise BadAnswer("Tiki nhận yêu cầu nhưng không cho mã theo dõi.", exchange=said.exchange)
        return Observation(
            words.REQUEST_STATES.get(word, ListingState.SUBMITTED),
            word,
            remote_id=words.request_id(track_id, draft.seller_sku),
            title=draft.title,
            price_vnd=draft.price_vnd,
            out_of_stock=draft.stock == 0,
            exchange=said.exchange,
        )

    async def _checked_category(self, shop: Shop, draft: ListingDraft) -> int:
        words.refuse_unsayable(draft)
        reasons = words.static_reasons(draft)
        if any(not each.url.startswith(("https://", "http://")) for each in draft.pictures):
            reasons += (Reason("pictures", "no_address", "Ảnh chưa có địa chỉ công khai để Tiki tải về."),)
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        if draft.category_id:
            return int(draft.category_id)
        found = words.category_for(draft.group, await self._known_categories(shop))
        if found is None:
            text = f"Chưa chọn ngành hàng Tiki cho nhóm “{draft.group_name or draft.group}”."
            raise Refused(text, reasons=(Reason("category_id", "missing", text),))
        return found

    async def _known_categories(self, shop: Shop) -> list[Mapping[str, Any]]:
        if self._api.now() >= self._categories_until:
            said = await self._api.ask(Call.PUBLISH, shop, "GET", "integration/v2/categories")
            self._categories = said.records()
            self._categories_until = self._api.now() + CATEGORIES_KEPT
        return self._categories

    async def categories(self, shop: Shop) -> tuple[Category, ...]:
        with within(self.capabilities.call_timeout):
            return words.categories_of(await self._known_categories(shop))

    async def category_fields(self, shop: Shop, category_id: str) -> tuple[CategoryField, ...]:
        """None: the call is documented, the form of its answer is not. Attributes are sent as they are given."""
        return ()

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        """Price and stock at once, words and pictures by a new review; both may be repeated without harm."""
        with within(self.capabilities.call_timeout):
            number = await self._number(shop, remote_id)
            category = await self._checked_category(shop, draft)
            await self._set(
                Call.UPDATE, shop, number, price=draft.price_vnd, warehouse_quantities=_quantities(draft)
            )
            body = {"product_id": int(number), **words.content(draft, category)}
            await self._api.ask(
                Call.UPDATE, shop, "POST", "integration/v2/requests/updateProductInfo", body=body
            )
            return await self._status(shop, number)

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._set_active(Call.UNLIST, shop, remote_id, 0)

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._set_active(Call.RELIST, shop, remote_id, 1)

    async def _set_active(self, call: Call, shop: Shop, remote_id: str, active: int) -> Observation:
        with within(self.capabilities.call_timeout):
            number = await self._number(shop, remote_id)
            await self._set(call, shop, number, active=active)
            return await self._status(shop, number)

    async def _set(self, call: Call, shop: Shop, number: str, **changes: Any) -> Said:
        body = {"product_id": int(number), **changes}
        return await self._api.ask(call, shop, "PUT", "integration/v2/products/updateSku", body=body)

    async def _number(self, shop: Shop, remote_id: str) -> str:
        """The product's number. A request under way cannot be changed: raises :class:`WaitUntil`."""
        if words.read_request_id(remote_id) is None:
            return remote_id
        seen = await self._status(shop, remote_id)
        if words.read_request_id(seen.remote_id) is None:
            return seen.remote_id
        if seen.state in _OVER:
            text = "Yêu cầu đăng trên Tiki đã bị trả lại; cần gửi yêu cầu mới."
            raise Refused(text, reasons=seen.reasons, code=seen.raw_state, exchange=seen.exchange)
        until = self._api.now() + REVIEW_WAIT
        raise WaitUntil("Tiki đang duyệt; sẽ gửi thay đổi sau khi duyệt xong.", until=until)


def _observed(item: Item, said: Said) -> Observation:
    return Observation(
        item.state,
        item.raw_state,
        remote_id=item.remote_id,
        public_url=item.public_url,
        title=item.title,
        price_vnd=item.price_vnd,
        exchange=said.exchange,
    )


def _quantities(draft: ListingDraft) -> list[dict[str, int]]:
    """One entry: the seller's first warehouse."""
    return [{"warehouse_id": 0, "qty_available": draft.stock}]
