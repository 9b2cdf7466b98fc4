"""What audit rows tell, in people's words."""

from __future__ import annotations

from typing import Final

from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate

_WORDS: Final[dict[str, str]] = {
    "catalogue.create_product": N_("Thêm sản phẩm"),
    "catalogue.update_product": N_("Sửa sản phẩm"),
    "catalogue.restore_product": N_("Khôi phục một bản trước của sản phẩm"),
    "catalogue.submit_product": N_("Gửi sản phẩm đi duyệt"),
    "catalogue.add_photo": N_("Thêm ảnh"),
    "catalogue.change_photo": N_("Sửa ảnh"),
    "catalogue.remove_photo": N_("Xóa ảnh"),
    "catalogue.add_variant": N_("Thêm quy cách"),
    "catalogue.change_variant": N_("Sửa quy cách"),
    "catalogue.keep_recording": N_("Gửi bản ghi âm"),
    "catalogue.remove_recording": N_("Xóa bản ghi âm"),
    "intake.store": N_("Nhập sản phẩm từ bảng tính"),
    "intake.refuse": N_("Bỏ một bảng tính"),
    "intake.export": N_("Tải danh sách sản phẩm"),
    "producers.update": N_("Sửa hồ sơ cơ sở"),
    "producers.withdraw_mandate": N_("Thôi làm hộ"),
    "publishing.connect": N_("Nối gian hàng"),
    "publishing.sign_in": N_("Nối lại gian hàng"),
    "publishing.request": N_("Đưa sản phẩm lên sàn"),
    "publishing.link": N_("Ghi đường dẫn trên sàn"),
    "publishing.withdraw": N_("Gỡ sản phẩm khỏi sàn"),
    "publishing.adopt": N_("Nhận một tin đăng có sẵn"),
    "publishing.ignore": N_("Trả lời: không phải sản phẩm này"),
}
_BY_ROOM: Final[dict[str, str]] = {
    "catalogue": N_("Thay đổi sản phẩm"),
    "publishing": N_("Thay đổi trên sàn"),
    "traceability": N_("Ghi lô hoặc tem"),
    "producers": N_("Thay đổi ở hồ sơ cơ sở"),
}


def sentence_of(action: str, lang: Lang) -> str:
    """What the act was; one without words of its own is told by its room."""
    other = _BY_ROOM.get(action.partition(".")[0], N_("Thay đổi khác"))
    return translate(lang, _WORDS.get(action, other))
