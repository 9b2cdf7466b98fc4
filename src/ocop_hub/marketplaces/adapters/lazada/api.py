"""One signed call to Lazada and its envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ocop_hub.marketplaces.adapters.lazada.answers import error_of
from ocop_hub.marketplaces.adapters.lazada.signing import sign
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

API_BASE = "https://api.lazada.vn"
AUTH_BASE = "https://auth.lazada.com"
#: ``code`` of a successful answer; HTTP statuses say nothing.
SUCCESS = "0"


@dataclass(frozen=True, slots=True)
class Said:
    """A successful answer: the whole envelope, its ``data``, and the kept exchange."""

    envelope: Mapping[str, Any]
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def data(self) -> Mapping[str, Any]:
        """``data`` as an object; an empty one where it is none."""
        value = self.envelope.get("data")
        return value if isinstance(value, Mapping) else {}

    def records(self, *path: str) -> list[Mapping[str, Any]]:
        """The objects of a list below ``data``; an absent list is an empty one."""
        value: Any = self.envelope.get("data")
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


class LazadaApi(Caller):
    """Calls by API path ("/product/create"), below ``/rest`` of the host."""

    host = API_BASE

    def __init__(self, gateway: Gateway, hosts: Hosts, *, timeout: timedelta) -> None:
        super().__init__(gateway, hosts, timeout=timeout)
        self._auth_base = (hosts.auth_base or AUTH_BASE).rstrip("/")

    async def get(self, call: Call, shop: Shop, path: str, **params: Any) -> Said:
        """A read: every parameter stands in the query. Parameters that are None are left out."""
        query = {name: str(value) for name, value in params.items() if value is not None}
        return await self._send(call, shop, "GET", path, query=query)

    async def post(self, call: Call, shop: Shop, path: str, form: Mapping[str, str]) -> Said:
        """A change: ours in the form, the system's in the query, both signed."""
        return await self._send(call, shop, "POST", path, form=form)

    async def upload(self, call: Call, shop: Shop, path: str, upload: Upload) -> Said:
        """A file; it is not signed."""
        return await self._send(call, shop, "POST", path, upload=upload)

    async def token(self, call: Call, shop: Shop, path: str, **params: str) -> Said:
        """A call for tokens at the host of consents; what is sent and said is secret."""
        return await self._send(call, shop, "POST", path, form=params, public=True)

    async def _send(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        public: bool = False,
    ) -> Said:
        system = self._system_parameters(shop, public=public) | dict(query or {})
        system["sign"] = sign(self._hosts.partner_key, path, system | dict(form or {}))
        secret = (*shop.credentials.values(), self._hosts.partner_key)
        request = Outgoing(
            method,
            f"{self._auth_base if public else self._base}/rest{path}",
            params=system,
            form=form,
            upload=upload,
            secrets=(*secret, *(form or {}).values()) if public else secret,
        )
        return self._read(await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout))

    def _system_parameters(self, shop: Shop, *, public: bool) -> dict[str, str]:
        if not self._hosts.partner_id or not self._hosts.partner_key:
            raise Misconfigured("Chưa khai báo partner_id và partner_key của Lazada.", sent=False)
        common = {
            "app_key": self._hosts.partner_id,
            "timestamp": str(int(self.now().timestamp() * 1000)),
            "sign_method": "sha256",
        }
        if public:
            return common
        token = shop.credentials.get("access_token", "")
        if not token:
            raise SignInAgain("Gian hàng Lazada chưa được kết nối; chủ gian hàng cần đăng nhập.", sent=False)
        return common | {"access_token": token}

    def _read(self, answer: Answer) -> Said:
        envelope = answer.json
        if not isinstance(envelope, dict) or "code" not in envelope:
            kind = TransportFailed if answer.status >= 500 else BadAnswer
            raise kind(
                f"Lazada trả lời không đúng mẫu (HTTP {answer.status}).",
                code=str(answer.status),
                exchange=answer.exchange,
            )
        if str(envelope["code"]) != SUCCESS or envelope.get("success") is False:
            raise error_of(envelope, exchange=answer.exchange, now=self.now())
        return Said(envelope, answer.exchange)
