"""One call of a profile: the template filled in, signed and sent; the answer read by its dotted paths."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    Missing,
    NeedsPerson,
    Picture,
    Reason,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import DEFAULT_WAIT, Answer, Gateway, Hosts, Outgoing, Upload
from ocop_hub.marketplaces.profile_file import CallPart, Profile, names_in

#: What an HTTP status means where the profile's own codes say nothing.
_BY_STATUS = {401: "sign_in_again", 403: "misconfigured", 404: "missing", 429: "wait"}


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer and the kept exchange."""

    body: Any
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path; numbers count in lists. None where nothing does, all for the empty path."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def text_at(record: Any, path: str) -> str:
    """:func:`at` as text; empty where the path is empty or leads to nothing."""
    found = at(record, path) if path else None
    return str(found) if isinstance(found, str | int | float) else ""


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its names replaced: a string that is one name alone keeps the value's type.

    A key of a table whose name has no value (none, empty) is left out: what is not known is not said.
    """
    if isinstance(template, Mapping):
        pairs = ((key, inner, filled(inner, values)) for key, inner in template.items())
        return {key: value for key, inner, value in pairs if not (inner != value and value in (None, "", []))}
    if isinstance(template, list):
        return [filled(inner, values) for inner in template]
    if not isinstance(template, str):
        return template
    names = list(names_in(template))
    if len(names) == 1 and template == f"{{{names[0]}}}":
        return values[names[0]]
    return template.format_map(values)


class ProfileCalls:
    """Sends the calls of one profile."""

    def __init__(self, gateway: Gateway, hosts: Hosts, profile: Profile, *, timeout: timedelta) -> None:
        self._gateway = gateway
        self._hosts = hosts
        self._profile = profile
        self._timeout = timeout
        self._base = (hosts.api_base or profile.hosts.api).rstrip("/")
        auth = profile.auth
        self._needs = set(names_in(auth.headers))
        self._needs |= set(names_in(auth.signature.over)) | {"partner_key"} if auth.signature else set()

    async def ask(
        self, call: Call, shop: Shop, values: Mapping[str, Any], *, picture: Picture | None = None
    ) -> Said:
        """One call as the profile's table of the same name says. Raises the contract's errors."""
        part = self._profile.calls[call.value]  # type: ignore[index]  # only calls that are there are made
        everywhere = self._everywhere(shop)
        request = self._request(part, everywhere, {**everywhere, **values}, shop, picture)
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        return self._read(answer)

    def _everywhere(self, shop: Shop) -> dict[str, Any]:
        """The values every template may use. Raises where what the profile needs was not filled in."""
        name, token = self._profile.name, shop.credentials.get("access_token", "")
        if not self._base:
            raise Misconfigured(f"Chưa khai báo địa chỉ giao diện (api_base) của {name}.", sent=False)
        for wanted in ("partner_id", "partner_key"):
            if wanted in self._needs and not getattr(self._hosts, wanted):
                raise Misconfigured(f"Chưa khai báo {wanted} của {name}.", sent=False)
        if "access_token" in self._needs and not token:
            raise SignInAgain(f"Gian hàng {name} chưa có khóa truy cập; hãy nhập khóa sàn cấp.", sent=False)
        return {
            "shop_id": shop.shop_id,
            "partner_id": self._hosts.partner_id,
            "partner_key": self._hosts.partner_key,
            "access_token": token,
            "timestamp": str(int(self._gateway.now().timestamp())),
        }

    def _request(
        self,
        part: CallPart,
        everywhere: dict[str, Any],
        values: dict[str, Any],
        shop: Shop,
        picture: Picture | None,
    ) -> Outgoing:
        quoted = {name: quote(str(value), safe="") for name, value in values.items()}
        path = "/" + part.path.format_map(quoted)
        body = filled(part.body, values) if part.body is not None else None
        raw = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        headers = {name: str(filled(text, everywhere)) for name, text in self._profile.auth.headers.items()}
        headers |= self._signature(part.method, path, raw, everywhere)
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Outgoing(
            part.method,
            self._base + path,
            params={name: str(filled(text, values)) for name, text in part.query.items()},
            headers=headers,
            json=body,
            raw=raw if body is not None else None,
            upload=_upload(part, picture),
            secrets=tuple(each for each in (*shop.credentials.values(), self._hosts.partner_key) if each),
        )

    def _signature(self, method: str, path: str, raw: bytes, everywhere: Mapping[str, Any]) -> dict[str, str]:
        signed = self._profile.auth.signature
        if signed is None:
            return {}
        values = {**everywhere, "method": method, "path": path, "body": raw.decode()}
        said = str(signed.over.format_map(values)).encode()
        digest = hmac.new(self._hosts.partner_key.encode(), said, hashlib.sha256).digest()
        return {
            signed.header: digest.hex() if signed.encoding == "hex" else base64.b64encode(digest).decode()
        }

    def _read(self, answer: Answer) -> Said:
        """The body of a good answer; the error of any other."""
        body = answer.json if answer.body else {}
        profile = self._profile.answer
        code = at(body, profile.code) if profile.code else None
        good = 200 <= answer.status < 300 or answer.says_nothing
        if not good or (code is not None and code not in profile.good):
            raise self._error(answer, body, "" if code is None else str(code))
        if answer.says_nothing or body is None or (profile.code and code is None):
            raise BadAnswer(
                f"{self._profile.name} trả lời không đúng mẫu (HTTP {answer.status}).",
                exchange=answer.exchange,
            )
        return Said(body, answer.exchange)

    def _error(self, answer: Answer, body: Any, code: str) -> MarketplaceError:
        said = text_at(body, self._profile.answer.message)
        code, kind = code or str(answer.status), self._kind(answer.status, code)
        text = f"{self._profile.name} báo “{said or code}” (mã {code})."
        if kind == "wait":
            until = self._gateway.now() + DEFAULT_WAIT
            return WaitUntil(text, until=until, code=code, exchange=answer.exchange)
        request_id = text_at(body, self._profile.answer.request_id)
        if kind in ("refused", "missing"):
            refused = Missing if kind == "missing" else Refused
            reasons = self._reasons(body, code, text)
            return refused(text, reasons=reasons, code=code, request_id=request_id, exchange=answer.exchange)
        error = {
            "sign_in_again": SignInAgain,
            "misconfigured": Misconfigured,
            "needs_person": NeedsPerson,
            "no_answer": TransportFailed,
        }[kind]
        return error(text, code=code, request_id=request_id, exchange=answer.exchange)

    def _kind(self, status: int, code: str) -> str:
        """The profile's word for a code; else by status, of HTTP or written like one into the answer."""
        if code in self._profile.errors:
            return self._profile.errors[code]
        if 200 <= status < 300 and code.isdigit() and 400 <= int(code) < 600:
            status = int(code)
        return "no_answer" if status >= 500 else _BY_STATUS.get(status, "refused")

    def _reasons(self, body: Any, code: str, text: str) -> tuple[Reason, ...]:
        answer, listed = self._profile.answer, at(body, self._profile.answer.errors)
        entries = listed if answer.errors and isinstance(listed, list) else []
        reasons = []
        for entry in entries:
            field_said = text_at(entry, answer.error_field)
            why = text_at(entry, answer.error_text) or field_said or code
            ours = self._profile.fields.get(field_said, "")
            reasons.append(Reason(ours, code, f"{self._profile.name} báo “{why}”."))
        return tuple(reasons) or (Reason("", code, text),)


def _upload(part: CallPart, picture: Picture | None) -> Upload | None:
    if picture is None:
        return None
    ending = "png" if picture.media_type == "image/png" else "jpg"
    return Upload(part.part, f"{picture.sha256[:16]}.{ending}", picture.media_type, picture.content)
