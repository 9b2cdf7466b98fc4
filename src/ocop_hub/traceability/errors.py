"""What lots, events and labels refuse, and the sentence each refusal says.

HubError
├── NotFound     ProductNotFound, LotNotFound, EventNotFound, ProductHasNoLabel, RunNotFound,
│                CaptureNotFound, PaperNotFound, MarkNotFound,
│                AlertNotFound
│                ReportNotFound
├── Conflict     LotCodeTaken, ProductHasNoLots, LotStateRefuses, AlreadyCorrected, RunRefuses,
│                CertificateLapsed, LabelsElsewhere, QuantityExceeded
├── Malformed    LotCodeInvalid, LotDatesInvalid, EventInvalid, LabelCountInvalid, LabelRangeInvalid,
│                LayoutInvalid, UnitMismatch, DocumentInvalid, QueryInvalid, ProducerNotNamed,
│                PaperRefused, MarkRefused, AnswerMissing
│                ReportInvalid
├── TooManyReports (429)
└── Unavailable  LabelUnreadable
"""

from __future__ import annotations

from ocop_hub.errors import Conflict, HubError, Malformed, NotFound, Unavailable


class ProductNotFound(NotFound):
    code = "product-not-found"
    title = "Không tìm thấy sản phẩm"


class LotNotFound(NotFound):
    code = "lot-not-found"
    title = "Không tìm thấy lô"


class EventNotFound(NotFound):
    code = "event-not-found"
    title = "Không tìm thấy công đoạn"


class LotCodeTaken(Conflict):
    code = "lot-code-taken"
    title = "Số lô đã có"


class ProductHasNoLots(Conflict):
    code = "product-has-no-lots"
    title = "Sản phẩm này không có lô"


class LotStateRefuses(Conflict):
    code = "lot-state"
    title = "Trạng thái của lô không cho phép"


class AlreadyCorrected(Conflict):
    code = "event-already-corrected"
    title = "Công đoạn này đã được sửa"


class PaperRefused(Malformed):
    code = "paper-refused"
    title = "Không nhận được tệp"


class CaptureNotFound(NotFound):
    code = "capture-not-found"
    title = "Không tìm thấy lần gửi EPCIS"


class DocumentInvalid(Malformed):
    code = "epcis-document-invalid"
    title = "Tài liệu EPCIS chưa đúng"


class QueryInvalid(Malformed):
    status = 400
    code = "epcis-query-invalid"
    title = "Câu hỏi EPCIS chưa đúng"


class ProducerNotNamed(Malformed):
    code = "producer-not-named"
    title = "Chưa nêu chủ thể"


class QuantityExceeded(Conflict):
    code = "quantity-exceeded"
    title = "Số lượng lấy ra vượt số lượng của lô"


class UnitMismatch(Malformed):
    code = "unit-mismatch"
    title = "Đơn vị tính không so được"


class LotCodeInvalid(Malformed):
    """``suggestion``: a code that would be taken, or empty."""

    code = "lot-code-invalid"
    title = "Số lô chưa đúng"

    def __init__(self, detail: str, *, suggestion: str = "") -> None:
        super().__init__(detail)
        self.suggestion = suggestion


class LotDatesInvalid(Malformed):
    code = "lot-dates-invalid"
    title = "Ngày của lô chưa hợp lý"


class EventInvalid(Malformed):
    code = "event-invalid"
    title = "Công đoạn chưa hợp lý"


class ReportNotFound(NotFound):
    code = "problem-report-not-found"
    title = "Không tìm thấy tin báo"


class ReportInvalid(Malformed):
    code = "problem-report-invalid"
    title = "Tin báo chưa đủ"


class TooManyReports(HubError):
    """More than are believed to be people's; asks to come back."""

    status = 429
    code = "too-many-reports"
    title = "Đang có quá nhiều tin báo"


class LabelUnreadable(Unavailable):
    code = "label-unreadable"
    title = "Tem vẽ ra không đọc lại được"


class LabelsBusy(Unavailable):
    code = "labels-busy"
    title = "Đang tạo nhiều tờ tem"


class ProductHasNoLabel(NotFound):
    code = "product-has-no-label"
    title = "Sản phẩm chưa có tem"


class RunNotFound(NotFound):
    code = "print-run-not-found"
    title = "Không tìm thấy đợt in tem"


class PaperNotFound(NotFound):
    code = "label-paper-not-found"
    title = "Không tìm thấy khổ tem"


class RunRefuses(Conflict):
    code = "print-run-state"
    title = "Đợt in tem không cho phép việc này"


class MarkNotFound(NotFound):
    code = "label-mark-not-found"
    title = "Chưa có hình dấu OCOP"


class AlertNotFound(NotFound):
    code = "scan-alert-not-found"
    title = "Không tìm thấy cảnh báo"


class AnswerMissing(Malformed):
    code = "scan-alert-answer-missing"
    title = "Chưa ghi kết quả xem xét"


class MarkRefused(Malformed):
    code = "label-mark-refused"
    title = "Không nhận được hình dấu OCOP"


class CertificateLapsed(Conflict):
    code = "certificate-lapsed"
    title = "Giấy chứng nhận không còn hiệu lực để in hạng sao"


class LabelsElsewhere(Conflict):
    code = "labels-of-another-installation"
    title = "Tem được in ở nơi khác"


class LabelCountInvalid(Malformed):
    code = "label-count-invalid"
    title = "Số tem chưa đúng"


class LabelRangeInvalid(Malformed):
    code = "label-range-invalid"
    title = "Khoảng tem chưa đúng"


class LayoutInvalid(Malformed):
    code = "label-layout-invalid"
    title = "Khổ tem chưa đúng"
