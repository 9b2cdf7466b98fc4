"""Vỏ Sò (Viettel Post), mode ``assisted``.

No partner interface, push or spreadsheet template is published, and whether the marketplace still works is
contested. What is confirmed and what is assumed: docs/marketplaces/voso.md.
"""

from __future__ import annotations

import re

from ocop_hub.marketplaces.assisted import AssistedMarket

SELLER_CENTRE = "https://mc.voso.vn/site/login"


class Voso(AssistedMarket):
    """Viettel Post's marketplace."""

    key = "voso"
    name = "Vỏ Sò"
    PUBLIC_BASE = "https://voso.vn"
    PUBLIC_HOSTS = ("voso.vn", "www.voso.vn")
    #: ``-c{number}`` is a category.
    PRODUCT_PATH = re.compile(r"/[^/]*-p(\d+)\.html")
    NUMBERED_PATH = "/san-pham-p{}.html"

    def first_step(self) -> str:
        return (
            f"Mở {SELLER_CENTRE} và đăng nhập gian hàng của bạn. Nếu trang không mở được, sàn có thể đã "
            "ngừng hoạt động: hãy chọn “Không đăng được” và ghi lý do."
        )
