"""The words of the officer's pages: sentence to copy, denominators, reasons in short, changes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting import sentences
from ocop_hub.reporting.comparing import Way
from ocop_hub.reporting.figures import By, Counts, CoverageFigure, Geo, Standing
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason, PeriodState
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
REASONS: Final = {
    ReasonCode.WEAK_EVIDENCE: N_("Minh chứng chưa đủ"),
    ReasonCode.NOT_LONG_ENOUGH: N_("Chưa đủ số ngày hiển thị"),
    ReasonCode.LOOK_AGAIN: N_("Cán bộ cần xem lại"),
    ReasonCode.NEEDS_PERSON: N_("Đang chờ người làm"),
    ReasonCode.REJECTED: N_("Sàn trả lại"),
    ReasonCode.NOT_SENT: N_("Chưa gửi"),
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


class Order(StrEnum):
    """How the communes stand in their table."""

    NAME = "ten"
    SHARE = "ty-le"
    MISSING = "con-thieu"


CHART_TITLES: Final = {
    By.MONTH: N_("Tỷ lệ lên sàn theo tháng"),
    By.UNIT: N_("Tỷ lệ lên sàn theo đơn vị hành chính"),
    By.DISTRICT: N_("Tỷ lệ lên sàn theo huyện (trước 01/7/2025)"),
    By.GROUP: N_("Tỷ lệ lên sàn theo nhóm sản phẩm"),
    By.STARS: N_("Tỷ lệ lên sàn theo hạng sao"),
    By.KIND: N_("Tỷ lệ lên sàn theo loại hình chủ thể"),
    By.MARKETPLACE: N_("Sản phẩm đã lên từng sàn"),
    By.PRODUCER: N_("Tỷ lệ lên sàn theo chủ thể"),
}
CUT_HEADS: Final = {
    By.TOTAL: N_("Toàn bộ"),
    By.MONTH: N_("Tháng"),
    By.UNIT: N_("Đơn vị"),
    By.DISTRICT: N_("Huyện (trước 01/7/2025)"),
    By.GROUP: N_("Nhóm sản phẩm"),
    By.STARS: N_("Hạng sao"),
    By.KIND: N_("Loại hình chủ thể"),
    By.MARKETPLACE: N_("Sàn"),
    By.PRODUCER: N_("Chủ thể"),
}
COUNTED_HEAD: Final = (N_("Đã lên sàn"), N_("Tỷ lệ"))
ORDERS: Final = {
    Order.NAME: N_("Theo tên"),
    Order.SHARE: N_("Xếp hạng theo tỷ lệ"),
    Order.MISSING: N_("Còn thiếu nhiều nhất"),
}
LISTING_RULES: Final = {
    ListingRule.LIVE_ON_AS_OF: N_("Đang hiển thị vào ngày đó"),
    ListingRule.EVER_LISTED: N_("Đã từng lên sàn"),
    ListingRule.LIVE_DAYS: N_("Đủ số ngày hiển thị"),
}
LEAST_EVIDENCE: Final = {
    Grade.API: N_("Sàn xác nhận"),
    Grade.LINK: N_("Đã kiểm tra đường dẫn"),
    Grade.SEEN: N_("Cán bộ đã xem"),
    Grade.DECLARED: N_("Chủ thể khai"),
}
#: What a rule asks for where nothing else was decided.
USUAL_EVIDENCE: Final = Grade.SEEN
OFF_SEASON: Final = {
    OffSeason.LAST_IN_SEASON: N_("Giữ như ngày cuối của mùa trước đó"),
    OffSeason.NOT_COUNTED: N_("Không tính vào tổng số"),
    OffSeason.SHOWN_APART: N_("Vẫn tính và đứng riêng ở “Nghỉ mùa vụ”"),
}
KINDS: Final = {
    ProducerKind.ENTERPRISE: N_("Doanh nghiệp"),
    ProducerKind.COOPERATIVE: N_("Hợp tác xã"),
    ProducerKind.COOPERATIVE_GROUP: N_("Tổ hợp tác"),
    ProducerKind.HOUSEHOLD: N_("Hộ kinh doanh"),
}
WAYS: Final = {
    Way.NEWLY_LISTED: N_("Mới lên sàn"),
    Way.DROPPED: N_("Không còn trên sàn"),
    Way.NEWLY_COUNTED: N_("Mới được tính"),
    Way.NO_LONGER_COUNTED: N_("Không còn được tính"),
}
NOW_LIVE: Final = N_("Đang hiển thị trên %(names)s.")
RECOGNISED: Final = N_("Giấy chứng nhận %(stars)s sao có hiệu lực trong thời gian này.")
BARS_ALT: Final = N_("Cao nhất %(most)s %(high)s, thấp nhất %(least)s %(low)s")
MAP_TITLE: Final = N_("Tỷ lệ lên sàn của từng đơn vị, xếp theo huyện (trước 01/7/2025)")
#: From none to all; the bounds stand in ``reporting.tile_map``.
MAP_CLASSES: Final = (
    N_("chưa có (0%%)"),
    N_("dưới 50%%"),
    N_("từ 50%%"),
    N_("từ 80%%"),
    N_("tất cả (100%%)"),
)
MAP_WITHOUT: Final = N_("chưa có sản phẩm")
MAP_ELSEWHERE: Final = N_("Không theo huyện")
SOURCE: Final = N_(
    "Tính đến ngày %(day)s, cách tính số %(number)s áp dụng từ %(since)s. Nguồn: quyết định công nhận và tin đăng "
    "đã kiểm tra."
)
TREND_ALT: Final = N_("Từ %(first)s vào %(start)s đến %(last)s vào %(end)s")


def sentence(figure: CoverageFigure, denominator: Denominator, place: str, lang: Lang) -> str:
    """The sentence ready to copy into a report."""
    counts, day = figure.counts, fmt.day(figure.as_of, lang=lang)
    if not counts.denominator:
        return translate(lang, sentences.NOTHING, day=day, place=place)
    said = translate(
        lang,
        sentences.SENTENCES[denominator],
        day=day,
        fraction=fmt.fraction(counts.numerator, counts.denominator, lang=lang),
        place=place,
        share=share(counts, lang),
    )
    return said if figure.rule_official else f"{said} {translate(lang, sentences.TRIAL)}"


def share(counts: Counts, lang: Lang) -> str:
    """``89,9%``; a dash where nothing is counted."""
    exact = counts.percent
    return fmt.percent(None if exact is None else exact / 100, lang=lang)


def why(reason: Why | None, lang: Lang) -> tuple[str, str]:
    """The reason and what to do next; the reason in short in English."""
    if reason is None:
        return "", ""
    if lang == "vi":
        return reason.sentence, reason.next_step
    next_step = translate(lang, reason.next_step) if reason.next_step else ""
    return translate(lang, REASONS[reason.code]), next_step


def reasons_of(part: Part) -> list[ReasonCode]:
    """The reasons that can stand in a list."""
    if part is Part.LISTED:
        return []
    return [code for code in REASONS if (code in _OF_NOT_COUNTED) == (part is Part.NOT_COUNTED)]
