"""A sandbox on 127.0.0.1 for the whole test session, and stages wired to it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from importlib import resources

import httpx
import pytest
from tests.marketplaces.stages import SandboxStage
from tests.served import served

from ocop_hub.marketplaces.conformance import Log
from ocop_hub.marketplaces.contract import Shop
from ocop_hub.marketplaces.profile_file import read_profile
from ocop_hub.sandbox import PARTNER_KEY, access_token_for, create_sandbox

_shops = itertools.count(700_001)


@pytest.fixture(scope="session")
def sandbox_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served sandbox."""
    folder = tmp_path_factory.mktemp("sandbox")
    with served(lambda base: create_sandbox(folder, base, review_seconds=0.05)) as base:
        yield base


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """All that our side logs; the server in the other thread is the marketplace, not us."""
    caplog.set_level(logging.DEBUG)

    def read() -> str:
        ours = (record for record in caplog.records if not record.name.startswith("uvicorn"))
        return "\n".join(record.getMessage() for record in ours)

    return Log(read)


@pytest.fixture
def shopee_stage(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    """A shop of its own, so that faults and holds of one test never reach another."""
    shop_id = str(next(_shops))
    token = access_token_for(shop_id)
    return SandboxStage(
        "shopee",
        sandbox_base,
        client,
        Shop(shop_id, {"access_token": token}, seller_name=""),
        secrets=(PARTNER_KEY, token),
    )


@pytest.fixture
def tiki_stage(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    shop_id = str(next(_shops))
    token = access_token_for(shop_id)
    credentials = {"access_token": token, "refresh_token": f"sandbox-refresh-{shop_id}"}
    shop = Shop(shop_id, credentials, seller_name=f"Gian hàng {shop_id}")
    return SandboxStage("tiki", sandbox_base, client, shop, secrets=(PARTNER_KEY, token))


def grant_stage(key: str, sandbox_base: str, client: httpx.AsyncClient, **more: str) -> SandboxStage:
    """A stall of its own with the tokens it starts with; ``more`` are further credentials."""
    shop_id = str(next(_shops))
    token = access_token_for(shop_id)
    credentials = {"access_token": token, "refresh_token": f"sandbox-refresh-{shop_id}", **more}
    credentials = {name: value.format(shop_id=shop_id) for name, value in credentials.items()}
    shop = Shop(shop_id, credentials, seller_name=f"Gian hàng {shop_id}")
    return SandboxStage(key, sandbox_base, client, shop, secrets=(PARTNER_KEY, token))


@pytest.fixture
def lazada_stage(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    return grant_stage("lazada", sandbox_base, client)


@pytest.fixture
def tiktok_stage(sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    return grant_stage("tiktok_shop", sandbox_base, client, shop_cipher="ROW_sandbox_{shop_id}")


def assisted_stage(key: str, sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    """The stall of one producer on a marketplace where people do the entering."""
    shop = Shop("htx-dong-tien", seller_name="HTX chăn nuôi và dịch vụ Đồng Tiến")
    return SandboxStage(key, sandbox_base, client, shop)


def profile_stage(key: str, sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    """A stall behind the partner interface that the shipped profile of ``key`` describes."""
    shop_id = str(next(_shops))
    token = access_token_for(shop_id)
    shop = Shop(shop_id, {"access_token": token}, seller_name=f"Gian hàng {shop_id}")
    return SandboxStage(key, sandbox_base, client, shop, secrets=(PARTNER_KEY, token), by_profile=True)


#: What a contract might bring: the owner agrees on a page, and tokens are renewed.
CONSENT = """
[consent]
page = "oauth/authorize"
token = "oauth/token"
scope = "products"
"""


def consenting_stage(key: str, sandbox_base: str, client: httpx.AsyncClient) -> SandboxStage:
    """As :func:`profile_stage`, by a made-up profile: the shipped one with a table ``[consent]``."""
    text = resources.files("ocop_hub.marketplaces").joinpath(f"profiles/{key}.toml").read_text("utf-8")
    profile = read_profile(text + CONSENT, f"{key}.toml")
    return replace(profile_stage(key, sandbox_base, client), profile=profile)


def catalogue_stage(
    key: str, sandbox_base: str, client: httpx.AsyncClient, *, source: str = ""
) -> SandboxStage:
    """A catalogue that our own pages are shown from; ``source`` ends the stall's id."""
    shop_id = f"{next(_shops)}{source}"
    token = access_token_for(shop_id)
    return SandboxStage(key, sandbox_base, client, Shop(shop_id, {"access_token": token}), secrets=(token,))
