"""A sheet of products, checked: every cell a typed value or a named problem. Nothing is stored here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ocop_hub.catalogue.season import parse_months
from ocop_hub.errors import Malformed
from ocop_hub.intake import cells
from ocop_hub.intake.columns import HEADER_WITHIN_ROWS, REQUIRED, Columns, Field, find_columns
from ocop_hub.intake.errors import ColumnMissing, ColumnTwice, HeaderNotFound, UnreadableFile
from ocop_hub.intake.fonts import FontExample, Readings, examples, in_unicode
from ocop_hub.intake.vocabulary import group_code, producer_kind, sub_group_code
from ocop_hub.kit.legacy_fonts import Reading
from ocop_hub.kit.spreadsheet import MAX_FILE_BYTES, Cell, Sheet, SpreadsheetProblem, read_sheets
from ocop_hub.kit.text import clean, fold
from ocop_hub.kit.values import ValueProblem, parse_date, parse_grams, parse_price, parse_stars
from ocop_hub.places.finder import PlaceFinder, PlaceMatch, PlaceStatus
from ocop_hub.producers.models import ProducerKind

MAX_NAME = 300
MAX_DESCRIPTION = 20_000
MAX_LONG = 10_000
MAX_SHORT = 200

_Value = TypeVar("_Value")
_PROVINCE_IN_TITLE = re.compile(r"\b(?:tinh|thanh pho|tp) ((?:\w+ ?){1,5})")
#: How the last line of an appendix begins: it counts the rows and is none.
_TOTAL = re.compile(r"^(?:tong (?:so|cong)|cong \d)")
_MISSING = {
    Field.NAME: ("missing_name", "Thiếu tên sản phẩm; ghi tên như trên giấy chứng nhận."),
    Field.PRODUCER: (
        "missing_producer",
        "Thiếu tên chủ thể; ghi tên hợp tác xã, doanh nghiệp, tổ hợp tác hoặc hộ.",
    ),
    Field.GROUP: ("missing_group", "Thiếu nhóm sản phẩm; ghi một trong sáu nhóm, ví dụ Thực phẩm."),
    Field.STARS: ("missing_stars", "Thiếu hạng sao; ghi 3, 4 hoặc 5."),
}
# What a person can put right later without the row being wrong.
_WARN_ONLY = {
    "weight_is_volume",
    "photo_not_address",
    "photo_too_many",
    "season_unreadable",
    "month_out_of_range",
    "sub_group_unknown",
}
#: Columns that go into the product as they are read: a short text, or one that keeps its lines.
_SHORT_TEXTS = {
    Field.SHELF_LIFE: "shelf_life",
    Field.DECLARATION: "declaration_number",
    Field.TRADEMARK: "trademark",
    Field.TRADEMARK_NO: "trademark_number",
}
_LONG_TEXTS = {
    Field.STORY: "story",
    Field.INGREDIENTS: "ingredients",
    Field.WARNINGS: "warnings",
    Field.STORAGE: "storage",
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``row`` as the spreadsheet numbers it; ``field`` the header as written in the sheet."""

    row: int
    field: str
    code: str
    problem: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "field": self.field, "problem": self.problem, "code": self.code}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that says name and producer of an earlier one again."""

    row: int
    of_row: int


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A good row. Text is clean, money whole đồng, weight grams; ``as_written`` is the text of the cell.

    ``province_as_written`` is the row's own, else the title's, else the installation's province. Where the list
    need not say them, ``producer`` may be "" and ``stars`` 0.
    """

    row: int
    name: str
    producer: str
    producer_kind: ProducerKind | None
    group: str
    stars: int
    commune_as_written: str | None
    district_as_written: str | None
    province_as_written: str
    place: PlaceMatch
    decision_no: str | None
    issued_on: date | None
    expires_on: date | None
    price_vnd: int | None
    unit: str | None
    packaging: str | None
    net_weight_g: int | None
    description: str | None
    gtin: str | None
    lot: str | None
    product_code: str | None
    photo_urls: tuple[str, ...] = ()
    #: The group was said for the whole sheet: a product that is known keeps its own.
    group_of_sheet: bool = False
    #: What further columns say, under the product's own names of fields; a blank cell is not in it.
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class CheckedSheet:
    """What the file holds: ``rows`` can be stored, the rest is told row by row."""

    filename: str
    sheet: str
    #: Other sheets with a header of the same kind: they were not read.
    other_sheets: tuple[str, ...]
    columns: Columns
    data_rows: int = 0
    rows: list[ProductRow] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    errors: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    #: Cells typed for old fonts: how many, and a few before and after.
    font_cells: int = 0
    fonts: list[FontExample] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """The object that programs read: counts of data rows and of good ones, and every problem."""
        return {
            "rows": self.data_rows,
            "valid": len(self.rows),
            "duplicates": [{"row": d.row, "of_row": d.of_row} for d in self.duplicates],
            "errors": [problem.as_json() for problem in self.errors],
            "warnings": [problem.as_json() for problem in self.warnings],
        }


