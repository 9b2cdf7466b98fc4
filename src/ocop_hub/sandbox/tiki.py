"""The Tiki-like interface: bearer tokens, requests that are reviewed, products that start inactive.

Written from the published reference. Paths, states and errors are documented; the names inside a request and a
product are partly assumed, as docs/marketplaces/tiki.md says.
"""

from __future__ import annotations

import base64
import secrets
import time
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.by_hand import slug
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.store import StoredItem

MARKET = "tiki"
LOOK = html.Look("Sàn mô phỏng kiểu Tiki", "#0b74e5", "/tiki/")
#: (id, name, takes products)
CATEGORIES = (
    (4384, "Bách hóa online", 0),
    (54290, "Đặc sản vùng miền", 1),
    (54302, "Trà và đồ uống", 1),
    (54310, "Thảo dược", 1),
    (54318, "Đồ thủ công mỹ nghệ", 1),
    (54326, "Cây cảnh", 1),
)
MAX_PAGE = 100
Body = Mapping[str, Any]


class TikiError(Exception):
    """A refusal with its HTTP status; ``fields`` are said as a list of errors."""

    def __init__(self, status: int, code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields

    @property
    def body(self) -> dict[str, Any]:
        if self.fields:
            return {"errors": [{"id": self.code, "message": each} for each in self.fields]}
        return {"error": {"id": self.code, "message": self.message}}


def _missing() -> TikiError:
    return TikiError(404, "not_found", "resource not found")


class TikiSandbox:
    """The marketplace behind the interface, and its product pages."""

    def __init__(self, behind: Behind, public_base: str) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._public_base = public_base
        self._review_seconds = behind.review_seconds
        self._grants = behind.grants
        self._rates = behind.rates

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/sc/oauth2/token", self.token, methods=["POST"])
        router.add_api_route("/integration/{call:path}", self.serve, methods=["GET", "POST", "PUT"])
        router.add_api_route("/", self.home, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route("/{name}.html", self.page, methods=["GET"], response_class=HTMLResponse)
        return router

    # Sign-in

    async def token(self, request: Request) -> Response:
        wanted = "Basic " + base64.b64encode(f"{PARTNER_ID}:{PARTNER_KEY}".encode()).decode()
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
            return JSONResponse({"error": {"id": "invalid_client", "message": "client unknown"}}, 401)
        async with request.form() as form:
            said = {name: value for name, value in form.items() if isinstance(value, str)}
        tokens = None
        if said.get("grant_type") == "refresh_token":
            tokens = self._grants.refresh(MARKET, said.get("refresh_token", ""))
        if said.get("grant_type") == "authorization_code":
            tokens = self._grants.exchange(MARKET, said.get("code", ""), said.get("redirect_uri", ""))
        if tokens is None:
            return JSONResponse(
                {"error": {"id": "invalid_grant", "message": "token is used or unknown"}}, 400
            )
        return JSONResponse(
            {
                "access_token": tokens.access,
                "refresh_token": tokens.refresh,
                "token_type": "bearer",
                "expires_in": tokens.life,
                "scope": "offline all",
            }
        )

    # The interface

    async def serve(self, call: str, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        shop_id = self._grants.shop_of(MARKET, token)
        known = bool(shop_id)
        if not self._rates.allows(MARKET, shop_id, call):
            return JSONResponse({"error": {"id": "too_many_requests", "message": "slow down"}}, 429)
        body: Any = None
        if request.method != "GET":
            try:
                body = await request.json()
            except ValueError:
                body = None

        async def act(find_delay: float) -> Done:
            try:
                if not known:
                    raise TikiError(401, "unauthorized", "access token is invalid or expired")
                self._store.ensure_shop(MARKET, shop_id)
                return Done(200, self._answer(call, request, shop_id, body, find_delay))
            except TikiError as error:
                return Done(error.status, error.body)

        return await self._plan.run(call, shop_id if known else "", act)

    def _answer(self, call: str, request: Request, shop: str, body: Any, find_delay: float) -> Body:
        match (request.method, call.split("/")):
            case ("GET", ["v2", "categories"]):
                named = [{"id": one, "name": name, "is_primary": takes} for one, name, takes in CATEGORIES]
                return {"data": named}
            case ("POST", ["v2", "requests"]):
                return self._create(shop, body, find_delay)
            case ("GET", ["v2", "requests"]):
                return self._paged(request, [self._request(item) for item in self._findable(shop)[::-1]])
            case ("GET", ["v2", "tracking", track_id]):
                return self._track(shop, track_id)
            case ("GET", ["v2", "products"]):
                return self._paged(request, [self._product(one) for one in self._products(shop)])
            case ("GET", ["v2", "products", "findBy"]):
                sku = request.query_params.get("original_sku", "")
                found = [one for one in self._products(shop) if one.sku == sku]
                if not found:
                    raise _missing()
                return {"data": [self._product(one) for one in found]}
            case ("PUT", ["v2", "products", "updateSku"]):
                return self._update_sku(shop, body)
            case ("POST", ["v2", "requests", "updateProductInfo"]):
                return self._update_content(shop, body)
            case ("POST", ["v1", "queues"]):
                self._store.add_secret(MARKET, "queue", f"{shop}/{_named(body, 'code')}", shop, 0.0)
                return {"code": _named(body, "code")}
            case ("POST", ["v1", "queues", queue, "subscriptions"]) if self._has_queue(shop, queue):
                return {"event_type": _named(body, "event_type")}
            case ("POST", ["v1", "queues", queue, "events", "pull"]) if self._has_queue(shop, queue):
                return self._pull(shop, body)
            case ("GET", ["v2", "products", number]):
                return self._product(self._own(shop, int(number) if number.isdigit() else None))
        raise _missing()

    def _has_queue(self, shop: str, queue: str) -> bool:
        return self._store.secret(MARKET, "queue", f"{shop}/{queue}") is not None

    def _pull(self, shop: str, body: Any) -> Body:
        """What came after ``ack_id``; without one, everything from the beginning again."""
        said = body.get("ack_id") if isinstance(body, dict) else None
        after = int(said) if isinstance(said, str) and said.isdigit() else 0
        found = self._store.events(MARKET, shop, after, MAX_PAGE)
        return {"events": [each for _, each in found], "ack_id": str(found[-1][0]) if found else None}

    def _paged(self, request: Request, records: list[dict[str, Any]]) -> Body:
        page, limit = (request.query_params.get(name, "") for name in ("page", "limit"))
        if not page.isdigit() or not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE or int(page) < 1:
            raise TikiError(400, "bad_request", "page and limit must be numbers")
        start = (int(page) - 1) * int(limit)
        paging = {"total": len(records), "per_page": int(limit), "current_page": int(page)}
        return {"data": records[start : start + int(limit)], "paging": paging}

    def _create(self, shop: str, body: Any, find_delay: float) -> Body:
        data, sku = _checked(body)
        track_id = uuid.uuid4().hex
        data |= {"track_id": track_id, "active": 0}
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                shop,
                sku,
                data,
                word="REVIEWING",
                review_seconds=self._review_seconds,
                find_delay=find_delay,
            )
            self._record(shop, "v2/requests", item_id, sku, {"title": data["item_name"]})
        return {"track_id": track_id, "state": "queuing"}

    def _track(self, shop: str, track_id: str) -> Body:
        for item in self._store.items(MARKET, shop):
            if item.data.get("track_id") == track_id:
                return self._request(item)
        raise _missing()

    def _update_sku(self, shop: str, body: Any) -> Body:
        said = body if isinstance(body, dict) else {}
        item = self._own(shop, said.get("product_id"))
        changes: dict[str, Any] = {}
        if "price" in said:
            changes["original_price"] = _price(said["price"])
        if "active" in said:
            if said["active"] not in (0, 1):
                raise TikiError(422, "invalid", "active must be 0 or 1")
            changes["active"] = said["active"]
        if "warehouse_quantities" in said:
            entries = said["warehouse_quantities"]
            if not isinstance(entries, list) or not all(
                isinstance(e.get("qty_available"), int) for e in entries
            ):
                raise TikiError(422, "invalid", "", "warehouse_quantities is wrong")
            changes["stock"] = sum(entry["qty_available"] for entry in entries)
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, **changes})
            self._record(shop, "v2/products/updateSku", item.id, item.sku, changes)
            if "original_price" in changes:
                self._tell(shop, "PRODUCT_PRICE_UPDATED", item.id)
        return {"state": "approved"}

    def _update_content(self, shop: str, body: Any) -> Body:
        """Taken over at once here; the real one reviews first."""
        said = body if isinstance(body, dict) else {}
        item = self._own(shop, said.get("product_id"))
        content = _checked_content(said)
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, **content})
            self._record(shop, "v2/requests/updateProductInfo", item.id, item.sku, {})
        return {"track_id": uuid.uuid4().hex, "state": "queuing"}

    def _own(self, shop: str, number: Any) -> StoredItem:
        item = self._store.item(MARKET, number) if isinstance(number, int) else None
        if item is None or item.shop_id != shop or item.word == "REVIEWING":
            raise _missing()
        return item

    def _findable(self, shop: str) -> list[StoredItem]:
        return [item for item in self._store.items(MARKET, shop) if item.findable]

    def _products(self, shop: str) -> list[StoredItem]:
        return [one for one in self._findable(shop) if one.word not in ("REVIEWING", "rejected", "deleted")]

    def _request(self, item: StoredItem) -> dict[str, Any]:
        words = {"REVIEWING": "bot_waiting_approve", "NORMAL": "approved"}
        state = words.get(item.word, item.word)
        return {
            "track_id": item.data.get("track_id", ""),
            "state": state,
            "reason": "Ảnh chưa rõ sản phẩm." if state == "rejected" else "",
            "original_sku": item.sku,
            "name": item.data["item_name"],
            "price": item.data["original_price"],
        }

    def _product(self, item: StoredItem) -> dict[str, Any]:
        data = item.data
        return {
            "product_id": item.id,
            "original_sku": item.sku,
            "name": data["item_name"],
            "price": data["original_price"],
            "active": data.get("active", 1),
            "state": "approved" if item.word == "NORMAL" else item.word,
            "quantity": data["stock"],
            "image": data["image_ids"][0] if data["image_ids"] else "",
        }

    def _tell(self, shop: str, kind: str, item_id: int) -> None:
        event = {
            "id": uuid.uuid4().hex,
            "type": kind,
            "created_at": int(time.time() * 1000),
            "payload": {"product_id": item_id},
        }
        self._store.add_event(MARKET, shop, event)

    def _record(self, shop: str, call: str, item_id: int, sku: str, detail: Any) -> None:
        self._store.record(MARKET, shop, call, item_id=item_id, sku=sku, detail=detail)

    # What a buyer sees

    def _shown(self) -> list[StoredItem]:
        items = self._store.items(MARKET)
        return [one for one in reversed(items) if one.word == "NORMAL" and one.data.get("active", 1)]

    async def home(self) -> Response:
        cards = [
            html.Card(
                f"/tiki/{slug(item.data['item_name'])}-p{item.id}.html",
                item.data["item_name"],
                int(item.data["original_price"]),
            )
            for item in self._shown()[:60]
        ]
        body = f"<h1>Sản phẩm mới</h1>{html.cards(cards, 'Chưa có sản phẩm.')}"
        return html.page(LOOK, "Trang chủ", body)

    async def page(self, name: str) -> Response:
        number = name.rpartition("-p")[2]
        item = self._store.item(MARKET, int(number)) if number.isdigit() and len(number) < 16 else None
        if item is None or item.word != "NORMAL" or not item.data.get("active", 1):
            return html.missing(LOOK)
        view = html.ProductView(
            title=item.data["item_name"],
            price_vnd=int(item.data["original_price"]),
            description=item.data["description"],
            seller=self._store.shop_name(MARKET, item.shop_id),
            seller_href="/tiki/",
            url=f"{self._public_base}/{slug(item.data['item_name'])}-p{item.id}.html",
            sku=item.sku,
            stock=int(item.data["stock"]),
        )
        return html.product(LOOK, view)


