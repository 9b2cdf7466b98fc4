"""A report as it goes on paper: plain data in the order of Decree 30/2020/NĐ-CP, the same for xlsx, docx and PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.coverage import Report
from ocop_hub.reporting.figures import GRADES, By, Counts

COUNTRY: Final = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO: Final = "Độc lập - Tự do - Hạnh phúc"
TITLE: Final = "BÁO CÁO"
SUBJECT: Final = "Tỷ lệ sản phẩm OCOP lên sàn thương mại điện tử"
SIGNED: Final = ("THỦ TRƯỞNG ĐƠN VỊ", "(Ký, ghi rõ họ tên)")
LIVE: Final = "Số liệu tạm tính"
CLOSED: Final = "Số liệu đã chốt"
TOTAL: Final = "Tổng số"
#: What the rows of a cut are called.
ROW_HEADS: Final = {
    By.UNIT: "Đơn vị",
    By.DISTRICT: "Huyện (trước 01/7/2025)",
    By.GROUP: "Nhóm sản phẩm",
    By.STARS: "Hạng sao",
    By.KIND: "Loại hình chủ thể",
    By.MARKETPLACE: "Sàn",
    By.PRODUCER: "Chủ thể",
    By.MONTH: "Tháng",
    By.TOTAL: "",
}
COUNT_HEADS: Final = (
    "Đã lên sàn",
    "Tổng số",
    "Tỷ lệ",
    "Minh chứng chưa đủ",
    "Chưa kiểm tra được",
    "Không đăng được",
    "Nghỉ mùa vụ",
)
GRADE_HEADS: Final = {
    Grade.API: "Sàn xác nhận",
    Grade.LINK: "Đã kiểm tra đường dẫn",
    Grade.SEEN: "Cán bộ đã xem",
    Grade.DECLARED: "Chủ thể khai",
}


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of the table: its name, the counts behind it."""

    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class PaperReport:
    """All that stands on the paper. ``number`` is empty while the figure is live; ``notes`` carry rule and status."""

    agency: tuple[str, ...]
    number: str
    place: str
    day: date
    as_of: date
    sentence: str
    notes: tuple[str, ...]
    link: str
    row_head: str
    lines: tuple[PaperLine, ...]
    total: PaperLine

    @property
    def dateline(self) -> str:
        """``Quảng Ninh, ngày 02 tháng 10 năm 2026``: days under ten and months under three with a nought."""
        month = f"{self.day.month:02d}" if self.day.month < 3 else str(self.day.month)
        return f"{self.place}, ngày {self.day.day:02d} tháng {month} năm {self.day.year}"

    @property
    def subject(self) -> str:
        """What the report is about, with its day."""
        return f"{SUBJECT} tính đến ngày {self.as_of.day}/{self.as_of.month}/{self.as_of.year}"

    @property
    def number_line(self) -> str:
        """``Số: 12/BC-SNNMT``, dots to fill in while there is none."""
        return f"Số: {self.number or '........./BC-.........'}"


def paper_of(
    report: Report,
    *,
    agency: Sequence[str],
    place: str,
    day: date,
    sentence: str,
    link: str,
    marketplaces: Mapping[str, str],
    correction: str = "",
) -> PaperReport:
    """The report on paper; rows without a product are left out. ``link`` opens the same figure again.

    ``marketplaces`` gives the names of keys; ``agency`` has at least one line, the last is who reports;
    ``correction`` says which one a closed figure is, and why it was made.
    """
    rule, figure = report.question.rule, report.figure
    note = f" ({rule.note})" if rule.note else ""
    names = ", ".join(marketplaces.get(key, key) for key in rule.marketplaces)
    return PaperReport(
        agency=tuple(agency),
        number=figure.document_number,
        place=place,
        day=day,
        as_of=figure.as_of,
        sentence=sentence,
        notes=(
            (f"{CLOSED}. {correction}" if correction else CLOSED) if figure.closed else LIVE,
            f"Cách tính số {rule.number}, áp dụng từ {rule.valid_from:%d/%m/%Y}: {rule.name}{note}",
            f"Các sàn được tính: {names}",
        ),
        link=link,
        row_head=ROW_HEADS[report.by],
        lines=tuple(PaperLine(row.label, row.counts) for row in report.rows if row.counts.denominator),
        total=PaperLine(TOTAL, figure.counts),
    )


def count_cells(counts: Counts) -> list[int | None]:
    """The integers of a line in the order of :data:`COUNT_HEADS` and the grades; None in the share's place."""
    return [
        counts.numerator,
        counts.denominator,
        None,
        counts.unverified,
        counts.unknown,
        counts.not_listable,
        counts.off_season,
        *(counts.grades.get(grade, 0) for grade in GRADES),
    ]


def heads(row_head: str) -> list[str]:
    """The heads of all columns of the full table."""
    return [row_head, *COUNT_HEADS, *(GRADE_HEADS[grade] for grade in GRADES)]
