"""A seller's consent at Tiki: OAuth 2 with the code flow; renewing needs the scope ``offline``."""

from __future__ import annotations

from collections.abc import Mapping

from ocop_hub.marketplaces import oauth
from ocop_hub.marketplaces.adapters.tiki.api import API_BASE, Said, TikiApi
from ocop_hub.marketplaces.contract import Call, Grant, Shop
from ocop_hub.marketplaces.gateway import Hosts

SCOPE = "offline all"


def authorise_url(hosts: Hosts, *, redirect_uri: str, state: str) -> str:
    """The consent link."""
    page = (hosts.auth_base or hosts.api_base or API_BASE).rstrip("/") + "/sc/oauth2/auth"
    return oauth.link(page, "Tiki", hosts.partner_id, redirect_uri=redirect_uri, state=state, scope=SCOPE)


async def exchange(api: TikiApi, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
    """The grant for ``code``. Which stall it opens is not told with it."""
    form = oauth.code_form(params, "Tiki", redirect_uri=redirect_uri)
    return _grant(api, await api.token(Call.EXCHANGE, Shop(""), form))


async def refresh(api: TikiApi, shop: Shop) -> Grant:
    """New tokens; the refresh token that was sent is taken to be gone."""
    form = oauth.refresh_form(shop, "Tiki")
    with oauth.renewing():
        said = await api.token(Call.REFRESH, shop, form)
    return _grant(api, said)


def _grant(api: TikiApi, said: Said) -> Grant:
    return oauth.grant_in(said.body, "Tiki", now=api.now(), exchange=said.exchange)
