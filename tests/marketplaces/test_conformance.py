"""Each adapter against its simulated marketplace, over real HTTP."""

from __future__ import annotations

import httpx
import pytest
from tests.marketplaces.conftest import assisted_stage, catalogue_stage, consenting_stage, profile_stage

from ocop_hub.marketplaces.conformance import (
    ApiMarketplace,
    AssistedMarketplace,
    ConsentMarketplace,
    PushingMarketplace,
    Stage,
)
from ocop_hub.marketplaces.registry import ADAPTERS

#: As they come: other tests put marketplaces of their own beside them.
BUILT_IN = frozenset(ADAPTERS)
#: They differ from Facebook in name and hosts alone, which ``test_link`` looks at.
LIKE_FACEBOOK = frozenset({"zalo", "youtube", "tiktok"})


class TestShopee(ConsentMarketplace, PushingMarketplace, ApiMarketplace):
    @pytest.fixture
    def stage(self, shopee_stage: Stage) -> Stage:
        return shopee_stage


class TestTiki(ConsentMarketplace, ApiMarketplace):
    signs_with_key = False

    @pytest.fixture
    def stage(self, tiki_stage: Stage) -> Stage:
        return tiki_stage


class TestLazada(ConsentMarketplace, PushingMarketplace, ApiMarketplace):
    @pytest.fixture
    def stage(self, lazada_stage: Stage) -> Stage:
        return lazada_stage


class TestTikTokShop(ConsentMarketplace, PushingMarketplace, ApiMarketplace):
    @pytest.fixture
    def stage(self, tiktok_stage: Stage) -> Stage:
        return tiktok_stage


class TestPostmart(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("postmart", sandbox_base, client)


class TestVoso(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("voso", sandbox_base, client)


class TestSanQuangNinh(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("san_quang_ninh", sandbox_base, client)


class TestSanLaoCai(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("san_lao_cai", sandbox_base, client)


class TestPostmartByProfile(ApiMarketplace):
    signs_with_key = False

    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return profile_stage("postmart", sandbox_base, client)


class TestConsentByProfile(ConsentMarketplace, ApiMarketplace):
    signs_with_key = False

    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return consenting_stage("postmart", sandbox_base, client)


class TestVosoByProfile(ApiMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return profile_stage("voso", sandbox_base, client)


class TestMetaCatalogue(ApiMarketplace):
    signs_with_key = False

    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return catalogue_stage("meta_catalogue", sandbox_base, client)


class TestGoogleMerchant(ApiMarketplace):
    signs_with_key = False

    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return catalogue_stage("google_merchant", sandbox_base, client, source="/77")


class TestFacebook(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("facebook", sandbox_base, client)


class TestWebsite(AssistedMarketplace):
    @pytest.fixture
    def stage(self, sandbox_base: str, client: httpx.AsyncClient) -> Stage:
        return assisted_stage("website", sandbox_base, client)


def test_no_adapter_is_left_out() -> None:
    """Each key of the registry has its class here, named after it."""
    classes = {name.removeprefix("Test").lower() for name in globals() if name.startswith("Test")}
    assert {key.replace("_", "") for key in BUILT_IN - LIKE_FACEBOOK} - classes == set()
