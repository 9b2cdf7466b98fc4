"""A sent sheet given back: the same cells, with what is wrong beside each row and on each cell."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ocop_hub.kit.spreadsheet import BrokenCell, Cell, Sheet, SpreadsheetProblem, read_sheets

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MARK_HEADER = "Cần sửa"
#: What a cell of a spreadsheet can hold (ECMA-376).
LONGEST_CELL = 32_767
_FORBIDDEN_IN_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(slots=True)
class _Marks:
    """What to say: by row, and by row and column (from 0)."""

    of_row: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    of_cell: defaultdict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong: set[tuple[int, int]] = field(default_factory=set)


def marked_workbook(content: bytes, report: Mapping[str, Any]) -> bytes:
    """An xlsx of the file in ``content`` with the problems of its import ``report``.

    Text stays text whatever it begins with, formulas come back as their values. Raises ``SpreadsheetProblem``.
    CPU work: call it off the event loop.
    """
    sheets = [sheet for sheet in read_sheets(content) if sheet.name == report["sheet"]]
    if not sheets:  # pragma: no cover - the file was read before, and has not changed
        raise SpreadsheetProblem("damaged", "Không còn đọc được trang đã kiểm tra; gửi lại tệp.")
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    import xlsxwriter  # loaded where a workbook is written, not in a web process at rest

    with xlsxwriter.Workbook(out, options) as workbook:
        name = sheets[0].name.translate(_FORBIDDEN_IN_NAME).strip(" '")[:31]
        _Writer(workbook, workbook.add_worksheet(name or None)).write(sheets[0], report)
    return out.getvalue()


def _marks(report: Mapping[str, Any]) -> _Marks:
    columns = {each["header"]: _index(each["column"]) for each in report["columns"] if each["column"]}
    marks = _Marks()
    for kind in ("errors", "warnings"):
        for problem in report[kind]:
            row, at = problem["row"], columns.get(problem["field"])
            prefix = "" if kind == "errors" else "Nên xem lại: "
            marks.of_row[row].append(f"{prefix}{problem['field']}: {problem['problem']}")
            if at is not None:
                marks.of_cell[row, at].append(problem["problem"])
                marks.wrong |= {(row, at)} if kind == "errors" else set()
    for twice in report["duplicates"]:
        marks.of_row[twice["row"]].append(f"Lặp lại dòng {twice['of_row']}: chỉ lấy dòng trước.")
    return marks


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Writer:
    """Writes one sheet; formats belong to their workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook, sheet: Worksheet) -> None:
        self._sheet = sheet
        look = {"text_wrap": True, "valign": "top"}
        self._plain = workbook.add_format()
        self._day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._wrong = {
            "bg_color": "#FCE4E4", "font_color": "#8A1C1C", "border": 1, "border_color": "#C0392B"
        }  # fmt: skip
        self._workbook = workbook
        self._head = workbook.add_format({"bold": True, "bg_color": "#FFF3CD", **look})
        self._note = workbook.add_format({"bg_color": "#FFF9E6", **look})
        self._coloured: dict[tuple[bool, str], Format] = {}

    def write(self, sheet: Sheet, report: Mapping[str, Any]) -> None:
        marks = _marks(report)
        width = max((len(row) for row in sheet.rows), default=0)
        at = _old_mark(sheet.rows, report["header_row"], width)
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                if column != at:
                    self._cell(number, column, cell, marks)
            if said := marks.of_row.get(number):
                self._sheet.write_string(number - 1, at, "\n".join(said)[:LONGEST_CELL], self._note)
        self._sheet.write_string(report["header_row"] - 1, at, MARK_HEADER, self._head)
        self._sheet.set_column(at, at, 60)
        self._sheet.set_column(0, max(at - 1, 0), 16)
        self._sheet.freeze_panes(report["header_row"], 0)

    def _cell(self, number: int, column: int, cell: Cell, marks: _Marks) -> None:
        said = marks.of_cell.get((number, column))
        look = self._look(cell, (number, column) in marks.wrong) if said else None
        _put(self._sheet, number - 1, column, cell, look or self._kind(cell))
        if said:
            self._sheet.write_comment(number - 1, column, "\n".join(said)[:2000], {"x_scale": 2})

    def _kind(self, cell: Cell) -> Format:
        if isinstance(cell, datetime):
            return self._moment
        return self._day if isinstance(cell, date) else self._plain

    def _look(self, cell: Cell, wrong: bool) -> Format:
        shown = "dd/mm/yyyy" if isinstance(cell, date) else "General"
        made = self._coloured.get((wrong, shown))
        if made is None:
            look = self._wrong if wrong else {"bg_color": "#FFF3CD"}
            made = self._coloured[wrong, shown] = self._workbook.add_format({**look, "num_format": shown})
        return made


def _old_mark(rows: Sequence[Sequence[Cell]], header_row: int, width: int) -> int:
    """Where the marks go: over those of an earlier round, else beside the last column."""
    header = rows[header_row - 1]
    return next((at for at, cell in enumerate(header) if cell == MARK_HEADER), width)


def _put(sheet: Worksheet, row: int, column: int, cell: Cell, look: Format) -> None:
    if isinstance(cell, BrokenCell):
        cell = cell.text or None
    if cell is None:
        sheet.write_blank(row, column, None, look)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell[:LONGEST_CELL], look)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, look)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, look)
    elif isinstance(cell, date) and cell.year < 1900:
        # Before the first day that a spreadsheet knows.
        sheet.write_string(row, column, f"{cell.day}/{cell.month}/{cell.year}", look)
    else:
        moment: Any = cell  # the library takes dates, times and spans; its types name only one
        sheet.write_datetime(row, column, moment, look)
