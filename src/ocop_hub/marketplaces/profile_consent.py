"""The consent of a profile: the code flow of OAuth 2 at the addresses that its table ``[consent]`` names."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta

from ocop_hub.marketplaces import oauth
from ocop_hub.marketplaces.contract import BadAnswer, Call, Grant, Misconfigured, Shop, TransportFailed
from ocop_hub.marketplaces.gateway import Gateway, Hosts, Outgoing
from ocop_hub.marketplaces.profile_file import ConsentPart, Profile


def consent_of(
    gateway: Gateway, hosts: Hosts, profile: Profile, *, timeout: timedelta
) -> ProfileConsent | None:
    """None for a profile whose stalls are opened by a key."""
    return ProfileConsent(gateway, hosts, profile, profile.consent, timeout) if profile.consent else None


class ProfileConsent:
    """Asks for tokens as one profile says."""

    def __init__(
        self, gateway: Gateway, hosts: Hosts, profile: Profile, part: ConsentPart, timeout: timedelta
    ) -> None:
        self._gateway = gateway
        self._hosts = hosts
        self._part = part
        self._name = profile.name
        self._timeout = timeout
        self._base = (hosts.auth_base or profile.hosts.auth or hosts.api_base or profile.hosts.api).rstrip(
            "/"
        )

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        return oauth.link(
            f"{self._host()}/{self._part.page}",
            self._name,
            self._hosts.partner_id,
            redirect_uri=redirect_uri,
            state=state,
            scope=self._part.scope,
        )

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        form = oauth.code_form(params, self._name, redirect_uri=redirect_uri)
        shop_id = params.get(self._part.shop, "") if self._part.shop else ""
        return await self._tokens(Call.EXCHANGE, Shop(""), form, shop_id=shop_id)

    async def refresh(self, shop: Shop) -> Grant:
        """The refresh token that was sent goes on where the answer brings no newer one."""
        form = oauth.refresh_form(shop, self._name)
        with oauth.renewing():
            return await self._tokens(Call.REFRESH, shop, form, kept_refresh=form["refresh_token"])

    def _host(self) -> str:
        if not self._base:
            raise Misconfigured(f"Chưa khai báo địa chỉ giao diện (api_base) của {self._name}.", sent=False)
        return self._base

    async def _tokens(
        self,
        call: Call,
        shop: Shop,
        form: Mapping[str, str],
        *,
        kept_refresh: str = "",
        shop_id: str = "",
    ) -> Grant:
        """One token call; what is sent and said is all secret. Raises the contract's errors."""
        client, secret = self._hosts.partner_id, self._hosts.partner_key
        if not client or not secret:
            raise Misconfigured(f"Chưa khai báo partner_id và partner_key của {self._name}.", sent=False)
        headers, own = {}, {"client_id": client, "client_secret": secret}
        if self._part.client == "basic":
            own = {}
            headers["Authorization"] = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        request = Outgoing(
            "POST",
            f"{self._host()}/{self._part.token}",
            headers=headers,
            form={**form, **own},
            secrets=(*shop.credentials.values(), *form.values(), secret),
        )
        answer = await self._gateway.send(call, shop.shop_id, request, timeout=self._timeout)
        error = oauth.error_in(answer, self._name)
        if error is not None:
            raise error
        body = answer.json
        if not 200 <= answer.status < 300 or not isinstance(body, dict):
            kind = TransportFailed if answer.status >= 500 else BadAnswer
            raise kind(
                f"{self._name} trả lời không đúng mẫu (HTTP {answer.status}).", exchange=answer.exchange
            )
        return oauth.grant_in(
            body,
            self._name,
            now=self._gateway.now(),
            exchange=answer.exchange,
            kept_refresh=kept_refresh,
            shop_id=shop_id,
        )
