"""The Shopee-like interface: ``/api/v2/…`` with signatures, a review, and the envelope.

Written from the published reference; the signature covers the path from ``/api`` on, wherever this is mounted.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import pictures
from ocop_hub.sandbox import shopee_rules as rules
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done, FaultPlan
from ocop_hub.sandbox.grants import Grants, Tokens
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.shopee_rules import ShopeeError, bad
from ocop_hub.sandbox.store import Store, StoredItem

MARKET = "shopee"
#: Seconds a timestamp may be off.
WINDOW = 300
MAX_BATCH = 50
MAX_REQUEST = 12_000_000
TOKEN_CALLS = frozenset({"auth/token/get", "auth/access_token/get"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked call: the query, the JSON body, an uploaded picture, and how long to hide a new item."""

    shop_id: str
    query: Mapping[str, Sequence[str]]
    body: Mapping[str, Any]
    picture: bytes
    find_delay: float

    def one(self, name: str, default: str | None = None) -> str:
        values = self.query.get(name)
        if not values:
            if default is None:
                raise bad(f"{name} is required")
            return default
        return values[0]

    def integer(self, name: str, default: int | None = None) -> int:
        said = self.one(name, None if default is None else str(default))
        if not (said.isascii() and said.isdigit()):
            raise bad(f"{name} must be a number")
        return int(said)


Answer = Mapping[str, Any]
Handler = Callable[[Incoming], Awaitable[Answer]]


