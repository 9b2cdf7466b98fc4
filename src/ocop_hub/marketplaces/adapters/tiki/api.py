"""One call to Tiki: a bearer token, real HTTP statuses, and errors in one of two shapes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from ocop_hub.marketplaces.by_api import Caller
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    Missing,
    Reason,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
)
from ocop_hub.marketplaces.gateway import Answer, Outgoing

API_BASE = "https://api.tiki.vn"
#: Words of a message that tell which field of the draft is meant.
_FIELD_WORDS = (
    ("original_sku", "seller_sku"),
    ("name", "title"),
    ("description", "description"),
    ("price", "price_vnd"),
    ("image", "pictures"),
    ("category", "category_id"),
    ("attribute", "attributes"),
    ("quantit", "stock"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A successful answer and the kept exchange."""

    body: Mapping[str, Any]
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def records(self, name: str = "data") -> list[Mapping[str, Any]]:
        """The objects of a list in the answer; an absent list is an empty one."""
        value = self.body.get(name)
        return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def basic_header(client_id: str, client_secret: str) -> str:
    """The header with which an application asks for tokens (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()


def field_of(message: str) -> str:
    """The draft's field a message speaks of; empty when none is named."""
    lowered = message.lower()
    return next((ours for word, ours in _FIELD_WORDS if word in lowered), "")


def messages_of(body: Any) -> list[tuple[str, str]]:
    """(code, message) of ``{"errors": […]}`` or ``{"error": {id, message}}``, as documented."""
    if not isinstance(body, Mapping):
        return []
    entries = body.get("errors")
    entries = entries if isinstance(entries, list) else [body.get("error") or body]
    found = []
    for entry in entries:
        if isinstance(entry, Mapping):
            code = str(entry.get("id") or entry.get("code") or "")
            found.append((code, str(entry.get("message") or entry.get("detail") or code)))
        elif entry:
            found.append(("", str(entry)))
    return [pair for pair in found if any(pair)]


def error_of(answer: Answer, body: Any) -> MarketplaceError:
    """The error of an answer that is not 2xx; 429 was taken by the gateway."""
    said = messages_of(body) or [("", "")]
    code = said[0][0] or str(answer.status)
    text = f"Tiki báo “{said[0][1] or code}” (mã {code})."
    if answer.status == 401:
        return SignInAgain(text, code=code, exchange=answer.exchange)
    if answer.status == 403:
        return Misconfigured(text, code=code, exchange=answer.exchange)
    if answer.status >= 500:
        return TransportFailed(text, code=code, exchange=answer.exchange)
    kind = Missing if answer.status == 404 else Refused
    reasons = tuple(
        Reason(field_of(message), each or code, f"Tiki báo “{message or each}”.") for each, message in said
    )
    return kind(text, reasons=reasons, code=code, exchange=answer.exchange)


class TikiApi(Caller):
    """Calls by path below the host."""

    host = API_BASE

    async def ask(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Said:
        """One call with the stall's token. Raises the contract's errors."""
        token = shop.credentials.get("access_token", "")
        if not token:
            raise SignInAgain("Gian hàng Tiki chưa được kết nối; chủ gian hàng cần đăng nhập.", sent=False)
        request = Outgoing(
            method,
            f"{self._base}/{path}",
            params=params or {},
            headers={"Authorization": f"Bearer {token}"},
            json=body,
            secrets=tuple(shop.credentials.values()),
        )
        return await self._read(await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout))

    async def token(self, call: Call, shop: Shop, form: Mapping[str, str]) -> Said:
        """A call for tokens with the application's own credentials; what is sent and said is all secret."""
        if not self._hosts.partner_id or not self._hosts.partner_key:
            raise Misconfigured("Chưa khai báo partner_id và partner_key của Tiki.", sent=False)
        request = Outgoing(
            "POST",
            f"{self._base}/sc/oauth2/token",
            headers={"Authorization": basic_header(self._hosts.partner_id, self._hosts.partner_key)},
            form=form,
            secrets=(*shop.credentials.values(), *form.values(), self._hosts.partner_key),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        if answer.status == httpx.codes.UNAUTHORIZED:
            # Basic credentials are the application's: a stall's owner cannot mend them.
            raise Misconfigured("Tiki không nhận partner_id và partner_key.", exchange=answer.exchange)
        return await self._read(answer)

    async def _read(self, answer: Answer) -> Said:
        body = answer.json
        if not 200 <= answer.status < 300 and not answer.says_nothing:
            raise error_of(answer, body)
        if isinstance(body, list):
            body = {"data": body}
        if answer.says_nothing or not isinstance(body, dict):
            raise BadAnswer(
                f"Tiki trả lời không đúng mẫu (HTTP {answer.status}).",
                code=str(answer.status),
                exchange=answer.exchange,
            )
        return Said(body, answer.exchange)
