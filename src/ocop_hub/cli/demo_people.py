"""Who signs in to a demo, and for whom; light to import, because every start of a demo prints it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PASSPHRASE = "mua vang tren doi 2026"  # noqa: S105 - printed at every start of a demo

COTO = "Hộ kinh doanh 01 (Cô Tô)"
QUANG_HANH = "Công ty CP nước khoáng Quang Hanh"
DONG_TIEN = "HTX chăn nuôi và dịch vụ Đồng Tiến"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A sign-in printed at the start."""

    role: str
    name: str
    login: str
    note: str


ACCOUNTS = (
    DemoAccount("Chủ thể OCOP", "Hoa", "chuthe@ocop.example", COTO),
    DemoAccount("Người hỗ trợ", "Bình", "hotro@ocop.example", f"làm hộ cho {COTO} và {DONG_TIEN}"),
    DemoAccount("Cán bộ xã", "Lan", "xa@ocop.example", "Đặc khu Cô Tô"),
    DemoAccount("Cán bộ cấp tỉnh", "Minh", "tinh@ocop.example", "đọc tỷ lệ lên sàn, nhập quyết định"),
    DemoAccount("Người vận hành", "Quân", "vanhanh@ocop.example", "thấy tất cả"),
)


def sign_ins() -> Sequence[dict[str, str]]:
    """What the sign-in page of a demo shows."""
    return [
        {"role_label": each.role, "login": each.login, "passphrase": PASSPHRASE, "note": each.note}
        for each in ACCOUNTS
    ]
