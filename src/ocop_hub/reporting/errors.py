"""Refusals of the reporting room.

Malformed 422
├── AsOfOutOfRange          a day that has not come, or before any record
├── RuleWithoutMarketplace  a rule that nothing could fulfil
├── UnknownMarketplace      a key that no marketplace has
├── RuleOutOfRange          live days that do not fit the period
├── CutDoesNotFit           a cut that needs another question
├── DayUnreadable           what should be a day and is none
├── UnknownPart             a unit, group, star, kind, producer or marketplace that there is not
├── DocumentIncomplete      a closing without its document
├── ObjectionMissing        a commune's list called wrong without saying what is
├── UnitNotInPeriod         a commune that is not the period's, or not the officer's
├── TargetOutOfRange        a share that is none, a day that is over, a part that does not exist
├── IndicatorInvalid        a typed figure without a name, of a day to come, or no number
├── LicenceMissing          open data without the terms under which others may use them
└── TemplateInvalid         a paper of one's own that cannot be read, or names a field that there is not
NotFound 404
├── PeriodNotFound
├── TargetNotFound
├── IndicatorNotFound
├── PaperNotFound           a template or a month's report
└── OpenDataOff             the province has not published, or has taken it back
Conflict 409
├── NoRuleYet               no rule was in force on that day
├── RuleGoesBack            a rule that would change what an earlier one has answered
├── PeriodExists            the day has its period
├── PeriodNotOver           the day is not over
├── PeriodClosed            closed before, under a document
├── PeriodNotClosed         a correction of what is not closed
└── NothingToCorrect        the list is still the one that was reported
"""

from __future__ import annotations

from ocop_hub.errors import Conflict, FieldProblem, Malformed, NotFound


class AsOfOutOfRange(Malformed):
    code = "as-of-out-of-range"
    title = "Ngày này chưa có số liệu"


class RuleWithoutMarketplace(Malformed):
    code = "rule-without-marketplace"
    title = "Cách tính chưa chọn sàn nào"


class UnknownMarketplace(Malformed):
    code = "unknown-marketplace"
    title = "Không có sàn này trong danh mục"


class RuleOutOfRange(Malformed):
    code = "rule-out-of-range"
    title = "Số ngày hiển thị chưa đúng"


class CutDoesNotFit(Malformed):
    code = "cut-does-not-fit"
    title = "Không xem được theo cách này"


class DayUnreadable(Malformed):
    code = "day-unreadable"
    title = "Ngày chưa đúng cách viết"

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(problem, fields=[FieldProblem(parameter, self.code, problem)])


class UnknownPart(Malformed):
    code = "unknown-part"
    title = "Không có phần sản phẩm này"

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(problem, fields=[FieldProblem(parameter, self.code, problem)])


class NoRuleYet(Conflict):
    code = "no-rule-yet"
    title = "Chưa có cách tính cho ngày này"


class RuleGoesBack(Conflict):
    code = "rule-goes-back"
    title = "Ngày áp dụng sớm hơn cách tính trước"


class DocumentIncomplete(Malformed):
    code = "document-incomplete"
    title = "Thông tin văn bản chưa đủ"


class ObjectionMissing(Malformed):
    code = "objection-missing"
    title = "Chưa ghi điều chưa đúng"


class UnitNotInPeriod(Malformed):
    code = "unit-not-in-period"
    title = "Đơn vị này không thuộc kỳ số liệu"


class TargetOutOfRange(Malformed):
    code = "target-out-of-range"
    title = "Chỉ tiêu chưa đúng"


class IndicatorInvalid(Malformed):
    code = "indicator-invalid"
    title = "Số liệu nhập tay chưa đúng"


class LicenceMissing(Malformed):
    code = "licence-missing"
    title = "Chưa ghi điều kiện sử dụng dữ liệu"


class TemplateInvalid(Malformed):
    code = "template-invalid"
    title = "Mẫu báo cáo chưa dùng được"


class PaperNotFound(NotFound):
    code = "paper-not-found"
    title = "Không tìm thấy mẫu hoặc báo cáo"


class TargetNotFound(NotFound):
    code = "target-not-found"
    title = "Không tìm thấy chỉ tiêu"


class IndicatorNotFound(NotFound):
    code = "indicator-not-found"
    title = "Không có số liệu này"


class OpenDataOff(NotFound):
    code = "open-data-off"
    title = "Chưa công bố dữ liệu mở"


class PeriodNotFound(NotFound):
    code = "period-not-found"
    title = "Không tìm thấy kỳ số liệu"


class PeriodExists(Conflict):
    code = "period-exists"
    title = "Ngày này đã có kỳ số liệu"


class PeriodNotOver(Conflict):
    code = "period-not-over"
    title = "Ngày của kỳ chưa hết"


class PeriodClosed(Conflict):
    code = "period-closed"
    title = "Kỳ số liệu đã chốt"


class PeriodNotClosed(Conflict):
    code = "period-not-closed"
    title = "Kỳ số liệu chưa chốt"


class NothingToCorrect(Conflict):
    code = "nothing-to-correct"
    title = "Không có gì để điều chỉnh"
