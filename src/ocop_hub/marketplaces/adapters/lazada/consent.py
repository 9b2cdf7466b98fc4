"""A seller's consent at Lazada: the page, the code, and tokens whose lives the answer tells.

An answer may name a stall in each country; ours is the one in Vietnam, and its seller id names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from ocop_hub.marketplaces.adapters.lazada.api import AUTH_BASE, LazadaApi, Said
from ocop_hub.marketplaces.contract import BadAnswer, Call, Grant, Misconfigured, Refused, Shop, SignInAgain
from ocop_hub.marketplaces.gateway import Hosts

COUNTRY = "vn"


def authorise_url(hosts: Hosts, *, redirect_uri: str, state: str) -> str:
    """The consent page. ``redirect_uri`` must be the one registered with the application."""
    if not hosts.partner_id:
        raise Misconfigured("Chưa khai báo partner_id của Lazada.", sent=False)
    query = {
        "response_type": "code",
        "force_auth": "true",
        "redirect_uri": redirect_uri,
        "client_id": hosts.partner_id,
        "state": state,
        "country": COUNTRY,
    }
    return f"{(hosts.auth_base or AUTH_BASE).rstrip('/')}/oauth/authorize?{urlencode(query)}"


async def exchange(api: LazadaApi, params: Mapping[str, str]) -> Grant:
    """The grant for ``code``; the answer says whose stall it opens."""
    code = params.get("code", "")
    if not code:
        raise Refused("Chủ gian hàng chưa đồng ý kết nối với Lazada.", code=params.get("error", "no-code"))
    said = await api.token(Call.EXCHANGE, Shop(""), "/auth/token/create", code=code)
    shop_id = _seller_id(said.envelope)
    if not shop_id:
        text = (
            "Tài khoản Lazada này không có gian hàng ở Việt Nam. Hãy đăng nhập bằng tài khoản của gian hàng."
        )
        raise Refused(text, code="no-shop", exchange=said.exchange)
    return _grant(api, shop_id, said)


async def refresh(api: LazadaApi, shop: Shop) -> Grant:
    """New tokens; the refresh token that was sent is taken to be gone with this call."""
    refresh_token = shop.credentials.get("refresh_token", "")
    if not refresh_token:
        raise SignInAgain("Gian hàng Lazada cần chủ gian hàng đăng nhập lại.", sent=False)
    try:
        said = await api.token(Call.REFRESH, shop, "/auth/token/refresh", refresh_token=refresh_token)
    except Refused as refused:
        # Whatever its code, a no to a refresh token is mended by its owner alone.
        raise SignInAgain(
            refused.message, code=refused.code, request_id=refused.request_id, exchange=refused.exchange
        ) from refused
    return _grant(api, shop.shop_id, said)


def _seller_id(envelope: Mapping[str, Any]) -> str:
    countries = envelope.get("country_user_info")
    for entry in countries if isinstance(countries, list) else []:
        if isinstance(entry, Mapping) and str(entry.get("country", "")).lower() == COUNTRY:
            return str(entry.get("seller_id") or "")
    return ""


def _grant(api: LazadaApi, shop_id: str, said: Said) -> Grant:
    access, renew = (said.envelope.get(name) for name in ("access_token", "refresh_token"))
    life, renew_life = (_seconds(said.envelope.get(n)) for n in ("expires_in", "refresh_expires_in"))
    if not isinstance(access, str) or not isinstance(renew, str) or not access or not renew or life is None:
        raise BadAnswer("Lazada không cho đủ hai khóa truy cập.", exchange=said.exchange)
    now = api.now()
    return Grant(
        access_token=access,
        access_until=now + life,
        refresh_token=renew,
        refresh_until=now + renew_life if renew_life is not None else None,
        shop_id=shop_id,
    )


def _seconds(value: Any) -> timedelta | None:
    """A life in seconds, a number or digits; None for anything else and for none (0)."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return (
        timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and 0 < int(text) < 10**9 else None
    )
