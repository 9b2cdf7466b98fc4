"""The catalogue of Meta's Graph API: batches with handles, items read back by their retailer id.

Written from the published page on batches. The words of a handle's status, ``review_status`` and ``visibility``
are assumed, as docs/marketplaces/meta_catalogue.md says. A catalogue has no pages of its own.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.store import StoredItem

MARKET = "meta_catalogue"
LOOK = html.Look("Danh mục mô phỏng kiểu Meta", "#1a56b0", "/meta_catalogue/")
MOST_REQUESTS = 5_000
_WORDS = {"NORMAL": "approved", "REVIEWING": "pending", "REJECTED": "rejected", "UNLIST": "approved"}
_REQUIRED = ("title", "description", "availability", "condition", "price", "link", "image_link", "brand")
_LONGEST = {"title": 200, "description": 9_999, "id": 100}
Body = dict[str, Any]


class GraphError(Exception):
    """An error in the Graph form."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> Body:
        kind = "OAuthException" if self.code == 190 else "GraphMethodException"
        said = {"message": self.message, "type": kind, "code": self.code, "fbtrace_id": uuid.uuid4().hex[:11]}
        return {"error": said}


class MetaCatalogueSandbox:
    """Catalogues by their number; a system user's token opens one."""

    def __init__(self, behind: Behind) -> None:
        self._store = behind.store
        self._plan = behind.plan
        self._grants = behind.grants
        self._rates = behind.rates
        self._review_seconds = behind.review_seconds

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/", self.home, methods=["GET"], response_class=HTMLResponse)
        router.add_api_route("/{catalogue}/{edge}", self.serve, methods=["GET", "POST"])
        return router

    async def serve(self, catalogue: str, edge: str, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        shop = self._grants.shop_of(MARKET, token)
        call = f"{request.method.lower()}/{edge}"
        if not self._rates.allows(MARKET, shop, call):
            return Response("Too Many Requests", 429)
        try:
            body = await request.json() if request.method == "POST" else None
        except ValueError:
            body = None

        async def act(find_delay: float) -> Done:
            try:
                if not shop:
                    raise GraphError(401, 190, "Error validating access token")
                if shop != catalogue:
                    raise GraphError(400, 100, "Object does not exist or cannot be loaded")
                self._store.ensure_shop(MARKET, shop, with_items=True)
                return Done(200, self._answer(shop, call, request.query_params, body, find_delay))
            except GraphError as error:
                return Done(error.status, error.body)

        return await self._plan.run(call, shop, act)

    def _answer(self, shop: str, call: str, query: Mapping[str, str], body: Any, find_delay: float) -> Body:
        match call:
            case "post/items_batch":
                return self._batch(shop, body, find_delay)
            case "get/check_batch_request_status":
                return self._handle(shop, query.get("handle", ""))
            case "get/products":
                return self._products(shop, query)
        raise GraphError(400, 2500, "Unknown path components")

    # Batches

    def _batch(self, shop: str, body: Any, find_delay: float) -> Body:
        said = body if isinstance(body, dict) else {}
        requests = said.get("requests")
        if said.get("item_type") != "PRODUCT_ITEM" or not isinstance(requests, list) or not requests:
            raise GraphError(400, 100, "(#100) item_type and requests are required")
        if len(requests) > MOST_REQUESTS:
            raise GraphError(400, 100, "(#100) too many requests in a batch")
        errors = []
        with self._store.transaction():
            for line, each in enumerate(requests, start=1):
                problem = self._apply(shop, each, bool(said.get("allow_upsert", True)), find_delay)
                if problem:
                    named = str((each.get("data") or {}).get("id", ""))
                    errors += [{"line": line, "id": named, "message": text} for text in problem]
            handle = uuid.uuid4().hex
            kept = {"handle": handle, "done_at": time.time() + self._review_seconds / 2, "errors": errors}
            self._store.add_event(MARKET, shop, kept)
        return {"handles": [handle]}

    def _apply(self, shop: str, request: Any, upsert: bool, find_delay: float) -> list[str]:
        """Do one request of a batch; what is wrong with it."""
        data = request.get("data") if isinstance(request, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not data["id"]:
            return ["id is required"]
        sku, method = data["id"], request.get("method")
        there = next(iter(self._store.items(MARKET, shop, sku=sku)), None)
        if method == "DELETE":
            if there is not None:
                self._store.set_word(there.id, "SELLER_DELETE")
            return []
        if method not in ("CREATE", "UPDATE"):
            return [f"unknown method {method}"]
        if there is None and method == "UPDATE" and not upsert:
            return ["item does not exist"]
        merged = {**(there.data["said"] if there is not None and "said" in there.data else {}), **data}
        problems = _problems(merged) if there is None or "said" in there.data else []
        if problems:
            return problems
        stored = _stored(merged, there)
        if there is None:
            item_id = self._store.add_item(
                MARKET, shop, sku, stored, word="REVIEWING", review_seconds=self._review_seconds,
                find_delay=find_delay,
            )  # fmt: skip
            self._store.record(MARKET, shop, "create", item_id=item_id, sku=sku, detail=data)
            return []
        self._store.change_item(there.id, stored)
        self._store.record(MARKET, shop, "update", item_id=there.id, sku=sku, detail=data)
        return []

    def _handle(self, shop: str, handle: str) -> Body:
        kept = next(
            (each for _, each in self._store.events(MARKET, shop, 0, 1_000_000) if each["handle"] == handle),
            None,
        )
        if kept is None:
            raise GraphError(400, 100, "(#100) Invalid handle")
        over = kept["done_at"] <= time.time()
        errors = kept["errors"] if over else []
        status = "finished" if over else "in_progress"
        said = {"handle": handle, "status": status, "errors_total_count": len(errors), "errors": errors}
        return {"data": [{**said, "warnings": []}]}

    # Items

    def _products(self, shop: str, query: Mapping[str, str]) -> Body:
        try:
            wanted = json.loads(query.get("filter") or "{}")
        except ValueError as error:
            raise GraphError(400, 100, "(#100) filter is no JSON") from error
        sku = wanted.get("retailer_id", {}).get("eq") if isinstance(wanted, dict) else None
        found = [
            each
            for each in self._store.items(MARKET, shop, sku=sku)
            if each.findable and each.word != "SELLER_DELETE"
        ]
        after, limit = query.get("after", ""), min(int(query.get("limit") or 25), 1_000)
        rest = [each for each in found if not after or each.id > int(after)]
        shown, more = rest[:limit], len(rest) > limit
        paging: Body = {"cursors": {"after": str(shown[-1].id)}} if shown else {}
        if more:
            paging = {**paging, "next": "…"}
        return {"data": [_record(each) for each in shown], "paging": paging}

    async def home(self) -> Response:
        cards = [
            html.Card("", each.data["item_name"], int(each.data["original_price"]), "", each.shop_id)
            for each in reversed(self._store.items(MARKET))
            if each.word == "NORMAL" and each.data.get("visibility", "published") == "published"
        ]
        body = f"<h1>Sản phẩm trong các danh mục</h1>{html.cards(cards[:60], 'Chưa có sản phẩm.')}"
        return html.page(LOOK, "Danh mục", body)


def _problems(data: Mapping[str, Any]) -> list[str]:
    wrong = [f"{name} is required" for name in _REQUIRED if not str(data.get(name) or "").strip()]
    wrong += [f"{name} is too long" for name, most in _LONGEST.items() if len(str(data.get(name, ""))) > most]
    if data.get("availability") not in ("in stock", "out of stock", None):
        wrong.append("availability must be 'in stock' or 'out of stock'")
    if data.get("price") and not re.fullmatch(r"[1-9][0-9]{0,11} VND", str(data["price"])):
        wrong.append("price must be written as '129000 VND'")
    links = [data.get("image_link"), data.get("link"), *(data.get("additional_image_link") or [])]
    if any(each and not str(each).startswith(("http://", "https://")) for each in links):
        wrong.append("image_link and link must be addresses")
    return wrong


def _stored(data: Mapping[str, Any], there: StoredItem | None) -> Body:
    """The store's own fields beside what was said."""
    if "title" not in data and there is not None:  # a seeded item, of which only the visibility is changed
        return {**there.data, "visibility": data.get("visibility", "published")}
    return {
        "item_name": unicodedata.normalize("NFC", str(data["title"])),
        "description": data["description"],
        "original_price": int(str(data["price"]).partition(" ")[0]),
        "stock": 0 if data["availability"] == "out of stock" else 1,
        "image_ids": [data["image_link"]],
        "visibility": data.get("visibility", "published"),
        "said": dict(data),
    }


def _record(item: StoredItem) -> Body:
    data = item.data
    return {
        "id": str(item.id),
        "retailer_id": item.sku,
        "name": data["item_name"],
        "description": data["description"],
        # As Graph formats money of a catalogue in Vietnamese.
        "price": f"{int(data['original_price']):,}".replace(",", ".") + " ₫",
        "availability": "in stock" if data["stock"] else "out of stock",
        "review_status": _WORDS.get(item.word, item.word),
        "visibility": data.get("visibility", "published"),
        "image_url": data["image_ids"][0] if data["image_ids"] else "",
    }
