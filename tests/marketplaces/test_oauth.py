"""Consent by OAuth 2 as a profile names it: where keys go, what comes back, and what each failure asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    outcome_unknown,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts
from ocop_hub.marketplaces.profile import ProfileMarket
from ocop_hub.marketplaces.profile_file import read_profile

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOSTS = Hosts(api_base="https://api.example", partner_id="app", partner_key="s3cret", auth_base="")
BACK = "https://ocop.example/ban-lam-viec/gian-hang/ve"
TOKENS = {"access_token": "a1", "refresh_token": "r2", "expires_in": 3600, "token_type": "Bearer"}
SHOP = Shop("77", {"access_token": "a0", "refresh_token": "r1"})


def market(
    *answers: tuple[int, Any], table: str = "", hosts: Hosts = HOSTS
) -> tuple[ProfileMarket, list[httpx.Request]]:
    """A profile with consent against recorded answers, in order; and what was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status, said = left.pop(0)
        return httpx.Response(status, content=said if isinstance(said, bytes) else json.dumps(said).encode())

    text = resources.files("ocop_hub.marketplaces").joinpath("profiles/postmart.toml").read_text("utf-8")
    text += f'\n[consent]\npage = "oauth/authorize"\ntoken = "oauth/token"\n{table}\n'
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    gateway = Gateway(client, "postmart", now=lambda: NOW)
    return ProfileMarket(gateway, hosts, read_profile(text, "x.toml")), asked


def form_of(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode()))


async def test_the_link_carries_state_and_scope_and_nothing_secret() -> None:
    made, _ = market(table='scope = "read write"')
    url = made.authorise_url(redirect_uri=BACK, state="s&1")
    assert url.startswith("https://api.example/oauth/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["app"],
        "redirect_uri": [BACK],
        "scope": ["read write"],
        "state": ["s&1"],
    }
    assert "s3cret" not in url


async def test_keys_go_in_the_form_or_in_the_header() -> None:
    made, asked = market((200, TOKENS))
    grant = await made.exchange({"code": "c"}, redirect_uri=BACK)
    assert (grant.access_token, grant.refresh_token, grant.shop_id) == ("a1", "r2", "")
    assert grant.access_until == NOW + timedelta(hours=1)
    assert form_of(asked[0]) == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": BACK,
        "client_id": "app",
        "client_secret": "s3cret",
    }
    made, asked = market((200, TOKENS), table='client = "basic"')
    await made.exchange({"code": "c"}, redirect_uri=BACK)
    assert asked[0].headers["authorization"] == "Basic YXBwOnMzY3JldA=="
    assert "client_secret" not in form_of(asked[0])


async def test_the_stall_is_told_where_the_way_back_names_it() -> None:
    made, _ = market((200, TOKENS), table='shop = "store"')
    assert made.capabilities.consent_names_shop
    assert (await made.exchange({"code": "c", "store": "77"}, redirect_uri=BACK)).shop_id == "77"
    assert not market()[0].capabilities.consent_names_shop


async def test_consent_stands_at_a_host_of_its_own() -> None:
    hosts = Hosts(
        api_base="https://api.example", auth_base="https://login.example/", partner_id="app", partner_key="k"
    )
    made, asked = market((200, TOKENS), hosts=hosts)
    await made.refresh(SHOP)
    assert str(asked[0].url) == "https://login.example/oauth/token"


async def test_a_refresh_token_goes_on_where_no_newer_one_comes() -> None:
    made, asked = market((200, {"access_token": "a1", "expires_in": 60}), (200, TOKENS))
    assert (await made.refresh(SHOP)).refresh_token == "r1"
    assert (await made.refresh(SHOP)).refresh_token == "r2"
    assert form_of(asked[0])["refresh_token"] == "r1"


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, {"error": "invalid_grant"}, SignInAgain),
        (401, {"error": "invalid_client"}, Misconfigured),
        (400, {"error": "unauthorized_client"}, Misconfigured),
        (503, {"error": "temporarily_unavailable"}, TransportFailed),
        (500, b"<html>", TransportFailed),
        (200, b"<html>", BadAnswer),
        (200, {"access_token": "a1"}, BadAnswer),
        (200, {"access_token": "a1", "expires_in": True}, BadAnswer),
        (200, {"access_token": "", "expires_in": 60}, BadAnswer),
    ],
)
async def test_what_a_failed_renewal_asks_for(status: int, said: Any, kind: type[MarketplaceError]) -> None:
    made, _ = market((status, said))
    with pytest.raises(kind) as caught:
        await made.refresh(SHOP)
    assert not outcome_unknown(caught.value, Call.REFRESH)
    assert "r1" not in repr(caught.value.exchange)


async def test_without_keys_or_tokens_nothing_is_sent() -> None:
    made, asked = market()
    with pytest.raises(SignInAgain):
        await made.refresh(Shop("77", {"access_token": "a0"}))
    with pytest.raises(Refused, match="access_denied"):
        await made.exchange({"error": "access_denied"}, redirect_uri=BACK)
    bare, _ = market(hosts=Hosts(api_base="https://api.example"))
    with pytest.raises(Misconfigured):
        await bare.refresh(SHOP)
    with pytest.raises(Misconfigured):
        bare.authorise_url(redirect_uri=BACK, state="s")
    nowhere, _ = market(hosts=Hosts(partner_id="app", partner_key="k"))
    with pytest.raises(Misconfigured, match="api_base"):
        await nowhere.refresh(SHOP)
    assert asked == []
