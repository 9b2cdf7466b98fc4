"""The glossary's words for every state a page shows, with the tone of its badge (tables B, C and D).

Tones are the badge classes of ``core.css``: good, wait, act, bad, off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, catalog

Tone = Literal["good", "wait", "act", "bad", "off"]
Kind = Literal[
    "listing",
    "grade",
    "certificate",
    "lot",
    "serial",
    "product",
    "period",
    "import",
    "mode",
    "event",
    "producer",
    "mandate",
    "act",
    "alert",
]


@dataclass(frozen=True, slots=True)
class Label:
    """A word for people and the tone in which it is shown."""

    text: str
    tone: Tone


LABELS: Final[dict[Kind, dict[str, Label]]] = {
    "listing": {
        "none": Label(N_("Chưa đăng"), "off"),
        "preparing": Label(N_("Đang chuẩn bị"), "wait"),
        "submitted": Label(N_("Đã gửi sàn"), "wait"),
        "in_review": Label(N_("Sàn đang duyệt"), "wait"),
        "live": Label(N_("Đang hiển thị"), "good"),
        "live_out_of_stock": Label(N_("Đang hiển thị, hết hàng"), "act"),
        "needs_person": Label(N_("Chờ bạn làm"), "act"),
        "rejected": Label(N_("Sàn trả lại"), "bad"),
        "not_sent": Label(N_("Chưa gửi"), "act"),
        "suspended": Label(N_("Sàn tạm khóa"), "bad"),
        "unlisted": Label(N_("Đã gỡ xuống"), "off"),
        "deleted": Label(N_("Không còn trên sàn"), "bad"),
        "unknown": Label(N_("Chưa kiểm tra được"), "off"),
    },
    "grade": {
        "api": Label(N_("Sàn xác nhận"), "good"),
        "link": Label(N_("Đã kiểm tra đường dẫn"), "good"),
        "seen": Label(N_("Cán bộ đã xem"), "wait"),
        "declared": Label(N_("Chủ thể khai"), "off"),
    },
    "certificate": {
        "valid": Label(N_("Còn hạn"), "good"),
        "expiring": Label(N_("Sắp hết hạn"), "act"),
        "expired": Label(N_("Hết hạn"), "bad"),
        "withdrawn": Label(N_("Đã thu hồi"), "bad"),
    },
    "lot": {
        "draft": Label(N_("Đang ghi"), "off"),
        "released": Label(N_("Đã công bố"), "good"),
        "recalled": Label(N_("Thu hồi"), "bad"),
        "closed": Label(N_("Đã kết thúc"), "off"),
    },
    "serial": {
        "issued": Label(N_("Đã in"), "off"),
        "activated": Label(N_("Đã kích hoạt"), "good"),
        "scanned": Label(N_("Đã được quét"), "good"),
        "blocked": Label(N_("Đã khóa"), "bad"),
    },
    "product": {
        "draft": Label(N_("Bản nháp"), "off"),
        "submitted": Label(N_("Chờ duyệt"), "wait"),
        "approved": Label(N_("Đã duyệt"), "good"),
        "returned": Label(N_("Trả lại để sửa"), "bad"),
    },
    "period": {
        "open": Label(N_("Đang mở"), "wait"),
        "confirmed": Label(N_("Xã đã xác nhận"), "wait"),
        "closed": Label(N_("Đã chốt"), "good"),
        "adjusted": Label(N_("Đã điều chỉnh"), "act"),
    },
    "import": {
        "create": Label(N_("Thêm mới"), "good"),
        "update": Label(N_("Cập nhật"), "wait"),
        "same": Label(N_("Không đổi"), "off"),
        "wrong": Label(N_("Cần sửa"), "bad"),
    },
    "mode": {
        "api": Label(N_("Tự động"), "good"),
        "feed": Label(N_("Sàn tự lấy dữ liệu"), "good"),
        "sheet": Label(N_("Tải tệp lên"), "wait"),
        "assisted": Label(N_("Làm theo hướng dẫn"), "wait"),
    },
    "event": {
        "harvest": Label(N_("Thu hoạch"), "off"),
        "first_processing": Label(N_("Sơ chế"), "off"),
        "processing": Label(N_("Chế biến"), "off"),
        "packing": Label(N_("Đóng gói"), "off"),
        "dispatch": Label(N_("Xuất hàng"), "off"),
        "purchase": Label(N_("Mua nguyên liệu"), "off"),
        "inspection": Label(N_("Kiểm tra"), "off"),
        "production_place": Label(N_("Địa điểm sản xuất"), "off"),
        "shipping": Label(N_("Xuất hàng"), "off"),
        "receiving": Label(N_("Nhận hàng"), "off"),
        "sale": Label(N_("Bán hàng"), "off"),
        "recall": Label(N_("Thu hồi"), "off"),
    },
    "act": {
        "printed": Label(N_("In tem"), "off"),
        "activated": Label(N_("Kích hoạt"), "good"),
        "blocked": Label(N_("Khóa"), "bad"),
        "unblocked": Label(N_("Mở khóa"), "good"),
        "voided": Label(N_("Hủy đợt in"), "bad"),
    },
    "alert": {
        "after_recall": Label(N_("Quét sau khi thu hồi"), "bad"),
        "after_expiry": Label(N_("Quét sau hạn sử dụng"), "act"),
        "source_recalled": Label(N_("Lô nguyên liệu bị thu hồi"), "bad"),
        "more_than_made": Label(N_("Quét nhiều hơn số đã làm"), "act"),
        "one_serial_often": Label(N_("Một tem được quét nhiều lần"), "act"),
        "before_activation": Label(N_("Quét trước khi kích hoạt"), "act"),
        "unknown_serials": Label(N_("Mã tem không có trong đợt in"), "act"),
        "many_places": Label(N_("Một tem được quét ở nhiều nơi"), "act"),
    },
    "mandate": {
        "valid": Label(N_("Đang có hiệu lực"), "good"),
        "ended": Label(N_("Hết hạn"), "off"),
        "withdrawn": Label(N_("Đã rút"), "off"),
    },
    "producer": {
        "enterprise": Label(N_("Doanh nghiệp"), "off"),
        "cooperative": Label(N_("Hợp tác xã"), "off"),
        "cooperative_group": Label(N_("Tổ hợp tác"), "off"),
        "household": Label(N_("Hộ kinh doanh"), "off"),
    },
}


def label(kind: Kind, code: str, *, lang: Lang = "vi") -> Label:
    """The word for ``code`` in ``lang``. A code we do not know is shown as it is, in the quiet tone."""
    known = LABELS[kind].get(code)
    if known is None:
        return Label(str(code), "off")
    return Label(catalog(lang).gettext(known.text), known.tone)


def listing_code(state: ListingState, *, not_sent: bool) -> str:
    """The code of a listing's badge: what we refused before sending was returned by no marketplace."""
    return "not_sent" if not_sent else state.value


_GROUP_ICONS: Final = (
    ("thuc pham", "food"),
    ("do uong", "drink"),
    ("duoc lieu", "herb"),
    ("thu cong", "craft"),
    ("sinh vat canh", "plant"),
    ("du lich", "travel"),
)


def group_icon(group: str) -> str:
    """The drawing that stands in for a photo of a product of ``group`` (its Vietnamese name)."""
    folded = fold(group)
    return next((icon for words, icon in _GROUP_ICONS if words in folded), "leaf")
