"""The other numbers of the province as a table for CSV and Excel: counted ones with their parts, then typed ones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ocop_hub.reporting.indicators.definitions import IndicatorRow, Measured
from ocop_hub.reporting.indicators.values import named, percent_of_target
from ocop_hub.reporting.models import IndicatorValue
from ocop_hub.reporting.papers.export import table_csv
from ocop_hub.reporting.papers.workbook import table_xlsx
from ocop_hub.reporting.question import Question

TITLE: Final = "Các chỉ tiêu khác"
_HEAD: Final = (
    "Chỉ tiêu",
    "Chia theo",
    "Số liệu",
    "Đơn vị tính",
    "Chỉ tiêu giao",
    "% chỉ tiêu",
    "Tính đến ngày",
    "Cách tính",
    "Nguồn",
)
_LIST_HEAD: Final = ("Tên", "Chia theo", "Số lượng")
Cell = str | int | None


def table(measured: Sequence[Measured], typed: Sequence[IndicatorValue]) -> list[list[Cell]]:
    """One line for each number and for each of its parts."""
    lines: list[list[Cell]] = []
    for each in measured:
        what, day = each.indicator, f"{each.as_of:%d/%m/%Y}"
        told: list[Cell] = [what.unit, None, None, day, what.definition, what.source]
        lines.append([what.name, None, each.value, *told])
        lines += [[what.name, part.name, part.value, *told] for part in each.parts]
    for row in typed:
        name, unit = named(row)
        lines.append(
            [
                name,
                row.marketplace_key or None,
                _number(row.value),
                unit,
                _number(row.target),
                _number(percent_of_target(row)),
                f"{row.as_of:%d/%m/%Y}",
                "Cán bộ nhập",
                row.source,
            ]
        )
    return lines


def _number(value: Decimal | None) -> Cell:
    """A whole number as one, else with a decimal comma."""
    if value is None:
        return None
    return int(value) if value == value.to_integral() else f"{value.normalize():f}".replace(".", ",")


def indicators_csv(measured: Sequence[Measured], typed: Sequence[IndicatorValue]) -> bytes:
    """The table as CSV for Excel."""
    return table_csv([_HEAD, *(_plain(line) for line in table(measured, typed))])


def indicators_xlsx(
    question: Question, measured: Sequence[Measured], typed: Sequence[IndicatorValue]
) -> bytes:
    """The table as a workbook."""
    notes = [f"Tính đến ngày {question.as_of:%d/%m/%Y}, cách tính số {question.rule.number}"]
    return table_xlsx(TITLE, notes, _HEAD, table(measured, typed))


def rows_csv(rows: Sequence[IndicatorRow]) -> bytes:
    """The list behind a number."""
    return table_csv([_LIST_HEAD, *([row.name, row.part, str(row.amount)] for row in rows)])


def _plain(line: Sequence[Cell]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in line]
