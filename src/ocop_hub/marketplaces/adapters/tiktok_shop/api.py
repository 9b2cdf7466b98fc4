"""One signed call to TikTok Shop and its envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ocop_hub.marketplaces.adapters.tiktok_shop.answers import error_of
from ocop_hub.marketplaces.adapters.tiktok_shop.signing import sign
from ocop_hub.marketplaces.by_api import Caller
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Misconfigured,
    Shop,
    SignInAgain,
    TransportFailed,
)
from ocop_hub.marketplaces.gateway import Answer, Gateway, Hosts, Outgoing, Upload

API_BASE = "https://open-api.tiktokglobalshop.com"
AUTH_BASE = "https://auth.tiktok-shops.com"
ACCESS_HEADER = "x-tts-access-token"


@dataclass(frozen=True, slots=True)
class Said:
    """A successful answer: its ``data`` and the kept exchange."""

    data: Mapping[str, Any]
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def records(self, name: str) -> list[Mapping[str, Any]]:
        """The objects of a list in the payload; an absent list is an empty one."""
        value = self.data.get(name)
        return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was dropped although the call came through."""
        return tuple(str(entry.get("message", "")) for entry in self.records("warnings"))


class TikTokApi(Caller):
    """Calls by API path ("/product/202309/products"). ``hosts.api_base`` may have a path; it is never signed."""

    host = API_BASE

    def __init__(self, gateway: Gateway, hosts: Hosts, *, timeout: timedelta) -> None:
        super().__init__(gateway, hosts, timeout=timeout)
        self._token_base = (hosts.auth_base or AUTH_BASE).rstrip("/")

    async def get(
        self, call: Call, shop: Shop, path: str, *, of_shop: bool = True, **query: str | int
    ) -> Said:
        """A read; ``of_shop`` is False where the call is about no shop, so that its cipher is not sent."""
        return await self._send(call, shop, "GET", path, query=query, of_shop=of_shop)

    async def post(
        self, call: Call, shop: Shop, path: str, body: Mapping[str, Any], **query: str | int
    ) -> Said:
        return await self._send(call, shop, "POST", path, query=query, body=body)

    async def upload(self, call: Call, shop: Shop, path: str, upload: Upload, **form: str) -> Said:
        """A file; neither it nor its form is signed, and the shop is not named."""
        return await self._send(call, shop, "POST", path, form=form, upload=upload, of_shop=False)

    async def token(self, call: Call, shop: Shop, path: str, **query: str) -> Said:
        """An unsigned call for tokens: the application's secret and the code stand in the address."""
        key, secret = self._application()
        request = Outgoing(
            "GET",
            f"{self._token_base}/api/v2/token/{path}",
            params={"app_key": key, "app_secret": secret, **query},
            secrets=(*shop.credentials.values(), *query.values(), secret),
        )
        return self._read(await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout))

    def _application(self) -> tuple[str, str]:
        if not self._hosts.partner_id or not self._hosts.partner_key:
            raise Misconfigured("Chưa khai báo partner_id và partner_key của TikTok Shop.", sent=False)
        return self._hosts.partner_id, self._hosts.partner_key

    async def _send(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        of_shop: bool = True,
    ) -> Said:
        key, secret = self._application()
        token = shop.credentials.get("access_token", "")
        cipher = shop.credentials.get("shop_cipher", "")
        if not token or (of_shop and not cipher):
            raise SignInAgain(
                "Gian hàng TikTok Shop chưa được kết nối; chủ gian hàng cần đăng nhập.", sent=False
            )
        signed = {"app_key": key, "timestamp": str(int(self.now().timestamp()))}
        signed |= {name: str(value) for name, value in (query or {}).items()}
        if of_shop:
            signed["shop_cipher"] = cipher
        raw = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {ACCESS_HEADER: token}
        if raw is not None:
            headers["Content-Type"] = "application/json"
        request = Outgoing(
            method,
            f"{self._base}{path}",
            params=signed | {"sign": sign(secret, path, signed, raw or b"")},
            headers=headers,
            json=body,
            raw=raw,
            form=form,
            upload=upload,
            secrets=(*shop.credentials.values(), secret),
        )
        return self._read(await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout))

    def _read(self, answer: Answer) -> Said:
        """Success is ``code`` 0, whatever the HTTP status."""
        envelope = answer.json
        code = envelope.get("code") if isinstance(envelope, dict) else None
        if not isinstance(envelope, dict) or not isinstance(code, int) or isinstance(code, bool):
            kind = TransportFailed if answer.status >= 500 else BadAnswer
            raise kind(
                f"TikTok Shop trả lời không đúng mẫu (HTTP {answer.status}).",
                code=str(answer.status),
                exchange=answer.exchange,
            )
        if code != 0:
            raise error_of(
                str(code),
                str(envelope.get("message", "")),
                request_id=str(envelope.get("request_id", "")),
                exchange=answer.exchange,
                now=self.now(),
            )
        data = envelope.get("data")
        return Said(data if isinstance(data, dict) else {}, answer.exchange)
