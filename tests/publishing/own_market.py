"""A made-up marketplace in one module, as docs/adding-a-marketplace.md describes it. Its interface is the sandbox's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Capabilities,
    Item,
    ListingDraft,
    ListingState,
    Mode,
    Observation,
    Picture,
    Reason,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, Outgoing, Upload
from ocop_hub.marketplaces.keyed import KeyedStalls
from ocop_hub.marketplaces.registry import Alias, Kind, MarketplaceFact, Spell, Status

FACT = MarketplaceFact(
    "cho_ban",
    "Chợ bản",
    Kind.FLOOR,
    (Alias("cho-ban.example.vn"),),
    (Spell(Status.ACTIVE),),
    counts_by_default=True,
)
STATES = {"cho_duyet": ListingState.IN_REVIEW, "dang_ban": ListingState.LIVE, "da_xoa": ListingState.DELETED}


class Adapter(KeyedStalls):
    """Creates, finds, looks; everything else it does not offer."""

    key = FACT.key
    name = FACT.name
    capabilities = Capabilities(
        mode=Mode.API, uploads_pictures=True, finds_by_sku=True, reads_status=True, checks_links=True
    )
    public_site = "https://cho-ban.example.vn"
    public_hosts = ("cho-ban.example.vn",)
    product_path = re.compile(r"/p/.*-(\d+)\.html")

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        super().__init__(hosts)
        self._gateway = gateway

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        return () if draft.pictures else (Reason("pictures", "missing", "Cần ít nhất một ảnh."),)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return f"{self._public_base}/p/san-pham-{remote_id}.html"

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        upload = Upload("image", "anh.jpg", picture.media_type, picture.content)
        said = await self._ask(Call.UPLOAD_PICTURE, shop, "POST", "images", upload=upload)
        return str(said["result"]["id"])

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        body = {
            "sku": draft.seller_sku,
            "name": draft.title,
            "description": draft.description,
            "price": draft.price_vnd,
            "quantity": draft.stock,
            "gc_id": "782",
            "images": list(picture_refs),
        }
        return self._seen(
            shop, (await self._ask(Call.PUBLISH, shop, "POST", "products", body=body))["result"]
        )

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        said = await self._ask(Call.FIND, shop, "GET", "products", params={"sku": seller_sku, "page": "1"})
        seen = [self._seen(shop, record) for record in said["result"]]
        return next((Item(s.remote_id, s.title, s.price_vnd, seller_sku, state=s.state) for s in seen), None)

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        return self._seen(
            shop, (await self._ask(Call.STATUS, shop, "GET", f"products/{remote_id}"))["result"]
        )

    def _seen(self, shop: Shop, record: Mapping[str, Any]) -> Observation:
        word, number = str(record["status"]), str(record["id"])
        return Observation(
            STATES.get(word, ListingState.UNKNOWN),
            word,
            remote_id=number,
            public_url=self.public_url(shop, number),
            title=record["name"],
            price_vnd=record["price"],
        )

    async def _ask(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> dict[str, Any]:
        request = Outgoing(
            method,
            f"{self._hosts.api_base}/apis/v1/merchant/{path}",
            params=params or {},
            headers={"Authorization": f"Bearer {shop.credentials.get('access_token', '')}"},
            json=body,
            upload=upload,
            secrets=tuple(shop.credentials.values()),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self.capabilities.call_timeout)
        if answer.status >= 500:
            raise TransportFailed("Chợ bản đang bận.", exchange=answer.exchange)
        try:
            said: dict[str, Any] = json.loads(answer.body)
        except ValueError as error:
            raise BadAnswer("Chợ bản trả lời không đọc được.", exchange=answer.exchange) from error
        if said.get("code") == 401:
            raise SignInAgain("Khóa của gian hàng không còn dùng được.", exchange=answer.exchange)
        if said.get("code") != 200:
            raise Refused(f"Chợ bản báo “{said.get('message')}”.", exchange=answer.exchange)
        return said
