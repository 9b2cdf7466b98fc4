"""A partner interface for the marketplaces that publish none: made up, in two manners that differ in everything.

Nothing here is a fact about Postmart or Vỏ Sò but Postmart's list of categories and its envelope. It is what the
shipped partner profiles are tried against; what is put up through it stands on the same public pages as what
people enter by hand (``by_hand``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from ocop_hub.sandbox import pictures
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY
from ocop_hub.sandbox.faults import Done
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.store import StoredItem

#: Seconds a signed call may be old or early.
CLOCK_WINDOW = 300
LONGEST_TITLE = 200
MAX_PAGE = 100
#: Of the published page: (gc_id, gc_name, gc_parent_id). The first is documented, the others are made up.
CATEGORIES = ((782, "Thực Phẩm - Đặc sản", 0), (790, "Đồ uống", 0), (795, "Thủ công mỹ nghệ", 0))
Record = dict[str, Any]


class PartnerError(Exception):
    """A refusal by its code of the manner ("token", "sign", "clock", "invalid", "gone"); ``fields`` in our words."""

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, fields or {}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: who calls, and what is said."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    said: Mapping[str, Any]


class Manner(Protocol):
    """How one of the two speaks."""

    @property
    def market(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def names(self) -> Mapping[str, str]:
        """Our names of an item's fields → the interface's dotted names."""

    @property
    def words(self) -> Mapping[str, str | int]: ...

    def shop_of(self, asked: Asked, grants: Grants) -> str:
        """The stall that calls. Raises :class:`PartnerError`."""

    def good(self, result: Any) -> Record: ...

    def bad(self, error: PartnerError) -> tuple[int, Record]: ...

    def paged(self, asked: Asked, records: list[Record]) -> Any: ...

    def kept_picture(self, picture_id: str) -> Record: ...


class PostmartLike:
    """Bearer tokens; one envelope with the code inside, always HTTP 200."""

    market = "postmart"
    prefix = "apis/v1/merchant/"
    names = {
        "sku": "sku", "title": "name", "description": "description", "price": "price", "stock": "quantity",
        "images": "images", "category": "gc_id", "id": "id", "word": "status",
    }  # fmt: skip
    words = {
        "REVIEWING": "cho_duyet", "NORMAL": "dang_ban", "UNLIST": "tam_ngung", "REJECTED": "bi_tra_lai",
        "BANNED": "bi_khoa", "SELLER_DELETE": "da_xoa",
    }  # fmt: skip
    _codes = {"token": 401, "sign": 401, "clock": 401, "invalid": 422, "gone": 404}

    def shop_of(self, asked: Asked, grants: Grants) -> str:
        shop = grants.shop_of(self.market, asked.headers.get("authorization", "").removeprefix("Bearer "))
        if not shop:
            raise PartnerError("token", "Phiên đăng nhập không hợp lệ")
        return shop

    def good(self, result: Any) -> Record:
        return {"code": 200, "message": "Thành công", "result": result, "requestMethod": ""}

    def bad(self, error: PartnerError) -> tuple[int, Record]:
        errors = [{"field": self.names[name], "message": text} for name, text in error.fields.items()]
        body = {"code": self._codes[error.code], "message": error.message, "result": {"errors": errors}}
        return 200, {**body, "requestMethod": ""}

    def paged(self, asked: Asked, records: list[Record]) -> Any:
        page, limit = _whole(asked.query.get("page"), 1), _whole(asked.query.get("limit"), 20)
        limit = min(limit, MAX_PAGE)
        return records[(page - 1) * limit : page * limit]

    def kept_picture(self, picture_id: str) -> Record:
        return {"id": picture_id}


class VosoLike:
    """A signature over method, path, time and body; HTTP statuses; pages by the number after which they begin."""

    market = "voso"
    prefix = "partner/v1/"
    names = {
        "sku": "code", "title": "title", "description": "content", "price": "price.amount", "stock": "available",
        "images": "pictures", "id": "item_id", "word": "state",
    }  # fmt: skip
    words = {"REVIEWING": 1, "NORMAL": 2, "UNLIST": 3, "REJECTED": 4, "BANNED": 5, "SELLER_DELETE": 6}
    _codes = {"token": 401, "sign": 403, "clock": 403, "invalid": 400, "gone": 404}

    def shop_of(self, asked: Asked, grants: Grants) -> str:
        at = asked.headers.get("x-time", "")
        if not at.isdigit() or abs(time.time() - int(at)) > CLOCK_WINDOW:
            raise PartnerError("clock", "X-Time is outside of the window")
        said = f"{asked.method}{asked.path}{at}".encode() + asked.raw
        digest = base64.b64encode(hmac.new(PARTNER_KEY.encode(), said, hashlib.sha256).digest()).decode()
        if asked.headers.get("x-partner") != PARTNER_ID or asked.headers.get("x-sign") != digest:
            raise PartnerError("sign", "X-Sign does not hold")
        shop = grants.shop_of(self.market, asked.headers.get("x-token", ""))
        if not shop or shop != asked.headers.get("x-shop"):
            raise PartnerError("token", "X-Token opens no such shop")
        return shop

    def good(self, result: Any) -> Record:
        return {
            "status": "ok",
            "request": hashlib.sha256(str(time.time_ns()).encode()).hexdigest()[:16],
            "data": result,
        }

    def bad(self, error: PartnerError) -> tuple[int, Record]:
        details = [
            {"key": self.names[name].partition(".")[0], "text": text} for name, text in error.fields.items()
        ]
        body = {"status": error.code, "error": {"text": error.message, "details": details}}
        return self._codes[error.code], body

    def paged(self, asked: Asked, records: list[Record]) -> Any:
        after, size = _whole(asked.query.get("after"), 0), min(_whole(asked.query.get("size"), 20), MAX_PAGE)
        rest = [record for record in records if int(record["item_id"]) > after]
        more = str(rest[size - 1]["item_id"]) if len(rest) > size else ""
        return {"items": rest[:size], "after": more}

    def kept_picture(self, picture_id: str) -> Record:
        return {"picture_id": picture_id}


MANNERS: tuple[Manner, ...] = (PostmartLike(), VosoLike())


class PartnerSandbox:
    """The calls behind one manner."""

    def __init__(self, manner: Manner, behind: Behind) -> None:
        self._manner = manner
        self._market = manner.market
        self._store = behind.store
        self._plan = behind.plan
        self._grants = behind.grants
        self._rates = behind.rates
        self._review_seconds = behind.review_seconds

    def router(self) -> APIRouter:
        router = APIRouter()
        path = f"/{self._manner.prefix}{{call:path}}"
        router.add_api_route(path, self.serve, methods=["GET", "POST", "PUT"])
        router.add_api_route("/oauth/token", self.token, methods=["POST"])
        return router

    async def token(self, request: Request) -> Response:
        """Tokens after RFC 6749; the application names itself in the form."""
        async with request.form() as form:
            said = {name: value for name, value in form.items() if isinstance(value, str)}
        if (said.get("client_id"), said.get("client_secret")) != (PARTNER_ID, PARTNER_KEY):
            return JSONResponse({"error": "invalid_client"}, 401)
        tokens = None
        if said.get("grant_type") == "refresh_token":
            tokens = self._grants.refresh(self._market, said.get("refresh_token", ""))
        if said.get("grant_type") == "authorization_code":
            tokens = self._grants.exchange(self._market, said.get("code", ""), said.get("redirect_uri", ""))
        if tokens is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "used, old or unknown"}, 400)
        return JSONResponse(
            {
                "access_token": tokens.access,
                "refresh_token": tokens.refresh,
                "token_type": "Bearer",
                "expires_in": tokens.life,
            }
        )

    async def serve(self, call: str, request: Request) -> Response:
        asked, photo = await _read(request, f"/{self._manner.prefix}{call}")
        error: PartnerError | None = None
        shop = ""
        try:
            shop = self._manner.shop_of(asked, self._grants)
        except PartnerError as refused:
            error = refused
        name = _named(asked.method, call)
        if not self._rates.allows(self._market, shop, name):
            return Response("Too Many Requests", 429, media_type="text/plain")

        async def act(find_delay: float) -> Done:
            try:
                if error is not None:
                    raise error
                self._store.ensure_shop(self._market, shop, with_items=True)
                if photo is not None:
                    return Done(200, self._manner.good(await self._picture(photo)))
                return Done(200, self._manner.good(self._answer(shop, asked, call, find_delay)))
            except PartnerError as refused:
                return Done(*self._manner.bad(refused))

        return await self._plan.run(name, shop, act)

    def _answer(self, shop: str, asked: Asked, call: str, find_delay: float) -> Any:
        match (asked.method, call.split("/")):
            case ("GET", ["categories", "all"]) if self._market == "postmart":
                return [
                    {"gc_id": one, "gc_name": name, "gc_parent_id": parent, "gc_show": 1, "commis_rate": 0}
                    for one, name, parent in CATEGORIES
                ]
            case ("POST", ["products" | "items"]):
                return self._create(shop, asked.said, find_delay)
            case ("GET", ["products" | "items"]):
                sku = asked.query.get(self._manner.names["sku"])
                found = self._store.items(self._market, shop, sku=sku)
                return self._manner.paged(asked, [self._record(each) for each in found if each.findable])
            case ("GET", ["products" | "items", number]):
                return self._record(self._own(shop, number))
            case ("PUT", ["products" | "items", number]):
                return self._change(self._own(shop, number), asked.said)
            case ("POST", ["products", number, "hide" | "show" as turned]):
                return self._turn(self._own(shop, number), "NORMAL" if turned == "show" else "UNLIST")
            case ("PUT", ["items", number, "state"]):
                return self._turn(self._own(shop, number), "NORMAL" if asked.said.get("shown") else "UNLIST")
        raise PartnerError("gone", "Không có địa chỉ này")

    def _own(self, shop: str, number: str) -> StoredItem:
        item = self._store.item(self._market, int(number)) if number.isdigit() and len(number) < 16 else None
        if item is None or item.shop_id != shop:
            raise PartnerError("gone", "Không tìm thấy sản phẩm")
        return item

    async def _picture(self, content: bytes) -> Record:
        kind = await pictures.media_type(content)
        if not kind:
            raise PartnerError("invalid", "Ảnh không đọc được", {"images": "Ảnh không đọc được"})
        picture_id = "pm-" + hashlib.sha256(content).hexdigest()[:32]
        self._store.add_picture(picture_id, self._market, kind, content)
        return self._manner.kept_picture(picture_id)

    def _create(self, shop: str, said: Mapping[str, Any], find_delay: float) -> Record:
        data, sku = self._checked(said)
        with self._store.transaction():
            item_id = self._store.add_item(
                self._market, shop, sku, data, word="REVIEWING", review_seconds=self._review_seconds,
                find_delay=find_delay,
            )  # fmt: skip
            detail = {"title": data["item_name"]}
            self._store.record(self._market, shop, "partner/create", item_id=item_id, sku=sku, detail=detail)
        return self._record(self._own(shop, str(item_id)))

    def _change(self, item: StoredItem, said: Mapping[str, Any]) -> Record:
        data, sku = self._checked(said, pictures_there=item.data["image_ids"])
        with self._store.transaction():
            self._store.change_item(item.id, data, sku=sku)
            self._kept("partner/update", item, {"title": data["item_name"]})
        return self._record(self._own(item.shop_id, str(item.id)))

    def _turn(self, item: StoredItem, word: str) -> Record:
        if item.word not in ("NORMAL", "UNLIST"):
            raise PartnerError("invalid", "Sản phẩm chưa được duyệt")
        with self._store.transaction():
            self._store.set_word(item.id, word)
            self._kept("partner/state", item, {"word": word})
        return self._record(self._own(item.shop_id, str(item.id)))

    def _kept(self, call: str, item: StoredItem, detail: Record) -> None:
        self._store.record(self._market, item.shop_id, call, item_id=item.id, sku=item.sku, detail=detail)

    def _checked(self, said: Mapping[str, Any], *, pictures_there: Sequence[str] = ()) -> tuple[Record, str]:
        """(stored fields, SKU) of what is sent; pictures that are not spoken of stay."""
        given = {ours: _at(said, name) for ours, name in self._manner.names.items()}
        wrong = {}
        for name in ("sku", "title", "description"):
            if not isinstance(given[name], str) or not given[name].strip():
                wrong[name] = "không được để trống"
        if isinstance(given["title"], str) and len(given["title"]) > LONGEST_TITLE:
            wrong["title"] = f"dài quá {LONGEST_TITLE} ký tự"
        if not _is_whole(given["price"]) or given["price"] <= 0:
            wrong["price"] = "phải lớn hơn 0"
        if not _is_whole(given["stock"]) or given["stock"] < 0:
            wrong["stock"] = "phải từ 0 trở lên"
        ids = given["images"] if isinstance(given["images"], list) else list(pictures_there)
        if not ids or not all(isinstance(one, str) and self._store.picture(one) for one in ids):
            wrong["images"] = "cần ít nhất một ảnh đã tải lên"
        if "category" in given and str(given["category"]) not in {str(one) for one, _, _ in CATEGORIES}:
            wrong["category"] = "không có ngành hàng này"
        if wrong:
            raise PartnerError("invalid", "Dữ liệu chưa đúng", wrong)
        data = {
            "item_name": unicodedata.normalize("NFC", given["title"]),
            "description": given["description"],
            "original_price": given["price"],
            "stock": given["stock"],
            "image_ids": ids,
        }
        return data, given["sku"]

    def _record(self, item: StoredItem) -> Record:
        names, record = self._manner.names, {}
        values = {
            "id": item.id,
            "sku": item.sku,
            "title": item.data["item_name"],
            "description": item.data["description"],
            "price": int(item.data["original_price"]),
            "stock": item.data["stock"],
            "images": item.data["image_ids"],
            "word": self._manner.words.get(item.word, item.word),
        }
        for ours, value in values.items():
            head, _, tail = names[ours].partition(".")
            record[head] = {tail: value} if tail else value
        if item.word == "REJECTED":
            record["reason"] = "Ảnh chưa rõ sản phẩm"
        return record


async def _read(request: Request, path: str) -> tuple[Asked, bytes | None]:
    """The call, and the file where one is sent."""
    raw, photo, said = b"", None, {}
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form(max_files=1) as form:
            part = next((each for each in form.values() if isinstance(each, UploadFile)), None)
            photo = await part.read() if part is not None else b""
    elif request.method != "GET":
        raw = await request.body()
        try:
            read = await request.json()
        except ValueError:
            read = None
        said = read if isinstance(read, dict) else {}
    asked = Asked(request.method, path, request.query_params, request.headers, raw, said)
    return asked, photo


def _named(method: str, call: str) -> str:
    """What a call is called in faults and counts, whatever its number."""
    parts = ["n" if part.isdigit() else part for part in call.split("/")]
    return f"{method.lower()}/{'/'.join(parts)}"


def _at(said: Mapping[str, Any], name: str) -> Any:
    head, _, tail = name.partition(".")
    value = said.get(head)
    return value.get(tail) if tail and isinstance(value, Mapping) else value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(text: str | None, otherwise: int) -> int:
    return max(int(text), 0) if text and text.isascii() and text.isdigit() else otherwise
