"""The words of the officer's pages: sentence to copy, denominators, reasons in short, changes."""

from __future__ import annotations

from typing import Final

from ocop_hub.reporting.figures import Counts, CoverageFigure, Geo, Standing
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import Denominator, PeriodState
from ocop_hub.reporting.reasons import ReasonCode, Why
from ocop_hub.web import format as fmt
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate

DENOMINATORS: Final = {
    Denominator.CERTIFIED_VALID: N_("Còn hạn giấy chứng nhận"),
    Denominator.CERTIFIED_EVER: N_("Đã từng được công nhận"),
    Denominator.PARTICIPATING: N_("Tham gia Chương trình"),
}
GEO_LABELS: Final = {
    Geo.CURRENT: N_("Theo địa giới hiện nay"),
    Geo.AS_CERTIFIED: N_("Theo địa giới lúc công nhận"),
}
PARTS: Final = {
    Part.LISTED: N_("Đã lên sàn"),
    Part.NOT_LISTED: N_("Chưa lên sàn"),
    Part.NOT_COUNTED: N_("Không tính"),
}
HEADINGS: Final = {
    Part.LISTED: N_("Sản phẩm đã lên sàn"),
    Part.NOT_LISTED: N_("Sản phẩm chưa lên sàn"),
    Part.NOT_COUNTED: N_("Sản phẩm không tính vào tỷ lệ"),
}
_SENTENCES: Final = {
    Denominator.CERTIFIED_VALID: N_(
        "Tính đến ngày %(day)s, có %(fraction)s sản phẩm OCOP còn hạn giấy chứng nhận của %(place)s "
        "đã lên sàn TMĐT, đạt %(share)s."
    ),
    Denominator.CERTIFIED_EVER: N_(
        "Tính đến ngày %(day)s, có %(fraction)s sản phẩm OCOP đã từng được công nhận của %(place)s "
        "đã lên sàn TMĐT, đạt %(share)s."
    ),
    Denominator.PARTICIPATING: N_(
        "Tính đến ngày %(day)s, có %(fraction)s sản phẩm tham gia Chương trình OCOP của %(place)s "
        "đã lên sàn TMĐT, đạt %(share)s."
    ),
}
_NOTHING: Final = N_("Tính đến ngày %(day)s, %(place)s chưa có sản phẩm nào được tính tỷ lệ.")
_TRIAL: Final = N_("(Số liệu thử, không theo cách tính chính thức.)")
REASONS: Final = {
    ReasonCode.WEAK_EVIDENCE: N_("Minh chứng chưa đủ"),
    ReasonCode.NOT_LONG_ENOUGH: N_("Chưa đủ số ngày hiển thị"),
    ReasonCode.LOOK_AGAIN: N_("Cán bộ cần xem lại"),
    ReasonCode.NEEDS_PERSON: N_("Đang chờ người làm"),
    ReasonCode.REJECTED: N_("Sàn trả lại"),
    ReasonCode.SUSPENDED: N_("Sàn tạm khóa"),
    ReasonCode.IN_REVIEW: N_("Sàn đang duyệt"),
    ReasonCode.SUBMITTED: N_("Đã gửi sàn"),
    ReasonCode.PREPARING: N_("Đang chuẩn bị"),
    ReasonCode.UNKNOWN: N_("Chưa kiểm tra được"),
    ReasonCode.DELETED: N_("Không còn trên sàn"),
    ReasonCode.UNLISTED: N_("Đã gỡ xuống"),
    ReasonCode.NOT_LISTABLE: N_("Nhóm dịch vụ"),
    ReasonCode.OFF_SEASON: N_("Nghỉ mùa vụ"),
    ReasonCode.ELSEWHERE: N_("Chỉ có trên sàn hoặc kênh không tính"),
    ReasonCode.STALL_NEEDS_SIGN_IN: N_("Gian hàng cần đăng nhập lại"),
    ReasonCode.STALL_NEEDS_ANSWERS: N_("Gian hàng chờ xác nhận mặt hàng"),
    ReasonCode.NOT_PUBLISHED: N_("Có gian hàng, chưa đưa lên sàn"),
    ReasonCode.NO_STALL: N_("Chưa có gian hàng"),
    ReasonCode.CERTIFICATE_EXPIRED: N_("Giấy chứng nhận hết hạn"),
    ReasonCode.CERTIFICATE_WITHDRAWN: N_("Giấy chứng nhận đã thu hồi"),
    ReasonCode.NO_CERTIFICATE: N_("Chưa có giấy chứng nhận"),
}
_OF_NOT_COUNTED: Final = frozenset(
    {ReasonCode.CERTIFICATE_EXPIRED, ReasonCode.CERTIFICATE_WITHDRAWN, ReasonCode.NO_CERTIFICATE}
)
NEWLY_LISTED: Final = N_("sản phẩm mới lên sàn")
DROPPED: Final = N_("sản phẩm không còn trên sàn")
NEWLY_COUNTED: Final = N_("sản phẩm mới được tính")
NO_LONGER_COUNTED: Final = N_("sản phẩm không còn được tính (hết hạn, thu hồi)")
OVERVIEW: Final = N_("Tỷ lệ lên sàn")
PERIODS: Final = N_("Kỳ số liệu")
WHOLE: Final = N_("Toàn bộ")
PERIOD_STATES: Final = {
    PeriodState.OPEN: N_("Đang mở"),
    PeriodState.CONFIRMED: N_("Xã đã xác nhận"),
    PeriodState.CLOSED: N_("Đã chốt"),
    PeriodState.ADJUSTED: N_("Đã điều chỉnh"),
}
#: None: the product is not counted.
STANDINGS: Final[dict[Standing | None, str]] = {
    Standing.LISTED: N_("Đã lên sàn"),
    Standing.UNVERIFIED: N_("Minh chứng chưa đủ"),
    Standing.UNKNOWN: N_("Chưa kiểm tra được"),
    Standing.NOT_LISTABLE: N_("Nhóm dịch vụ"),
    Standing.OFF_SEASON: N_("Nghỉ mùa vụ"),
    Standing.MISSING: N_("Chưa lên sàn"),
    None: N_("Không tính"),
}
TREND_TITLE: Final = N_("Tỷ lệ lên sàn theo tháng")
TREND_ALT: Final = N_("Từ %(first)s vào %(start)s đến %(last)s vào %(end)s")
TREND_HEAD: Final = (N_("Tháng"), N_("Đã lên sàn"), N_("Tỷ lệ"))


