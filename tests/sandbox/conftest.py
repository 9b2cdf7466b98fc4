"""A freshly made sandbox per test, called without a socket; and one signed the way the reference says."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for, create_sandbox

BASE = "http://sandbox.test"


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), "#2f6f4f").save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class Caller:
    """A seller's program: signs by hand, so that the sandbox is not held against our adapter only."""

    http: httpx.AsyncClient
    shop_id: str = "220003"

    def query(self, path: str, *, public: bool = False, **changed: Any) -> dict[str, Any]:
        timestamp = changed.pop("timestamp", int(time.time()))
        token = changed.pop("access_token", access_token_for(self.shop_id))
        key = changed.pop("partner_key", PARTNER_KEY)
        message = f"{PARTNER_ID}/api/v2/{path}{timestamp}" + ("" if public else token + self.shop_id)
        signature = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
        query = {"partner_id": PARTNER_ID, "timestamp": timestamp, "sign": signature}
        if not public:
            query |= {"access_token": token, "shop_id": self.shop_id}
        return query | changed

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.http.get(f"/shopee/api/v2/{path}", params=self.query(path, **params))
        said: dict[str, Any] = answer.json()
        return said

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/shopee/api/v2/{path}", params=self.query(path), json=body)
        said: dict[str, Any] = answer.json()
        return said

    async def picture(self, content: bytes | None = None) -> dict[str, Any]:
        path = "media_space/upload_image"
        answer = await self.http.post(
            f"/shopee/api/v2/{path}",
            params=self.query(path, public=True),
            files={"image": ("a.jpg", content if content is not None else jpeg(), "image/jpeg")},
        )
        said: dict[str, Any] = answer.json()
        return said

    async def item(self, **changed: Any) -> dict[str, Any]:
        """A body that ``add_item`` takes."""
        uploaded = await self.picture()
        body: dict[str, Any] = {
            "item_name": "Trứng vịt biển vỉ 30 quả",
            "description": "Trứng vịt thả đầm nước lợ.",
            "original_price": 135_000.0,
            "weight": 2.4,
            "category_id": 100780,
            "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
            "seller_stock": [{"stock": 5}],
            "logistic_info": [{"logistic_id": 5001, "enabled": True}],
            "image": {"image_id_list": [uploaded["response"]["image_info"]["image_id"]]},
            "item_sku": "OURS-1",
        }
        return {name: value for name, value in (body | changed).items() if value is not None}

    async def fault(self, call: str, kind: str, **more: Any) -> None:
        answer = await self.http.post("/_sandbox/faults", json={"call": call, "kind": kind, **more})
        assert answer.status_code == 201

    async def history(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.http.get("/_sandbox/history")).json()
        return rows


@asynccontextmanager
async def _calling(folder: Path, review_seconds: float) -> AsyncIterator[Caller]:
    app = create_sandbox(folder, BASE, review_seconds=review_seconds)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as http,
    ):
        yield Caller(http)


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Caller]:
    async with _calling(tmp_path / "sandbox", 0.05) as caller:
        yield caller


@pytest.fixture
async def reviewed(tmp_path: Path) -> AsyncIterator[Caller]:
    """Where a review takes long enough to be seen on a busy machine; :func:`until` waits for its end."""
    async with _calling(tmp_path / "reviewed", 1.0) as caller:
        yield caller


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look until it holds; 30 s at most."""
    async with asyncio.timeout(30):
        while not await holds():
            await asyncio.sleep(0.05)
