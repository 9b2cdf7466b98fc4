"""Spreadsheet files of any usual kind, read into plain rows.

What a file is, is decided by its bytes: xlsx and xlsm, xls, ods, or text separated by semicolons, commas or
tabs. Sizes are bounded before anything is decoded, so a small file cannot unfold into a large one.

    read_sheets
    ├── kit.workbook_parts   zip containers: bounded unpacking, cells that hold no usable value
    ├── kit.xls_areas        xls files: how far their sheets reach
    └── kit.delimited        text files: encoding and separator
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ocop_hub.kit.delimited import NotText, TextDamaged, TextTooBig, read_delimited
from ocop_hub.kit.workbook_parts import (
    BrokenCell,
    SheetFacts,
    WorkbookDamaged,
    WorkbookKindUnknown,
    WorkbookTooBig,
    open_parts,
)
from ocop_hub.kit.xls_areas import XlsDamaged, XlsLocked, xls_areas

__all__ = ["MAX_FILE_BYTES", "BrokenCell", "Cell", "Sheet", "SpreadsheetProblem", "read_sheets"]

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_COLUMNS = 10_000
#: Cells of the used areas of all sheets, empty ones included: 150,000 rows of 20 columns. Decoded, they take
#: some 150 MB.
MAX_CELLS = 3_000_000

Cell = str | int | float | bool | date | datetime | time | timedelta | BrokenCell | None

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_NO_FACTS: Mapping[str, SheetFacts] = MappingProxyType({})


class SpreadsheetProblem(Exception):
    """A file that cannot be read: ``code`` for programs, ``problem`` a Vietnamese sentence for people.

    Codes: ``too_big``, ``unknown_kind``, ``damaged``, ``locked``, ``empty``, ``too_wide``, ``too_many_cells``.
    """

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``rows[i]`` is the row that the spreadsheet program numbers ``i + 1``.

    Text is NFC and otherwise as written; blank cells are None. The value of a range merged downwards holds
    for each of its rows.
    """

    name: str
    rows: Sequence[Sequence[Cell]]


def read_sheets(data: bytes) -> list[Sheet]:
    """The visible sheets of the file that hold anything, in the file's order; at least one.

    Raises ``SpreadsheetProblem``. CPU work: call it off the event loop.
    """
    if len(data) > MAX_FILE_BYTES:
        raise SpreadsheetProblem(
            "too_big",
            # No size is named: a file on disk is read only as far as shows that it is too large.
            "Tệp nặng hơn 50 MB; chia thành nhiều tệp hoặc bỏ ảnh trong tệp.",
        )
    if not data.strip(b"\x00 \t\r\n"):
        raise SpreadsheetProblem("empty", "Tệp trống; chọn tệp có danh sách sản phẩm.")
    # By the first bytes, never by the name: people rename .xls to .xlsx to get them through.
    if data.startswith(b"PK"):
        sheets = _from_container(data)
    elif data.startswith(_OLE):
        sheets = _from_xls(data)
    else:
        sheets = [Sheet("", _from_text(data))]
    filled = [s for s in sheets if any(cell is not None for row in s.rows for cell in row)]
    if not filled:
        raise SpreadsheetProblem(
            "empty", "Bảng tính không có dòng nào có dữ liệu; chọn tệp có danh sách sản phẩm."
        )
    return filled


def _from_text(data: bytes) -> list[list[Cell]]:
    try:
        rows = read_delimited(data, max_cells=MAX_CELLS)
    except NotText:
        raise _unknown_kind() from None
    except TextTooBig:
        raise _too_many_cells() from None
    except TextDamaged as damaged:
        raise SpreadsheetProblem("damaged", f"{damaged}; mở tệp bằng Excel và lưu lại thành .xlsx.") from None
    _check_area(len(rows), max((len(row) for row in rows), default=0))
    return [[cell or None for cell in row] for row in rows]


