"""Postmart (Nông sản Bưu điện), mode ``assisted``: a person enters the product, we check the public page.

A partner interface is announced, but its host, sign-in and product calls are not published, so none is made
up here. What is confirmed and what is assumed: docs/marketplaces/postmart.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocop_hub.marketplaces import pages
from ocop_hub.marketplaces.contract import (
    Capabilities,
    Item,
    ItemPage,
    ListingDraft,
    Mode,
    NeedsPerson,
    Observation,
    Pack,
    Page,
    PageMatch,
    Picture,
    Reason,
    Shop,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts
from ocop_hub.marketplaces.packs import picture_files

PUBLIC_BASE = "https://postmart.vn"
#: Renamed on 31 March 2024; addresses of all times are still pasted.
PUBLIC_HOSTS = ("postmart.vn", "www.postmart.vn", "buudien.vn", "www.buudien.vn", "nongsan.buudien.vn")
HOTLINE = "1900 565 657"

_PRODUCT_PATH = re.compile(r"/p/(?:[^/]*-)?(\d+)\.html")


class Postmart:
    """The post office's marketplace."""

    key = "postmart"
    name = "Postmart (Nông sản Bưu điện)"
    capabilities = Capabilities(mode=Mode.ASSISTED, checks_links=True)

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        # The gateway is every adapter's first argument; this one has nothing to send yet.
        self._gateway = gateway
        self._public_base = (hosts.public_base or PUBLIC_BASE).rstrip("/")

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """What a person would be missing at the entry form. The site's own limits are not published."""
        checks = (
            (not draft.title.strip(), "title", "Thiếu tên sản phẩm."),
            (not draft.description.strip(), "description", "Thiếu mô tả sản phẩm."),
            (draft.price_vnd <= 0, "price_vnd", "Giá bán phải lớn hơn 0 đồng."),
            (not draft.pictures, "pictures", "Cần ít nhất một ảnh sản phẩm."),
        )
        return tuple(Reason(field, "missing", text) for wrong, field, text in checks if wrong)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        """By number alone: the words before it are the site's. Where a pasted address is known, prefer that."""
        return f"{self._public_base}/p/san-pham-{remote_id}.html"

    def match_url(self, url: str) -> str:
        path = pages.path_under(url, self._public_base, PUBLIC_HOSTS)
        found = _PRODUCT_PATH.fullmatch(path) if path is not None else None
        return found[1] if found is not None else ""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        return pages.observe(page, draft, shop, remote_id=self.match_url(page.url))

    def pack(self, draft: ListingDraft) -> Pack:
        """Fields in the order a seller meets them; empty ones are left out."""
        pairs = (
            ("Tên sản phẩm", draft.title),
            ("Nhóm sản phẩm", draft.group),
            ("Giá bán (đồng)", str(draft.price_vnd)),
            ("Đơn vị tính", draft.unit),
            ("Khối lượng (gam)", str(draft.weight_g or "")),
            ("Số lượng", str(draft.stock)),
            ("Mô tả", draft.description),
            ("Thương hiệu", draft.brand),
            ("Mã sản phẩm của người bán", draft.seller_sku),
            ("Mã vạch", draft.gtin),
            ("Nơi sản xuất", ", ".join(part for part in (draft.producer_name, draft.place_name) if part)),
            ("Hạng sao OCOP", f"{draft.stars} sao" if draft.stars else ""),
            ("Đường dẫn truy xuất nguồn gốc", draft.trace_url),
            *draft.attributes.items(),
        )
        files = picture_files(draft.pictures, draft.title)
        return Pack(files, tuple((label, text) for label, text in pairs if text), self._steps(len(files)))

    def _steps(self, pictures: int) -> tuple[str, ...]:
        return (
            f"Mở {self._public_base} và đăng nhập gian hàng của bạn. Chưa có gian hàng: gọi {HOTLINE} "
            "hoặc hỏi bưu điện xã.",
            "Chọn thêm sản phẩm mới.",
            "Sao chép từng mục theo đúng thứ tự trong bộ hồ sơ; mục nào sàn không có thì bỏ qua.",
            f"Tải lên {pictures} ảnh theo thứ tự tên tệp; ảnh 01 làm ảnh đại diện.",
            "Lưu và chờ sàn cho hiển thị.",
            "Mở trang sản phẩm trên sàn, sao chép đường dẫn và dán vào ô “Đường dẫn trên sàn” để được kiểm tra.",
        )

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        raise NeedsPerson(
            "Tải bộ hồ sơ, đăng sản phẩm lên Postmart theo hướng dẫn, rồi dán đường dẫn.", sent=False
        )

    def _by_hand(self) -> Unsupported:
        return Unsupported("Postmart chưa có giao diện cho phần mềm; việc này làm bằng tay.", sent=False)

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        raise self._by_hand()

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        raise self._by_hand()

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        raise self._by_hand()

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        raise self._by_hand()

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        raise self._by_hand()
