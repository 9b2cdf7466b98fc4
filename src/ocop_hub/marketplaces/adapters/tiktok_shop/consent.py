"""A seller's consent at TikTok Shop: the page, the code, tokens that end at told moments, and the shop's cipher.

The page leads back to the address declared in Partner Center; none is sent. One consent may cover several shops,
and a grant of ours is for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from ocop_hub.marketplaces.adapters.tiktok_shop.api import Said, TikTokApi
from ocop_hub.marketplaces.adapters.tiktok_shop.metadata import Metadata
from ocop_hub.marketplaces.adapters.tiktok_shop.pushes import moment
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Grant,
    Misconfigured,
    Refused,
    Shop,
    SignInAgain,
)
from ocop_hub.marketplaces.gateway import Hosts

CONSENT_BASE = "https://services.tiktokshop.com"
REGION = "VN"


def authorise_url(hosts: Hosts, *, state: str) -> str:
    """The consent page for sellers outside the United States."""
    if not hosts.service_id:
        raise Misconfigured("Chưa khai báo service_id của TikTok Shop.", sent=False)
    query = urlencode({"service_id": hosts.service_id, "state": state})
    return f"{(hosts.auth_base or CONSENT_BASE).rstrip('/')}/open/authorize?{query}"


async def exchange(api: TikTokApi, metadata: Metadata, params: Mapping[str, str]) -> Grant:
    """The grant for ``code``; a second call asks which shop it opens."""
    code = params.get("code", "")
    if not code:
        text = "Chủ gian hàng chưa đồng ý kết nối với TikTok Shop."
        raise Refused(text, code=params.get("error", "no-code"))
    try:
        said = await api.token(Call.EXCHANGE, Shop(""), "get", auth_code=code, grant_type="authorized_code")
    except SignInAgain as error:
        raise Refused(
            error.message, code=error.code, request_id=error.request_id, exchange=error.exchange
        ) from error
    grant = _grant(said)
    shops = await metadata.shops(Shop("", grant.credentials()))
    ours = [shop for shop in shops if shop.get("region") == REGION and shop.get("id") and shop.get("cipher")]
    if len(ours) != 1:
        text = (
            "Tài khoản TikTok Shop này có nhiều gian hàng ở Việt Nam. Hãy chỉ chọn một gian hàng khi đồng ý."
            if ours
            else "Tài khoản TikTok Shop này không có gian hàng ở Việt Nam. Hãy đăng nhập bằng tài khoản của gian hàng."
        )
        raise Refused(text, code="several-shops" if ours else "no-shop")
    return _grant(said, str(ours[0]["id"]), {"shop_cipher": str(ours[0]["cipher"])})


async def refresh(api: TikTokApi, shop: Shop) -> Grant:
    """New tokens; the cipher stays. The refresh token that was sent is taken to be gone with this call."""
    refresh_token = shop.credentials.get("refresh_token", "")
    if not refresh_token:
        raise SignInAgain("Gian hàng TikTok Shop cần chủ gian hàng đăng nhập lại.", sent=False)
    try:
        said = await api.token(
            Call.REFRESH, shop, "refresh", refresh_token=refresh_token, grant_type="refresh_token"
        )
    except Refused as refused:
        # Whatever its code, a no to a refresh token is mended by its owner alone.
        raise SignInAgain(
            refused.message, code=refused.code, request_id=refused.request_id, exchange=refused.exchange
        ) from refused
    return _grant(said, shop.shop_id, {"shop_cipher": shop.credentials.get("shop_cipher", "")})


def _grant(said: Said, shop_id: str = "", extra: Mapping[str, str] | None = None) -> Grant:
    """``…_expire_in`` are moments (Unix seconds), not lives."""
    access, renew = said.data.get("access_token"), said.data.get("refresh_token")
    until = moment(said.data.get("access_token_expire_in"))
    if not isinstance(access, str) or not isinstance(renew, str) or not access or not renew or until is None:
        raise BadAnswer("TikTok Shop không cho đủ hai khóa truy cập.", exchange=said.exchange)
    return Grant(
        access_token=access,
        access_until=until,
        refresh_token=renew,
        refresh_until=moment(said.data.get("refresh_token_expire_in")),
        shop_id=shop_id,
        extra=extra or {},
    )
