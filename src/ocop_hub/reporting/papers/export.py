"""Figures and lists as CSV that Excel opens: with a byte order mark, and no cell that is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from ocop_hub.kit.formulas import neutral
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.behind import ProductBehind
from ocop_hub.reporting.coverage import Report
from ocop_hub.reporting.figures import GRADES, Counts

_GRADE_HEADS: Final = {
    Grade.API: "Sàn xác nhận",
    Grade.LINK: "Đã kiểm tra đường dẫn",
    Grade.SEEN: "Cán bộ đã xem",
    Grade.DECLARED: "Chủ thể khai",
}


def rows_csv(report: Report) -> bytes:
    """The rows of a report, then the total, then where the figure comes from."""
    head = [
        "Mã",
        "Tên",
        "Đã lên sàn",
        "Tổng số",
        "Tỷ lệ",
        "Minh chứng chưa đủ",
        "Chưa kiểm tra được",
        "Không đăng được",
        "Nghỉ mùa vụ",
        *(_GRADE_HEADS[grade] for grade in GRADES),
    ]
    rule, figure = report.question.rule, report.figure
    source = f"Tính đến ngày {figure.as_of:%d/%m/%Y}; cách tính số {rule.number} áp dụng từ {rule.valid_from:%d/%m/%Y}"
    note = f"; {rule.note}" if rule.note else ""
    lines = [[row.key, row.label, *_cells(row.counts)] for row in report.rows]
    return table_csv([head, *lines, ["", "Tổng số", *_cells(figure.counts)], [], [source + note]])


def products_csv(products: Iterable[ProductBehind]) -> bytes:
    """The list behind a number."""
    head = ["Sản phẩm", "Chủ thể", "Đơn vị", "Hạng sao", "Sàn đang hiển thị", "Vì sao", "Việc tiếp theo"]
    return table_csv([head, *(_product_cells(one) for one in products)])


def _product_cells(one: ProductBehind) -> list[str]:
    live = [seen.marketplace_name for seen in one.sightings if seen.state == "live"]
    return [
        one.name,
        one.producer_name,
        one.unit_name,
        str(one.certificate.stars) if one.certificate else "",
        "; ".join(live),
        one.why.sentence if one.why else "",
        one.why.next_step if one.why else "",
    ]


def table_csv(lines: Iterable[Sequence[str]]) -> bytes:
    """The lines as CSV: UTF-8 with a byte order mark, CR LF, semicolon-free fields quoted where needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for line in lines:
        writer.writerow([neutral(cell) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def percent_text(counts: Counts) -> str:
    """``89,9%``; a dash where nothing is counted."""
    share = counts.percent
    return "–" if share is None else f"{share.normalize():f}".replace(".", ",") + "%"


def fraction_text(counts: Counts) -> str:
    """``393/437`` with thousands marks."""
    return f"{counts.numerator:,}/{counts.denominator:,}".replace(",", ".")


def _cells(counts: Counts) -> list[str]:
    return [
        str(counts.numerator),
        str(counts.denominator),
        percent_text(counts),
        str(counts.unverified),
        str(counts.unknown),
        str(counts.not_listable),
        str(counts.off_season),
        *(str(counts.grades.get(grade, 0)) for grade in GRADES),
    ]