def check_file(
    source: Path | str | bytes,
    filename: str,
    places: PlaceFinder,
    home_province: str,
    *,
    known: Mapping[str, Field | None] | None = None,
    required: Collection[Field] = REQUIRED,
    convert: bool = True,
    group: str = "",
) -> CheckedSheet:
    """Read and check a spreadsheet; unless ``convert`` is off, cells typed for old fonts are read as such.

    ``home_province`` is a name or today's two-digit code; it holds where neither the row nor the title names a
    province. ``known`` are headers remembered for the sender, ``required`` what every row must say.
    ``group`` is the product group (code) of rows that name none; a sheet needs no such column then.

    Raises ``UnreadableFile``, ``HeaderNotFound``, ``ColumnTwice``, ``ColumnMissing``. CPU work: call it off the loop.
    """
    if group:
        required = [each for each in required if each is not Field.GROUP]
    try:
        as_written = read_sheets(_bytes(source))
    except SpreadsheetProblem as problem:
        raise UnreadableFile(problem.code, problem.problem) from None
    sheets, readings = in_unicode(as_written) if convert else (list(as_written), {})
    sheet, columns, others = _chosen(sheets, known, required)
    checked = CheckedSheet(filename, sheet.name, others, columns)
    if told := readings.get(sheet.name):
        checked.font_cells = len(told)
        checked.fonts = examples(next(each for each in as_written if each.name == sheet.name), told)
    title = [cell for row in sheet.rows[: columns.header_row - 1] for cell in row]
    province = _province(title, places) or home_province
    _RowChecker(checked, places, province, required, readings.get(sheet.name, {}), group).check(sheet.rows)
    return checked


