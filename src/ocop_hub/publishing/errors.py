"""Refusals of the publishing room."""

from __future__ import annotations

from ocop_hub.errors import Conflict, Malformed


class NotThisMarketplace(Malformed):
    code = "link-of-another-marketplace"
    title = "Đường dẫn không phải của sàn này"


class NoAdapter(Malformed):
    code = "no-way-to-publish"
    title = "Chưa có cách đăng lên sàn này"


class NotListable(Malformed):
    code = "not-listable"
    title = "Sản phẩm chưa đủ điều kiện đăng"


class ConsentLapsed(Conflict):
    code = "consent-lapsed"
    title = "Lần kết nối này không còn dùng được"


class ConsentFailed(Conflict):
    code = "consent-failed"
    title = "Chưa kết nối được gian hàng"


class NotThisStall(Conflict):
    code = "not-this-stall"
    title = "Sàn mở một gian hàng khác"


class CannotSend(Conflict):
    code = "cannot-send"
    title = "Không gửi được lên sàn"


class NothingToDo(Conflict):
    code = "nothing-to-do"
    title = "Không có gì để làm"


class NoSuchCategory(Malformed):
    code = "no-such-category"
    title = "Không có ngành hàng này"


class WrongFee(Malformed):
    code = "wrong-fee"
    title = "Biểu phí chưa đúng"


class LinkMissing(Malformed):
    code = "link-missing"
    title = "Chưa có đường dẫn"


class AlreadyProven(Conflict):
    code = "already-proven"
    title = "Tin đăng này đã có minh chứng"


class WordsMissing(Malformed):
    code = "words-missing"
    title = "Chưa giải thích đủ"


class UnsafeHook(Malformed):
    code = "unsafe-hook"
    title = "Địa chỉ này không dùng được"


class TooManyHooks(Conflict):
    code = "too-many-hooks"
    title = "Đã đủ số địa chỉ"


class StallExists(Conflict):
    code = "stall-exists"
    title = "Gian hàng này đã được kết nối"


class NoPack(Conflict):
    code = "no-pack"
    title = "Sàn này không dùng bộ hồ sơ"


class AlreadyDecided(Conflict):
    code = "already-decided"
    title = "Mục này đã được quyết định"


class NothingToHandOver(Malformed):
    code = "nothing-to-hand-over"
    title = "Không có sản phẩm nào để giao đăng"


class HandoverClosed(Conflict):
    code = "handover-closed"
    title = "Danh sách giao đăng đã đóng"


class ReasonMissing(Malformed):
    code = "reason-missing"
    title = "Cần ghi lý do"
