"""Adapters whose stalls are opened by a key that is entered."""

from __future__ import annotations

from collections.abc import Mapping

from ocop_hub.marketplaces.by_api import ByApi
from ocop_hub.marketplaces.contract import Grant, Shop


class KeyedStalls(ByApi):
    """The calls of consent, refused as unsupported."""

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        raise self._no("trang đồng ý kết nối; hãy nhập khóa truy cập")

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        raise self._no("trang đồng ý kết nối; hãy nhập khóa truy cập")

    async def refresh(self, shop: Shop) -> Grant:
        raise self._no("cách gia hạn khóa truy cập; hãy nhập khóa mới")
