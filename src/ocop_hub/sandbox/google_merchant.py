"""Google's Merchant API: product inputs under a natural key, products that are processed and reviewed.

Written from the published reference of ``productInputs`` and ``products``; the names inside a product are partly
assumed, as docs/marketplaces/google_merchant.md says. There are no public product pages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.store import StoredItem

MARKET = "google_merchant"
LOOK = html.Look("Sàn mô phỏng kiểu Google Merchant", "#1a6b3c", "/google_merchant/")
MICROS = 1_000_000
_LONGEST = {"title": 150, "description": 5_000}
_WORDS = {"NORMAL": "approved", "REVIEWING": "pending", "REJECTED": "disapproved", "BANNED": "disapproved"}
_MASK = "productAttributes.excludedDestinations"
Body = dict[str, Any]


class MerchantError(Exception):
    """An error as Google's APIs write it."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status, self.word, self.message = status, word, message

    @property
    def body(self) -> Body:
        return {"error": {"code": self.status, "message": self.message, "status": self.word}}


def _missing() -> MerchantError:
    return MerchantError(404, "NOT_FOUND", "product not found")


class GoogleMerchantSandbox:
    """Accounts with a data source each; a stall is "account/data source"."""

    def __init__(self, behind: Behind) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._grants = behind.grants
        self._rates = behind.rates
        self._review_seconds = behind.review_seconds

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/", self.home, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route("/token", self.token, methods=["POST"])
        path = "/products/v1/accounts/{account}/{call:path}"
        router.add_api_route(path, self.serve, methods=["GET", "POST", "PATCH", "DELETE"])
        return router

    async def token(self, request: Request) -> Response:
        """Codes work once; a refresh token stays, and only an access token comes back for it."""
        async with request.form() as form:
            said = {name: value for name, value in form.items() if isinstance(value, str)}
        if (said.get("client_id"), said.get("client_secret")) != (PARTNER_ID, PARTNER_KEY):
            return JSONResponse({"error": "invalid_client"}, 401)
        if said.get("grant_type") == "refresh_token":
            tokens = self._grants.renew(MARKET, said.get("refresh_token", ""))
        else:
            tokens = self._grants.exchange(MARKET, said.get("code", ""), said.get("redirect_uri", ""))
        if tokens is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        body: Body = {"access_token": tokens.access, "expires_in": tokens.life, "token_type": "Bearer"}
        if tokens.refresh:
            body["refresh_token"] = tokens.refresh
        return JSONResponse(body)

    async def serve(self, account: str, call: str, request: Request) -> Response:
        shop = self._grants.shop_of(MARKET, request.headers.get("authorization", "").removeprefix("Bearer "))
        named = f"{request.method.lower()}/{call.partition('/')[0]}" + ("/one" if "/" in call else "")
        if not self._rates.allows(MARKET, shop, named):
            return JSONResponse(
                MerchantError(429, "RESOURCE_EXHAUSTED", "quota/request_rate_too_high").body, 429
            )
        try:
            body = await request.json() if request.method in ("POST", "PATCH") else {}
        except ValueError:
            body = {}

        async def act(find_delay: float) -> Done:
            try:
                if not shop:
                    raise MerchantError(
                        401, "UNAUTHENTICATED", "Request had invalid authentication credentials."
                    )
                if shop.partition("/")[0] != account:
                    raise MerchantError(
                        403, "PERMISSION_DENIED", "The caller does not have access to the account"
                    )
                self._store.ensure_shop(MARKET, shop, with_items=True)
                said = self._answer(shop, f"{request.method} {call}", request.query_params, body, find_delay)
                return Done(200, said)
            except MerchantError as error:
                return Done(error.status, error.body)

        return await self._plan.run(named, shop, act)

    def _answer(self, shop: str, call: str, query: Mapping[str, str], body: Any, find_delay: float) -> Body:
        method, _, path = call.partition(" ")
        kind, _, name = path.partition("/")
        if method == "POST" and path == "productInputs:insert":
            self._check_source(shop, query)
            return self._insert(shop, body, find_delay)
        if method == "PATCH" and kind == "productInputs":
            self._check_source(shop, query)
            return self._patch(self._own(shop, name), query, body)
        if method == "DELETE" and kind == "productInputs":
            self._check_source(shop, query)
            self._store.set_word(self._own(shop, name).id, "SELLER_DELETE")
            return {}
        if method == "GET" and path == "products":
            return self._list(shop, query)
        if method == "GET" and kind == "products":
            return _record(self._own(shop, name))
        raise MerchantError(404, "NOT_FOUND", "no such method")

    def _check_source(self, shop: str, query: Mapping[str, str]) -> None:
        account, _, source = shop.partition("/")
        if query.get("dataSource") != f"accounts/{account}/dataSources/{source}":
            raise MerchantError(400, "INVALID_ARGUMENT", "dataSource is required and must be of the account")

    def _own(self, shop: str, name: str) -> StoredItem:
        sku = name.removeprefix("vi~VN~")
        found = [each for each in self._shown(shop) if each.sku == sku]
        if not found or sku == name:
            raise _missing()
        return found[0]

    def _shown(self, shop: str) -> list[StoredItem]:
        items = self._store.items(MARKET, shop)
        return [each for each in items if each.findable and each.word != "SELLER_DELETE"]

    def _insert(self, shop: str, body: Any, find_delay: float) -> Body:
        said = body if isinstance(body, dict) else {}
        attributes = said.get("productAttributes")
        sku = said.get("offerId")
        if not isinstance(sku, str) or not 0 < len(sku) <= 50:
            raise MerchantError(400, "INVALID_ARGUMENT", "offerId must have 1 to 50 characters")
        if (said.get("contentLanguage"), said.get("feedLabel")) != ("vi", "VN"):
            raise MerchantError(400, "INVALID_ARGUMENT", "contentLanguage and feedLabel are required")
        data = _checked(attributes if isinstance(attributes, dict) else {})
        there = next(
            (each for each in self._store.items(MARKET, shop, sku=sku) if each.word != "SELLER_DELETE"), None
        )
        with self._store.transaction():
            if there is not None:
                self._store.change_item(there.id, data)
                self._store.record(MARKET, shop, "update", item_id=there.id, sku=sku, detail={})
            else:
                item_id = self._store.add_item(
                    MARKET, shop, sku, data, word="REVIEWING", review_seconds=self._review_seconds,
                    find_delay=find_delay,
                )  # fmt: skip
                self._store.record(MARKET, shop, "create", item_id=item_id, sku=sku, detail={})
        return {"name": f"accounts/{shop.partition('/')[0]}/productInputs/vi~VN~{sku}", **said}

    def _patch(self, item: StoredItem, query: Mapping[str, str], body: Any) -> Body:
        said = body.get("productAttributes") if isinstance(body, dict) else None
        if query.get("updateMask") != _MASK or not isinstance(said, dict):
            raise MerchantError(400, "INVALID_ARGUMENT", "updateMask is not supported")
        excluded = said.get("excludedDestinations") or []
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, "excluded": excluded})
            detail = {"excluded": excluded}
            self._store.record(MARKET, item.shop_id, "patch", item_id=item.id, sku=item.sku, detail=detail)
        return {"offerId": item.sku}

    def _list(self, shop: str, query: Mapping[str, str]) -> Body:
        after, size = int(query.get("pageToken") or 0), min(int(query.get("pageSize") or 25), 1_000)
        rest = [each for each in self._shown(shop) if each.id > after]
        token = {"nextPageToken": str(rest[size - 1].id)} if len(rest) > size else {}
        return {"products": [_record(each) for each in rest[:size]], **token}

    async def home(self) -> Response:
        cards = [
            html.Card("", each.data["item_name"], int(each.data["original_price"]), "", each.shop_id)
            for each in reversed(self._store.items(MARKET))
            if each.word == "NORMAL" and not each.data.get("excluded")
        ]
        body = f"<h1>Sản phẩm đang hiển thị</h1>{html.cards(cards[:60], 'Chưa có sản phẩm.')}"
        return html.page(LOOK, "Google Merchant", body)


