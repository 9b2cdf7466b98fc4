"""Drafts, and adapters wired to the served sandbox."""

from __future__ import annotations

import asyncio
import hashlib
import io
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from PIL import Image

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.conformance import REDIRECT
from ocop_hub.marketplaces.contract import (
    Call,
    ListingDraft,
    ListingState,
    Marketplace,
    Page,
    Picture,
    PushRequest,
    Shop,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts
from ocop_hub.marketplaces.own import by_profile
from ocop_hub.marketplaces.profile import ProfileMarket
from ocop_hub.marketplaces.profile_file import Profile
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, SERVICE_ID

_numbers = itertools.count(1)

#: The sandbox's call behind a call of the contract.
CALLS = {
    "postmart": {
        Call.PUBLISH: "post/products",
        Call.STATUS: "get/products/n",
        Call.FIND: "get/products",
        Call.LIST_ITEMS: "get/products",
    },
    "meta_catalogue": {
        Call.PUBLISH: "post/items_batch",
        Call.STATUS: "get/products",
        Call.FIND: "get/products",
        Call.LIST_ITEMS: "get/products",
    },
    "google_merchant": {
        Call.PUBLISH: "post/productInputs:insert",
        Call.STATUS: "get/products/one",
        Call.FIND: "get/products/one",
        Call.LIST_ITEMS: "get/products",
    },
    "voso": {
        Call.PUBLISH: "post/items",
        Call.STATUS: "get/items/n",
        Call.FIND: "get/items",
        Call.LIST_ITEMS: "get/items",
    },
    "shopee": {
        Call.PUBLISH: "product/add_item",
        Call.STATUS: "product/get_item_base_info",
        Call.FIND: "product/search_item",
        Call.LIST_ITEMS: "product/get_item_list",
    },
    "tiki": {
        Call.PUBLISH: "v2/requests",
        Call.STATUS: "v2/products/1",
        Call.FIND: "v2/products/findBy",
        Call.LIST_ITEMS: "v2/products",
    },
    "lazada": {
        Call.PUBLISH: "product/create",
        Call.STATUS: "product/item/get",
        Call.FIND: "products/get",
        Call.LIST_ITEMS: "products/get",
    },
    "tiktok_shop": {
        Call.PUBLISH: "product/202309/products",
        Call.STATUS: "product/202309/products/1",
        Call.FIND: "product/202502/products/search",
        Call.LIST_ITEMS: "product/202502/products/search",
    },
}


def picture(colour: str = "#b7410e") -> Picture:
    """A small real JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (600, 600), colour).save(buffer, "JPEG")
    content = buffer.getvalue()
    mark = hashlib.sha256(content).hexdigest()
    url = f"https://ocop.example/media/pictures/{mark[:2]}/{mark}.jpg"
    return Picture(mark, "image/jpeg", 600, 600, content, url)


def make_draft() -> ListingDraft:
    """A draft of a real product; the SKU is new each time."""
    return ListingDraft(
        seller_sku=f"OCOP-{next(_numbers):06d}-{time.time_ns()}",
        title="Trứng vịt biển Đồng Rui – vỉ 30 quả",
        description="Trứng vịt thả đầm nước lợ ở Đồng Rui.\nVỏ dày, lòng đỏ sậm.",
        price_vnd=135_000,
        stock=40,
        weight_g=2_400,
        group="Thực phẩm",
        unit="vỉ",
        producer_name="HTX chăn nuôi và dịch vụ Đồng Tiến",
        place_name="Xã Hải Lạng",
        stars=4,
        trace_url="https://ocop.example/t/7K3MPQ2",
        pictures=(picture(), picture("#2f6f4f")),
        attributes={"Xuất xứ": "Việt Nam"},
    )


@dataclass
class SandboxStage:
    """One adapter against the served sandbox."""

    key: str
    base: str
    client: httpx.AsyncClient
    shop: Shop
    secrets: tuple[str, ...] = (PARTNER_KEY,)
    #: Speak as the partner profile of the key says, or as this one.
    by_profile: bool = False
    profile: Profile | None = None
    market: Marketplace = field(init=False)

    def __post_init__(self) -> None:
        self.market = self.rewired()

    def draft(self) -> ListingDraft:
        return make_draft()

    def rewired(self, *, api_base: str | None = None, partner_key: str | None = None) -> Marketplace:
        own = f"{self.base}/{self.key}"
        hosts = Hosts(
            api_base=own if api_base is None else api_base,
            public_base=own,
            auth_base=own,
            partner_id=PARTNER_ID,
            partner_key=PARTNER_KEY if partner_key is None else partner_key,
            service_id=SERVICE_ID,
        )
        if self.profile is not None:
            return ProfileMarket(Gateway(self.client, self.key), hosts, self.profile)
        speak = by_profile if self.by_profile else registry.get
        return speak(self.key, self.client, hosts)

    async def fault(self, call: Call, kind: str, *, delay_s: float = 0.0) -> None:
        order = {
            "call": CALLS[self.key][call],
            "kind": kind,
            "delay_s": delay_s,
            "shop_id": self.shop.shop_id,
        }
        answer = await self.client.post(f"{self.base}/_sandbox/faults", json=order)
        assert answer.status_code == 201

    async def set_word(self, remote_id: str, word: str) -> None:
        number = remote_id if remote_id.isdigit() else await self._number(remote_id)
        path = f"{self.base}/_sandbox/items/{number}/state"
        assert (await self.client.post(path, json={"word": word})).status_code == 200

    async def _number(self, sku: str) -> str:
        """The sandbox's number of an item that the marketplace calls by its SKU."""
        rows = (await self.client.get(f"{self.base}/_sandbox/history")).json()
        return str(next(row["item_id"] for row in rows if row["sku"] == sku))

    async def until_live(self, remote_id: str) -> str:
        for _ in range(100):
            seen = await self.market.status(self.shop, remote_id)
            if seen.state is ListingState.LIVE:
                return seen.remote_id
            if seen.state is ListingState.UNLISTED:
                # Approved and waiting to be put up, as the controller would.
                await self.market.relist(self.shop, seen.remote_id)
            await asyncio.sleep(0.02)
        raise AssertionError(f"{remote_id} did not become live")

    async def agree(self, url: str) -> Mapping[str, str]:
        """As a browser would: open the page, send its form with the stall chosen, follow back by hand."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back = asked.get("redirect_uri", REDIRECT)
        if "redirect_uri" not in asked:  # it is declared with the application
            declared = {"market": self.key, "url": back}
            await self.client.put(f"{self.base}/_sandbox/redirect", json=declared)
        page = await self.client.get(url)
        assert page.status_code == 200, page.text
        form = {
            "redirect_uri": back,
            "state": asked["state"],
            "shop_id": self.shop.shop_id,
            "answer": "yes",
        }
        answer = await self.client.post(url.partition("?")[0], data=form)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith(back)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def end_grant(self, *, withdraw: bool = False) -> None:
        order = {"market": self.key, "shop_id": self.shop.shop_id, "withdraw": withdraw}
        answer = await self.client.post(f"{self.base}/_sandbox/grants", json=order)
        assert answer.status_code == 204

    async def push(self, remote_id: str, *, forged: bool = False) -> PushRequest:
        order = {
            "market": self.key,
            "shop_id": self.shop.shop_id,
            "item_id": int(remote_id),
            "kind": "forged" if forged else "good",
        }
        made = (await self.client.post(f"{self.base}/_sandbox/pushes/made", json=order)).json()
        return PushRequest(made["url"], made["headers"], made["body"].encode())

    async def enter_by_hand(self, draft: ListingDraft) -> str:
        form = {
            "title": draft.title,
            "price": str(draft.price_vnd),
            "stock": str(draft.stock),
            "description": draft.description,
        }
        photos = [
            ("pictures", (f"{n}.jpg", one.content, one.media_type)) for n, one in enumerate(draft.pictures)
        ]
        url = f"{self.base}/{self.key}/seller/{self.shop.shop_id}/new"
        answer = await self.client.post(url, data=form, files=photos)
        assert answer.status_code == 303, answer.text
        return self.base + answer.headers["location"]

    async def fetch(self, url: str) -> Page:
        answer = await self.client.get(url, follow_redirects=True)
        return Page(str(answer.url), answer.status_code, answer.text)
