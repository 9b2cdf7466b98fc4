"""The sheet: every product of a stall as one row, columns in the order of the marketplace's entry form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol

from ocop_hub.kit.formulas import neutral
from ocop_hub.marketplaces.contract import ListingDraft

SHEET_NAME = "Sản phẩm"
#: A spreadsheet cell holds no more (Excel's own limit).
MAX_CELL = 32_767
#: Columns whose cells are numbers, so that they can be added up.
NUMBERS = frozenset({"Giá bán (đồng)", "Khối lượng (gam)", "Số lượng"})
_WIDEST = 60


class Sheeted(Protocol):
    """An adapter whose marketplace takes what stands in columns."""

    def fields(self, draft: ListingDraft) -> tuple[tuple[str, str], ...]:
        """(label, text) in the order of the columns, empty ones included."""


def cell_text(text: str) -> str:
    """What of a text fits into one cell, and stays text there."""
    return neutral(text)[:MAX_CELL]


def columns_of(rows: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    """Every label once, in the order in which rows bring them."""
    return list(dict.fromkeys(label for row in rows for label, _ in row))


def stall_sheet(market: Sheeted, drafts: Sequence[ListingDraft]) -> bytes:
    """One xlsx for a stall: a heading row that stays in sight, then one row for each draft."""
    rows = [market.fields(draft) for draft in drafts]
    columns = columns_of(rows)
    buffer = io.BytesIO()
    import xlsxwriter  # loaded where a workbook is written, not in a web process at rest

    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(SHEET_NAME)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 0)
        for column, label in enumerate(columns):
            sheet.write_string(0, column, cell_text(label), bold)
            longest = max((len(dict(row).get(label, "")) for row in rows), default=0)
            sheet.set_column(column, column, min(_WIDEST, max(len(label), longest) + 2))
        for number, row in enumerate(rows, start=1):
            said = dict(row)
            for column, label in enumerate(columns):
                text = said.get(label, "")
                if label in NUMBERS and text.isascii() and text.isdigit():
                    sheet.write_number(number, column, int(text), wrapped)
                elif text:
                    sheet.write_string(number, column, cell_text(text), wrapped)
    return buffer.getvalue()
