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


def storefront_router(store: Store, public_base: str) -> APIRouter:
    """First page, shop pages, product pages and pictures. Only items that passed the review are shown."""
    router = APIRouter()

    def card(item: StoredItem) -> html.Card:
        ids = item.data["image_ids"]
        return html.Card(
            f"/shopee{product_path(item)}",
            item.data["item_name"],
            int(item.data["original_price"]),
            f"/shopee/file/{ids[0]}" if ids else "",
        )

    @router.get("/", response_class=HTMLResponse)
    async def home() -> Response:
        shops = "".join(
            f'<li><a href="/shopee/shop/{escape(shop_id)}">{escape(name)}</a></li>'
            for shop_id, name in store.shops(MARKET)
        )
        shown = [card(item) for item in reversed(store.items(MARKET)) if item.word == "NORMAL"]
        body = f"<h1>Sản phẩm mới</h1>{html.cards(shown[:60], 'Chưa có sản phẩm.')}<h1>Gian hàng</h1><ul>{shops}</ul>"
        return html.page(LOOK, "Trang chủ", body)

    @router.get("/shop/{shop_id}", response_class=HTMLResponse)
    async def shop(shop_id: str) -> Response:
        name = store.shop_name(MARKET, shop_id)
        if not name:
            return html.missing(LOOK)
        shown = [card(item) for item in store.items(MARKET, shop_id) if item.word == "NORMAL"]
        waiting = sum(item.word == "REVIEWING" for item in store.items(MARKET, shop_id))
        note = f'<p class="soft">{waiting} sản phẩm đang được sàn duyệt.</p>' if waiting else ""
        body = f"<h1>{escape(name)}</h1>{note}{html.cards(shown, 'Gian hàng chưa có sản phẩm.')}"
        return html.page(LOOK, name, body)

    @router.get("/product/{shop_id}/{item_id}", response_class=HTMLResponse)
    async def product(shop_id: str, item_id: int) -> Response:
        item = store.item(MARKET, item_id)
        if item is None or item.shop_id != shop_id or item.word != "NORMAL":
            return html.missing(LOOK)
        data = item.data
        view = html.ProductView(
            title=data["item_name"],
            price_vnd=int(data["original_price"]),
            description=data["description"],
            seller=store.shop_name(MARKET, shop_id),
            seller_href=f"/shopee/shop/{shop_id}",
            url=public_base + product_path(item),
            sku=item.sku,
            stock=int(data["stock"]),
            pictures=[f"/shopee/file/{one}" for one in data["image_ids"]],
        )
        return html.product(LOOK, view)

    @router.get("/file/{picture_id}")
    async def picture(picture_id: str) -> Response:
        found = store.picture(picture_id)
        if found is None:
            return html.missing(LOOK)
        return Response(found[1], media_type=found[0], headers={"X-Content-Type-Options": "nosniff"})

    return router
