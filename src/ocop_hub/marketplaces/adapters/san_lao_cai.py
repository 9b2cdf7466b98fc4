"""The marketplace of Lào Cai (laocaitrade.vn), mode ``assisted``; docs/marketplaces/san_lao_cai.md."""

from __future__ import annotations

from ocop_hub.marketplaces.assisted import LooselyAddressed


class SanLaoCai(LooselyAddressed):
    """Run by the trade-promotion centre; no interface was found."""

    key = "san_lao_cai"
    name = "Sàn thương mại điện tử Lào Cai"
    PUBLIC_BASE = "https://laocaitrade.vn"
    PUBLIC_HOSTS = ("laocaitrade.vn", "www.laocaitrade.vn")
    #: The only shape that is known, and it is news.
    OTHER_PAGES = ("/tin-tuc/",)

    def first_step(self) -> str:
        return (
            f"Mở {self.public_base} và đăng nhập gian hàng của bạn. Chưa có gian hàng: hỏi trung tâm xúc tiến "
            "thương mại."
        )
