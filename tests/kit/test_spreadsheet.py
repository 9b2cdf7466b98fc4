from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from ocop_hub.kit import workbook_parts
from ocop_hub.kit.spreadsheet import MAX_FILE_BYTES, BrokenCell, SpreadsheetProblem, read_sheets

FIXTURES = Path(__file__).parent / "fixtures"
TABLE = "Tên sản phẩm;Chủ thể;Hạng sao\nMật ong bạc hà;HTX Tuấn Dũng;4\nRượu ngô;Hộ A, B và C;3\n"
ROWS = [["Tên sản phẩm", "Chủ thể", "Hạng sao"], ["Mật ong bạc hà", "HTX Tuấn Dũng", "4"],
        ["Rượu ngô", "Hộ A, B và C", "3"]]  # fmt: skip
CONTENT_TYPES = "[Content_Types].xml"


def _code(data: bytes) -> str:
    with pytest.raises(SpreadsheetProblem) as caught:
        read_sheets(data)
    assert caught.value.problem.endswith(".")
    return caught.value.code


def _workbook(
    rows: Sequence[Sequence[str | int | float]], *, formulas: dict[str, str | int] | None = None
) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Sản phẩm")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for cell, value in (formulas or {}).items():
            sheet.write_formula(cell, "=1+1", None, value)
    return out.getvalue()


def _with_part(data: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, part)
    return out.getvalue()


def _ods(table: str) -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Trang1">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", manifest)
        container.writestr("content.xml", content)
    return out.getvalue()


def _ods_row(*, rows: int, columns: int, more: str = "") -> str:
    """A row of values that stands there so often."""
    cell = (
        f'<table:table-cell {more} office:value-type="string" table:number-columns-repeated="{columns}">'
        "<text:p>a</text:p></table:table-cell>"
    )
    return f'<table:table-row {more} table:number-rows-repeated="{rows}">{cell}</table:table-row>'


