"""What adapters share whose stalls are opened by a key that is entered, and that tell nothing by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from ocop_hub.marketplaces.contract import Grant, Push, PushPage, PushRequest, Shop, Unsupported


class KeyedStalls:
    """The calls of consent and pushes, refused as unsupported."""

    name: str

    def _no(self, what: str) -> Unsupported:
        return Unsupported(f"{self.name} không có {what}.", sent=False)

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        raise self._no("trang đồng ý kết nối; hãy nhập khóa truy cập")

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        raise self._no("trang đồng ý kết nối; hãy nhập khóa truy cập")

    async def refresh(self, shop: Shop) -> Grant:
        raise self._no("cách gia hạn khóa truy cập; hãy nhập khóa mới")

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        raise self._no("thông báo gửi tới")

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        raise self._no("hàng đợi sự kiện")
