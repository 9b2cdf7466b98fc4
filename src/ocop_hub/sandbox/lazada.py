"""The Lazada-like interface: ``/rest/…`` with signatures over every text parameter, a review, one SKU per item.

Written from the published reference. Where the state and the reason stand in an item's record is assumed, as
docs/marketplaces/lazada.md says.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import lazada_rules as rules
from ocop_hub.sandbox import pictures
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.grants import REFRESH_LIFE, Tokens
from ocop_hub.sandbox.lazada_front import MARKET
from ocop_hub.sandbox.lazada_rules import LazadaError, refused
from ocop_hub.sandbox.store import StoredItem

#: Seconds a timestamp may be off.
WINDOW = 900
MAX_PAGE = 50
MAX_OFFSET = 10_000
TOKEN_CALLS = frozenset({"/auth/token/create", "/auth/token/refresh"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked call: all its text parameters, an uploaded picture, and how long to hide a new item."""

    shop_id: str
    params: Mapping[str, str]
    picture: bytes
    find_delay: float

    def one(self, name: str) -> str:
        value = self.params.get(name, "")
        if not value:
            raise LazadaError("MissingParameter", f"The input parameter {name} is missing")
        return value

    def integer(self, name: str) -> int:
        said = self.one(name)
        if not (said.isascii() and said.isdigit() and len(said) < 16):
            raise refused(name, f"{name} must be a number")
        return int(said)


Handler = Callable[[Incoming], Awaitable[Any]]


