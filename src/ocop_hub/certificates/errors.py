"""Refusals of this room."""

from __future__ import annotations

from ocop_hub.errors import Conflict, Malformed


class DecisionIncomplete(Malformed):
    code = "decision-incomplete"
    title = "Quyết định còn thiếu thông tin"


class EndsBeforeItBegins(Malformed):
    code = "certificate-ends-before-it-begins"
    title = "Giấy chứng nhận hết hạn trước khi có hiệu lực"


class StarsOutOfRange(Malformed):
    code = "stars-out-of-range"
    title = "Hạng sao không có trong Chương trình OCOP"


class AnotherDecisionThatDay(Conflict):
    code = "another-decision-that-day"
    title = "Sản phẩm đã được công nhận cùng ngày theo quyết định khác"