def _from_container(data: bytes) -> list[Sheet]:
    try:
        parts, facts = open_parts(data)
    except WorkbookKindUnknown:
        raise _unknown_kind() from None
    except WorkbookTooBig:
        raise SpreadsheetProblem(
            "too_big",
            "Tệp giải nén ra quá lớn; chỉ giữ danh sách sản phẩm, xóa các dòng, cột và trang thừa rồi lưu lại.",
        ) from None
    except WorkbookDamaged:
        raise _damaged() from None
    _check_areas([(sheet.last_row, sheet.last_column) for sheet in facts.values()])
    return _from_workbook(parts, facts)


def _from_xls(data: bytes) -> list[Sheet]:
    try:
        _check_areas(xls_areas(data))
    except XlsDamaged:
        raise _damaged() from None
    except XlsLocked:
        raise _locked() from None
    return _from_workbook(data, _NO_FACTS)


def _from_workbook(data: bytes, facts: Mapping[str, SheetFacts]) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            names = [
                meta.name
                for meta in workbook.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
            ]
            sheets = [workbook.get_sheet_by_name(name) for name in names]
            # The areas the file claims were checked before; these are the ones the decoder found.
            for sheet in sheets:
                _check_area(sheet.total_height, sheet.total_width)
            return [_plain(sheet, facts.get(sheet.name)) for sheet in sheets]
    except PasswordError:
        raise _locked() from None
    except CalamineError:
        raise _damaged() from None


def _plain(sheet: CalamineSheet, facts: SheetFacts | None) -> Sheet:
    rows: list[list[Cell]] = [[_cell(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
    if facts is not None:
        for (row, column), broken in facts.broken.items():
            _put(rows, row, column, broken)
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        # Downwards only: a title or section line merged across the columns must not fill them all.
        if top < len(rows) and left < len(rows[top]):
            for cells in rows[top + 1 : bottom + 1]:
                cells[left] = rows[top][left]
    return Sheet(unicodedata.normalize("NFC", sheet.name), rows)


def _put(rows: list[list[Cell]], row: int, column: int, broken: BrokenCell) -> None:
    # The used area ends at the last cell with a value, which a broken cell is not.
    while len(rows) <= row:
        rows.append([])
    rows[row].extend([None] * (column + 1 - len(rows[row])))
    rows[row][column] = broken


def _cell(value: str | float | bool | date | time | timedelta) -> Cell:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value) or None
    # Workbooks know no whole numbers: a barcode or a year comes as 8.93e12 or 2025.0.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _check_areas(areas: Sequence[tuple[int, int]]) -> None:
    """Each sheet for itself, and all together: the decoder holds them at once."""
    for rows, columns in areas:
        _check_area(rows, columns)
    if sum(rows * columns for rows, columns in areas) > MAX_CELLS:
        raise _too_many_cells()


def _check_area(rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise SpreadsheetProblem(
            "too_wide",
            f"Bảng có {columns} cột, quá mức 10.000 cột; xóa các cột thừa bên phải rồi lưu lại.",
        )
    if rows * columns > MAX_CELLS:
        raise SpreadsheetProblem(
            "too_many_cells",
            f"Bảng trải trên {rows} dòng và {columns} cột, quá lớn để đọc một lần; xóa dòng và cột thừa, hoặc chia tệp.",
        )


def _too_many_cells() -> SpreadsheetProblem:
    return SpreadsheetProblem(
        "too_many_cells",
        "Tệp có quá nhiều dòng hoặc cột để đọc một lần; xóa dòng và cột thừa, hoặc chia tệp.",
    )


def _unknown_kind() -> SpreadsheetProblem:
    return SpreadsheetProblem(
        "unknown_kind",
        "Không nhận ra loại tệp; gửi bảng tính .xlsx, .xls, .ods hoặc .csv. Nếu là tệp khác, mở bằng Excel "
        "và lưu thành .xlsx.",
    )


def _locked() -> SpreadsheetProblem:
    return SpreadsheetProblem("locked", "Tệp đặt mật khẩu; mở bằng Excel, bỏ mật khẩu rồi lưu lại.")


def _damaged() -> SpreadsheetProblem:
    return SpreadsheetProblem(
        "damaged", "Tệp bị hỏng nên không mở được; mở bằng Excel và lưu lại thành .xlsx."
    )
