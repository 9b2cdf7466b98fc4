"""What a buyer sees of the Lazada-like and the TikTok-Shop-like marketplace."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.store import Store, StoredItem

_BREAK = re.compile(r"</p>|<br\s*/?>")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Front:
    """One storefront: ``route`` has ``{name}``, in which ``number`` finds the item; ``path`` says an item's address."""

    market: str
    look: html.Look
    route: str
    number: re.Pattern[str]
    path: Callable[[StoredItem], str]
    shown: Callable[[StoredItem], bool]


def plain_storefront(front: Front, store: Store, public_base: str) -> APIRouter:
    """First page, product pages and pictures. Only items that passed the review are shown."""
    router = APIRouter()
    home_path = f"/{front.market}"

    @router.get("/", response_class=HTMLResponse)
    async def home() -> Response:
        shown = [item for item in reversed(store.items(front.market)) if front.shown(item)]
        cards = [
            html.Card(
                home_path + front.path(item),
                item.data["item_name"],
                int(item.data["original_price"]),
                f"{home_path}/file/{item.data['image_ids'][0]}" if item.data["image_ids"] else "",
            )
            for item in shown[:60]
        ]
        body = f"<h1>Sản phẩm mới</h1>{html.cards(cards, 'Chưa có sản phẩm.')}"
        return html.page(front.look, "Trang chủ", body)

    @router.get(front.route, response_class=HTMLResponse)
    async def product(name: str) -> Response:
        found = front.number.fullmatch(name)
        item = store.item(front.market, int(found[1])) if found and len(found[1]) < 16 else None
        if item is None or not front.shown(item):
            return html.missing(front.look)
        data = item.data
        view = html.ProductView(
            title=data["item_name"],
            price_vnd=int(data["original_price"]),
            description=unescape(_TAG.sub("", _BREAK.sub("\n", data["description"]))).strip(),
            seller=store.shop_name(front.market, item.shop_id),
            seller_href=f"{home_path}/",
            url=public_base + front.path(item),
            sku=item.sku,
            stock=int(data["stock"]),
            pictures=[f"{home_path}/file/{one}" for one in data["image_ids"]],
        )
        return html.product(front.look, view)

    @router.get("/file/{picture_id}")
    async def picture(picture_id: str) -> Response:
        found = store.picture(picture_id)
        if found is None:
            return html.missing(front.look)
        return Response(found[1], media_type=found[0], headers={"X-Content-Type-Options": "nosniff"})

    return router
