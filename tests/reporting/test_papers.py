"""Reports on paper: every kind says the same numbers, with rule, day and the way back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from docx import Document
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # the package carries no types
from python_calamine import CalamineWorkbook

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.figures import Counts
from ocop_hub.reporting.papers.administrative_docx import report_docx
from ocop_hub.reporting.papers.content import PaperLine, PaperReport
from ocop_hub.reporting.papers.pdf import report_pdf
from ocop_hub.reporting.papers.workbook import report_xlsx, table_xlsx

LINK = "https://ocop.example.vn/bao-cao?as_of=2026-09-30"
SENTENCE = "Tính đến ngày 30/9/2026, có 393/437 sản phẩm OCOP đã lên sàn TMĐT, đạt 89,9%."


@pytest.fixture
def paper() -> PaperReport:
    counts = Counts(14, 15, 1, grades={Grade.API: 10, Grade.LINK: 4})
    return PaperReport(
        agency=("ỦY BAN NHÂN DÂN THÀNH PHỐ QUẢNG NINH", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"),
        number="12/BC-SNNMT",
        place="Quảng Ninh",
        day=date(2026, 2, 3),
        as_of=date(2026, 9, 30),
        sentence=SENTENCE,
        notes=("Số liệu đã chốt", "Cách tính số 1, áp dụng từ 01/01/2020"),
        link=LINK,
        row_head="Đơn vị",
        lines=(PaperLine("=Đặc khu Cô Tô", counts), PaperLine("Xã Ba Chẽ", Counts(0, 31))),
        total=PaperLine("Tổng số", Counts(393, 437)),
    )


def test_dates_are_written_as_the_decree_says(paper: PaperReport) -> None:
    assert paper.dateline == "Quảng Ninh, ngày 03 tháng 02 năm 2026"


def test_docx_has_the_administrative_head_and_all_numbers(paper: PaperReport) -> None:
    document = Document(io.BytesIO(report_docx(paper)))
    head = [cell.text for cell in document.tables[0].rows[0].cells]
    assert "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG" in head[0]
    assert "Số: 12/BC-SNNMT" in head[0]
    assert head[1].splitlines()[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
    assert rows[1] == ["1", "=Đặc khu Cô Tô", "14/15", "93,3%"]
    assert rows[-1] == ["", "Tổng số", "393/437", "89,9%"]
    text = "\n".join(one.text for one in document.paragraphs)
    assert SENTENCE in text
    assert LINK in text
    assert "Cách tính số 1" in text
    section = document.sections[0]
    assert section.different_first_page_header_footer
    assert 'w:instr="PAGE"' in section.header.paragraphs[0]._p.xml


def test_xlsx_cells_are_typed_and_nothing_is_a_formula(paper: PaperReport) -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(report_xlsx(paper))).get_sheet_by_index(0).to_python()
    place = next(n for n, row in enumerate(rows) if row[0] == "Đơn vị")
    assert rows[place + 1][:5] == ["=Đặc khu Cô Tô", 14, 15, 14 / 15, 1]
    assert rows[place + 1][8:10] == [10, 4]
    assert rows[-1][:4] == ["Tổng số", 393, 437, 393 / 437]
    said = [cell for row in rows for cell in row]
    assert LINK in said
    assert "Số: 12/BC-SNNMT" in said


def test_pdf_is_made_of_the_same(paper: PaperReport) -> None:
    pdf = report_pdf(paper)
    assert pdf.startswith(b"%PDF")
    assert LINK.encode() in pdf


def test_pdf_pages_are_numbered_from_the_second(paper: PaperReport) -> None:
    many = replace(paper, lines=paper.lines * 40)
    document = PdfDocument(report_pdf(many))
    heads = [page.get_textpage().get_text_bounded(bottom=page.get_height() - 55).strip() for page in document]
    assert heads[1:] == [f"{n}" for n in range(2, len(document) + 1)]
    assert len(heads) > 1
    assert not any(letter.isdigit() for letter in heads[0])
    document.close()


def test_a_list_keeps_texts_as_texts() -> None:
    made = table_xlsx(
        "Việc cần làm", ["Tính đến ngày 30/9/2026"], ["Đơn vị", "Số"], [["=1+1", 3], ["", None]]
    )
    rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert rows[4] == ["=1+1", 3]