class LazadaSandbox:
    """The marketplace behind the interface."""

    def __init__(self, behind: Behind, public_base: str) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._public_base = public_base
        self._grants = behind.grants
        self._rates = behind.rates
        self._review_seconds = behind.review_seconds
        self.calls: dict[str, tuple[str, Handler]] = {
            "/auth/token/create": ("POST", self._token_create),
            "/auth/token/refresh": ("POST", self._token_refresh),
            "/category/tree/get": ("GET", self._tree),
            "/category/attributes/get": ("GET", self._attributes),
            "/category/brands/query": ("GET", self._brands),
            "/product/category/suggestion/get": ("GET", self._suggestion),
            "/image/upload": ("POST", self._upload),
            "/product/create": ("POST", self._create),
            "/product/update": ("POST", self._update),
            "/product/price_quantity/update": ("POST", self._price_quantity),
            "/product/deactivate": ("POST", self._deactivate),
            "/product/item/get": ("GET", self._item_get),
            "/products/get": ("GET", self._products_get),
        }

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/rest/{call:path}", self.serve, methods=["GET", "POST"])
        return router

    async def serve(self, call: str, request: Request) -> Response:
        form, picture = await self._parse(request)
        params = dict(request.query_params) | form
        shop_id = self._grants.shop_of(MARKET, request.query_params.get("access_token", ""))
        if not self._rates.allows(MARKET, shop_id, call):
            said = LazadaError("ApiCallLimit", "The api access frequency exceeds the limit")
            return JSONResponse(self._refusal(said))

        async def act(find_delay: float) -> Done:
            try:
                said = await self._checked(
                    f"/{call}", request, Incoming(shop_id, params, picture, find_delay)
                )
            except LazadaError as error:
                return Done(200, self._refusal(error))
            head = {"code": "0", "request_id": uuid.uuid4().hex}
            return Done(200, {**head, **said} if f"/{call}" in TOKEN_CALLS else {**head, "data": said})

        return await self._plan.run(call, shop_id, act)

    def _refusal(self, error: LazadaError) -> dict[str, Any]:
        said: dict[str, Any] = {
            "code": error.code,
            "type": "ISV",
            "message": error.message,
            "request_id": uuid.uuid4().hex,
        }
        if error.fields:
            said["detail"] = [{"field": name, "message": message} for name, message in error.fields]
        return said

    async def _parse(self, request: Request) -> tuple[dict[str, str], bytes]:
        """(text parameters of the body, uploaded picture)"""
        if request.method != "POST":
            return {}, b""
        async with request.form(max_files=2, max_part_size=12_000_000) as form:
            part = form.get("image")
            picture = await part.read() if isinstance(part, UploadFile) else b""
            return {name: value for name, value in form.items() if isinstance(value, str)}, picture

    async def _checked(self, path: str, request: Request, incoming: Incoming) -> Any:
        known = self.calls.get(path)
        if known is None or known[0] != request.method:
            raise LazadaError("InvalidApiPath", "The specified api path is invalid")
        self._check_signature(path, incoming)
        if path not in TOKEN_CALLS:
            incoming.one("access_token")
            if not incoming.shop_id:
                raise LazadaError("IllegalAccessToken", "The specified access token is invalid or expired")
            self._store.ensure_shop(MARKET, incoming.shop_id)
        return await known[1](incoming)

    def _check_signature(self, path: str, incoming: Incoming) -> None:
        if incoming.one("app_key") != PARTNER_ID:
            raise LazadaError("InvalidAppKey", "The specified app key is invalid")
        timestamp = incoming.one("timestamp")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp) / 1000) > WINDOW:
            raise LazadaError("IllegalTimestamp", "The specified timestamp is expired")
        if incoming.one("sign_method") != "sha256":
            raise LazadaError("IncompleteSignature", "sign_method is not supported")
        names = sorted(name for name, value in incoming.params.items() if name != "sign" and value)
        message = path + "".join(name + incoming.params[name] for name in names)
        expected = hmac.new(PARTNER_KEY.encode(), message.encode(), hashlib.sha256).hexdigest().upper()
        if not hmac.compare_digest(expected.encode(), incoming.one("sign").encode()):
            raise LazadaError("IncompleteSignature", "The request signature does not conform")

    # Tokens

    async def _token_create(self, incoming: Incoming) -> Any:
        return self._tokens(self._grants.exchange(MARKET, incoming.one("code")), "InvalidCode")

    async def _token_refresh(self, incoming: Incoming) -> Any:
        return self._tokens(
            self._grants.refresh(MARKET, incoming.one("refresh_token")), "IllegalRefreshToken"
        )

    def _tokens(self, tokens: Tokens | None, code: str) -> dict[str, Any]:
        if tokens is None:
            raise LazadaError(code, "It is used, expired or unknown")
        return {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_in": tokens.life,
            "refresh_expires_in": int(REFRESH_LIFE),
            "country": "vn",
            "country_user_info": [{"country": "vn", "seller_id": tokens.shop_id}],
        }

    # Metadata and pictures

    async def _tree(self, incoming: Incoming) -> Any:
        return rules.tree()

    async def _attributes(self, incoming: Incoming) -> Any:
        category_id = incoming.integer("primary_category_id")
        rules.category(category_id)
        return rules.attributes(category_id)

    async def _brands(self, incoming: Incoming) -> Any:
        size = incoming.integer("pageSize")
        if not 1 <= size <= 200:
            raise refused("pageSize", "pageSize must be at most 200")
        return {"module": rules.brands(incoming.integer("startRow"), size)}

    async def _suggestion(self, incoming: Incoming) -> Any:
        return {"categorySuggestions": rules.suggested(incoming.one("product_name"))}

    async def _upload(self, incoming: Incoming) -> Any:
        found = await pictures.measured(incoming.picture, most=rules.PICTURE_BYTES)
        low, high = rules.PICTURE_SIDE
        if found is None or not found.media_type:
            raise refused("image", "image is not a JPG or PNG of at most 3 MB")
        if not (low <= found.width <= high and low <= found.height <= high):
            raise refused("image", f"each side of an image must have {low} to {high} pixels")
        picture_id = "vn-sandbox-" + hashlib.sha256(incoming.picture).hexdigest()[:32]
        self._store.add_picture(picture_id, MARKET, found.media_type, incoming.picture)
        return {"image": {"hash_code": picture_id, "url": self._picture_url(picture_id)}}

    def _picture_url(self, picture_id: str) -> str:
        return f"{self._public_base}/file/{picture_id}"

    def _pictures_in(self, product: Mapping[str, Any]) -> list[str]:
        images = product.get("Images")
        urls = images.get("Image") if isinstance(images, Mapping) else None
        if not isinstance(urls, list) or not rules.PICTURES[0] <= len(urls) <= rules.PICTURES[1]:
            raise refused("Images", f"Images must have 1 to {rules.PICTURES[1]} images")
        prefix, ids = f"{self._public_base}/file/", []
        for url in urls:
            one = str(url).removeprefix(prefix)
            if not str(url).startswith(prefix) or self._store.picture(one) is None:
                raise refused("Images", "only image addresses of this marketplace are accepted")
            ids.append(one)
        return ids

    # Changes

    async def _create(self, incoming: Incoming) -> Any:
        product = rules.product_in(incoming.one("payload"))
        category = str(product.get("PrimaryCategory", ""))
        rules.category(int(category) if category.isdigit() else 0)
        said, sku = rules.attributes_of(product, int(category), whole=True), rules.sku_in(product)
        seller_sku = str(sku.get("SellerSku", "")).strip()
        if not seller_sku:
            raise refused("SellerSku", "SellerSku is required")
        data: dict[str, Any] = {
            "item_name": said["name"],
            "description": said["description"],
            "attributes": said,
            "category_id": int(category),
            "original_price": rules.number(sku, "price", rules.PRICE),
            "stock": int(rules.number(sku, "quantity", rules.STOCK)),
            "weight": rules.package_of(sku),
            "image_ids": self._pictures_in(product),
            "active": True,
        }
        data["refusal"] = rules.verdict(data)
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                incoming.shop_id,
                seller_sku,
                data,
                word="REVIEWING",
                review_seconds=self._review_seconds,
                find_delay=incoming.find_delay,
            )
            self._record(incoming, "product/create", item_id, seller_sku, {"title": said["name"]})
        return {"item_id": item_id, "sku_list": [{"sku_id": item_id, "seller_sku": seller_sku}]}

    def _own(self, incoming: Incoming, number: Any) -> StoredItem:
        said = str(number or "")
        item = self._store.item(MARKET, int(said)) if said.isdigit() and len(said) < 16 else None
        if item is None or item.shop_id != incoming.shop_id or item.word == "DELETED":
            raise LazadaError("208", "ITEM_NOT_FOUND")
        return item

    def _own_sku(self, incoming: Incoming, product: Mapping[str, Any], number: Any) -> StoredItem:
        item, sku = self._own(incoming, number), rules.sku_in(product)
        if str(sku.get("SkuId", "")) != str(item.id):
            raise refused("SkuId", "SkuId is required and must be of this item")
        return item

    def _record(self, incoming: Incoming, call: str, item_id: int, sku: str, detail: Any) -> None:
        self._store.record(MARKET, incoming.shop_id, call, item_id=item_id, sku=sku, detail=detail)

    async def _update(self, incoming: Incoming) -> Any:
        """Taken over at once; what was refused is reviewed again."""
        product = rules.product_in(incoming.one("payload"))
        item = self._own_sku(incoming, product, product.get("ItemId"))
        if item.word == "LOCK":
            raise refused("ItemId", "a locked item cannot be edited")
        said = rules.attributes_of(product, int(item.data.get("category_id", 0)), whole=False)
        sku = rules.sku_in(product)
        data = dict(item.data) | {"attributes": {**item.data.get("attributes", {}), **said}}
        data["item_name"] = said.get("name", data["item_name"])
        data["description"] = said.get("description", data["description"])
        if "Images" in product:
            data["image_ids"] = self._pictures_in(product)
        if "package_weight" in sku:
            data["weight"] = rules.package_of(sku)
        if "Status" in sku:
            if sku["Status"] not in ("active", "inactive"):
                raise refused("Status", "Status must be active or inactive")
            data["active"] = sku["Status"] == "active"
        data["refusal"] = rules.verdict(data)
        seller_sku = str(sku.get("SellerSku") or item.sku)
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=seller_sku)
            if item.data.get("refusal") or item.word in ("REJECTED", "LIVE_REJECTED"):
                self._store.review_again(item.id, self._review_seconds)
            self._record(incoming, "product/update", item.id, seller_sku, {"title": data["item_name"]})
        return {"item_id": item.id}

    async def _price_quantity(self, incoming: Incoming) -> Any:
        product = rules.product_in(incoming.one("payload"))
        sku = rules.sku_in(product)
        item = self._own_sku(incoming, product, sku.get("ItemId"))
        changes: dict[str, Any] = {}
        if "Price" in sku:
            changes["original_price"] = rules.number(sku, "Price", rules.PRICE)
        if "Quantity" in sku:
            changes["stock"] = int(rules.number(sku, "Quantity", rules.STOCK))
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, **changes})
            self._record(incoming, "product/price_quantity/update", item.id, item.sku, changes)
        return {}

    async def _deactivate(self, incoming: Incoming) -> Any:
        item = self._own(incoming, rules.product_in(incoming.one("payload")).get("ItemId"))
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, "active": False})
            self._record(incoming, "product/deactivate", item.id, item.sku, {})
        return {}

    # Reads

    async def _item_get(self, incoming: Incoming) -> Any:
        return self._shown(self._own(incoming, incoming.one("item_id")))

    async def _products_get(self, incoming: Incoming) -> Any:
        offset, limit = incoming.integer("offset"), incoming.integer("limit")
        if not 1 <= limit <= MAX_PAGE or offset > MAX_OFFSET:
            raise refused("limit", f"limit must be at most {MAX_PAGE} and offset at most {MAX_OFFSET}")
        if incoming.one("filter") != "all":
            raise refused("filter", "this simulation knows the filter all only")
        items = [
            item
            for item in self._store.items(MARKET, incoming.shop_id)
            if item.findable and item.word != "DELETED"
        ]
        if "sku_seller_list" in incoming.params:
            try:
                skus = set(json.loads(incoming.params["sku_seller_list"]))
            except (ValueError, TypeError) as error:
                raise refused("sku_seller_list", "sku_seller_list must be a JSON list") from error
            items = [item for item in items if item.sku in skus]
        page = items[offset : offset + limit]
        return {"products": [self._shown(item) for item in page], "total_products": len(items)}

    def _shown(self, item: StoredItem) -> dict[str, Any]:
        data = item.data
        word = {"REVIEWING": "PENDING", "NORMAL": "REJECTED" if data.get("refusal") else "APPROVED"}.get(
            item.word, item.word
        )
        reason = {"LOCK": "Ảnh không đúng sản phẩm.", "LIVE_REJECTED": "Ảnh không đúng sản phẩm."}
        return {
            "item_id": item.id,
            "primary_category": data.get("category_id", 11010),
            "status": word,
            "reason": data.get("refusal") if word == "REJECTED" else reason.get(word, ""),
            "images": [self._picture_url(one) for one in data["image_ids"]],
            "attributes": {
                **data.get("attributes", {}),
                "name": data["item_name"],
                "description": data["description"],
            },
            "skus": [
                {
                    "SkuId": item.id,
                    "SellerSku": item.sku,
                    "Status": "active" if data.get("active", True) else "inactive",
                    "price": data["original_price"],
                    "quantity": data["stock"],
                    "package_weight": f"{data['weight']:g}",
                }
            ],
        }