def _named(body: Any, name: str) -> str:
    said = body.get(name) if isinstance(body, dict) else None
    if not isinstance(said, str) or not said:
        raise TikiError(400, "bad_request", f"{name} is required")
    return said


def _price(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise TikiError(422, "invalid", "", "price must be greater than 0")
    return value


def _checked_content(said: Body) -> dict[str, Any]:
    problems = []
    pictures = [said.get("image"), *(said.get("images") or [])]
    if not all(isinstance(one, str) and one.startswith(("http://", "https://")) for one in pictures):
        problems.append("image must be a public url")
    for name in ("name", "description"):
        if not isinstance(said.get(name), str) or not said[name].strip():
            problems.append(f"{name} is required")
    if said.get("category_id") not in {one for one, _, takes in CATEGORIES if takes}:
        problems.append("category_id does not take products")
    if problems:
        raise TikiError(422, "invalid", "", *problems)
    return {
        "item_name": unicodedata.normalize("NFC", said["name"]),
        "description": said["description"],
        "image_ids": pictures,
    }


def _checked(body: Any) -> tuple[dict[str, Any], str]:
    """(item, SKU) of a create request."""
    said = body if isinstance(body, dict) else {}
    data = _checked_content(said)
    variants = said.get("variants")
    options = said.get("option_attributes")
    if (
        not isinstance(variants, list)
        or len(variants) != 1
        or not isinstance(options, list)
        or len(options) > 2
    ):
        raise TikiError(422, "invalid", "", "one variant without options is expected")
    price, listed = _price(variants[0].get("price")), _price(variants[0].get("market_price"))
    if price * 10 < listed:
        raise TikiError(422, "invalid", "", "price is below 10% of market_price")
    stock = variants[0].get("quantity")
    if not isinstance(stock, int) or stock < 0:
        raise TikiError(422, "invalid", "", "quantity is wrong")
    data |= {"original_price": price, "stock": stock}
    return data, str(said.get("original_sku", ""))