class ShopeeSandbox:
    """The marketplace behind the interface."""

    def __init__(
        self,
        store: Store,
        plan: FaultPlan,
        public_base: str,
        *,
        grants: Grants,
        rates: RateWatch,
        review_seconds: float,
    ) -> None:
        self._store = store
        self._plan = plan
        self._grants = grants
        self._rates = rates
        self._public_base = public_base
        self._review_seconds = review_seconds
        self.calls: dict[str, tuple[str, Handler]] = {
            "auth/token/get": ("POST", self._token_get),
            "auth/access_token/get": ("POST", self._access_token_get),
            "media_space/upload_image": ("POST", self._upload_image),
            "product/get_category": ("GET", self._get_category),
            "product/get_attribute_tree": ("GET", self._get_attribute_tree),
            "product/get_brand_list": ("GET", self._get_brand_list),
            "product/get_item_limit": ("GET", self._get_item_limit),
            "logistics/get_channel_list": ("GET", self._get_channel_list),
            "product/add_item": ("POST", self._add_item),
            "product/update_item": ("POST", self._update_item),
            "product/update_price": ("POST", self._update_price),
            "product/update_stock": ("POST", self._update_stock),
            "product/unlist_item": ("POST", self._unlist_item),
            "product/delete_item": ("POST", self._delete_item),
            "product/get_item_list": ("GET", self._get_item_list),
            "product/get_item_base_info": ("GET", self._get_item_base_info),
            "product/get_item_violation_info": ("GET", self._get_item_violation_info),
            "product/search_item": ("GET", self._search_item),
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
        url = {"image_url_region": "VN", "image_url": self._picture_url(picture_id)}
        return {"image_info": {"image_id": picture_id, "image_url_list": [url]}}

    async def _get_category(self, incoming: Incoming) -> Answer:
        return {"category_list": rules.category_list()}

    async def _get_attribute_tree(self, incoming: Incoming) -> Answer:
        ids = _ids(incoming.one("category_id_list"), 20)
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

    # Changes

    def _checked_pictures(self, image: Any) -> list[str]:
        ids = image.get("image_id_list") if isinstance(image, Mapping) else None
        if not isinstance(ids, list) or not rules.PICTURES[0] <= len(ids) <= rules.PICTURES[1]:
            raise bad("image.image_id_list must have 1 to 9 images")
        for one in ids:
            if not isinstance(one, str) or self._store.picture(one) is None:
                raise bad("image.image_id_list: image id is invalid or expired")
        return ids

    async def _add_item(self, incoming: Incoming) -> Answer:
        data = rules.checked_item(incoming.body)
        data["image_ids"] = self._checked_pictures(incoming.body.get("image"))
        wanted = incoming.body.get("item_status", "NORMAL")
        if wanted not in ("NORMAL", "UNLIST"):
            raise bad("item_status must be NORMAL or UNLIST")
        sku = str(incoming.body.get("item_sku", ""))
        word = "UNLIST" if wanted == "UNLIST" else "REVIEWING"
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                incoming.shop_id,
                sku,
                data,
                word=word,
                review_seconds=self._review_seconds,
                find_delay=incoming.find_delay,
            )
            self._record(incoming, "product/add_item", item_id, sku, {"title": data["item_name"]})
        return {"item_id": item_id, "item_status": word, "item_name": data["item_name"]}

    def _own_item(self, incoming: Incoming, item_id: Any) -> StoredItem:
        item = self._store.item(MARKET, item_id) if isinstance(item_id, int) else None
        if item is None or item.shop_id != incoming.shop_id or item.word.endswith("DELETE"):
            raise ShopeeError("product.error_item_not_found", "Item does not exist in this shop")
        return item

    def _record(self, incoming: Incoming, call: str, item_id: int, sku: str, detail: Any) -> None:
        self._store.record(MARKET, incoming.shop_id, call, item_id=item_id, sku=sku, detail=detail)

    async def _update_item(self, incoming: Incoming) -> Answer:
        item = self._own_item(incoming, incoming.body.get("item_id"))
        data = {**item.data, **rules.checked_content(incoming.body)}
        if "image" in incoming.body:
            data["image_ids"] = self._checked_pictures(incoming.body["image"])
        sku = str(incoming.body.get("item_sku", item.sku))
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=sku)
            self._record(incoming, "product/update_item", item.id, sku, {"title": data["item_name"]})
        return {"item_id": item.id, "item_name": data["item_name"]}

    async def _update_price(self, incoming: Incoming) -> Answer:
        return self._change_models(
            incoming, "update_price", "price_list", lambda entry: {"original_price": rules.price_of(entry)}
        )

    async def _update_stock(self, incoming: Incoming) -> Answer:
        return self._change_models(
            incoming, "update_stock", "stock_list", lambda entry: {"stock": rules.stock_of(entry)}
        )

    def _change_models(
        self, incoming: Incoming, call: str, name: str, read: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> Answer:
        """A wrong entry is told in ``failure_list`` while ``error`` stays empty, as the real calls do."""
        item = self._own_item(incoming, incoming.body.get("item_id"))
        entries = incoming.body.get(name)
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH:
            raise bad(f"{name} must have 1 to {MAX_BATCH} entries")
        done: list[Any] = []
        failed: list[Any] = []
        for entry in entries:
            model_id = entry.get("model_id", 0) if isinstance(entry, Mapping) else 0
            try:
                if model_id != 0 or not isinstance(entry, Mapping):
                    raise bad("model does not exist")
                change = read(entry)
            except ShopeeError as error:
                failed.append({"model_id": model_id, "failed_reason": error.message})
                continue
            with self._store.transaction():
                self._store.change_item(item.id, {**item.data, **change})
                self._record(incoming, f"product/{call}", item.id, item.sku, change)
            done.append({"model_id": model_id, **change})
        return {"success_list": done, "failure_list": failed}

    async def _unlist_item(self, incoming: Incoming) -> Answer:
        entries = incoming.body.get("item_list")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH:
            raise bad(f"item_list must have 1 to {MAX_BATCH} entries")
        done: list[Any] = []
        failed: list[Any] = []
        for entry in entries:
            item_id = entry.get("item_id") if isinstance(entry, Mapping) else None
            try:
                item = self._own_item(incoming, item_id)
                if item.word == "BANNED":
                    raise bad("item is banned")
            except ShopeeError as error:
                failed.append({"item_id": item_id, "failed_reason": error.message})
                continue
            unlist = entry.get("unlist") is True
            with self._store.transaction():
                self._store.set_word(item.id, "UNLIST" if unlist else "NORMAL")
                self._record(incoming, "product/unlist_item", item.id, item.sku, {"unlist": unlist})
            done.append({"item_id": item.id, "unlist": unlist})
        return {"success_list": done, "failure_list": failed}

    async def _delete_item(self, incoming: Incoming) -> Answer:
        item = self._own_item(incoming, incoming.body.get("item_id"))
        with self._store.transaction():
            self._store.set_word(item.id, "SELLER_DELETE")
            self._record(incoming, "product/delete_item", item.id, item.sku, {})
        return {}

    # Reads

    async def _get_item_list(self, incoming: Incoming) -> Answer:
        size = incoming.integer("page_size")
        if not 1 <= size <= 100:
            raise bad("page_size must be between 1 and 100")
        wanted = set(incoming.query.get("item_status", ()))
        if not wanted:
            raise bad("item_status is required")
        start = incoming.integer("offset", 0)
        items = [
            item
            for item in self._store.items(MARKET, incoming.shop_id)
            if item.findable and item.word in wanted
        ]
        more = start + size < len(items)
        page = items[start : start + size]
        return {
            "item": [{"item_id": item.id, "item_status": item.word} for item in page],
            "total_count": len(items),
            "has_next_page": more,
            "next_offset": start + size if more else 0,
        }

    async def _get_item_base_info(self, incoming: Incoming) -> Answer:
        items = [self._store.item(MARKET, one) for one in _ids(incoming.one("item_id_list"), MAX_BATCH)]
        return {
            "item_list": [self._shown(item) for item in items if item and item.shop_id == incoming.shop_id]
        }

    async def _get_item_violation_info(self, incoming: Incoming) -> Answer:
        ids = _ids(incoming.one("item_id_list"), MAX_BATCH)
        why = {
            "violation_type": "Prohibited listing",
            "violation_reason": "Thông tin sản phẩm chưa đúng quy định.",
            "suggestion": "Sửa mô tả rồi gửi lại.",
            "fix_deadline_time": int(time.time()) + 7 * 86_400,
        }
        return {"item_list": [{"item_id": one, "violation_list": [why]} for one in ids]}

    async def _search_item(self, incoming: Incoming) -> Answer:
        found = self._store.items(MARKET, incoming.shop_id, sku=incoming.one("item_sku"))
        ids = [item.id for item in found if item.findable and not item.word.endswith("DELETE")]
        return {"item_id_list": ids, "total_count": len(ids), "next_offset": ""}

    def _shown(self, item: StoredItem) -> Answer:
        data = item.data
        price = float(data["original_price"])
        return {
            "item_id": item.id,
            "item_sku": item.sku,
            "item_status": item.word,
            "item_name": data["item_name"],
            "description": data["description"],
            "category_id": data.get("category_id", 0),
            "gtin_code": data.get("gtin_code", ""),
            "deboost": "FALSE",
            "price_info": [{"currency": "VND", "original_price": price, "current_price": price}],
            "stock_info_v2": {"summary_info": {"total_available_stock": data["stock"]}},
            "image": {
                "image_id_list": data["image_ids"],
                "image_url_list": [self._picture_url(one) for one in data["image_ids"]],
            },
        }

    def _picture_url(self, picture_id: str) -> str:
        return f"{self._public_base}/file/{picture_id}"


def _ids(said: str, most: int) -> list[int]:
    parts = said.split(",")
    if len(parts) > most or not all(part.isascii() and part.isdigit() for part in parts):
        raise bad(f"ids must be at most {most} numbers separated by commas")
    return [int(part) for part in parts]
