"""One signed call to Shopee and its envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ocop_hub.marketplaces.adapters.shopee.answers import error_of
from ocop_hub.marketplaces.adapters.shopee.signing import sign
from ocop_hub.marketplaces.by_api import Caller
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Misconfigured,
    Shop,
    SignInAgain,
    TransportFailed,
)
from ocop_hub.marketplaces.gateway import Answer, Outgoing, Upload

API_BASE = "https://partner.shopeemobile.com"


@dataclass(frozen=True, slots=True)
class Said:
    """A successful answer: its payload, its warning, the kept exchange."""

    response: Mapping[str, Any]
    warning: str = ""
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def records(self, name: str) -> list[Mapping[str, Any]]:
        """The objects of a list in the payload; an absent list is an empty one."""
        value = self.response.get(name)
        return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


class ShopeeApi(Caller):
    """Calls by API path ("product/add_item"). ``hosts.api_base`` may have a path; it is never signed."""

    host = API_BASE

    async def get(self, call: Call, shop: Shop, path: str, **params: Any) -> Said:
        return await self._send(call, shop, "GET", path, params=params)

    async def post(self, call: Call, shop: Shop, path: str, body: Mapping[str, Any]) -> Said:
        return await self._send(call, shop, "POST", path, body=body)

    async def token(self, call: Call, shop: Shop, path: str, body: Mapping[str, Any]) -> Said:
        """A public call for tokens; its payload stands at the top of the answer, not under ``response``."""
        system = self._system_parameters(f"/api/v2/{path}", shop, public=True)
        request = Outgoing(
            "POST",
            f"{self._base}/api/v2/{path}",
            params=system,
            json={**body, "partner_id": _number(self._hosts.partner_id)},
            secrets=(*shop.credentials.values(), *_texts(body), self._hosts.partner_key),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        return self._read(answer, whole=True)

    async def upload(self, call: Call, shop: Shop, path: str, upload: Upload, **form: str) -> Said:
        """A public call: signed without token and shop, the file is not signed."""
        return await self._send(call, shop, "POST", path, form=form, upload=upload)

    async def _send(
        self,
        call: Call,
        shop: Shop,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> Said:
        system = self._system_parameters(f"/api/v2/{path}", shop, public=upload is not None)
        request = Outgoing(
            method,
            f"{self._base}/api/v2/{path}",
            params={**system, **(params or {})},
            json=body,
            form=form,
            upload=upload,
            secrets=(*shop.credentials.values(), self._hosts.partner_key),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        return self._read(answer)

    def _system_parameters(self, path: str, shop: Shop, *, public: bool) -> dict[str, Any]:
        partner_id, partner_key = self._hosts.partner_id, self._hosts.partner_key
        if not partner_id or not partner_key:
            raise Misconfigured("Chưa khai báo partner_id và partner_key của Shopee.", sent=False)
        timestamp = int(self.now().timestamp())
        common: dict[str, Any] = {"partner_id": partner_id, "timestamp": timestamp}
        if public:
            return common | {"sign": sign(partner_id, partner_key, path=path, timestamp=timestamp)}
        token = shop.credentials.get("access_token", "")
        if not token:
            raise SignInAgain("Gian hàng Shopee chưa được kết nối; chủ gian hàng cần đăng nhập.", sent=False)
        return common | {
            "access_token": token,
            "shop_id": shop.shop_id,
            "sign": sign(
                partner_id,
                partner_key,
                path=path,
                timestamp=timestamp,
                access_token=token,
                shop_id=shop.shop_id,
            ),
        }

    def _read(self, answer: Answer, *, whole: bool = False) -> Said:
        """Failure is a non-empty ``error``, whatever the HTTP status. ``whole``: the payload is the envelope."""
        envelope = answer.json
        if not isinstance(envelope, dict) or "error" not in envelope:
            kind = TransportFailed if answer.status >= 500 else BadAnswer
            raise kind(
                f"Shopee trả lời không đúng mẫu (HTTP {answer.status}).",
                code=str(answer.status),
                exchange=answer.exchange,
            )
        code, request_id = str(envelope["error"] or ""), str(envelope.get("request_id", ""))
        if code:
            raise error_of(
                code,
                str(envelope.get("message", "")),
                request_id=request_id,
                exchange=answer.exchange,
                now=self.now(),
            )
        response = envelope if whole else envelope.get("response")
        if not isinstance(response, dict):
            raise BadAnswer(
                "Shopee trả lời thành công nhưng không có nội dung.",
                request_id=request_id,
                exchange=answer.exchange,
            )
        return Said(response, str(envelope.get("warning") or ""), answer.exchange)


def _number(text: str) -> int | str:
    """Ids are numbers in Shopee's bodies; anything else is sent as it is, for Shopee to refuse."""
    return int(text) if text.isascii() and text.isdigit() else text


def _texts(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes and tokens in the body of a token call: none of them may be kept."""
    return tuple(value for value in body.values() if isinstance(value, str))
