"""The marketplaces without an interface: a person fills a form, buyers see product pages.

They differ in name, colour and the address of a product (``SITES``).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import html, pictures
from ocop_hub.sandbox.faults import FaultPlan
from ocop_hub.sandbox.store import Store, StoredItem

MAX_PICTURES = 9
MAX_PRICE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Site:
    """One simulated marketplace. ``path`` is a product's address with ``{slug}`` and ``{id}``."""

    market: str
    kind: str
    accent: str
    path: str

    @property
    def look(self) -> html.Look:
        return html.Look(f"Sàn mô phỏng kiểu {self.kind}", self.accent, f"/{self.market}/")

    @property
    def route(self) -> str:
        """The path as a route whose ``{name}`` ends in the number."""
        return self.path.replace("{slug}", "{name}").replace("-{id}", "").replace("-p{id}", "")

    def product_path(self, item: StoredItem) -> str:
        return self.path.format(slug=slug(item.data["item_name"]), id=item.id)


SITES = (
    Site("postmart", "Postmart", "#a8660a", "/p/{slug}-{id}.html"),
    Site("voso", "Vỏ Sò", "#b3131b", "/{slug}-p{id}.html"),
    # The addresses of the provincial marketplaces are not documented; these are made up.
    Site("san_quang_ninh", "sàn Quảng Ninh", "#0b5c8e", "/san-pham/{slug}-{id}"),
    Site("san_lao_cai", "sàn Lào Cai", "#3d6b21", "/san-pham/{slug}-{id}"),
    # A cooperative's own site, for the channels beside the marketplaces.
    Site("website", "trang web riêng", "#5b4a8a", "/san-pham/{slug}-{id}"),
    Site("facebook", "Facebook", "#1a56b0", "/bai/{slug}-{id}"),
)


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


