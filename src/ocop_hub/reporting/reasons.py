"""Why a product is not in the numerator, said to people in Vietnamese, and who can act next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ocop_hub.kit import clock


class ReasonCode(StrEnum):
    """Why a product is not in the numerator. Those from ``needs_person`` to ``unlisted`` are listing states."""

    WEAK_EVIDENCE = "weak_evidence"
    NOT_LONG_ENOUGH = "not_long_enough"
    LOOK_AGAIN = "look_again"
    NEEDS_PERSON = "needs_person"
    REJECTED = "rejected"
    #: As ``rejected``, but by us: the marketplace was never sent it.
    NOT_SENT = "not_sent"
    SUSPENDED = "suspended"
    IN_REVIEW = "in_review"
    SUBMITTED = "submitted"
    PREPARING = "preparing"
    UNKNOWN = "unknown"
    DELETED = "deleted"
    UNLISTED = "unlisted"
    NOT_LISTABLE = "not_listable"
    OFF_SEASON = "off_season"
    ELSEWHERE = "elsewhere"
    STALL_NEEDS_SIGN_IN = "stall_needs_sign_in"
    STALL_NEEDS_ANSWERS = "stall_needs_answers"
    NOT_PUBLISHED = "not_published"
    NO_STALL = "no_stall"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    NO_CERTIFICATE = "no_certificate"


class Acts(StrEnum):
    """Who can move it on."""

    PRODUCER = "producer"
    HELPER = "helper"
    OFFICER = "officer"
    MARKETPLACE = "marketplace"
    NOBODY = "nobody"


#: Reason → the sentence (places filled in), what to do next, who.
SAID: Final[dict[ReasonCode, tuple[str, str, Acts]]] = {
    ReasonCode.WEAK_EVIDENCE: (
        "Đang hiển thị trên {marketplace} nhưng minh chứng chưa đủ theo cách tính.",
        "Dán đường dẫn trang sản phẩm để hệ thống kiểm tra.",
        Acts.HELPER,
    ),
    ReasonCode.NOT_LONG_ENOUGH: (
        "Đã hiển thị trên {marketplace} nhưng chưa đủ số ngày theo cách tính.",
        "Giữ sản phẩm trên sàn cho đủ ngày.",
        Acts.PRODUCER,
    ),
    ReasonCode.LOOK_AGAIN: (
        "Cán bộ đã xem trên {marketplace} quá 90 ngày trước.",
        "Cán bộ mở lại trang sản phẩm và ghi nhận.",
        Acts.OFFICER,
    ),
    ReasonCode.NEEDS_PERSON: (
        "Đang chờ người làm bước tiếp theo trên {marketplace}.",
        "Chủ thể hoặc người hỗ trợ làm bước đang chờ.",
        Acts.HELPER,
    ),
    ReasonCode.REJECTED: (
        "{marketplace} trả lại{reason}.",
        "Chủ thể sửa theo lý do rồi gửi lại.",
        Acts.PRODUCER,
    ),
    ReasonCode.NOT_SENT: (
        "Chưa gửi lên {marketplace}{reason}.",
        "Chủ thể bổ sung theo lý do rồi gửi.",
        Acts.PRODUCER,
    ),
    ReasonCode.SUSPENDED: (
        "{marketplace} tạm khóa từ {day}{reason}.",
        "Chủ thể liên hệ sàn để mở lại.",
        Acts.PRODUCER,
    ),
    ReasonCode.IN_REVIEW: ("{marketplace} đang duyệt từ {day}.", "Chờ sàn trả lời.", Acts.MARKETPLACE),
    ReasonCode.SUBMITTED: ("Đã gửi {marketplace} ngày {day}.", "Chờ sàn trả lời.", Acts.MARKETPLACE),
    ReasonCode.PREPARING: (
        "Hệ thống đang chuẩn bị nội dung cho {marketplace}.",
        "Chưa cần làm gì.",
        Acts.NOBODY,
    ),
    ReasonCode.UNKNOWN: (
        "Chưa kiểm tra được trên {marketplace} từ {day}.",
        "Cán bộ mở trang sản phẩm để xem.",
        Acts.OFFICER,
    ),
    ReasonCode.DELETED: (
        "Không tìm thấy trên {marketplace} từ {day}.",
        "Chủ thể đưa lên sàn lại.",
        Acts.PRODUCER,
    ),
    ReasonCode.UNLISTED: ("Đã gỡ khỏi {marketplace} từ {day}.", "Chủ thể đưa lên sàn lại.", Acts.PRODUCER),
    ReasonCode.NOT_LISTABLE: (
        "Nhóm dịch vụ, không gửi hàng qua sàn được.",
        "Được tính riêng; chưa cần làm gì.",
        Acts.NOBODY,
    ),
    ReasonCode.OFF_SEASON: (
        "Đang nghỉ mùa vụ.",
        "Đưa lên sàn lại khi vào mùa.",
        Acts.NOBODY,
    ),
    ReasonCode.ELSEWHERE: (
        "Chỉ có trên {marketplace}, nơi cách tính không tính vào ngày này.",
        "Đưa lên một sàn được tính.",
        Acts.HELPER,
    ),
    ReasonCode.STALL_NEEDS_SIGN_IN: (
        "Gian hàng trên {marketplace} cần đăng nhập lại.",
        "Chủ thể đăng nhập lại gian hàng.",
        Acts.PRODUCER,
    ),
    ReasonCode.STALL_NEEDS_ANSWERS: (
        "Gian hàng trên {marketplace} có mặt hàng chưa được xác nhận.",
        "Chủ thể xác nhận mặt hàng có sẵn trong gian hàng.",
        Acts.PRODUCER,
    ),
    ReasonCode.NOT_PUBLISHED: (
        "Đã có gian hàng trên {marketplace} nhưng sản phẩm chưa được đưa lên sàn.",
        "Chủ thể hoặc người hỗ trợ đưa sản phẩm lên sàn.",
        Acts.HELPER,
    ),
    ReasonCode.NO_STALL: (
        "Chủ thể chưa có gian hàng trên sàn nào được tính.",
        "Người hỗ trợ giúp mở gian hàng đầu tiên.",
        Acts.HELPER,
    ),
    ReasonCode.CERTIFICATE_EXPIRED: (
        "Giấy chứng nhận hết hạn {day}.",
        "Chủ thể nộp hồ sơ đánh giá lại.",
        Acts.PRODUCER,
    ),
    ReasonCode.CERTIFICATE_WITHDRAWN: ("Giấy chứng nhận đã thu hồi ngày {day}.", "", Acts.NOBODY),
    ReasonCode.NO_CERTIFICATE: (
        "Chưa có giấy chứng nhận theo quyết định công nhận nào.",
        "Cán bộ nhập quyết định công nhận, nếu đã có.",
        Acts.OFFICER,
    ),
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a product is not in the numerator, said to people, and who acts next."""

    code: ReasonCode
    sentence: str
    next_step: str
    acts: Acts


def say(code: ReasonCode, *, marketplace: str = "", day: datetime | None = None, reason: str = "") -> Why:
    """The sentence for a reason, in Vietnamese."""
    sentence, next_step, acts = SAID[code]
    when = clock.business_day(day) if day else None
    text = sentence.format(
        marketplace=marketplace or "sàn",
        day=f"{when.day}/{when.month}/{when.year}" if when else "ngày chưa rõ",
        reason=f" vì: {reason.rstrip('. ')}" if reason else "",
    )
    return Why(code, text, next_step, acts)
