"""The TikTok-Shop-like interface: signed calls, a product that is audited, prices and stock that are not.

Written from the published reference. Edits are taken over at once here; the real one shows them after the audit.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import html, pictures
from ocop_hub.sandbox import tiktok_rules as rules
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done, FaultPlan
from ocop_hub.sandbox.grants import REFRESH_LIFE, Grants, Tokens
from ocop_hub.sandbox.plain_storefront import Front
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.store import Store, StoredItem
from ocop_hub.sandbox.tiktok_rules import TikTokError, bad

MARKET = "tiktok_shop"
LOOK = html.Look("Sàn mô phỏng kiểu TikTok Shop", "#111216", "/tiktok_shop/")
#: Seconds a timestamp may be behind and ahead.
BEHIND, AHEAD = 300, 30
UPLOAD = "/product/202309/images/upload"
SHOPS = "/authorization/202309/shops"
#: Calls that name no shop.
OF_NO_SHOP = frozenset({UPLOAD, SHOPS})
CREATE = "/product/202309/products"
MAX_PAGE = 100
#: Stored words under the published names.
WORDS = {"REVIEWING": "PENDING", "NORMAL": "ACTIVATE"}


def cipher_of(shop_id: str) -> str:
    """What names a shop in the query."""
    return f"ROW_sandbox_{shop_id}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One checked call: path, query, JSON body, an uploaded picture, and how long to hide a new product."""

    path: str
    shop_id: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    picture: bytes
    find_delay: float

    def part(self, number: int) -> str:
        """A part of the path, counted from 0 behind the leading slash."""
        return self.path.split("/")[number + 1]


Handler = Callable[[Incoming], Awaitable[dict[str, Any]]]


def word_of(item: StoredItem) -> str:
    """``status``: a failed audit is FAILED, what its seller took down is SELLER_DEACTIVATED."""
    if item.word == "NORMAL" and item.data.get("failed"):
        return "FAILED"
    if item.word == "NORMAL" and not item.data.get("active", True):
        return "SELLER_DEACTIVATED"
    return WORDS.get(item.word, item.word)


def is_shown(item: StoredItem) -> bool:
    return word_of(item) == "ACTIVATE"


FRONT = Front(
    MARKET,
    LOOK,
    "/view/product/{name}",
    re.compile(r"(\d+)"),
    lambda item: f"/view/product/{item.id}",
    is_shown,
)


