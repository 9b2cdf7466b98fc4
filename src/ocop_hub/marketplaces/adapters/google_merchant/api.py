"""One call to the Merchant API: a bearer token of the owner's consent, errors as Google's APIs write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ocop_hub.marketplaces import oauth
from ocop_hub.marketplaces.by_api import Caller
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Grant,
    MarketplaceError,
    Misconfigured,
    Missing,
    Reason,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import DEFAULT_WAIT, Answer, Gateway, Hosts, Outgoing

API_BASE = "https://merchantapi.googleapis.com"
CONSENT = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/content"
#: Waited after ``quota/daily_limit_exceeded``.
A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer and the kept exchange."""

    body: Mapping[str, Any]
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)


class MerchantApi(Caller):
    """Calls below an account; a stall's id is "account/data source"."""

    host = API_BASE

    def __init__(self, gateway: Gateway, hosts: Hosts, *, timeout: timedelta) -> None:
        super().__init__(gateway, hosts, timeout=timeout)
        auth = hosts.auth_base.rstrip("/")
        self._consent = f"{auth}/o/oauth2/v2/auth" if auth else CONSENT
        self._tokens = f"{auth}/token" if auth else TOKENS

    async def ask(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Said:
        """One call below ``products/v1/accounts/{account}``. Raises the contract's errors."""
        token = shop.credentials.get("access_token", "")
        if not token:
            raise SignInAgain(
                "Tài khoản Google Merchant chưa được kết nối; chủ tài khoản cần đăng nhập.", sent=False
            )
        request = Outgoing(
            method,
            f"{self._base}/products/v1/accounts/{account(shop)}/{path}",
            params=params or {},
            headers={"Authorization": f"Bearer {token}"},
            json=body,
            secrets=tuple(shop.credentials.values()),
        )
        return self._read(await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout))

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        """The consent link; ``offline`` and ``consent`` so that a refresh token comes back."""
        return oauth.link(
            self._consent,
            "Google",
            self._hosts.partner_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=SCOPE,
            access_type="offline",
            prompt="consent",
        )

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        """The grant for ``code``."""
        form = oauth.code_form(params, "Google", redirect_uri=redirect_uri)
        return self._grant(await self._token(Call.EXCHANGE, Shop(""), form), "")

    async def refresh(self, shop: Shop) -> Grant:
        """A new access token; Google's refresh token stays as it is."""
        form = oauth.refresh_form(shop, "Google Merchant")
        with oauth.renewing():
            said = await self._token(Call.REFRESH, shop, form)
        return self._grant(said, form["refresh_token"])

    async def _token(self, call: Call, shop: Shop, form: Mapping[str, str]) -> Said:
        if not self._hosts.partner_id or not self._hosts.partner_key:
            raise Misconfigured("Chưa khai báo partner_id và partner_key của Google.", sent=False)
        own = {"client_id": self._hosts.partner_id, "client_secret": self._hosts.partner_key}
        secrets = (*shop.credentials.values(), *form.values(), self._hosts.partner_key)
        request = Outgoing("POST", self._tokens, form={**form, **own}, secrets=secrets)
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        error = oauth.error_in(answer, "Google")
        if error is not None:
            raise error
        return self._read(answer)

    def _grant(self, said: Said, refresh_token: str) -> Grant:
        return oauth.grant_in(
            said.body, "Google", now=self.now(), exchange=said.exchange, kept_refresh=refresh_token
        )

    def _read(self, answer: Answer) -> Said:
        body = answer.json if answer.body else {}
        if not 200 <= answer.status < 300 and not answer.says_nothing:
            raise self._error(answer, body)
        if answer.says_nothing or not isinstance(body, dict):
            raise BadAnswer(
                f"Google trả lời không đúng mẫu (HTTP {answer.status}).", exchange=answer.exchange
            )
        return Said(body, answer.exchange)

    def _error(self, answer: Answer, body: Any) -> MarketplaceError:
        error = body.get("error") if isinstance(body, Mapping) else None
        said: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
        message, code = str(said.get("message", "")), str(said.get("status") or answer.status)
        text = f"Google báo “{message or code}” (mã {code})."
        if answer.status == 401:
            return SignInAgain(text, code=code, exchange=answer.exchange)
        if "daily_limit_exceeded" in message or "request_rate_too_high" in message:
            wait = A_DAY if "daily_limit_exceeded" in message else DEFAULT_WAIT
            return WaitUntil(text, until=self._gateway.now() + wait, code=code, exchange=answer.exchange)
        if answer.status == 403:
            return Misconfigured(text, code=code, exchange=answer.exchange)
        if answer.status >= 500:
            return TransportFailed(text, code=code, exchange=answer.exchange)
        kind = Missing if answer.status == 404 else Refused
        return kind(
            text, reasons=(Reason(field_of(message), code, text),), code=code, exchange=answer.exchange
        )


#: Words of a message or an attribute's name that tell which field of the draft is meant.
_FIELD_WORDS = (
    ("image", "pictures"),
    ("title", "title"),
    ("description", "description"),
    ("price", "price_vnd"),
    ("brand", "brand"),
    ("link", "trace_url"),
    ("gtin", "gtin"),
    ("offerid", "seller_sku"),
)


def field_of(message: str) -> str:
    """The draft's field a message speaks of; empty when none is named."""
    lowered = message.lower()
    return next((ours for word, ours in _FIELD_WORDS if word in lowered), "")


def account(shop: Shop) -> str:
    return _parts(shop)[0]


def data_source(shop: Shop) -> str:
    """The resource name of the data source that inputs are put into."""
    number, source = _parts(shop)
    return f"accounts/{number}/dataSources/{source}"


def _parts(shop: Shop) -> tuple[str, str]:
    number, _, source = shop.shop_id.partition("/")
    if not number.isdigit() or not source.isdigit():
        raise Misconfigured(
            "Mã gian hàng Google Merchant phải có dạng tài khoản/nguồn dữ liệu, ví dụ 123456/7890.",
            sent=False,
        )
    return number, source
