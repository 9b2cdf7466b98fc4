"""What a buyer sees of the Shopee-like marketplace."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.shopee_products import MARKET
from ocop_hub.sandbox.store import Store, StoredItem

LOOK = html.Look("Sàn mô phỏng kiểu Shopee", "#c8401f", "/shopee/")


def product_path(item: StoredItem) -> str:
    """Where an item's page is, below the marketplace's own address."""
    return f"/product/{item.shop_id}/{item.id}"


def _card(item: StoredItem) -> html.Card:
    ids = item.data["image_ids"]
    return html.Card(
        f"/shopee{product_path(item)}",
        item.data["item_name"],
        int(item.data["original_price"]),
        f"/shopee/file/{ids[0]}" if ids else "",
    )


class Storefront:
    """First page, shop pages, product pages and pictures. Only items that passed the review are shown."""

    def __init__(self, store: Store, public_base: str) -> None:
        self._store = store
        self._public_base = public_base

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/", self.home, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route("/shop/{shop_id}", self.shop, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route(
            "/product/{shop_id}/{item_id}", self.product, methods=["GET"], response_class=HTMLResponse
        )
        router.add_api_route("/file/{picture_id}", self.picture, methods=["GET"])
        return router

    async def home(self) -> Response:
        shops = "".join(
            f'<li><a href="/shopee/shop/{escape(shop_id)}">{escape(name)}</a></li>'
            for shop_id, name in self._store.shops(MARKET)
        )
        shown = [_card(item) for item in reversed(self._store.items(MARKET)) if item.word == "NORMAL"]
        body = f"<h1>Sản phẩm mới</h1>{html.cards(shown[:60], 'Chưa có sản phẩm.')}<h1>Gian hàng</h1><ul>{shops}</ul>"
        return html.page(LOOK, "Trang chủ", body)

    async def shop(self, shop_id: str) -> Response:
        name = self._store.shop_name(MARKET, shop_id)
        if not name:
            return html.missing(LOOK)
        shown = [_card(item) for item in self._store.items(MARKET, shop_id) if item.word == "NORMAL"]
        waiting = sum(item.word == "REVIEWING" for item in self._store.items(MARKET, shop_id))
        note = f'<p class="soft">{waiting} sản phẩm đang được sàn duyệt.</p>' if waiting else ""
        body = f"<h1>{escape(name)}</h1>{note}{html.cards(shown, 'Gian hàng chưa có sản phẩm.')}"
        return html.page(LOOK, name, body)

    async def product(self, shop_id: str, item_id: int) -> Response:
        item = self._store.item(MARKET, item_id)
        if item is None or item.shop_id != shop_id or item.word != "NORMAL":
            return html.missing(LOOK)
        data = item.data
        view = html.ProductView(
            title=data["item_name"],
            price_vnd=int(data["original_price"]),
            description=data["description"],
            seller=self._store.shop_name(MARKET, shop_id),
            seller_href=f"/shopee/shop/{shop_id}",
            url=self._public_base + product_path(item),
            sku=item.sku,
            stock=int(data["stock"]),
            pictures=[f"/shopee/file/{one}" for one in data["image_ids"]],
        )
        return html.product(LOOK, view)

    async def picture(self, picture_id: str) -> Response:
        found = self._store.picture(picture_id)
        if found is None:
            return html.missing(LOOK)
        return Response(found[1], media_type=found[0], headers={"X-Content-Type-Options": "nosniff"})
