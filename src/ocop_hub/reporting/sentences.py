"""The sentence that an office copies into its report, in Vietnamese; pages translate the same texts."""

from __future__ import annotations

from typing import Final

from ocop_hub.reporting.figures import CoverageFigure
from ocop_hub.reporting.models import Denominator
from ocop_hub.reporting.papers.export import fraction_text, percent_text

SENTENCES: Final = {
    Denominator.CERTIFIED_VALID: "Tính đến ngày %(day)s, có %(fraction)s sản phẩm OCOP còn hạn giấy chứng nhận của "
    "%(place)s đã lên sàn TMĐT, đạt %(share)s.",
    Denominator.CERTIFIED_EVER: "Tính đến ngày %(day)s, có %(fraction)s sản phẩm OCOP đã từng được công nhận của "
    "%(place)s đã lên sàn TMĐT, đạt %(share)s.",
    Denominator.PARTICIPATING: "Tính đến ngày %(day)s, có %(fraction)s sản phẩm tham gia Chương trình OCOP của "
    "%(place)s đã lên sàn TMĐT, đạt %(share)s.",
}
NOTHING: Final = "Tính đến ngày %(day)s, %(place)s chưa có sản phẩm nào được tính tỷ lệ."
TRIAL: Final = "(Số liệu thử, không theo cách tính chính thức.)"


def sentence(figure: CoverageFigure, denominator: Denominator, place: str) -> str:
    """The sentence about a figure; ``place`` with its kind, e.g. "thành phố Quảng Ninh"."""
    counts = figure.counts
    words = {
        "day": f"{figure.as_of.day}/{figure.as_of.month}/{figure.as_of.year}",
        "place": place,
        "fraction": fraction_text(counts),
        "share": percent_text(counts),
    }
    if not counts.denominator:
        return NOTHING % words
    said = SENTENCES[denominator] % words
    return said if figure.rule_official else f"{said} {TRIAL}"
