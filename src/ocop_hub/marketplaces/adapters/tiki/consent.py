"""A seller's consent at Tiki: OAuth 2 with the code flow; renewing needs the scope ``offline``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from ocop_hub.marketplaces.adapters.tiki.api import API_BASE, Said, TikiApi
from ocop_hub.marketplaces.contract import BadAnswer, Call, Grant, Misconfigured, Refused, Shop, SignInAgain
from ocop_hub.marketplaces.gateway import Hosts

SCOPE = "offline all"


def authorise_url(hosts: Hosts, *, redirect_uri: str, state: str) -> str:
    """The consent link."""
    if not hosts.partner_id:
        raise Misconfigured("Chưa khai báo partner_id của Tiki.", sent=False)
    query = {
        "response_type": "code",
        "client_id": hosts.partner_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
    }
    base = (hosts.auth_base or hosts.api_base or API_BASE).rstrip("/")
    return f"{base}/sc/oauth2/auth?{urlencode(query)}"


async def exchange(api: TikiApi, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
    """The grant for ``code``. Which stall it opens is not told with it."""
    code = params.get("code", "")
    if not code:
        said = params.get("error_description") or params.get("error") or "không có mã"
        raise Refused(f"Tiki không cho kết nối gian hàng: {said}.", code=params.get("error", "no-code"))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _grant(api, await api.token(Call.EXCHANGE, Shop(""), form))


async def refresh(api: TikiApi, shop: Shop) -> Grant:
    """New tokens; the refresh token that was sent is taken to be gone."""
    refresh_token = shop.credentials.get("refresh_token", "")
    if not refresh_token:
        raise SignInAgain("Gian hàng Tiki cần chủ gian hàng đăng nhập lại.", sent=False)
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        said = await api.token(Call.REFRESH, shop, form)
    except Refused as refused:
        # RFC 6749 §5.2: a token that is used, old or withdrawn is ``invalid_grant``.
        raise SignInAgain(refused.message, code=refused.code, exchange=refused.exchange) from refused
    return _grant(api, said)


def _grant(api: TikiApi, said: Said) -> Grant:
    access, renew, life = (said.body.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(access, str) or not access or not isinstance(life, int) or isinstance(life, bool):
        raise BadAnswer("Tiki không cho khóa truy cập.", exchange=said.exchange)
    return Grant(
        access_token=access,
        access_until=api.now() + timedelta(seconds=life),
        refresh_token=renew if isinstance(renew, str) else "",
    )
