"""Refusals of this room."""

from __future__ import annotations

from ocop_hub.errors import Conflict, HubError, Malformed


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