def _checked(said: Mapping[str, Any]) -> Body:
    """Stored fields of the attributes. Raises what is wrong first."""
    for name in ("title", "description", "link", "imageLink", "availability", "condition"):
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise MerchantError(400, "INVALID_ARGUMENT", f"[{name}] is required")
    for name, most in _LONGEST.items():
        if len(said[name]) > most:
            raise MerchantError(400, "INVALID_ARGUMENT", f"[{name}] is too long")
    links = [said["link"], said["imageLink"], *(said.get("additionalImageLinks") or [])]
    if not all(isinstance(each, str) and each.startswith(("http://", "https://")) for each in links):
        raise MerchantError(400, "INVALID_ARGUMENT", "[imageLink] and [link] must be addresses")
    given = said.get("price")
    price: Mapping[str, Any] = given if isinstance(given, dict) else {}
    micros = price.get("amountMicros")
    if (
        not isinstance(micros, str)
        or not micros.isdigit()
        or int(micros) <= 0
        or price.get("currencyCode") != "VND"
    ):
        raise MerchantError(400, "INVALID_ARGUMENT", "[price] must be amountMicros and currencyCode")
    return {
        "item_name": unicodedata.normalize("NFC", said["title"]),
        "description": said["description"],
        "original_price": int(micros) // MICROS,
        "stock": 0 if said["availability"] == "OUT_OF_STOCK" else 1,
        "image_ids": [said["imageLink"]],
        "excluded": said.get("excludedDestinations") or [],
    }


def _record(item: StoredItem) -> Body:
    data, word = item.data, _WORDS.get(item.word, item.word)
    status: Body = {
        "destinationStatuses": [
            {"reportingContext": context, f"{word}Countries": ["VN"]}
            for context in ("SHOPPING_ADS", "FREE_LISTINGS")
        ]
    }
    if word == "disapproved":
        issue = {"code": "image_link_broken", "severity": "DISAPPROVED", "attribute": "image_link"}
        status["itemLevelIssues"] = [
            {**issue, "description": "Invalid image [image link]", "detail": "Ảnh không mở được"}
        ]
    return {
        "name": f"accounts/{item.shop_id.partition('/')[0]}/products/vi~VN~{item.sku}",
        "offerId": item.sku,
        "contentLanguage": "vi",
        "feedLabel": "VN",
        "productAttributes": {
            "title": data["item_name"],
            "description": data["description"],
            "price": {"amountMicros": str(int(data["original_price"]) * MICROS), "currencyCode": "VND"},
            "availability": "IN_STOCK" if data["stock"] else "OUT_OF_STOCK",
            "imageLink": data["image_ids"][0] if data["image_ids"] else "",
            "excludedDestinations": data.get("excluded", []),
        },
        "productStatus": status,
    }
