"""A sheet of lots and steps, read: every row a lot with its days, or one step of a lot; or a named problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from ocop_hub.intake import cells
from ocop_hub.intake.check import RowProblem
from ocop_hub.intake.columns import HEADER_WITHIN_ROWS, column_letters
from ocop_hub.intake.errors import ColumnMissing, ColumnTwice, HeaderNotFound, UnreadableFile
from ocop_hub.kit.spreadsheet import Cell, Sheet, SpreadsheetProblem, read_sheets
from ocop_hub.kit.text import clean, fold
from ocop_hub.kit.values import ValueProblem, parse_date, parse_quantity
from ocop_hub.traceability.models import EventKind
from ocop_hub.traceability.timeline import NAMES
from ocop_hub.traceability.units import whole_amount, written_amount

_Value = TypeVar("_Value")


class LotField(StrEnum):
    """What a column of such a sheet can hold."""

    LOT = "lot"
    PRODUCT = "product"
    PRODUCER = "producer"
    GTIN = "gtin"
    HARVESTED_ON = "harvested_on"
    PROCESSED_ON = "processed_on"
    PACKED_ON = "packed_on"
    BEST_BEFORE = "best_before"
    QUANTITY = "quantity"
    UNIT = "unit"
    SOURCES = "sources"
    PLACE = "place"
    STEP = "step"
    STEP_ON = "step_on"
    NOTE = "note"


# The first of each is how our own sheets head the column.
HEADERS: dict[LotField, tuple[str, ...]] = {
    LotField.LOT: ("Số lô", "Mã lô", "Lô", "Lô sản xuất", "Mẻ", "lot", "batch"),
    LotField.PRODUCT: ("Tên sản phẩm", "Sản phẩm", "product"),
    LotField.PRODUCER: ("Chủ thể", "Tên chủ thể", "producer"),
    LotField.GTIN: ("Mã GTIN", "GTIN", "Mã vạch", "barcode"),
    LotField.HARVESTED_ON: ("Ngày thu hoạch", "Thu hoạch", "harvested on"),
    LotField.PROCESSED_ON: ("Ngày sơ chế", "Sơ chế", "processed on"),
    LotField.PACKED_ON: ("Ngày đóng gói", "Đóng gói", "packed on"),
    LotField.BEST_BEFORE: ("Hạn sử dụng", "HSD", "best before"),
    LotField.QUANTITY: ("Số lượng", "Sản lượng", "quantity"),
    LotField.UNIT: ("Đơn vị tính", "ĐVT", "unit"),
    LotField.SOURCES: ("Làm từ lô", "Lô nguyên liệu", "Lô nguồn", "made from"),
    LotField.PLACE: ("Nơi sản xuất", "Địa điểm", "Nơi đóng gói", "place"),
    LotField.STEP: ("Công đoạn", "step"),
    LotField.STEP_ON: ("Ngày công đoạn", "Ngày", "date"),
    LotField.NOTE: ("Ghi chú", "note"),
}
_FIELD_OF = {fold(word): name for name, words in HEADERS.items() for word in (name.value, *words)}
_KIND_OF = {fold(word): kind for kind, word in NAMES.items() if kind is not EventKind.RECALL}
#: Days of a row and the steps they stand for, in the order they happen.
DAYS = (
    (LotField.HARVESTED_ON, EventKind.HARVEST),
    (LotField.PROCESSED_ON, EventKind.FIRST_PROCESSING),
    (LotField.PACKED_ON, EventKind.PACKING),
)
LONGEST_TEXT = 200
#: One source lot of a cell: ``LO-1``, ``LO-1: 20,5 kg``, or the address on a label in the lot's place, which may
#: name a port.
_SOURCE = re.compile(r"(?P<code>.+?)(?::\s*(?P<quantity>[\d.,]+)\s*(?P<unit>[^\d:/]+))?")
_ADDRESS = re.compile(r"https?://|/(?:01|t)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceLot:
    """A lot that went in; ``quantity`` None where the sheet names no amount.

    ``code``: of the lot, or the address on its label (``by_label``).
    """

    code: str
    quantity: Decimal | None = None
    unit: str = ""

    @property
    def by_label(self) -> bool:
        return _ADDRESS.match(self.code) is not None


@dataclass(frozen=True, slots=True)
class LotRow:
    """A good row. ``steps``: what happened on which day, in the order of the sheet's columns.

    ``of_step``: the quantity is that of the row's one step, since the row tells nothing else of the lot.
    """

    row: int
    lot: str
    product: str
    producer: str
    gtin: str
    best_before: date | None
    quantity: Decimal | None
    unit: str
    place: str
    note: str
    steps: tuple[tuple[EventKind, date], ...]
    sources: tuple[SourceLot, ...] = ()
    of_step: bool = False


@dataclass(slots=True)
class LotSheet:
    """What a file holds; ``at`` is the column of each field, from 0."""

    sheet: str
    header_row: int
    at: dict[LotField, int]
    headers: dict[LotField, str]
    unread: list[str]
    data_rows: int = 0
    rows: list[LotRow] = field(default_factory=list)
    errors: list[RowProblem] = field(default_factory=list)

    def problem(self, row: int, name: LotField, code: str, text: str) -> RowProblem:
        """A problem of a cell, under the header as it is written."""
        return RowProblem(row, self.headers.get(name, HEADERS[name][0]), code, text)

    def columns(self) -> list[dict[str, str]]:
        """How the headers were understood, as previews show it."""
        return [
            *(
                {"header": self.headers[name], "field": HEADERS[name][0], "column": column_letters(at)}
                for name, at in self.at.items()
            ),
            *({"header": header, "field": "", "column": ""} for header in self.unread),
        ]


#: What a person said that headers hold; None: not to be read.
Given = Mapping[str, LotField | None]


def read_lots(content: bytes, given: Given = MappingProxyType({})) -> LotSheet:
    """Read the first sheet with a header of lots; ``given`` comes before what headers seem to say.

    Raises UnreadableFile, HeaderNotFound, ColumnMissing, ColumnTwice. CPU work: call it off the event loop.
    """
    try:
        sheets = read_sheets(content)
    except SpreadsheetProblem as problem:
        raise UnreadableFile(problem.code, problem.problem) from None
    said = {fold(header): name for header, name in given.items()}
    for needed in (LotField.LOT, None):
        for sheet in sheets:
            number = _header_row(sheet, said, needed)
            if number is not None:
                found = _headed(sheet, number, said)
                _read_rows(found, sheet)
                return found
    raise HeaderNotFound(
        f"Không tìm thấy dòng tiêu đề cột trong {HEADER_WITHIN_ROWS} dòng đầu. Cần một dòng có cột “Số lô” và "
        "“Tên sản phẩm” hoặc “Mã GTIN”; thêm dòng đó phía trên dữ liệu rồi gửi lại."
    )


def columns_of(headers: Sequence[str], said: Given) -> list[dict[str, str]]:
    """Headers that a person has to tell the meaning of, with what each seems to say. ``said``: by folded header."""
    found = [(header, _field_of(header, said)) for header in headers]
    return [
        {"header": header, "field": HEADERS[name][0] if name else "", "column": ""} for header, name in found
    ]


def _field_of(header: str, said: Given) -> LotField | None:
    name = fold(header)
    return said[name] if name in said else _FIELD_OF.get(name)


def _header_row(sheet: Sheet, said: Given, needed: LotField | None) -> int | None:
    """The first row that names two fields, ``needed`` among them."""
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN_ROWS]):
        names = {_field_of(str(cell), said) for cell in row if cell is not None}
        if needed in {None, *names} and len(names - {None}) >= 2:
            return number
    return None


def _headed(sheet: Sheet, number: int, said: Given) -> LotSheet:
    found = LotSheet(sheet.name, number + 1, {}, {}, [])
    written = [clean(str(cell)) for cell in sheet.rows[number] if cell is not None and clean(str(cell))]
    for column, cell in enumerate(sheet.rows[number]):
        header = clean(str(cell)) if cell is not None else ""
        name = _field_of(header, said)
        if name is None:
            found.unread += [header] if header else []
        elif name in found.at:
            raise ColumnTwice(
                f"Cột “{found.headers[name]}” và cột “{header}” cùng chỉ một nội dung; giữ một cột rồi gửi lại.",
                headers=written,
                row=number + 1,
            )
        else:
            found.at[name], found.headers[name] = column, header
    missing = [] if LotField.LOT in found.at else ["“Số lô”"]
    if LotField.PRODUCT not in found.at and LotField.GTIN not in found.at:
        missing.append("“Tên sản phẩm” hoặc “Mã GTIN”")
    if missing:
        raise ColumnMissing(
            f"Dòng tiêu đề (dòng {number + 1}) thiếu cột {', '.join(missing)}; thêm cột rồi gửi lại.",
            headers=written,
            row=number + 1,
        )
    return found


def _read_rows(found: LotSheet, sheet: Sheet) -> None:
    for number, row in enumerate(sheet.rows[found.header_row :], start=found.header_row + 1):
        if all(cells.is_blank(cell) for cell in row):
            continue
        found.data_rows += 1
        _Row(found, number, row).read()


@dataclass(slots=True)
class _Row:
    found: LotSheet
    number: int
    cells: Sequence[Cell]
    good: bool = True

    def read(self) -> None:
        row = LotRow(
            self.number,
            lot=self._take(LotField.LOT, lambda cell: cells.lot(cell).upper()) or "",
            product=self._text(LotField.PRODUCT),
            producer=self._text(LotField.PRODUCER),
            gtin=self._take(LotField.GTIN, cells.gtin) or "",
            best_before=self._take(LotField.BEST_BEFORE, parse_date),
            quantity=self._take(LotField.QUANTITY, parse_quantity),
            unit=self._text(LotField.UNIT),
            place=self._text(LotField.PLACE),
            note=self._text(LotField.NOTE),
            steps=self._steps(),
            sources=self._take(LotField.SOURCES, _sources) or (),
            of_step=self._has(LotField.STEP) and not any(self._has(name) for name, _ in DAYS),
        )
        if not row.lot and self.good:
            self._wrong(LotField.LOT, "missing_lot", "Thiếu số lô; ghi số lô in trên tem.")
        if not row.product and not row.gtin:
            self._wrong(LotField.PRODUCT, "missing_name", "Thiếu tên sản phẩm hoặc mã GTIN.")
        if row.sources and not row.steps and self.good:
            self._wrong(
                LotField.SOURCES,
                "missing_day",
                "Thiếu ngày: ghi ngày sơ chế, đóng gói hoặc công đoạn đã dùng các lô này.",
            )
        if (
            self.good
            and row.quantity is not None
            and not row.of_step
            and whole_amount(row.quantity, row.unit) is None
        ):
            self._wrong(
                LotField.QUANTITY,
                "quantity_not_whole",
                f"Không ghi được {written_amount(row.quantity, row.unit)} cho cả lô; ghi số nguyên, hoặc ghi đơn vị là kg, tạ, lít.",
            )
        if self.good:
            self.found.rows.append(row)

    def _has(self, name: LotField) -> bool:
        at = self.found.at.get(name)
        return at is not None and at < len(self.cells) and not cells.is_blank(self.cells[at])

    def _steps(self) -> tuple[tuple[EventKind, date], ...]:
        days = [(kind, self._take(name, parse_date)) for name, kind in DAYS]
        kind, on = self._take(LotField.STEP, _kind), self._take(LotField.STEP_ON, parse_date)
        if kind is not None and on is None:
            self._wrong(LotField.STEP_ON, "missing_day", "Thiếu ngày của công đoạn.")
        if kind is not None:
            days.append((kind, on))
        return tuple((kind, day) for kind, day in days if day is not None)

    def _text(self, name: LotField) -> str:
        return self._take(name, lambda cell: cells.text(cell, limit=LONGEST_TEXT)) or ""

    def _take(self, name: LotField, parse: Callable[[Cell], _Value]) -> _Value | None:
        at = self.found.at.get(name)
        cell = self.cells[at] if at is not None and at < len(self.cells) else None
        if cells.is_blank(cell):
            return None
        try:
            return parse(cells.unbroken(cell))
        except ValueProblem as wrong:
            self._wrong(name, wrong.code, wrong.problem)
            return None

    def _wrong(self, name: LotField, code: str, text: str) -> None:
        self.good = False
        self.found.errors.append(self.found.problem(self.number, name, code, text))


def _sources(cell: Cell) -> tuple[SourceLot, ...]:
    """Lots that went in, one after a semicolon or a line: ``LO-1: 20 kg; https://…/10/LO-2``."""
    found: list[SourceLot] = []
    for part in re.split(r"[;\n]", cells.lines(cell, limit=2_000)):
        said = _SOURCE.fullmatch(part.strip())
        if said is None:
            continue
        number = said["quantity"]
        quantity = parse_quantity(number) if number else None
        source = SourceLot(said["code"].strip(), quantity, clean(said["unit"] or ""))
        if not source.by_label:
            source = replace(source, code=cells.lot(source.code).upper())
        found.append(source)
    return tuple(found)


def _kind(cell: Cell) -> EventKind:
    written = cells.text(cell, limit=LONGEST_TEXT)
    kind = _KIND_OF.get(fold(written))
    if kind is None:
        names = ", ".join(NAMES[each] for each in _KIND_OF.values())
        raise ValueProblem("step_unknown", f"Không có công đoạn “{written}”; ghi một trong: {names}.")
    return kind
