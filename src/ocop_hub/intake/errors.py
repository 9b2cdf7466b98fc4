"""Why a whole file is refused; what is wrong inside one row is listed instead, beside the good rows.

Malformed
├── UnreadableFile        too big, of another kind, damaged, locked, empty (``reason`` says which)
├── HeaderNotFound        no row that names the columns
├── ColumnsUnclear        a header that a person can tell the meaning of
│   ├── ColumnMissing         a column we cannot do without is not in it
│   └── ColumnTwice           two columns for one field
└── SinceWithoutZone      an export asked for from a moment that names no zone
"""

from __future__ import annotations

from collections.abc import Sequence

from ocop_hub.errors import Malformed


class UnreadableFile(Malformed):
    """``reason`` is a code of ``kit.spreadsheet.SpreadsheetProblem``."""

    code = "file-unreadable"
    title = "Không đọc được tệp"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class HeaderNotFound(Malformed):
    code = "header-not-found"
    title = "Không tìm thấy dòng tiêu đề cột"


class ColumnsUnclear(Malformed):
    """A header was found; its columns must be said by a person. ``headers`` as written, ``row`` as numbered."""

    code = "columns-unclear"
    title = "Chưa rõ các cột"

    def __init__(self, detail: str, *, headers: Sequence[str] = (), row: int = 0) -> None:
        super().__init__(detail)
        self.headers = tuple(headers)
        self.row = row


class ColumnMissing(ColumnsUnclear):
    code = "column-missing"
    title = "Thiếu cột bắt buộc"


class ColumnTwice(ColumnsUnclear):
    code = "column-twice"
    title = "Hai cột cho cùng một nội dung"


class SinceWithoutZone(Malformed):
    code = "since-without-zone"
    title = "Thời điểm chưa có múi giờ"