def _with_sheet(rows: str) -> bytes:
    """A workbook whose sheet's rows are written by hand."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    part = f'<worksheet xmlns="{name}"><sheetData>{rows}</sheetData></worksheet>'
    return _with_part(_workbook([["a"]]), "xl/worksheets/sheet1.xml", part.encode())


def _cp1258(text: str) -> bytes:
    # The code page has letters with their shapes, and the five tones as marks after them.
    out = bytearray()
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tones = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        shape = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
        out += (shape + tones).encode("cp1258")
    return bytes(out)


class TestText:
    @pytest.mark.parametrize(
        "data",
        [
            TABLE.encode(),
            TABLE.encode("utf-8-sig"),
            TABLE.encode("utf-16"),
            TABLE.encode("utf-16-le"),
            TABLE.encode("utf-16-be"),
            _cp1258(TABLE),
            unicodedata.normalize("NFD", TABLE).encode(),
            TABLE.replace("\n", "\r\n").encode(),
            TABLE.replace(";", "\t").encode(),
        ],
        ids=["utf8", "bom", "utf16", "utf16le", "utf16be", "cp1258", "nfd", "crlf", "tab"],
    )
    def test_encodings_and_separators_give_the_same_rows(self, data: bytes) -> None:
        assert read_sheets(data)[0].rows == ROWS

    def test_commas_with_quotes(self) -> None:
        data = 'Tên,Giá,Mô tả\nMật ong,"120,000","ngon; sạch, thơm"\nRượu,90000,"hai\ndòng"\n'.encode()
        assert read_sheets(data)[0].rows[1:] == [
            ["Mật ong", "120,000", "ngon; sạch, thơm"],
            ["Rượu", "90000", "hai\ndòng"],
        ]

    def test_blank_lines_keep_the_numbers_of_rows(self) -> None:
        rows = read_sheets(("tiêu đề;;\n\n" + TABLE).encode())[0].rows
        assert list(rows[1]) == []
        assert rows[2] == ROWS[0]

    def test_a_line_that_names_the_separator_is_no_data(self) -> None:
        rows = read_sheets(b"sep=;\r\na;b,c,d\r\ne;f,g,h\r\n")[0].rows
        assert [list(r) for r in rows] == [[], ["a", "b,c,d"], ["e", "f,g,h"]]

    def test_an_unclosed_quote_is_damage(self) -> None:
        assert _code(('a;b\n1;"' + "x" * 200_000).encode()) == "damaged"


class TestXlsx:
    def test_numbers_are_whole_where_they_are_whole(self) -> None:
        assert read_sheets(_workbook([["a", 120000, 0.5]]))[0].rows == [["a", 120000, 0.5]]

    def test_pictures_are_not_counted(self) -> None:
        data = _with_part(
            _workbook([["a"]]), "xl/media/image1.xml", b"<" * (workbook_parts.MAX_UNPACKED_BYTES + 1)
        )
        assert read_sheets(data)[0].rows == [["a"]]

    def test_a_formula_without_value_and_an_error_are_named_not_blank(self) -> None:
        data = _workbook([["x", 1, 2, 3, 4]], formulas={"B2": "", "C2": "#REF!", "D2": 7, "F9": ""})
        rows = read_sheets(data)[0].rows
        assert rows[1][1] == BrokenCell("")
        assert rows[1][2] == BrokenCell("#REF!")
        assert rows[1][3] == 7
        assert rows[8][5] == BrokenCell("")

    def test_downward_merges_fill_sideways_ones_do_not(self) -> None:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet()
            sheet.merge_range("A1:C1", "Danh sách")
            sheet.merge_range("B2:B4", "HTX Sơn Hòa")
            sheet.write("A4", "cuối")
        rows = read_sheets(out.getvalue())[0].rows
        assert rows[0] == ["Danh sách", None]
        assert [row[1] for row in rows[1:4]] == ["HTX Sơn Hòa"] * 3

    def test_hidden_and_empty_sheets_are_left_out(self) -> None:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            workbook.add_worksheet("Trống")
            workbook.add_worksheet("Có").write(0, 0, "x")
            hidden = workbook.add_worksheet("Ẩn")
            hidden.write(0, 0, "y")
            hidden.hide()
        assert [sheet.name for sheet in read_sheets(out.getvalue())] == ["Có"]


class TestOtherWorkbooks:
    def test_xls(self) -> None:
        [sheet] = read_sheets((FIXTURES / "two_products.xls").read_bytes())
        assert sheet.name == "Sản phẩm"
        assert sheet.rows[2] == ["Mật ong", "HTX Sơn Hòa", "Thực phẩm", 4, date(2021, 6, 7)]
        assert sheet.rows[3][:2] == ["Măng khô", "HTX Sơn Hòa"]

    def test_ods(self) -> None:
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        row = "<table:table-row>" + cell.format("Mật ong") + cell.format("4 sao") + "</table:table-row>"
        [sheet] = read_sheets(_ods(row))
        assert sheet.rows == [["Mật ong", "4 sao"]]


class TestRefusals:
    @pytest.mark.parametrize(
        "data",
        [
            b"%PDF-1.7 abc",
            b"<html><table><tr><td>a;b</td></tr></table>",
            b"\x89PNG\r\n\x1a\n\x00\x01",
            b"GIF89a\x01\x02",
        ],
        ids=["pdf", "html", "png", "gif"],
    )
    def test_unknown_kind(self, data: bytes) -> None:
        assert _code(data) == "unknown_kind"

    def test_a_zip_of_another_kind(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as container:
            container.writestr("word/document.xml", "<w/>")
        assert _code(out.getvalue()) == "unknown_kind"

    @pytest.mark.parametrize(
        "data", [b"", b"\r\n \t\n", _workbook([]), b";;;\n;;;\n"], ids=["none", "blank", "xlsx", "csv"]
    )
    def test_empty(self, data: bytes) -> None:
        assert _code(data) == "empty"

    def test_too_big(self) -> None:
        assert _code(b"a" * (MAX_FILE_BYTES + 1)) == "too_big"

    def test_a_part_that_unfolds(self) -> None:
        zeros = b" " * (workbook_parts.MAX_UNPACKED_BYTES + 1)
        data = _with_part(_workbook([["a"]]), "xl/worksheets/sheet1.xml", zeros)
        assert len(data) < 1_000_000
        assert _code(data) == "too_big"

    def test_a_part_that_lies_about_its_size(self) -> None:
        data = bytearray(_with_part(_workbook([["a"]]), "xl/worksheets/sheet1.xml", b" " * 10_000_000))
        entry = data.rindex(b"PK\x01\x02")
        struct.pack_into("<I", data, entry + 24, 100)
        assert _code(bytes(data)) == "damaged"

    def test_a_far_away_cell(self) -> None:
        data = _workbook([["a"]])
        part = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
        assert (
            _code(_with_part(data, "xl/worksheets/sheet1.xml", part.replace(b'"A1"', b'"XFD1"')))
            == "too_wide"
        )
        far = part.replace(b'<c r="A1"', b'<c r="ZZ900000"')
        assert _code(_with_part(data, "xl/worksheets/sheet1.xml", far)) == "too_many_cells"

    def test_too_many_columns_in_text(self) -> None:
        assert _code(b";".join([b"a"] * 10_001)) == "too_wide"

    @pytest.mark.parametrize("mark", [b";", b"\n", b"\r"])
    def test_nothing_but_separators(self, mark: bytes) -> None:
        assert _code(b"a;b" + mark * 3_000_001 + b"c") == "too_many_cells"

    @pytest.mark.parametrize("quote", ['"', "'"])
    def test_a_far_away_cell_behind_unusual_writing(self, quote: str) -> None:
        # As the decoder reads it: either quote, and a ">" inside of a value.
        cell = f"<c x={quote}>{quote} r = {quote}zz900000{quote}><v>1</v></c>"
        assert _code(_with_sheet(f'<row r="900000">{cell}</row>')) == "too_many_cells"

    def test_far_away_cells_that_do_not_say_where_they_are(self) -> None:
        rows = f"<row>{'<c><v>1</v></c>' * 100}</row><row r='1000000'><c><v>1</v></c></row>"
        assert _code(_with_sheet(rows)) == "too_many_cells"

    def test_sheets_that_are_too_much_together(self) -> None:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            for _ in range(3):
                sheet = workbook.add_worksheet()
                sheet.write(0, 0, "a")
                sheet.write(99_999, 14, "b")
        assert _code(out.getvalue()) == "too_many_cells"

    @pytest.mark.parametrize(
        "row",
        [
            _ods_row(rows=100_000, columns=1_000),
            _ods_row(rows=10, columns=1_000) * 400,
            _ods_row(rows=900_000, columns=5, more="x='>'"),
            _ods_row(rows=9_999_999_999, columns=1),
        ],
        ids=["at once", "little by little", "behind an odd attribute", "beyond reading"],
    )
    def test_values_repeated_without_end_in_ods(self, row: str) -> None:
        assert _code(_ods(row)) in ("too_many_cells", "too_big")

    def test_empty_rows_to_the_edge_in_ods(self) -> None:
        empty = (
            '<table:table-row table:number-rows-repeated="1048500"><table:table-cell '
            'table:number-columns-repeated="16384"/></table:table-row>'
        )
        (sheet,) = read_sheets(_ods(_ods_row(rows=1, columns=2) + empty))
        assert [list(row) for row in sheet.rows] == [["a", "a"]]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    @pytest.mark.parametrize("before", ["", f"<!--{'x' * 5_000}-->"], ids=["at once", "late"])
    def test_entities(self, encoding: str, before: str) -> None:
        text = f'<?xml version="1.0" encoding="{encoding}"?>{before}<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'
        data = _with_part(_workbook([["a"]]), "xl/workbook.xml", text.encode(encoding))
        assert _code(data) == "damaged"

    def test_a_far_away_cell_in_xls(self) -> None:
        data = bytearray((FIXTURES / "two_products.xls").read_bytes())
        last = data.rindex(b"\xfd\x00\x0a\x00")  # LABELSST: row, column, format, text
        struct.pack_into("<HH", data, last + 4, 65_535, 255)
        assert _code(bytes(data)) == "too_many_cells"

    @pytest.mark.parametrize(("at", "value"), [(30, 0xFFFF), (48, 0x00FFFFFF), (60, 7), (68, 0), (76, 9_999)])
    def test_an_xls_that_cannot_be_taken_apart(self, at: int, value: int) -> None:
        data = bytearray((FIXTURES / "two_products.xls").read_bytes())
        struct.pack_into("<I", data, at, value)
        code = ""
        try:
            read_sheets(bytes(data))
        except SpreadsheetProblem as problem:
            code = problem.code
        assert code in ("", "damaged")  # and no other error

    def test_a_workbook_under_a_password(self) -> None:
        # two_products.xls saved as xlsx by LibreOffice, then `msoffcrypto-tool -e -p "mat khau"` (agile encryption).
        assert _code((FIXTURES / "locked.xlsx").read_bytes()) == "locked"

    def test_an_xls_under_a_password(self) -> None:
        data = bytearray((FIXTURES / "two_products.xls").read_bytes())
        begin = data.index(b"\x09\x08\x10\x00")  # BOF; what stands next says nothing of the sheets
        struct.pack_into("<H", data, begin + 20, 0x002F)  # FILEPASS ([MS-XLS] 2.4.117)
        assert _code(bytes(data)) == "locked"

    def test_half_a_file(self) -> None:
        data = _workbook([["a"]])
        assert _code(data[: len(data) // 2]) == "damaged"
        assert _code((FIXTURES / "two_products.xls").read_bytes()[:700]) == "damaged"
