"""The Postmart-like marketplace: a person fills a form, buyers see ``/p/{slug}-{id}.html``. It has no interface."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import html, pictures
from ocop_hub.sandbox.store import Store, StoredItem

MARKET = "postmart"
LOOK = html.Look("Sàn mô phỏng kiểu Postmart", "#a8660a", "/postmart/")
MAX_PICTURES = 9
MAX_PRICE = 1_000_000_000


@dataclass(slots=True)
class Entry:
    """The form as filled in; problems by field, as sentences."""

    title: str = ""
    price: str = ""
    description: str = ""
    stock: str = "10"
    problems: dict[str, str] = field(default_factory=dict)


def slug(title: str) -> str:
    """Latin letters and digits joined by hyphens."""
    bare = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in bare if unicodedata.category(c) != "Mn").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "san-pham"


def product_path(item: StoredItem) -> str:
    return f"/p/{slug(item.data['item_name'])}-{item.id}.html"


def _whole(text: str) -> int | None:
    """A number as people type it: 120.000 or 120000đ."""
    digits = re.sub(r"[.,\s₫đ]", "", text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None


class PostmartSandbox:
    """Storefront, seller's form, product pages."""

    def __init__(self, store: Store, public_base: str) -> None:
        self._store = store
        self._public_base = public_base

    def router(self) -> APIRouter:
        router = APIRouter(default_response_class=HTMLResponse)
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/p/{name}.html", self.product, methods=["GET"])
        router.add_api_route("/shop/{shop}", self.shop, methods=["GET"])
        router.add_api_route("/seller/{shop}", self.seller, methods=["GET"])
        router.add_api_route("/seller/{shop}/new", self.form, methods=["GET"])
        router.add_api_route("/seller/{shop}/new", self.enter, methods=["POST"])
        router.add_api_route("/seller/{shop}/delete/{item_id}", self.delete, methods=["POST"])
        router.add_api_route("/file/{picture_id}", self.picture, methods=["GET"])
        return router

    def _cards(self, shop: str | None = None) -> list[html.Card]:
        return [
            html.Card(
                "/postmart" + product_path(item),
                item.data["item_name"],
                int(item.data["original_price"]),
                f"/postmart/file/{item.data['image_ids'][0]}" if item.data["image_ids"] else "",
                self._store.shop_name(MARKET, item.shop_id),
            )
            for item in reversed(self._store.items(MARKET, shop))
            if item.word == "NORMAL"
        ]

    async def home(self) -> Response:
        shops = "".join(
            f'<li><a href="/postmart/seller/{quote(shop_id)}">{escape(name)}</a></li>'
            for shop_id, name in self._store.shops(MARKET)
        )
        body = (
            f"<h1>Nông sản mới lên sàn</h1>{html.cards(self._cards()[:60], 'Chưa có sản phẩm nào.')}"
            f"<h1>Kênh người bán</h1><ul>{shops}</ul>"
        )
        return html.page(LOOK, "Trang chủ", body)

    async def shop(self, shop: str) -> Response:
        name = self._store.shop_name(MARKET, shop)
        if not name:
            return html.missing(LOOK)
        shown = html.cards(self._cards(shop), "Gian hàng chưa có sản phẩm.")
        return html.page(LOOK, name, f"<h1>{escape(name)}</h1>{shown}")

    async def seller(self, shop: str) -> Response:
        """The seller's list, with the public address to copy and a way to take a product off."""
        name = self._store.shop_name(MARKET, shop) or f"Gian hàng {shop}"
        rows = "".join(
            f'<li><a href="/postmart{escape(product_path(item))}">{escape(item.data["item_name"])}</a>'
            f'<br><span class="soft">{escape(self._public_base + product_path(item))}</span>'
            f'<form method="post" action="/postmart/seller/{quote(shop)}/delete/{item.id}">'
            f'<button class="quiet">Gỡ khỏi sàn</button></form></li>'
            for item in self._store.items(MARKET, shop)
            if item.word == "NORMAL"
        )
        listed = f"<ul>{rows}</ul>" if rows else '<p class="soft">Chưa có sản phẩm.</p>'
        button = f'<a class="button" href="/postmart/seller/{quote(shop)}/new">Thêm sản phẩm</a>'
        return html.page(LOOK, name, f"<h1>{escape(name)}</h1>{listed}{button}")

    async def form(self, shop: str) -> Response:
        return self._form(shop, Entry())

    def _form(self, shop: str, entry: Entry) -> Response:
        name = self._store.shop_name(MARKET, shop) or f"Gian hàng {shop}"

        def problem(key: str) -> str:
            said = entry.problems.get(key)
            return f'<p class="problem" id="{key}-problem">{escape(said)}</p>' if said else ""

        body = f"""<h1>Thêm sản phẩm</h1><p class="soft">{escape(name)}</p>
<form method="post" enctype="multipart/form-data" action="/postmart/seller/{quote(shop)}/new">
<label for="title">Tên sản phẩm</label>{problem("title")}
<input id="title" name="title" required maxlength="200" value="{escape(entry.title)}">
<label for="price">Giá bán (đồng)</label>{problem("price")}
<input id="price" name="price" required inputmode="numeric" value="{escape(entry.price)}">
<label for="stock">Số lượng</label>{problem("stock")}
<input id="stock" name="stock" required inputmode="numeric" value="{escape(entry.stock)}">
<label for="description">Mô tả</label>{problem("description")}
<textarea id="description" name="description" required>{escape(entry.description)}</textarea>
<label for="pictures">Ảnh (JPG hoặc PNG)</label>{problem("pictures")}
<input id="pictures" name="pictures" type="file" accept="image/jpeg,image/png" multiple>
<button>Đăng sản phẩm</button></form>"""
        return html.page(LOOK, "Thêm sản phẩm", body, status=422 if entry.problems else 200)

    async def enter(self, shop: str, request: Request) -> Response:
        """Take the form; on success lead to the product's public page."""
        async with request.form(max_files=MAX_PICTURES, max_part_size=1_000_000) as form:
            title, price_text, description, stock_text = (
                str(form.get(key, "")).strip() for key in ("title", "price", "description", "stock")
            )
            entry = Entry(title, price_text, description, stock_text)
            parts = [part for part in form.getlist("pictures") if isinstance(part, UploadFile)]
            contents = [await part.read() for part in parts if part.size]
        price, stock = _whole(entry.price), _whole(entry.stock)
        kinds = [await pictures.media_type(content) for content in contents]
        if not entry.title:
            entry.problems["title"] = "Nhập tên sản phẩm."
        if not price or price > MAX_PRICE:
            entry.problems["price"] = "Nhập giá bằng số, ví dụ 120000."
        if stock is None:
            entry.problems["stock"] = "Nhập số lượng bằng số."
        if not entry.description:
            entry.problems["description"] = "Nhập mô tả sản phẩm."
        if not all(kinds):
            entry.problems["pictures"] = "Có tệp không phải ảnh JPG hoặc PNG; chọn lại ảnh."
        if entry.problems:
            return self._form(shop, entry)
        return self._stored(shop, entry, price or 0, stock or 0, list(zip(kinds, contents, strict=True)))

    def _stored(
        self, shop: str, entry: Entry, price: int, stock: int, photos: list[tuple[str, bytes]]
    ) -> Response:
        self._store.ensure_shop(MARKET, shop)
        ids = []
        for kind, content in photos:
            ids.append("pm-" + hashlib.sha256(content).hexdigest()[:32])
            self._store.add_picture(ids[-1], MARKET, kind, content)
        data = {
            "item_name": unicodedata.normalize("NFC", entry.title),
            "description": entry.description,
            "original_price": price,
            "stock": stock,
            "image_ids": ids,
        }
        with self._store.transaction():
            item_id = self._store.add_item(MARKET, shop, "", data, word="NORMAL")
            self._store.record(
                MARKET, shop, "seller/new", item_id=item_id, sku="", detail={"title": data["item_name"]}
            )
        item = self._store.item(MARKET, item_id)
        return RedirectResponse("/postmart" + (product_path(item) if item else "/"), 303)

    async def delete(self, shop: str, item_id: int) -> Response:
        item = self._store.item(MARKET, item_id)
        if item is None or item.shop_id != shop:
            return html.missing(LOOK)
        with self._store.transaction():
            self._store.set_word(item_id, "SELLER_DELETE")
            self._store.record(MARKET, shop, "seller/delete", item_id=item_id, sku="", detail={})
        return RedirectResponse(f"/postmart/seller/{quote(shop)}", 303)

    async def product(self, name: str) -> Response:
        """By the number at the end; the words before it are only for people."""
        found = re.fullmatch(r"(?:.*-)?([0-9]{1,15})", name)
        item = self._store.item(MARKET, int(found[1])) if found else None
        if item is None or item.word != "NORMAL":
            return html.missing(LOOK)
        view = html.ProductView(
            title=item.data["item_name"],
            price_vnd=int(item.data["original_price"]),
            description=item.data["description"],
            seller=self._store.shop_name(MARKET, item.shop_id),
            seller_href=f"/postmart/shop/{quote(item.shop_id)}",
            url=self._public_base + product_path(item),
            sku=item.sku,
            stock=int(item.data["stock"]),
            pictures=[f"/postmart/file/{one}" for one in item.data["image_ids"]],
        )
        return html.product(LOOK, view)

    async def picture(self, picture_id: str) -> Response:
        found = self._store.picture(picture_id)
        if found is None:
            return html.missing(LOOK)
        return Response(found[1], media_type=found[0], headers={"X-Content-Type-Options": "nosniff"})