def _bytes(source: Path | str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    with Path(source).open("rb") as file:
        # One byte more than allowed is enough to be refused.
        return file.read(MAX_FILE_BYTES + 1)


def _chosen(
    sheets: Sequence[Sheet], known: Mapping[str, Field | None] | None, required: Collection[Field]
) -> tuple[Sheet, Columns, tuple[str, ...]]:
    """The first sheet whose columns can be read, and the names of the others that could be too.

    Where there is none, the refusal of a sheet that has a header tells more than that of one without.
    """
    found: list[tuple[Sheet, Columns]] = []
    refusals: list[Malformed] = []
    for sheet in sheets:
        try:
            found.append((sheet, find_columns(sheet, known=known, required=required)))
        except (HeaderNotFound, ColumnTwice, ColumnMissing) as refusal:
            refusals.append(refusal)
    if not found:
        raise min(refusals, key=lambda refusal: isinstance(refusal, HeaderNotFound))
    (sheet, columns), *others = found
    return sheet, columns, tuple(other.name for other, _ in others)


def _province(title: Sequence[Cell], places: PlaceFinder) -> str | None:
    """The province that the rows above the header name, as "TỈNH LÀO CAI" does."""
    for cell in title[: HEADER_WITHIN_ROWS * 100]:
        for match in _PROVINCE_IN_TITLE.finditer(fold(cell)) if isinstance(cell, str) else ():
            words = match[1].split()
            for count in range(len(words), 0, -1):
                name = " ".join(words[:count])
                if places.find_province(name) is not None:
                    return name
    return None


class _RowChecker:
    """One pass over the data rows of a sheet; puts what it finds into ``checked``."""

    def __init__(
        self,
        checked: CheckedSheet,
        places: PlaceFinder,
        province: str,
        required: Collection[Field],
        readings: Readings,
        group: str,
    ) -> None:
        self._out = checked
        self._places = places
        self._province = province
        self._required = required
        self._readings = readings
        self._group = group
        self._columns = checked.columns
        self._found: dict[tuple[str, str, str], PlaceMatch] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._row = 0
        self._cells: Sequence[Cell] = ()

    def check(self, rows: Sequence[Sequence[Cell]]) -> None:
        for number, row in self._data_rows(rows):
            self._row, self._cells = number, row
            self._out.data_rows += 1
            errors_before = len(self._out.errors)
            self._tell_readings()
            product = self._product()
            if product is None or len(self._out.errors) > errors_before:
                continue
            of_row = self._seen.setdefault((product.name, product.producer), self._row)
            if of_row == self._row:
                self._out.rows.append(product)
            else:
                self._out.duplicates.append(Duplicate(self._row, of_row))

    def _data_rows(self, rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, Sequence[Cell]]]:
        header = self._columns.header_row
        number = self._columns.at.get(Field.NUMBER)
        for index, row in enumerate(rows[header:]):
            filled = [cell for at, cell in enumerate(row) if at != number and not cells.is_blank(cell)]
            if filled and not (index == 0 and _numbers_the_columns(filled)) and not _is_total(filled):
                yield header + index + 1, row

    def _tell_readings(self) -> None:
        for name, at in self._columns.at.items() if self._readings else ():
            if reading := self._readings.get((self._row, at)):
                self._note(self._out.warnings, name, "legacy_font", _read_as(reading))

    def _cell(self, name: Field) -> Cell:
        at = self._columns.at.get(name)
        return self._cells[at] if at is not None and at < len(self._cells) else None

    def _read(self, name: Field, read: Callable[[Cell], _Value]) -> _Value | None:
        """The value of a field, None where the cell is blank or wrong; what is wrong is noted."""
        cell = self._cell(name)
        if cells.is_blank(cell):
            if name in self._required and name in _MISSING:
                self._note(self._out.errors, name, *_MISSING[name])
            return None
        try:
            return read(cells.unbroken(cell))
        except ValueProblem as wrong:
            place = self._out.warnings if wrong.code in _WARN_ONLY else self._out.errors
            self._note(place, name, wrong.code, wrong.problem)
            return None

    def _text(self, name: Field, limit: int = MAX_SHORT) -> str | None:
        return self._read(name, partial(cells.text, limit=limit))

    def _note(self, place: list[RowProblem], name: Field, code: str, problem: str) -> None:
        place.append(RowProblem(self._row, self._columns.headers.get(name, name), code, problem))

    def _product(self) -> ProductRow | None:
        name = self._text(Field.NAME, MAX_NAME)
        producer = self._text(Field.PRODUCER, MAX_NAME)
        kind = self._text(Field.PRODUCER_KIND)
        named = self._read(Field.GROUP, lambda cell: group_code(cells.text(cell, limit=MAX_SHORT)))
        group = named or self._group or None
        stars = self._read(Field.STARS, parse_stars)
        issued_on = self._read(Field.ISSUED_ON, parse_date)
        expires_on = self._read(Field.EXPIRES_ON, parse_date)
        if issued_on and expires_on and expires_on < issued_on:
            self._note(
                self._out.errors,
                Field.EXPIRES_ON,
                "certificate_ends_before_begins",
                f"Giấy chứng nhận hết hạn {expires_on:%d/%m/%Y} trước ngày cấp {issued_on:%d/%m/%Y}; xem lại hai ngày.",
            )
        commune, district, province, place = self._place()
        product = partial(
            ProductRow,
            row=self._row,
            producer_kind=producer_kind(kind or "") or producer_kind(producer or ""),
            commune_as_written=commune,
            district_as_written=district,
            province_as_written=province,
            place=place,
            decision_no=self._text(Field.DECISION_NO),
            issued_on=issued_on,
            expires_on=expires_on,
            price_vnd=self._read(Field.PRICE, partial(parse_price, scale=self._columns.price_scale)),
            unit=self._text(Field.UNIT),
            packaging=self._text(Field.PACKAGING),
            net_weight_g=self._read(Field.NET_WEIGHT, partial(parse_grams, scale=self._columns.weight_scale)),
            description=self._read(Field.DESCRIPTION, partial(cells.lines, limit=MAX_DESCRIPTION)),
            gtin=self._read(Field.GTIN, cells.gtin),
            lot=self._read(Field.LOT, cells.lot),
            product_code=self._text(Field.CODE),
            photo_urls=self._read(Field.PHOTOS, cells.addresses) or (),
            group_of_sheet=named is None,
            more=self._more(group),
        )
        if (
            name is None
            or group is None
            or (stars is None and Field.STARS in self._required)
            or (producer is None and Field.PRODUCER in self._required)
        ):
            return None
        return product(name=name, producer=producer or "", group=group, stars=stars or 0)

    def _more(self, group: str | None) -> Mapping[str, Any]:
        says: dict[str, Any] = {name: self._text(column) for column, name in _SHORT_TEXTS.items()}
        says |= {
            name: self._read(column, partial(cells.lines, limit=MAX_LONG))
            for column, name in _LONG_TEXTS.items()
        }
        months = self._read(Field.SEASON, parse_months)
        says["season_months"] = list(months) if months else None
        if group is not None:
            says["sub_group_code"] = self._read(
                Field.SUB_GROUP, lambda cell: sub_group_code(cells.text(cell, limit=MAX_SHORT), group)
            )
        return {name: value for name, value in says.items() if value}

    def _place(self) -> tuple[str | None, str | None, str, PlaceMatch]:
        commune, district = self._text(Field.COMMUNE), self._text(Field.DISTRICT)
        province = self._text(Field.PROVINCE) or self._province
        asked = commune or "", district or "", province
        match = self._found.get(asked)
        if match is None:
            match = self._found[asked] = self._places.find_commune(*asked)
        if warning := _place_warning(match, asked[0], self._places):
            self._note(self._out.warnings, Field.COMMUNE, *warning)
        return commune, district, province, match


