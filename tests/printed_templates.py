"""Papers of an office's own, as an officer makes them: with fields in braces."""

from __future__ import annotations

import io

import xlsxwriter
from docx import Document
from docx.shared import Pt


def xlsx_template(*, formula: bool = False, unknown: str = "") -> bytes:
    """A sheet with fields alone and among words, a row that repeats, merged cells above and below it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Biểu 01")
        share = book.add_format({"num_format": "0.0%", "bold": True})
        page.merge_range(0, 0, 0, 3, "{{tieu_de}}")
        page.write_row(2, 0, ["TT", "Đơn vị", "Đã lên sàn", "Tỷ lệ"])
        page.write_row(3, 0, ["{{dong.tt}}", "{{dong.ten}}", "{{ dong.da_len_san }}"])
        page.write(3, 3, "{{dong.ty_le}}", share)
        page.write_row(4, 0, ["", "Cộng", "{{da_len_san}}"])
        page.write(4, 3, "{{ty_le}}", share)
        page.merge_range(6, 0, 6, 3, "Đạt {{ty_le}} ({{da_len_san}}/{{tong_so}}). {{cach_tinh}}")
        if unknown:
            page.write(8, 0, f"{{{{{unknown}}}}}")
        if formula:
            page.write_formula(9, 0, "=SUM(C4:C4)")
    return out.getvalue()


def docx_template(unknown: str = "") -> bytes:
    """A letter with a field that Word has cut into pieces, one in the header, and a table with a row that repeats."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "{{co_quan}}"
    line = document.add_paragraph("Kính gửi: Văn phòng. ")
    for piece in ("{{", "ty", "_le", "}} tính đến "):
        run = line.add_run(piece)
        run.bold, run.font.size = piece != "}} tính đến ", Pt(14)
    line.add_run("{{tinh_den_ngay}}.")
    table = document.add_table(rows=3, cols=3, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("TT", "Đơn vị", "Tỷ lệ"), strict=True):
        cell.text = text
    for cell, text in zip(
        table.rows[1].cells, ("{{dong.tt}}", "{{dong.ten}}", "{{dong.ty_le}}"), strict=True
    ):
        cell.text = text
    for cell, text in zip(table.rows[2].cells, ("", "Cộng", "{{ty_le}}"), strict=True):
        cell.text = text
    document.add_paragraph(f"{{{{duong_dan}}}} {{{{{unknown}}}}}" if unknown else "{{duong_dan}}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
