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
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import pictures
from ocop_hub.sandbox import tiktok_rules as rules
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.grants import REFRESH_LIFE, Tokens
from ocop_hub.sandbox.tiktok_products import MARKET, Incoming, Products
from ocop_hub.sandbox.tiktok_rules import TikTokError, bad

#: Seconds a timestamp may be behind and ahead.
BEHIND, AHEAD = 300, 30
UPLOAD = "/product/202309/images/upload"
SHOPS = "/authorization/202309/shops"
#: Calls that name no shop.
OF_NO_SHOP = frozenset({UPLOAD, SHOPS})
CREATE = "/product/202309/products"


def cipher_of(shop_id: str) -> str:
    """What names a shop in the query."""
    return f"ROW_sandbox_{shop_id}"


Handler = Callable[[Incoming], Awaitable[dict[str, Any]]]


class TikTokShopSandbox:
    """The marketplace behind the interface."""

    def __init__(self, behind: Behind, public_base: str) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._grants = behind.grants
        self._rates = behind.rates
        self._products = Products(behind.store, public_base, review_seconds=behind.review_seconds)
        #: Method, path with ``{…}`` for one part, handler; the first that fits.
        self.calls: tuple[tuple[str, str, Handler], ...] = (
            ("GET", SHOPS, self._shops),
            ("POST", UPLOAD, self._upload),
            ("GET", "/product/202309/categories", self._categories),
            ("POST", "/product/202309/categories/recommend", self._recommend),
            ("GET", "/product/202309/categories/{category_id}/attributes", self._attributes),
            ("GET", "/product/202309/brands", self._brands),
            ("GET", "/logistics/202309/warehouses", self._warehouses),
            ("POST", "/product/202309/products/listing_check", self._products.check),
            ("POST", CREATE, self._products.create),
            ("POST", "/product/202509/products/{product_id}/partial_edit", self._products.edit),
            ("POST", "/product/202309/products/{product_id}/prices/update", self._products.prices),
            ("POST", "/product/202309/products/{product_id}/inventory/update", self._products.inventory),
            ("POST", "/product/202309/products/deactivate", self._products.deactivate),
            ("POST", "/product/202309/products/activate", self._products.activate),
            ("GET", "/product/202309/products/{product_id}", self._products.get),
            ("POST", "/product/202502/products/search", self._products.search),
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
            "url": self._products.picture_url(uri),
            "width": found.width,
            "height": found.height,
            "use_case": "MAIN_IMAGE",
        }

    async def _categories(self, incoming: Incoming) -> dict[str, Any]:
        rules.version(incoming.query)
        return {"categories": rules.categories()}

    async def _recommend(self, incoming: Incoming) -> dict[str, Any]:
        rules.version(incoming.body)
        return {"leaf_category_id": rules.recommended(str(incoming.body.get("product_title", "")))}

    async def _attributes(self, incoming: Incoming) -> dict[str, Any]:
        rules.version(incoming.query)
        return {"attributes": rules.attributes(incoming.part(3))}

    async def _brands(self, incoming: Incoming) -> dict[str, Any]:
        rules.version(incoming.query)
        wanted = incoming.query.get("brand_name", "").lower()
        found = [{"id": one, "name": name} for one, name in rules.BRANDS if wanted in name.lower()]
        return {"brands": found}

    async def _warehouses(self, incoming: Incoming) -> dict[str, Any]:
        return {"warehouses": list(rules.WAREHOUSES)}
