"""The Shopee-like interface: ``/api/v2/…`` with signatures, a review, and the envelope.

Written from the published reference; the signature covers the path from ``/api`` on, wherever this is mounted.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import pictures
from ocop_hub.sandbox import shopee_rules as rules
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.grants import Tokens
from ocop_hub.sandbox.shopee_products import MARKET, Answer, Handler, Incoming, Products, numbers
from ocop_hub.sandbox.shopee_rules import ShopeeError, bad

#: Seconds a timestamp may be off.
WINDOW = 300
MAX_REQUEST = 12_000_000
TOKEN_CALLS = frozenset({"auth/token/get", "auth/access_token/get"})


class ShopeeSandbox:
    """The marketplace behind the interface."""

    def __init__(self, behind: Behind, public_base: str) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._grants = behind.grants
        self._rates = behind.rates
        self._products = Products(behind.store, public_base, review_seconds=behind.review_seconds)
        self.calls: dict[str, tuple[str, Handler]] = {
            "auth/token/get": ("POST", self._token_get),
            "auth/access_token/get": ("POST", self._access_token_get),
            "media_space/upload_image": ("POST", self._upload_image),
            "product/get_category": ("GET", self._get_category),
            "product/get_attribute_tree": ("GET", self._get_attribute_tree),
            "product/get_brand_list": ("GET", self._get_brand_list),
            "product/get_item_limit": ("GET", self._get_item_limit),
            "logistics/get_channel_list": ("GET", self._get_channel_list),
            "product/add_item": ("POST", self._products.add),
            "product/update_item": ("POST", self._products.update),
            "product/update_price": ("POST", self._products.update_price),
            "product/update_stock": ("POST", self._products.update_stock),
            "product/unlist_item": ("POST", self._products.unlist),
            "product/delete_item": ("POST", self._products.delete),
            "product/get_item_list": ("GET", self._products.listed),
            "product/get_item_base_info": ("GET", self._products.base_info),
            "product/get_item_violation_info": ("GET", self._products.violation_info),
            "product/search_item": ("GET", self._products.search),
        }

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/api/v2/{call:path}", self.serve, methods=["GET", "POST"])
        return router

    async def serve(self, call: str, request: Request) -> Response:
        shop_id = request.query_params.get("shop_id", "")
        parsed = await self._parse(request)
        if not self._rates.allows(MARKET, shop_id, call):
            said = {
                "error": "error_rate_limit",
                "message": "Too many requests",
                "request_id": uuid.uuid4().hex,
            }
            return JSONResponse(said, 403)

        async def act(find_delay: float) -> Done:
            return await self._act(call, request, parsed, find_delay)

        return await self._plan.run(call, shop_id, act)

    async def _act(self, call: str, request: Request, parsed: tuple[Any, bytes], find_delay: float) -> Done:
        request_id = uuid.uuid4().hex
        try:
            response = await self._checked(call, request, parsed, find_delay)
        except ShopeeError as error:
            said = {"error": error.code, "message": error.message, "request_id": request_id}
            return Done(error.status, said)
        head = {"error": "", "message": "", "request_id": request_id}
        # Token calls say their payload at the top, every other one under "response".
        return Done(200, {**head, **response} if call in TOKEN_CALLS else {**head, "response": response})

    async def _parse(self, request: Request) -> tuple[Any, bytes]:
        """(JSON body, uploaded picture); a body that cannot be read is None."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form(max_files=2, max_part_size=MAX_REQUEST) as form:
                part = form.get("image")
                return {}, await part.read() if isinstance(part, UploadFile) else b""
        if request.method == "GET":
            return {}, b""
        try:
            return await request.json(), b""
        except ValueError:
            return None, b""

    async def _checked(
        self, call: str, request: Request, parsed: tuple[Any, bytes], find_delay: float
    ) -> Answer:
        known = self.calls.get(call)
        if known is None or known[0] != request.method:
            raise ShopeeError("error_not_found", "Invalid path or method.", status=404)
        body, picture = parsed
        if not isinstance(body, dict):
            raise bad("Request body is not a JSON object")
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        public = call == "media_space/upload_image" or call in TOKEN_CALLS
        incoming = Incoming(request.query_params.get("shop_id", ""), query, body, picture, find_delay)
        self._check_signature(f"/api/v2/{call}", incoming, public=public)
        if not public:
            self._store.ensure_shop(MARKET, incoming.shop_id)
        return await known[1](incoming)

    def _check_signature(self, path: str, incoming: Incoming, *, public: bool) -> None:
        if incoming.one("partner_id") != PARTNER_ID:
            raise ShopeeError("error_param", "Invalid partner_id or sign", status=403)
        timestamp = incoming.integer("timestamp")
        if abs(time.time() - timestamp) > WINDOW:
            raise ShopeeError("error_param", "Timestamp is expired.", status=403)
        message = f"{PARTNER_ID}{path}{timestamp}"
        if not public:
            message += incoming.one("access_token") + incoming.one("shop_id")
        expected = hmac.new(PARTNER_KEY.encode(), message.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), incoming.one("sign", "").encode()):
            raise ShopeeError("error_sign", "Wrong sign.", status=403)
        if public:
            return
        if not incoming.shop_id.isascii() or not incoming.shop_id.isdigit():
            raise ShopeeError("error_auth", "Invalid shop_id.", status=403)
        if self._grants.shop_of(MARKET, incoming.one("access_token")) != incoming.shop_id:
            raise ShopeeError("invalid_acceess_token", "Invalid access_token.", status=403)

    # Tokens

    async def _token_get(self, incoming: Incoming) -> Answer:
        self._check_partner(incoming)
        tokens = self._grants.exchange(MARKET, str(incoming.body.get("code", "")))
        if tokens is None or tokens.shop_id != str(incoming.body.get("shop_id")):
            raise ShopeeError("error_auth", "Invalid code.", status=403)
        return self._tokens(tokens)

    async def _access_token_get(self, incoming: Incoming) -> Answer:
        self._check_partner(incoming)
        tokens = self._grants.refresh(MARKET, str(incoming.body.get("refresh_token", "")))
        if tokens is None or tokens.shop_id != str(incoming.body.get("shop_id")):
            raise ShopeeError("error_auth", "Invalid refresh_token.", status=403)
        return self._tokens(tokens)

    def _check_partner(self, incoming: Incoming) -> None:
        if str(incoming.body.get("partner_id")) != PARTNER_ID:
            raise ShopeeError("error_param", "Invalid partner_id", status=403)

    def _tokens(self, tokens: Tokens) -> Answer:
        return {"access_token": tokens.access, "refresh_token": tokens.refresh, "expire_in": tokens.life}

    # Metadata and pictures

    async def _upload_image(self, incoming: Incoming) -> Answer:
        kind = await pictures.media_type(incoming.picture)
        if not kind:
            raise ShopeeError("error_image_invalid", "image is not a valid JPG or PNG of at most 10 MB")
        picture_id = "sg-sandbox-" + hashlib.sha256(incoming.picture).hexdigest()[:32]
        self._store.add_picture(picture_id, MARKET, kind, incoming.picture)
        url = {"image_url_region": "VN", "image_url": self._products.picture_url(picture_id)}
        return {"image_info": {"image_id": picture_id, "image_url_list": [url]}}

    async def _get_category(self, incoming: Incoming) -> Answer:
        return {"category_list": rules.category_list()}

    async def _get_attribute_tree(self, incoming: Incoming) -> Answer:
        ids = numbers(incoming.one("category_id_list"), 20)
        return {"list": [{"category_id": one, "attribute_tree": rules.attribute_tree(one)} for one in ids]}

    async def _get_brand_list(self, incoming: Incoming) -> Answer:
        rules.category(incoming.integer("category_id"))
        brands = [
            {"brand_id": brand_id, "original_brand_name": name, "display_brand_name": name}
            for brand_id, name in rules.BRANDS
        ]
        return {"brand_list": brands, "has_next_page": False, "next_offset": 0, "is_mandatory": False}

    async def _get_item_limit(self, incoming: Incoming) -> Answer:
        category = rules.category(incoming.integer("category_id"))
        return rules.limits(category["category_id"])

    async def _get_channel_list(self, incoming: Incoming) -> Answer:
        return {"logistics_channel_list": rules.channel_list()}
