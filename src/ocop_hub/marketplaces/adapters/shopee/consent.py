"""A seller's consent at Shopee: the page, the code, and tokens that are renewed in pairs.

Access lasts as long as ``expire_in`` says (4 h), a refresh token 30 days and for one use. The consent itself
ends on the term the seller chose; that day is told by a push only (type 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from ocop_hub.marketplaces.adapters.shopee.api import Said, ShopeeApi
from ocop_hub.marketplaces.contract import BadAnswer, Call, Grant, Misconfigured, Refused, Shop, SignInAgain
from ocop_hub.marketplaces.gateway import Hosts

AUTH_BASE = "https://open.shopee.com"
#: Not told with the token; published.
REFRESH_LIFE = timedelta(days=30)


def authorise_url(hosts: Hosts, *, redirect_uri: str, state: str) -> str:
    """The current, unsigned consent link."""
    if not hosts.partner_id:
        raise Misconfigured("Chưa khai báo partner_id của Shopee.", sent=False)
    query = {
        "partner_id": hosts.partner_id,
        "auth_type": "seller",
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
    }
    return f"{(hosts.auth_base or AUTH_BASE).rstrip('/')}/auth?{urlencode(query)}"


async def exchange(api: ShopeeApi, params: Mapping[str, str]) -> Grant:
    """The grant for ``code`` and ``shop_id``. A main account stands for many shops and is not taken."""
    code, shop_id = params.get("code", ""), params.get("shop_id", "")
    if not code or not shop_id.isdigit():
        text = "Shopee không gửi về mã gian hàng. Hãy đăng nhập bằng tài khoản của gian hàng, không phải tài khoản chính."
        raise Refused(text, code="no-shop")
    shop = Shop(shop_id)
    said = await api.token(Call.EXCHANGE, shop, "auth/token/get", {"code": code, "shop_id": int(shop_id)})
    return _grant(api, shop_id, said)


async def refresh(api: ShopeeApi, shop: Shop) -> Grant:
    """New tokens; the refresh token that was sent is gone with this call."""
    refresh_token = shop.credentials.get("refresh_token", "")
    if not refresh_token:
        raise SignInAgain("Gian hàng Shopee cần chủ gian hàng đăng nhập lại.", sent=False)
    body = {"refresh_token": refresh_token, "shop_id": int(shop.shop_id) if shop.shop_id.isdigit() else 0}
    said = await api.token(Call.REFRESH, shop, "auth/access_token/get", body)
    return _grant(api, shop.shop_id, said)


def _grant(api: ShopeeApi, shop_id: str, said: Said) -> Grant:
    access, renew, life = (said.response.get(name) for name in ("access_token", "refresh_token", "expire_in"))
    if not _text(access) or not _text(renew) or not isinstance(life, int) or isinstance(life, bool):
        raise BadAnswer("Shopee không cho đủ hai khóa truy cập.", exchange=said.exchange)
    now = api.now()
    return Grant(
        access_token=str(access),
        access_until=now + timedelta(seconds=life),
        refresh_token=str(renew),
        refresh_until=now + REFRESH_LIFE,
        shop_id=shop_id,
    )


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