def _read_as(reading: Reading) -> str:
    shown = reading.text if len(reading.text) <= 80 else f"{reading.text[:80]}…"
    return f"Ô gõ bằng phông {reading.font}, đã đọc thành “{shown}”; xem lại, nếu chưa đúng thì gõ lại ô này."


def _is_total(filled: Sequence[Cell]) -> bool:
    """Whether the row says how many there are: one cell, such as "Tổng số: 6 sản phẩm"."""
    return len(filled) == 1 and isinstance(filled[0], str) and bool(_TOTAL.match(fold(filled[0])))


def _numbers_the_columns(filled: Sequence[Cell]) -> bool:
    """The line "(1) (2) (3)" or "A B 1 2" that official tables put below the header."""
    return len(filled) > 2 and all(
        re.fullmatch(r"\(?(?:\d{1,2}|[A-Za-z])\)?", clean(str(cell))) for cell in filled
    )


def _place_warning(match: PlaceMatch, written: str, places: PlaceFinder) -> tuple[str, str] | None:
    units = (places.unit(unit_id) for unit_id in match.candidates[:4])
    names = ", ".join(dict.fromkeys(unit.full_name for unit in units if unit is not None))
    if match.status == PlaceStatus.NOT_FOUND:
        return "commune_not_found", (
            f"Không tìm thấy “{written}” trong danh mục trước và sau 01/7/2025; chọn đơn vị hành chính hiện nay."
        )
    if match.status == PlaceStatus.SPLIT:
        return (
            "commune_split",
            f"“{written}” đã chia về nhiều nơi ({names}); chọn đơn vị hành chính hiện nay.",
        )
    if match.status == PlaceStatus.AMBIGUOUS:
        return "commune_ambiguous", (
            f"Có {len(match.candidates)} nơi tên “{written}” ({names}); ghi thêm huyện cũ, hoặc chọn một nơi."
        )
    return None
