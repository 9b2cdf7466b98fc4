"""A sheet to begin with: our headers and two products."""

from __future__ import annotations

import io
from typing import Final

from ocop_hub.intake.columns import REQUIRED, Field, name_of

#: Real products of Quảng Ninh (samples/ocop_products.csv); price, unit and weight are made up.
_ROWS: Final[tuple[dict[Field, str | int], ...]] = (
    {
        Field.NAME: "Trứng vịt biển Đồng Rui",
        Field.PRODUCER: "HTX chăn nuôi và dịch vụ Đồng Tiến",
        Field.GROUP: "Thực phẩm",
        Field.STARS: 4,
        Field.COMMUNE: "Xã Đồng Rui",
        Field.PRICE: 45_000,
        Field.UNIT: "hộp 10 quả",
        Field.NET_WEIGHT: "700 g",
    },
    {
        Field.NAME: "Mực ống Cô Tô khô",
        Field.PRODUCER: "Hộ kinh doanh 01 (Cô Tô)",
        Field.GROUP: "Thực phẩm",
        Field.STARS: 4,
        Field.COMMUNE: "Đặc khu Cô Tô",
        Field.PRICE: 950_000,
        Field.UNIT: "túi",
        Field.NET_WEIGHT: "500 g",
    },
)
_COLUMNS: Final = tuple(_ROWS[0])


def sample_workbook() -> bytes:
    """The xlsx; columns that must be filled stand first and have bold headers. CPU work, a few milliseconds."""
    out = io.BytesIO()
    import xlsxwriter  # loaded where a workbook is written, not in a web process at rest

    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet("Sản phẩm")
        must, may = workbook.add_format({"bold": True}), workbook.add_format()
        for at, column in enumerate(_COLUMNS):
            sheet.write_string(0, at, name_of(column), must if column in REQUIRED else may)
            for row, said in enumerate(_ROWS, start=1):
                sheet.write(row, at, said[column])
        sheet.set_column(0, len(_COLUMNS) - 1, 22)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
