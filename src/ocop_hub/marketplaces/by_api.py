"""What the adapters of interfaces share: their hosts, what needs no call, and what they never offer.

An adapter overrides what its marketplace does offer; everything else is refused as :class:`Unsupported`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from ocop_hub.marketplaces import pages
from ocop_hub.marketplaces.contract import (
    Capabilities,
    ItemPage,
    ListingDraft,
    Observation,
    Pack,
    Page,
    PageMatch,
    Picture,
    Push,
    PushPage,
    PushRequest,
    Shop,
    TransportFailed,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts


@contextmanager
def before_the_create() -> Generator[None]:
    """Only reads go out in here: whatever is lost, nothing can have been created."""
    try:
        yield
    except TransportFailed as failed:
        failed.sent = False
        raise


class Caller:
    """Sends an adapter's calls to its host."""

    #: Where the interface stands unless the operator's settings say otherwise.
    host: ClassVar[str]

    def __init__(self, gateway: Gateway, hosts: Hosts, *, timeout: timedelta) -> None:
        self._gateway = gateway
        self._hosts = hosts
        self._base = (hosts.api_base or self.host).rstrip("/")
        self._timeout = timeout
        self.now = gateway.now


class ByApi:
    """One application at one marketplace."""

    key: str
    name: str
    capabilities: Capabilities
    #: The site that buyers see, its further hosts, and the path of a product's page with the id in group 1;
    #: none of these where products have no pages of their own.
    public_site: str = ""
    public_hosts: tuple[str, ...] = ()
    product_path: re.Pattern[str] | None = None

    def __init__(self, hosts: Hosts) -> None:
        if hosts.settle_after is not None:
            self.capabilities = replace(self.capabilities, settle_after=hosts.settle_after)
        self._hosts = hosts
        self._public_base = (hosts.public_base or self.public_site).rstrip("/")

    def _no(self, what: str) -> Unsupported:
        return Unsupported(f"{self.name} không có {what}.", sent=False)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return ""

    def match_url(self, url: str) -> str:
        if self.product_path is None:
            return ""
        path = pages.path_under(url, self._public_base, self.public_hosts)
        found = self.product_path.fullmatch(path) if path is not None else None
        return found[1] or "" if found is not None else ""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        if not self.capabilities.checks_links:
            raise self._no("trang riêng cho từng sản phẩm")
        return pages.observe(page, draft, shop, remote_id=self.match_url(page.url))

    def pack(self, draft: ListingDraft) -> Pack:
        raise self._no("bộ hồ sơ: tin đăng được gửi tự động")

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        raise self._no("cách đọc cả gian hàng")

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        raise self._no("cách sửa tin đăng")

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._no("cách gỡ tin đăng")

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._no("cách đưa lại tin đăng")

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        raise self._no("chỗ tải ảnh lên: ảnh được lấy từ địa chỉ công khai")

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        raise self._no("thông báo gửi tới")

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        raise self._no("hàng đợi sự kiện")
