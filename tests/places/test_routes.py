"""Places over the API."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from ocop_hub.places.routes import router
from ocop_hub.settings import Settings


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.state.settings = Settings(_env_file=None)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")


class TestSearchPlaces:
    async def test_home_province_first_without_marks(self, client: httpx.AsyncClient) -> None:
        found = (await client.get("/api/v1/places/search", params={"q": "binh lieu"})).json()
        assert found[0]["full_name"] == "Xã Bình Liêu"
        assert found[0]["province_name"] == "Thành phố Quảng Ninh"
        assert any(unit["label"].startswith("Huyện Bình Liêu (trước 01/7/2025)") for unit in found)


class TestGetPlace:
    async def test_old_commune_names_its_successor(self, client: httpx.AsyncClient) -> None:
        unit = (await client.get("/api/v1/places/c-02917-00000000")).json()
        assert unit["current"]["id"] == "c-02905-20250701"
        assert unit["former_district"]["name"] == "Bảo Thắng"

    async def test_split_commune_has_no_current_unit(self, client: httpx.AsyncClient) -> None:
        unit = (await client.get("/api/v1/places/c-06868-00000000")).json()
        assert unit["current"] is None
        assert len(unit["successors"]) == 2

    async def test_former_district(self, client: httpx.AsyncClient) -> None:
        unit = (await client.get("/api/v1/places/d-207-00000000")).json()
        assert not unit["in_force"]
        assert unit["current"]["full_name"] == "Đặc khu Cô Tô"
