"""Each adapter against its simulated marketplace, over real HTTP."""

from __future__ import annotations

import pytest

from ocop_hub.marketplaces.conformance import ApiMarketplace, AssistedMarketplace, Stage


class TestShopee(ApiMarketplace):
    @pytest.fixture
    def stage(self, shopee_stage: Stage) -> Stage:
        return shopee_stage


class TestPostmart(AssistedMarketplace):
    @pytest.fixture
    def stage(self, postmart_stage: Stage) -> Stage:
        return postmart_stage
