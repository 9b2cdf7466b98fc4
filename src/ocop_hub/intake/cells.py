"""One field of one row: from a cell to a typed value, or to the reason why not."""

from __future__ import annotations

import re
from datetime import date, datetime

from ocop_hub.catalogue.photo_urls import LONGEST_URL, address_problem
from ocop_hub.catalogue.photos import MAX_PHOTOS
from ocop_hub.gs1.cset import cset82
from ocop_hub.gs1.errors import Gs1Error
from ocop_hub.gs1.identifiers import gtin14
from ocop_hub.kit.formulas import as_meant
from ocop_hub.kit.spreadsheet import BrokenCell, Cell
from ocop_hub.kit.text import clean
from ocop_hub.kit.values import ValueProblem

MAX_LOT = 20
# A comma may be part of an address; one before the next address is not.
_BETWEEN_ADDRESSES = re.compile(r"[\s;|]+|,+(?=https?://|\s|$)")


def is_blank(cell: Cell) -> bool:
    """Whether a person sees nothing in the cell."""
    if not isinstance(cell, str):
        return cell is None
    # The first character tells for nearly every cell, without a pass over the text.
    return not cell[:1].isalnum() and not clean(cell)


def unbroken(cell: Cell) -> Cell:
    """The cell itself; a formula without a value, or with an error for a value, is a ``ValueProblem``."""
    if isinstance(cell, BrokenCell):
        if cell.text:
            raise ValueProblem(
                "formula_error",
                f"Công thức trong ô báo lỗi {cell.text}; sửa công thức hoặc gõ giá trị vào ô.",
            )
        raise ValueProblem(
            "formula_without_value",
            "Ô chứa công thức chưa được tính; mở tệp bằng Excel rồi lưu lại, hoặc gõ giá trị vào ô.",
        )
    return cell


def text(cell: Cell, *, limit: int) -> str:
    """The cell as clean text of at most ``limit`` characters; numbers and dates as a person reads them."""
    cell = unbroken(cell)
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        written = f"{cell.day}/{cell.month}/{cell.year}"
    else:
        written = clean(str(cell))
    return _within(as_meant(written), limit)


def lines(cell: Cell, *, limit: int) -> str:
    """As :func:`text`, but lines stay lines."""
    if not isinstance(cell, str):
        return text(cell, limit=limit)
    written = "\n".join(clean(line) for line in cell.splitlines()).strip()
    return _within(as_meant(written), limit)


def _within(written: str, limit: int) -> str:
    if len(written) > limit:
        raise ValueProblem(
            "text_too_long",
            f"Nội dung dài {len(written)} ký tự, quá mức {limit}; rút ngắn lại, bắt đầu “{written[:30]}…”.",
        )
    return written


def addresses(cell: Cell) -> tuple[str, ...]:
    """The addresses of photos in a cell, one on each line or parted by blanks, semicolons or commas."""
    written = lines(cell, limit=MAX_PHOTOS * LONGEST_URL)
    found = tuple(dict.fromkeys(part for part in _BETWEEN_ADDRESSES.split(written) if part))
    wrong = next((problem for each in found if (problem := address_problem(each))), "")
    if wrong:
        raise ValueProblem(
            "photo_not_address",
            f"{wrong} Sản phẩm vẫn được lưu, không có ảnh của ô này.",
        )
    if len(found) > MAX_PHOTOS:
        raise ValueProblem(
            "photo_too_many", f"Ô có {len(found)} đường dẫn ảnh, quá mức {MAX_PHOTOS}; bớt đường dẫn."
        )
    return found


def gtin(cell: Cell) -> str:
    """The 14 digits of a GTIN-8, -12, -13 or -14; blanks and hyphens between digits are dropped."""
    written = text(cell, limit=40).replace(" ", "").replace("-", "")
    try:
        return gtin14(written)
    except Gs1Error as wrong:
        raise ValueProblem(
            "gtin_" + wrong.code.removeprefix("gs1-").replace("-", "_"), wrong.detail
        ) from None


def lot(cell: Cell) -> str:
    """A lot code that fits a label: AI (10) of the GS1 General Specifications, 1 to 20 characters of set 82."""
    written = text(cell, limit=200)
    if len(written) > MAX_LOT or cset82(written) is not None:
        raise ValueProblem(
            "lot_not_printable",
            f"Số lô “{written[:40]}” không in được lên mã; dùng tối đa {MAX_LOT} chữ cái không dấu, chữ số và dấu "
            "- . / _, không có khoảng trắng.",
        )
    return written