class TikTokShopSandbox:
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
        self._public_base = public_base
        self._grants = grants
        self._rates = rates
        self._review_seconds = review_seconds
        #: Method, path with ``{…}`` for one part, handler; the first that fits.
        self.calls: tuple[tuple[str, str, Handler], ...] = (
            ("GET", SHOPS, self._shops),
            ("POST", UPLOAD, self._upload),
            ("GET", "/product/202309/categories", self._categories),
            ("POST", "/product/202309/categories/recommend", self._recommend),
            ("GET", "/product/202309/categories/{category_id}/attributes", self._attributes),
            ("GET", "/product/202309/brands", self._brands),
            ("GET", "/logistics/202309/warehouses", self._warehouses),
            ("POST", "/product/202309/products/listing_check", self._check),
            ("POST", CREATE, self._create),
            ("POST", "/product/202509/products/{product_id}/partial_edit", self._edit),
            ("POST", "/product/202309/products/{product_id}/prices/update", self._prices),
            ("POST", "/product/202309/products/{product_id}/inventory/update", self._inventory),
            ("POST", "/product/202309/products/deactivate", self._deactivate),
            ("POST", "/product/202309/products/activate", self._activate),
            ("GET", "/product/202309/products/{product_id}", self._get),
            ("POST", "/product/202502/products/search", self._search),
        )

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/api/v2/token/{name}", self.token, methods=["GET"])
        for area in ("authorization", "product", "logistics"):
            router.add_api_route(f"/{area}/{{call:path}}", self.serve, methods=["GET", "POST"])
        return router

    # Tokens

    async def token(self, name: str, request: Request) -> Response:
        said = request.query_params
        if said.get("app_key") != PARTNER_ID or not hmac.compare_digest(
            said.get("app_secret", "").encode(), PARTNER_KEY.encode()
        ):
            return self._refusal(TikTokError(36004001, "app_key or app_secret is invalid"))
        tokens: Tokens | None = None
        if name == "get" and said.get("grant_type") == "authorized_code":
            tokens = self._grants.exchange(MARKET, said.get("auth_code", ""))
        if name == "refresh" and said.get("grant_type") == "refresh_token":
            tokens = self._grants.refresh(MARKET, said.get("refresh_token", ""))
        if tokens is None:
            return self._refusal(TikTokError(36004004, "code or token is used, expired or unknown"))
        now = int(time.time())
        data = {
            "access_token": tokens.access,
            "access_token_expire_in": now + tokens.life,
            "refresh_token": tokens.refresh,
            "refresh_token_expire_in": now + int(REFRESH_LIFE),
            "open_id": f"open-{tokens.shop_id}",
            "seller_base_region": "VN",
        }
        return JSONResponse(self._good(data))

    def _good(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"code": 0, "message": "Success", "request_id": uuid.uuid4().hex, "data": data}

    def _refusal(self, error: TikTokError) -> Response:
        done = self._refused(error)
        return JSONResponse(dict(done.body), done.status)

    def _refused(self, error: TikTokError) -> Done:
        said = {"code": error.code, "message": error.message, "request_id": uuid.uuid4().hex, "data": {}}
        return Done(error.status, said)

    # The interface

    async def serve(self, request: Request) -> Response:
        path = request.url.path.removeprefix(f"/{MARKET}")
        shop_id = self._grants.shop_of(MARKET, request.headers.get("x-tts-access-token", ""))
        if not self._rates.allows(MARKET, shop_id, path):
            return self._refusal(TikTokError(36009002, "Too many requests", status=429))
        raw, body, picture = await self._parse(request)

        async def act(find_delay: float) -> Done:
            query = dict(request.query_params)
            try:
                if not isinstance(body, dict):
                    raise bad("the body is not a JSON object")
                incoming = Incoming(path, shop_id, query, body, picture, find_delay)
                return Done(200, self._good(await self._checked(request.method, incoming, raw)))
            except TikTokError as error:
                return self._refused(error)

        return await self._plan.run(path.lstrip("/"), shop_id, act)

    async def _parse(self, request: Request) -> tuple[bytes, Any, bytes]:
        """(bytes that are signed, JSON body, uploaded picture); a body that cannot be read is None."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form(max_files=2, max_part_size=12_000_000) as form:
                part = form.get("data")
                return b"", {}, await part.read() if isinstance(part, UploadFile) else b""
        raw = await request.body()
        try:
            return raw, json.loads(raw) if raw else {}, b""
        except ValueError:
            return raw, None, b""

    async def _checked(self, method: str, incoming: Incoming, raw: bytes) -> dict[str, Any]:
        handler = self.handler(method, incoming.path)
        if handler is None:
            raise TikTokError(36009009, "Invalid path", status=404)
        self._check_signature(incoming, raw)
        if not incoming.shop_id:
            raise TikTokError(105002, "Expired or unknown access token", status=401)
        cipher = incoming.query.get("shop_cipher", "")
        if incoming.path in OF_NO_SHOP and cipher:
            raise TikTokError(36009004, "shop_cipher is unexpected")
        if incoming.path not in OF_NO_SHOP and cipher != cipher_of(incoming.shop_id):
            raise TikTokError(106013, "shop_cipher is missing or not of this token")
        self._store.ensure_shop(MARKET, incoming.shop_id)
        return await handler(incoming)

    def handler(self, method: str, path: str) -> Handler | None:
        """What serves a path; None when nothing does."""
        for verb, pattern, handler in self.calls:
            form = "".join(
                "[^/]+" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{[^}]*\})", pattern)
            )
            if verb == method and re.fullmatch(form, path):
                return handler
        return None

    def _check_signature(self, incoming: Incoming, raw: bytes) -> None:
        query = incoming.query
        if query.get("app_key") != PARTNER_ID:
            raise TikTokError(106001, "app_key is invalid")
        said = query.get("timestamp", "")
        late = time.time() - int(said) if said.isdigit() else float("inf")
        if not -AHEAD <= late <= BEHIND:
            raise TikTokError(36009004, "timestamp is expired")
        names = sorted(name for name in query if name not in ("sign", "access_token"))
        text = incoming.path + "".join(name + query[name] for name in names)
        message = PARTNER_KEY.encode() + text.encode() + raw + PARTNER_KEY.encode()
        expected = hmac.new(PARTNER_KEY.encode(), message, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), query.get("sign", "").encode()):
            raise TikTokError(106001, "sign is invalid")

    # Metadata and pictures

    async def _shops(self, incoming: Incoming) -> dict[str, Any]:
        name = self._store.shop_name(MARKET, incoming.shop_id)
        one = {"id": incoming.shop_id, "name": name, "region": "VN", "cipher": cipher_of(incoming.shop_id)}
        return {"shops": [one]}

    async def _upload(self, incoming: Incoming) -> dict[str, Any]:
        found = await pictures.measured(incoming.picture)
        low, high = rules.PICTURE_SIDE
        if found is None or not found.media_type:
            raise bad("image is not a valid JPG or PNG of at most 10 MB")
        if not (low <= found.width <= high and low <= found.height <= high):
            raise bad(f"image sides must have {low} to {high} pixels")
        uri = "tos-sandbox-" + hashlib.sha256(incoming.picture).hexdigest()[:32]
        self._store.add_picture(uri, MARKET, found.media_type, incoming.picture)
        return {
            "uri": uri,
            "url": self._picture_url(uri),
            "width": found.width,
            "height": found.height,
            "use_case": "MAIN_IMAGE",
        }

    def _picture_url(self, uri: str) -> str:
        return f"{self._public_base}/file/{uri}"

    def _version(self, said: Mapping[str, Any]) -> None:
        if said.get("category_version") != "v2":
            raise bad("category_version v2 is mandatory in this market")

    async def _categories(self, incoming: Incoming) -> dict[str, Any]:
        self._version(incoming.query)
        return {"categories": rules.categories()}

    async def _recommend(self, incoming: Incoming) -> dict[str, Any]:
        self._version(incoming.body)
        return {"leaf_category_id": rules.recommended(str(incoming.body.get("product_title", "")))}

    async def _attributes(self, incoming: Incoming) -> dict[str, Any]:
        self._version(incoming.query)
        return {"attributes": rules.attributes(incoming.part(3))}

    async def _brands(self, incoming: Incoming) -> dict[str, Any]:
        self._version(incoming.query)
        wanted = incoming.query.get("brand_name", "").lower()
        found = [{"id": one, "name": name} for one, name in rules.BRANDS if wanted in name.lower()]
        return {"brands": found}

    async def _warehouses(self, incoming: Incoming) -> dict[str, Any]:
        return {"warehouses": list(rules.WAREHOUSES)}

    # Changes

    def _images(self, body: Mapping[str, Any]) -> list[str]:
        uris = [str(image.get("uri", "")) for image in rules.objects(body, "main_images", rules.PICTURES)]
        if any(self._store.picture(uri) is None for uri in uris):
            raise bad("main_images: image was not uploaded here")
        return uris

    def _product(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """(product, SKU) of a create, checked."""
        self._version(body)
        category_id = str(body.get("category_id", ""))
        rules.chain(category_id)
        sku = rules.objects(body, "skus", 1)[0]
        data: dict[str, Any] = {
            "item_name": rules.title_of(body),
            "description": rules.description_of(body),
            "category_id": category_id,
            "brand_id": rules.brand_of(body),
            "product_attributes": rules.attributes_of(body, category_id),
            "package_weight": rules.weight_of(body),
            "image_ids": self._images(body),
            "original_price": rules.price_of(sku),
            "stock": rules.stock_of(sku, least=rules.STOCK[0]),
            "active": True,
        }
        if "package_dimensions" in body:
            data["package_dimensions"] = rules.dimensions_of(body)
        data["failed"] = rules.fails(data)
        return data, rules.seller_sku_of(sku)

    async def _check(self, incoming: Incoming) -> dict[str, Any]:
        try:
            self._product(incoming.body)
        except TikTokError as error:
            return {"check_result": "FAILED", "fail_reasons": [{"message": error.message}]}
        return {"check_result": "PASS", "fail_reasons": []}

    async def _create(self, incoming: Incoming) -> dict[str, Any]:
        if incoming.body.get("save_mode") != "LISTING":
            raise bad("this simulation takes save_mode LISTING only")
        data, sku = self._product(incoming.body)
        with self._store.transaction():
            item_id = self._store.add_item(
                MARKET,
                incoming.shop_id,
                sku,
                data,
                word="REVIEWING",
                review_seconds=self._review_seconds,
                find_delay=incoming.find_delay,
            )
            self._record(incoming, item_id, sku, {"title": data["item_name"]})
        return {"product_id": str(item_id), "skus": [{"id": str(item_id), "seller_sku": sku}]}

    def _record(self, incoming: Incoming, item_id: int, sku: str, detail: Any) -> None:
        """In the history a call stands under its path without ids."""
        call = "/".join(part for part in incoming.path.strip("/").split("/")[2:] if not part.isdigit())
        self._store.record(MARKET, incoming.shop_id, call, item_id=item_id, sku=sku, detail=detail)

    def _own(self, incoming: Incoming, said: Any) -> StoredItem:
        number = str(said)
        item = self._store.item(MARKET, int(number)) if number.isdigit() and len(number) < 16 else None
        if item is None or item.shop_id != incoming.shop_id or item.word == "DELETED":
            raise TikTokError(12052220, "Product not found")
        return item

    async def _edit(self, incoming: Incoming) -> dict[str, Any]:
        item, body = self._own(incoming, incoming.part(3)), incoming.body
        if item.word in ("FREEZE", "PLATFORM_DEACTIVATED"):
            raise bad("product is frozen and cannot be edited")
        data, sku = dict(item.data), item.sku
        readers: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {
            "title": ("item_name", rules.title_of),
            "description": ("description", rules.description_of),
            "brand_id": ("brand_id", rules.brand_of),
            "package_weight": ("package_weight", rules.weight_of),
            "package_dimensions": ("package_dimensions", rules.dimensions_of),
            "main_images": ("image_ids", self._images),
            "product_attributes": (
                "product_attributes",
                lambda said: rules.attributes_of(said, data.get("category_id", "600010")),
            ),
        }
        for name in body:
            if name in readers:
                data[readers[name][0]] = readers[name][1](body)
            elif name != "skus":
                raise bad(f"{name} cannot be edited here")
        if "skus" in body:
            one = rules.objects(body, "skus", 1)[0]
            if str(one.get("id", "")) != str(item.id):
                raise bad("skus: a SKU that is left out is deleted, and a product needs one")
            data |= {"original_price": rules.price_of(one), "stock": rules.stock_of(one, least=0)}
            sku = rules.seller_sku_of(one)
        data["failed"] = rules.fails(data)
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=sku)
            if word_of(item) == "FAILED":
                self._store.review_again(item.id, self._review_seconds)
            self._record(incoming, item.id, sku, {"edited": sorted(body)})
        return {"product_id": str(item.id)}

    async def _prices(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        if word_of(item) != "ACTIVATE":
            raise bad("price can be updated only while the product is on sale")
        return self._change(incoming, item, lambda sku: {"original_price": rules.price_of(sku)})

    async def _inventory(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        return self._change(incoming, item, lambda sku: {"stock": rules.stock_of(sku, least=0)})

    def _change(
        self, incoming: Incoming, item: StoredItem, read: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """A wrong entry is told in ``errors`` while ``code`` stays 0, as the real calls do."""
        sku = rules.objects(incoming.body, "skus", 1)[0]
        try:
            if str(sku.get("id", "")) != str(item.id):
                raise bad("sku does not belong to the product")
            changes = read(sku)
        except TikTokError as error:
            return {"errors": [{"code": error.code, "message": error.message}]}
        with self._store.transaction():
            self._store.change_item(item.id, {**item.data, **changes})
            self._record(incoming, item.id, item.sku, changes)
        return {}

    async def _deactivate(self, incoming: Incoming) -> dict[str, Any]:
        return self._switch(incoming, active=False)

    async def _activate(self, incoming: Incoming) -> dict[str, Any]:
        return self._switch(incoming, active=True)

    def _switch(self, incoming: Incoming, *, active: bool) -> dict[str, Any]:
        ids = incoming.body.get("product_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= rules.BATCH:
            raise bad(f"product_ids must have 1 to {rules.BATCH} entries")
        errors = []
        for one in ids:
            try:
                item = self._own(incoming, one)
                if word_of(item) not in ("ACTIVATE", "SELLER_DEACTIVATED"):
                    raise bad(f"product in status {word_of(item)} cannot be switched")
            except TikTokError as error:
                errors.append(
                    {"code": error.code, "message": error.message, "detail": {"product_id": str(one)}}
                )
                continue
            with self._store.transaction():
                self._store.change_item(item.id, {**item.data, "active": active})
                if active:
                    self._store.review_again(item.id, self._review_seconds)
                self._record(incoming, item.id, item.sku, {"active": active})
        return {"errors": errors}

    # Reads

    async def _get(self, incoming: Incoming) -> dict[str, Any]:
        item = self._own(incoming, incoming.part(3))
        data = item.data
        brand = {"brand": {"id": data["brand_id"]}} if data.get("brand_id") else {}
        size = {"package_dimensions": data["package_dimensions"]} if "package_dimensions" in data else {}
        return self._brief(item) | {
            **brand,
            **size,
            "description": data["description"],
            "category_chains": rules.chain(data.get("category_id", "600010")),
            "product_attributes": data.get("product_attributes", []),
            "package_weight": data.get(
                "package_weight", {"value": f"{data.get('weight', 0.5):g}", "unit": "KILOGRAM"}
            ),
            "main_images": [{"uri": uri, "urls": [self._picture_url(uri)]} for uri in data["image_ids"]],
            "audit_failed_reasons": [rules.FAILED] if word_of(item) == "FAILED" else [],
        }

    def _brief(self, item: StoredItem) -> dict[str, Any]:
        word = word_of(item)
        audit = {"PENDING": "AUDITING", "FAILED": "FAILED"}.get(word, "APPROVED")
        amount = str(int(item.data["original_price"]))
        price = {"currency": "VND", "sale_price": amount, "tax_exclusive_price": amount}
        inventory = {"warehouse_id": rules.SALES_WAREHOUSE, "quantity": item.data["stock"]}
        return {
            "id": str(item.id),
            "title": item.data["item_name"],
            "status": word,
            "audit": {"status": audit},
            "skus": [{"id": str(item.id), "seller_sku": item.sku, "price": price, "inventory": [inventory]}],
        }

    async def _search(self, incoming: Incoming) -> dict[str, Any]:
        size, start = incoming.query.get("page_size", ""), incoming.query.get("page_token", "0")
        if not size.isdigit() or not 1 <= int(size) <= MAX_PAGE or not start.isdigit():
            raise bad(f"page_size must be between 1 and {MAX_PAGE}")
        items = [
            item
            for item in self._store.items(MARKET, incoming.shop_id)
            if item.findable and item.word != "DELETED"
        ]
        skus = incoming.body.get("seller_skus")
        if isinstance(skus, list):
            items = [item for item in items if item.sku in skus]
        end = int(start) + int(size)
        return {
            "products": [self._brief(item) for item in items[int(start) : end]],
            "total_count": len(items),
            "next_page_token": str(end) if end < len(items) else "",
        }
