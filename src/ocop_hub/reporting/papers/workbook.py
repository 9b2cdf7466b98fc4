"""Reports and work lists as workbooks: numbers are numbers, shares are shares, texts are never formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ocop_hub.reporting.figures import Counts
from ocop_hub.reporting.papers.content import PaperReport, count_cells, heads

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_SHARE_COLUMN: Final = 3
_NAME_WIDTH, _COUNT_WIDTH = 34, 13
#: Points: heads take two lines, and not every program makes room for them by itself.
_HEAD_HEIGHT: Final = 32


def report_xlsx(paper: PaperReport) -> bytes:
    """The report with its full table; the share is the exact fraction, shown with one decimal."""
    out = io.BytesIO()
    with _workbook(out) as book:
        styles = _styles(book)
        page = book.add_worksheet("Báo cáo")
        page.set_column(0, 0, _NAME_WIDTH)
        page.set_column(1, len(heads("")), _COUNT_WIDTH)
        page.write_string(0, 0, paper.subject, styles["title"])
        above = [paper.sentence, *paper.notes, *([paper.number_line] if paper.number else [])]
        for row, text in enumerate(above, start=1):
            page.write_string(row, 0, text)
        page.write_string(len(above) + 1, 0, "Xem lại số liệu này:")
        page.write_url(len(above) + 1, 1, paper.link, string=paper.link)
        top = len(above) + 3
        name, *counted = heads(paper.row_head or "Số liệu")
        page.set_row(top, _HEAD_HEIGHT)
        page.write_string(top, 0, name, styles["head"])
        page.write_row(top, 1, counted, styles["count_head"])
        for row, line in enumerate(paper.lines, start=top + 1):
            page.write_string(row, 0, line.name)
            _counts(page, row, line.counts, styles, "")
        last = top + 1 + len(paper.lines)
        page.write_string(last, 0, paper.total.name, styles["sum"])
        _counts(page, last, paper.total.counts, styles, "sum")
        page.freeze_panes(top + 1, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(top)
    return out.getvalue()


def _workbook(out: io.BytesIO) -> Workbook:
    import xlsxwriter  # loaded where a workbook is written, not in a web process at rest

    return xlsxwriter.Workbook(out, _OPTIONS)


def _counts(page: Any, row: int, counts: Counts, styles: dict[str, Any], look: str) -> None:
    for column, value in enumerate(count_cells(counts), start=1):
        if column != _SHARE_COLUMN:
            page.write_number(row, column, value, styles[look or "count"])
        elif counts.denominator:
            page.write_number(
                row, column, counts.numerator / counts.denominator, styles[f"{look or 'plain'}_share"]
            )
        else:
            page.write_string(row, column, "–", styles[look or "count"])


def _styles(book: Any) -> dict[str, Any]:
    line = {"top": 1}
    head = {"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(head),
        "count_head": book.add_format({**head, "align": "right"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "plain_share": book.add_format({"num_format": "0.0%"}),
        "sum": book.add_format({"bold": True, "num_format": "#,##0", **line}),
        "sum_share": book.add_format({"bold": True, "num_format": "0.0%", **line}),
    }


def table_xlsx(
    title: str, notes: Sequence[str], head: Sequence[str], rows: Sequence[Sequence[str | int | None]]
) -> bytes:
    """A plain list under its head, ready to be filtered."""
    out = io.BytesIO()
    with _workbook(out) as book:
        styles = _styles(book)
        page = book.add_worksheet("Danh sách")
        page.set_column(0, len(head), 26)
        page.write_string(0, 0, title, styles["title"])
        for row, text in enumerate(notes, start=1):
            page.write_string(row, 0, text)
        top = len(notes) + 2
        page.write_row(top, 0, head, styles["head"])
        for row, cells in enumerate(rows, start=top + 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    page.write_number(row, column, cell)
                elif cell:
                    page.write_string(row, column, cell)
        page.freeze_panes(top + 1, 1)
        page.autofilter(top, 0, top + max(1, len(rows)), len(head) - 1)
    return out.getvalue()
