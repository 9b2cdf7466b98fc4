"""Refusals of this room."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from ocop_hub.errors import Conflict, HubError, Malformed

_GTIN_KEYS = ("uq_products_gtin", "uq_product_variants_gtin", "pk_product_gtins")


class RevisionMissing(HubError):
    status = 428
    code = "revision-missing"
    title = "Cần nêu phiên bản đang sửa"


class RevisionChanged(HubError):
    status = 412
    code = "revision-changed"
    title = "Sản phẩm đã được sửa ở nơi khác"


class GtinTaken(Conflict):
    code = "gtin-taken"
    title = "Mã GTIN đã dùng cho sản phẩm khác"


class ProductIncomplete(Malformed):
    code = "product-incomplete"
    title = "Sản phẩm còn thiếu thông tin"


class UnknownGroup(Malformed):
    code = "group-unknown"
    title = "Không có nhóm sản phẩm này"


class UnknownPlace(Malformed):
    code = "place-unknown"
    title = "Không có đơn vị hành chính này"


class PlaceWasSplit(Conflict):
    code = "place-split"
    title = "Địa bàn cũ đã chia cho nhiều đơn vị mới"


class TooManyPhotos(Conflict):
    code = "too-many-photos"
    title = "Sản phẩm đã đủ ảnh"


class TooManyVariants(Conflict):
    code = "too-many-variants"
    title = "Sản phẩm đã đủ quy cách"


class UnknownSubGroup(Malformed):
    code = "sub-group-unknown"
    title = "Không có phân nhóm này trong nhóm sản phẩm"


class BadLink(Malformed):
    code = "video-link-refused"
    title = "Đường dẫn phim không dùng được"


class NotForReview(Conflict):
    code = "not-for-review"
    title = "Sản phẩm không ở bước này"


class NothingRemarked(Malformed):
    code = "nothing-remarked"
    title = "Chưa ghi cần sửa gì"


class RuleInThePast(Conflict):
    code = "approval-rule-past"
    title = "Ngày áp dụng đã qua"


def says_gtin_taken(refused: IntegrityError) -> bool:
    """Whether the database refused because the GTIN belongs to another product or pack."""
    return any(key in str(refused.orig) for key in _GTIN_KEYS)


class NotARecording(Malformed):
    code = "not-a-recording"
    title = "Tệp này không phải bản ghi âm"


class RecordingTooLarge(Malformed):
    code = "recording-too-large"
    title = "Bản ghi âm quá lớn"


class TooManyRecordings(Conflict):
    code = "too-many-recordings"
    title = "Sản phẩm đã đủ bản ghi âm"


class RowsRefused(Malformed):
    code = "rows-refused"
    title = "Có dòng chưa đúng"
