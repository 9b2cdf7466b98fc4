"""A report as docx in the administrative layout (Decree 30/2020/NĐ-CP, annex I): A4, Times New Roman."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from ocop_hub.reporting.papers.content import COUNTRY, MOTTO, SIGNED, TITLE, PaperLine, PaperReport
from ocop_hub.reporting.papers.export import fraction_text, percent_text

FONT: Final = "Times New Roman"
_CENTER, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
#: Widths of the two halves of the head, and of the table's columns.
_HALVES_MM: Final = (62, 103)
_COLUMNS_MM: Final = (14, 91, 32, 28)


def report_docx(paper: PaperReport) -> bytes:
    """The report as a document that an office can go on writing in."""
    document = Document()
    _page(document)
    _head(document, paper)
    _line(document, TITLE, bold=True, size=14, align=_CENTER, before=18)
    _line(document, paper.subject, bold=True, size=14, align=_CENTER)
    _line(document, "––––––––––", align=_CENTER, after=8)
    _line(document, paper.sentence, indent=True)
    for note in paper.notes:
        _line(document, f"{note}.", indent=True)
    if paper.lines:
        _table(document, paper)
    _line(document, f"Xem lại số liệu này: {paper.link}", size=11, before=8, align=_LEFT)
    _signature(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    _page_numbers(section)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.rPr.append(language)


def _page_numbers(section: Any) -> None:
    """In the middle of the head of every page but the first."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = _CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _line(
    place: Any,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: float = 13,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    indent: bool = False,
    before: float = 0,
    after: float = 0,
) -> None:
    """One paragraph at the end of a document or cell; a new cell's own empty one is used first."""
    paragraphs = place.paragraphs
    empty = len(paragraphs) == 1 and not paragraphs[0].text and hasattr(place, "merge")
    paragraph = paragraphs[0] if empty else place.add_paragraph()
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after or (6 if indent else 0))
    if indent:
        form.first_line_indent = Mm(10)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _halves(document: Any) -> tuple[Any, Any]:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _widths(table, _HALVES_MM)
    for cell, width in zip(table.rows[0].cells, _HALVES_MM, strict=True):
        cell.width = Mm(width)
    return table.rows[0].cells[0], table.rows[0].cells[1]


def _widths(table: Any, widths: Sequence[int]) -> None:
    """Some programs go by the table's grid, some by its cells."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)


def _head(document: Any, paper: PaperReport) -> None:
    left, right = _halves(document)
    for line in paper.agency[:-1]:
        _line(left, line, size=12, align=_CENTER)
    _line(left, paper.agency[-1], bold=True, size=12, align=_CENTER)
    _line(left, "–––––––", size=10, align=_CENTER)
    _line(left, paper.number_line, align=_CENTER)
    _line(right, COUNTRY, bold=True, size=12, align=_CENTER)
    _line(right, MOTTO, bold=True, align=_CENTER)
    _line(right, "–––––––––––––––––––––", size=10, align=_CENTER)
    _line(right, paper.dateline, italic=True, align=_CENTER)


def _table(document: Any, paper: PaperReport) -> None:
    document.add_paragraph()
    rows = [*enumerate(paper.lines, start=1), (None, paper.total)]
    table = document.add_table(rows=len(rows) + 1, cols=len(_COLUMNS_MM), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _widths(table, _COLUMNS_MM)
    _repeat(table.rows[0])
    heads = ("TT", paper.row_head, "Đã lên sàn/Tổng số", "Tỷ lệ")
    # One walk over the cells: asking python-docx for each row anew is quadratic.
    for row, texts in zip(table.rows, [heads, *(_cells(n, line) for n, line in rows)], strict=True):
        bold = texts is heads or texts[0] == ""
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = Mm(_COLUMNS_MM[column])
            align = _LEFT if column == 1 and texts is not heads else _CENTER
            _line(cell, text, bold=bold, size=12, align=align)


def _cells(number: int | None, line: PaperLine) -> tuple[str, ...]:
    place = "" if number is None else str(number)
    return (place, line.name, fraction_text(line.counts), percent_text(line.counts))


def _repeat(row: Any) -> None:
    """The head of the table again on each page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _signature(document: Any) -> None:
    document.add_paragraph()
    left, right = _halves(document)
    _line(left, "Nơi nhận:", bold=True, italic=True, size=12, align=_LEFT)
    _line(left, "- ……………………;", size=11, align=_LEFT)
    _line(left, "- Lưu: VT.", size=11, align=_LEFT)
    _line(right, SIGNED[0], bold=True, align=_CENTER)
    _line(right, SIGNED[1], italic=True, size=12, align=_CENTER)