def _whole(text: str) -> int | None:
    """A number as people type it: 120.000 or 120000đ."""
    digits = re.sub(r"[.,\s₫đ]", "", text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None


class ByHandSandbox:
    """Storefront, seller's form, product pages."""

    def __init__(self, site: Site, store: Store, plan: FaultPlan, public_base: str) -> None:
        self._site = site
        self._plan = plan
        self._market = site.market
        self._home = f"/{site.market}"
        self._look = site.look
        self._store = store
        self._public_base = public_base

    def router(self) -> APIRouter:
        router = APIRouter(default_response_class=HTMLResponse)
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/shop/{shop}", self.shop, methods=["GET"])
        router.add_api_route("/seller/{shop}", self.seller, methods=["GET"])
        router.add_api_route("/seller/{shop}/new", self.form, methods=["GET"])
        router.add_api_route("/seller/{shop}/new", self.enter, methods=["POST"])
        router.add_api_route("/seller/{shop}/delete/{item_id}", self.delete, methods=["POST"])
        router.add_api_route("/file/{picture_id}", self.picture, methods=["GET"])
        # Last: a product of some sites stands at the root.
        router.add_api_route(self._site.route, self.product, methods=["GET"])
        return router

    def _cards(self, shop: str | None = None) -> list[html.Card]:
        return [
            html.Card(
                self._home + self._site.product_path(item),
                item.data["item_name"],
                int(item.data["original_price"]),
                f"{self._home}/file/{item.data['image_ids'][0]}" if item.data["image_ids"] else "",
                self._store.shop_name(self._market, item.shop_id),
            )
            for item in reversed(self._store.items(self._market, shop))
            if item.word == "NORMAL"
        ]

    async def home(self) -> Response:
        shops = "".join(
            f'<li><a href="{self._home}/seller/{quote(shop_id)}">{escape(name)}</a></li>'
            for shop_id, name in self._store.shops(self._market)
        )
        body = (
            f"<h1>Nông sản mới lên sàn</h1>{html.cards(self._cards()[:60], 'Chưa có sản phẩm nào.')}"
            f"<h1>Kênh người bán</h1><ul>{shops}</ul>"
        )
        return html.page(self._look, "Trang chủ", body)

    async def shop(self, shop: str) -> Response:
        name = self._store.shop_name(self._market, shop)
        if not name:
            return html.missing(self._look)
        shown = html.cards(self._cards(shop), "Gian hàng chưa có sản phẩm.")
        return html.page(self._look, name, f"<h1>{escape(name)}</h1>{shown}")

    async def seller(self, shop: str) -> Response:
        """The seller's list, with the public address to copy and a way to take a product off."""
        name = self._store.shop_name(self._market, shop) or f"Gian hàng {shop}"
        rows = "".join(
            f'<li><a href="{self._home}{escape(self._site.product_path(item))}">{escape(item.data["item_name"])}</a>'
            f'<br><span class="soft">{escape(self._public_base + self._site.product_path(item))}</span>'
            f'<form method="post" action="{self._home}/seller/{quote(shop)}/delete/{item.id}">'
            f'<button class="quiet">Gỡ khỏi sàn</button></form></li>'
            for item in self._store.items(self._market, shop)
            if item.word == "NORMAL"
        )
        listed = f"<ul>{rows}</ul>" if rows else '<p class="soft">Chưa có sản phẩm.</p>'
        button = f'<a class="button" href="{self._home}/seller/{quote(shop)}/new">Thêm sản phẩm</a>'
        return html.page(self._look, name, f"<h1>{escape(name)}</h1>{listed}{button}")

    async def form(self, shop: str) -> Response:
        return self._form(shop, Entry())

    def _form(self, shop: str, entry: Entry) -> Response:
        name = self._store.shop_name(self._market, shop) or f"Gian hàng {shop}"

        def problem(key: str) -> str:
            said = entry.problems.get(key)
            return f'<p class="problem" id="{key}-problem">{escape(said)}</p>' if said else ""

        body = f"""<h1>Thêm sản phẩm</h1><p class="soft">{escape(name)}</p>
<form method="post" enctype="multipart/form-data" action="{self._home}/seller/{quote(shop)}/new">
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
        return html.page(self._look, "Thêm sản phẩm", body, status=422 if entry.problems else 200)

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
        self._store.ensure_shop(self._market, shop)
        ids = []
        for kind, content in photos:
            ids.append("pm-" + hashlib.sha256(content).hexdigest()[:32])
            self._store.add_picture(ids[-1], self._market, kind, content)
        data = {
            "item_name": unicodedata.normalize("NFC", entry.title),
            "description": entry.description,
            "original_price": price,
            "stock": stock,
            "image_ids": ids,
        }
        with self._store.transaction():
            item_id = self._store.add_item(self._market, shop, "", data, word="NORMAL")
            self._store.record(
                self._market, shop, "seller/new", item_id=item_id, sku="", detail={"title": data["item_name"]}
            )
        item = self._store.item(self._market, item_id)
        return RedirectResponse(self._home + (self._site.product_path(item) if item else "/"), 303)

    async def delete(self, shop: str, item_id: int) -> Response:
        item = self._store.item(self._market, item_id)
        if item is None or item.shop_id != shop:
            return html.missing(self._look)
        with self._store.transaction():
            self._store.set_word(item_id, "SELLER_DELETE")
            self._store.record(self._market, shop, "seller/delete", item_id=item_id, sku="", detail={})
        return RedirectResponse(f"{self._home}/seller/{quote(shop)}", 303)

    async def product(self, name: str, user_agent: Annotated[str, Header()] = "") -> Response:
        """By the number at the end; the words before it are only for people."""
        if self._market in self._plan.closed_to_robots and not user_agent.startswith("Mozilla/"):
            body = "<h1>Xác nhận bạn không phải robot</h1><p>Hãy mở trang này bằng trình duyệt.</p>"
            return html.page(self._look, "Xác nhận", body, status=403)
        found = re.fullmatch(r"(?:.*-p?)?([0-9]{1,15})", name)
        item = self._store.item(self._market, int(found[1])) if found else None
        if item is None or item.word != "NORMAL":
            return html.missing(self._look)
        view = html.ProductView(
            title=item.data["item_name"],
            price_vnd=int(item.data["original_price"]),
            description=item.data["description"],
            seller=self._store.shop_name(self._market, item.shop_id),
            seller_href=f"{self._home}/shop/{quote(item.shop_id)}",
            url=self._public_base + self._site.product_path(item),
            sku=item.sku,
            stock=int(item.data["stock"]),
            pictures=[f"{self._home}/file/{one}" for one in item.data["image_ids"]],
        )
        return html.product(self._look, view)

    async def picture(self, picture_id: str) -> Response:
        found = self._store.picture(picture_id)
        if found is None:
            return html.missing(self._look)
        return Response(found[1], media_type=found[0], headers={"X-Content-Type-Options": "nosniff"})
