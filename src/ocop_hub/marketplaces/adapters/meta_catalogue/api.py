"""One call to the Graph API: a system user's bearer token, errors in the standard Graph form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ocop_hub.marketplaces.by_api import Caller
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    Reason,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import DEFAULT_WAIT, Answer, Outgoing

#: The version is ours to choose; an older one is answered for two years at least (assumed).
API_BASE = "https://graph.facebook.com/v24.0"

# Codes of the Graph API's error page (assumed here: the page was not checked).
_TOKEN_GONE = frozenset({102, 190})
_NOT_ALLOWED = frozenset({3, 10, *range(200, 300)})
_TOO_FAST = frozenset({4, 17, 32, 613, 80014})
_TRY_LATER = frozenset({1, 2})


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer and the kept exchange."""

    body: Mapping[str, Any]
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def records(self) -> list[Mapping[str, Any]]:
        """The objects under ``data``."""
        value = self.body.get("data")
        return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


class GraphApi(Caller):
    """Calls below the catalogue's own node; the stall's id is the catalogue's."""

    host = API_BASE

    async def ask(
        self,
        call: Call,
        shop: Shop,
        edge: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Said:
        """GET an edge of the catalogue, or POST ``body`` to it. Raises the contract's errors."""
        token = shop.credentials.get("access_token", "")
        if not token:
            raise SignInAgain(
                "Danh mục Meta chưa có khóa truy cập; hãy nhập khóa của người dùng hệ thống.", sent=False
            )
        request = Outgoing(
            "GET" if body is None else "POST",
            f"{self._base}/{shop.shop_id}/{edge}",
            params=params or {},
            headers={"Authorization": f"Bearer {token}"},
            json=body,
            secrets=(token,),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        said = answer.json
        error = said.get("error") if isinstance(said, dict) else None
        if isinstance(error, Mapping):
            raise self._error(answer, error)
        if answer.status >= 500:
            raise TransportFailed(f"Meta trả lời HTTP {answer.status}.", exchange=answer.exchange)
        if not 200 <= answer.status < 300 or not isinstance(said, dict):
            raise BadAnswer(f"Meta trả lời không đúng mẫu (HTTP {answer.status}).", exchange=answer.exchange)
        return Said(said, answer.exchange)

    def _error(self, answer: Answer, error: Mapping[str, Any]) -> MarketplaceError:
        number, message = error.get("code"), str(error.get("message", ""))
        code = "/".join(str(error[name]) for name in ("code", "error_subcode") if error.get(name) is not None)
        text = f"Meta báo “{message or code}” (mã {code})."
        kept: dict[str, Any] = {
            "code": code,
            "request_id": str(error.get("fbtrace_id", "")),
            "exchange": answer.exchange,
        }
        if number in _TOO_FAST:
            return WaitUntil(text, until=self._gateway.now() + DEFAULT_WAIT, **kept)
        if number in _TOKEN_GONE:
            return SignInAgain(text, **kept)
        if number in _NOT_ALLOWED:
            return Misconfigured(text, **kept)
        if number in _TRY_LATER or answer.status >= 500:
            return TransportFailed(text, **kept)
        return Refused(text, reasons=(Reason("", code, text),), **kept)
