"""Postmart (Nông sản Bưu điện), mode ``assisted``.

A partner interface is announced, but its host, sign-in and product calls are not published, so none is made
up here. What is confirmed and what is assumed: docs/marketplaces/postmart.md.
"""

from __future__ import annotations

import re

from ocop_hub.marketplaces.assisted import AssistedMarket

HOTLINE = "1900 565 657"


class Postmart(AssistedMarket):
    """The post office's marketplace."""

    key = "postmart"
    name = "Postmart (Nông sản Bưu điện)"
    PUBLIC_BASE = "https://postmart.vn"
    #: Renamed on 31 March 2024; addresses of all times are still pasted.
    PUBLIC_HOSTS = ("postmart.vn", "www.postmart.vn", "buudien.vn", "www.buudien.vn", "nongsan.buudien.vn")
    PRODUCT_PATH = re.compile(r"/p/(?:[^/]*-)?(\d+)\.html")
    NUMBERED_PATH = "/p/san-pham-{}.html"

    def first_step(self) -> str:
        return (
            f"Mở {self.public_base} và đăng nhập gian hàng của bạn. Chưa có gian hàng: gọi {HOTLINE} "
            "hoặc hỏi bưu điện xã."
        )
