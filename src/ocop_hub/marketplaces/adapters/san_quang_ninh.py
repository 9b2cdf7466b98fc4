"""The marketplace of Quảng Ninh (teqni.gov.vn), mode ``assisted``; docs/marketplaces/san_quang_ninh.md."""

from __future__ import annotations

from ocop_hub.marketplaces.assisted import LooselyAddressed


class SanQuangNinh(LooselyAddressed):
    """The province's own marketplace; no interface was found."""

    key = "san_quang_ninh"
    name = "Sàn thương mại điện tử Quảng Ninh"
    PUBLIC_BASE = "https://teqni.gov.vn"
    PUBLIC_HOSTS = ("teqni.gov.vn", "www.teqni.gov.vn")

    def first_step(self) -> str:
        return f"Mở {self.public_base} và đăng nhập gian hàng của bạn. Chưa có gian hàng: hỏi cơ quan quản lý sàn."
