"""Refusals of the reporting room.

Malformed 422
├── AsOfOutOfRange          a day that has not come, or before any record
├── RuleWithoutMarketplace  a rule that nothing could fulfil
├── UnknownMarketplace      a key that no marketplace has
├── RuleOutOfRange          live days that do not fit the period
└── CutDoesNotFit           a cut that needs another question
Conflict 409
├── NoRuleYet               no rule was in force on that day
└── RuleGoesBack            a rule that would change what an earlier one has answered
"""

from __future__ import annotations

from ocop_hub.errors import Conflict, Malformed


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


class NoRuleYet(Conflict):
    code = "no-rule-yet"
    title = "Chưa có cách tính cho ngày này"


class RuleGoesBack(Conflict):
    code = "rule-goes-back"
    title = "Ngày áp dụng sớm hơn cách tính trước"