def sentence(figure: CoverageFigure, denominator: Denominator, place: str, lang: Lang) -> str:
    """The sentence ready to copy into a report."""
    counts, day = figure.counts, fmt.day(figure.as_of, lang=lang)
    if not counts.denominator:
        return translate(lang, _NOTHING, day=day, place=place)
    said = translate(
        lang,
        _SENTENCES[denominator],
        day=day,
        fraction=fmt.fraction(counts.numerator, counts.denominator, lang=lang),
        place=place,
        share=share(counts, lang),
    )
    return said if figure.rule_official else f"{said} {translate(lang, _TRIAL)}"


def share(counts: Counts, lang: Lang) -> str:
    """``89,9%``; a dash where nothing is counted."""
    exact = counts.percent
    return fmt.percent(None if exact is None else exact / 100, lang=lang)


def why(reason: Why | None, lang: Lang) -> tuple[str, str]:
    """The reason and what to do next; in short in English."""
    if reason is None:
        return "", ""
    if lang == "vi":
        return reason.sentence, reason.next_step
    return translate(lang, REASONS[reason.code]), ""


def reasons_of(part: Part) -> list[ReasonCode]:
    """The reasons that can stand in a list."""
    if part is Part.LISTED:
        return []
    return [code for code in REASONS if (code in _OF_NOT_COUNTED) == (part is Part.NOT_COUNTED)]
