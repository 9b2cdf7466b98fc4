"""An owner's consent by the code flow of OAuth 2 (RFC 6749): what marketplaces that keep to it have in common."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ocop_hub.marketplaces.contract import BadAnswer, Grant, Misconfigured, Refused, Shop, SignInAgain
from ocop_hub.marketplaces.gateway import Answer


def link(page: str, name: str, client_id: str, *, redirect_uri: str, state: str, **more: str) -> str:
    """The address of the consent page (§4.1.1); ``more`` stands in its query where it is not empty.

    Raises :class:`Misconfigured` without an application.
    """
    if not client_id:
        raise Misconfigured(f"Chưa khai báo partner_id của {name}.", sent=False)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        **{key: value for key, value in more.items() if value},
        "state": state,
    }
    return f"{page}?{urlencode(query)}"


def code_form(params: Mapping[str, str], name: str, *, redirect_uri: str) -> dict[str, str]:
    """What is sent for the code that came back (§4.1.3). Raises :class:`Refused` where none did."""
    code = params.get("code", "")
    if not code:
        said = params.get("error_description") or params.get("error") or "không có mã"
        raise Refused(f"{name} không cho kết nối gian hàng: {said}.", code=params.get("error", "no-code"))
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}


def refresh_form(shop: Shop, name: str) -> dict[str, str]:
    """What is sent to renew (§6). Raises :class:`SignInAgain` where the stall has nothing to renew by."""
    kept = shop.credentials.get("refresh_token", "")
    if not kept:
        raise SignInAgain(f"Gian hàng {name} cần chủ gian hàng đăng nhập lại.", sent=False)
    return {"grant_type": "refresh_token", "refresh_token": kept}


@contextmanager
def renewing() -> Generator[None]:
    """A refusal in here is the end of the grant: used, old or withdrawn is ``invalid_grant`` (§5.2)."""
    try:
        yield
    except Refused as refused:
        raise SignInAgain(refused.message, code=refused.code, exchange=refused.exchange) from refused


def error_in(answer: Answer, name: str) -> Misconfigured | Refused | None:
    """The error of a token call's answer (§5.2): ours where it is the application's, else the owner's.

    None where the answer is another: good, or a server's own trouble.
    """
    body = answer.json
    code = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(code, str) or answer.status >= 500:
        return None
    text = f"{name} báo “{body.get('error_description') or code}” (mã {code})."
    wrong = Misconfigured if code in ("invalid_client", "unauthorized_client") else Refused
    return wrong(text, code=code, exchange=answer.exchange)


def grant_in(
    body: Mapping[str, Any],
    name: str,
    *,
    now: datetime,
    exchange: Mapping[str, Any],
    kept_refresh: str = "",
    shop_id: str = "",
) -> Grant:
    """The grant in a good answer (§5.1). ``kept_refresh`` goes on where no newer refresh token is given.

    Raises :class:`BadAnswer` where the token or its life is missing.
    """
    access, newer, life = (body.get(key) for key in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(access, str) or not access or not isinstance(life, int) or isinstance(life, bool):
        raise BadAnswer(f"{name} không cho khóa truy cập.", exchange=exchange)
    return Grant(
        access_token=access,
        access_until=now + timedelta(seconds=life),
        refresh_token=newer if isinstance(newer, str) and newer else kept_refresh,
        shop_id=shop_id,
    )
