"""Sheets typed for fonts of the time before Unicode, read as those fonts show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ocop_hub.kit.legacy_fonts import Reading, read_column
from ocop_hub.kit.spreadsheet import Cell, Sheet

#: What a person looks at before she confirms.
_MOST_EXAMPLES = 3

#: By row as the spreadsheet numbers it, and column from 0.
Readings = Mapping[tuple[int, int], Reading]


def in_unicode(sheets: Sequence[Sheet]) -> tuple[list[Sheet], dict[str, Readings]]:
    """The sheets with such cells converted, and by sheet's name which cells were. CPU work."""
    read = {sheet.name: _readings(sheet) for sheet in sheets}
    return [_converted(sheet, read[sheet.name]) for sheet in sheets], read


@dataclass(frozen=True, slots=True)
class FontExample:
    """A cell as the file has it, and as the old font shows it."""

    font: str
    before: str
    after: str


def examples(sheet: Sheet, readings: Readings) -> list[FontExample]:
    """A few cells of a sheet, not converted yet, with what they were read as: of each font the first."""
    found: list[FontExample] = []
    for (row, at), reading in readings.items():
        example = FontExample(reading.font.value, str(sheet.rows[row - 1][at]), reading.text)
        if len(example.after) > 3 and example.after not in {each.after for each in found}:
            found.append(example)
        if len(found) == _MOST_EXAMPLES:
            break
    return found


def _readings(sheet: Sheet) -> Readings:
    found: dict[tuple[int, int], Reading] = {}
    for at in _suspect_columns(sheet):
        column = [row[at] if at < len(row) else None for row in sheet.rows]
        found |= {(index + 1, at): reading for index, reading in read_column(column).items()}
    return found


def _suspect_columns(sheet: Sheet) -> list[int]:
    """Columns with a cell that is neither plain ASCII nor surely Unicode: few sheets have any."""
    return sorted(
        {
            at
            for row in sheet.rows
            for at, cell in enumerate(row)
            if isinstance(cell, str) and not cell.isascii() and max(cell) < "\u0100"
        }
    )


def _converted(sheet: Sheet, readings: Readings) -> Sheet:
    if not readings:
        return sheet
    rows: list[list[Cell]] = [list(row) for row in sheet.rows]
    for (row, at), reading in readings.items():
        rows[row - 1][at] = reading.text
    return replace(sheet, rows=rows)
