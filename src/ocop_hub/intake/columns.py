"""Which row of a sheet names the columns, and which column holds which field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ocop_hub.intake.errors import ColumnMissing, ColumnTwice, HeaderNotFound
from ocop_hub.kit.spreadsheet import Cell, Sheet
from ocop_hub.kit.text import clean, fold

#: Title rows above a header: more would be another table.
HEADER_WITHIN_ROWS = 40
_MAX_HEADER_TEXT = 120


class Field(StrEnum):
    """What a column can hold. The value is the name used in our own files."""

    NUMBER = "number"
    CODE = "product_code"
    NAME = "name"
    PRODUCER = "producer"
    PRODUCER_KIND = "entity_type"
    GROUP = "group"
    STARS = "stars"
    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    DECISION_NO = "decision_no"
    ISSUED_ON = "issued_on"
    EXPIRES_ON = "expires_on"
    PRICE = "price_vnd"
    UNIT = "unit"
    PACKAGING = "packaging"
    NET_WEIGHT = "net_weight_g"
    DESCRIPTION = "description"
    GTIN = "gtin"
    LOT = "lot"
    PHOTOS = "photo_urls"
    SUB_GROUP = "sub_group"
    STORY = "story"
    INGREDIENTS = "ingredients"
    WARNINGS = "warnings"
    STORAGE = "storage"
    SHELF_LIFE = "shelf_life"
    SEASON = "season"
    DECLARATION = "declaration_number"
    TRADEMARK = "trademark"
    TRADEMARK_NO = "trademark_number"


#: Without these a row is no product.
REQUIRED = (Field.NAME, Field.PRODUCER, Field.GROUP, Field.STARS)
#: Of a producer's own list: whose it is is known, and what a producer says of stars is counted by nobody.
OWN_LIST = (Field.NAME, Field.GROUP)

# The first of each is how our own sheets head the column.
_HEADERS: Mapping[Field, Sequence[str]] = {
    Field.NUMBER: ("STT", "Số TT", "TT", "Số thứ tự", "no", "ordinal"),
    Field.CODE: ("Mã sản phẩm", "Mã SP", "id", "sku", "product code"),
    Field.NAME: (
        "Tên sản phẩm", "Tên SP", "Sản phẩm", "Tên sản phẩm OCOP", "Sản phẩm OCOP", "Tên hàng hóa",
        "Tên sản phẩm, dịch vụ", "product name", "product", "product title",
    ),
    Field.PRODUCER: (
        "Chủ thể", "Tên chủ thể", "Chủ thể OCOP", "Chủ thể sản xuất", "Tên chủ thể sản xuất", "Chủ thể sản phẩm",
        "Cơ sở sản xuất", "Tên cơ sở", "Tên cơ sở sản xuất", "Đơn vị sản xuất", "Nhà sản xuất", "Nơi sản xuất",
        "producer name", "manufacturer", "organisation", "organization", "company",
    ),
    Field.PRODUCER_KIND: ("Loại hình chủ thể", "Loại hình", "Loại hình tổ chức", "producer type", "producer kind"),
    Field.GROUP: (
        "Nhóm sản phẩm", "Nhóm SP", "Nhóm", "Nhóm ngành", "Ngành hàng", "Nhóm ngành hàng", "Lĩnh vực", "product group",
        "category", "sector",
    ),
    Field.STARS: (
        "Hạng sao", "Sao", "Số sao", "Hạng", "Xếp hạng", "Phân hạng", "Xếp hạng sao", "Hạng sao đạt", "Đạt hạng sao",
        "Kết quả phân hạng", "star", "star rating", "OCOP stars", "ocop_star",
    ),
    Field.COMMUNE: (
        "Xã/Phường", "Xã", "Phường", "Xã, phường, thị trấn", "Xã, phường, đặc khu", "Đơn vị hành chính cấp xã",
        "Cấp xã", "Địa bàn", "Địa chỉ (xã/phường)", "Địa chỉ (xã, phường)", "ward", "commune/ward",
    ),
    Field.DISTRICT: (
        "Huyện", "Huyện (cũ)", "Huyện cũ", "Quận/Huyện", "Huyện, thị xã", "Huyện, thị xã, thành phố",
        "Huyện/Thị xã/Thành phố", "Huyện (trước 01/7/2025)", "Cấp huyện", "former district",
    ),
    Field.PROVINCE: ("Tỉnh", "Tỉnh/Thành phố", "Tỉnh, TP", "Thành phố", "Cấp tỉnh"),
    Field.DECISION_NO: (
        "Số quyết định", "Quyết định", "Quyết định số", "Số QĐ", "Quyết định công nhận", "Số quyết định công nhận",
        "decision number", "decision", "ocop_certificate_number",
    ),
    Field.ISSUED_ON: (
        "Ngày cấp", "Ngày ký", "Ngày ban hành", "Ngày công nhận", "Ngày quyết định", "Ngày cấp giấy chứng nhận",
        "issue date", "date of issue", "decision date",
    ),
    Field.EXPIRES_ON: (
        "Ngày hết hạn", "Hết hạn", "Ngày hết hiệu lực", "Hiệu lực đến", "Có giá trị đến", "Giá trị đến ngày",
        "Hạn giấy chứng nhận", "expiry date", "valid until",
    ),
    Field.PRICE: ("Giá bán", "Giá", "Đơn giá", "Giá bán lẻ", "Giá niêm yết", "price", "selling price"),
    Field.UNIT: ("Đơn vị tính", "ĐVT", "ĐV tính", "sales unit"),
    Field.PACKAGING: ("Quy cách", "Quy cách đóng gói", "Quy cách bao gói", "packing"),
    Field.NET_WEIGHT: ("Khối lượng tịnh", "Khối lượng", "Trọng lượng", "Trọng lượng tịnh", "net weight", "weight"),
    Field.DESCRIPTION: ("Mô tả", "Mô tả sản phẩm", "Giới thiệu", "Giới thiệu sản phẩm"),
    Field.GTIN: ("Mã GTIN", "Mã vạch", "Mã số mã vạch", "Mã số vạch", "barcode", "ean"),
    Field.PHOTOS: (
        "Đường dẫn ảnh", "Link ảnh", "Ảnh", "Hình ảnh", "Ảnh sản phẩm", "Hình ảnh sản phẩm", "Link hình ảnh", "photo",
        "photos", "photo url", "image", "images", "image url", "image link",
    ),
    Field.LOT: ("Số lô", "Lô", "Lô sản xuất", "Mã lô", "Mẻ", "lot number", "batch", "batch number"),
    Field.SUB_GROUP: ("Phân nhóm", "Phân nhóm sản phẩm", "Tiểu nhóm", "product sub-group", "subgroup"),
    Field.STORY: ("Câu chuyện sản phẩm", "Câu chuyện", "product story"),
    Field.INGREDIENTS: ("Thành phần", "Thành phần cấu tạo", "Thành phần nguyên liệu", "ingredient", "composition"),
    Field.WARNINGS: (
        "Cảnh báo", "Thông tin cảnh báo", "Khuyến cáo", "Đối tượng không nên sử dụng", "warning",
    ),
    Field.STORAGE: ("Bảo quản", "Hướng dẫn bảo quản", "Điều kiện bảo quản", "Cách bảo quản", "storage conditions"),
    Field.SHELF_LIFE: ("Hạn sử dụng", "HSD", "Thời hạn sử dụng", "Thời hạn bảo quản", "best before"),
    Field.SEASON: ("Mùa vụ", "Thời vụ", "Tháng có bán", "Mùa vụ thu hoạch", "season months"),
    Field.DECLARATION: (
        "Số công bố", "Số tự công bố", "Số công bố sản phẩm", "Số bản tự công bố", "Công bố chất lượng",
        "declaration no",
    ),
    Field.TRADEMARK: ("Nhãn hiệu", "Nhãn hiệu hàng hóa", "Thương hiệu", "brand"),
    Field.TRADEMARK_NO: ("Số đăng ký nhãn hiệu", "Số văn bằng nhãn hiệu", "Số giấy chứng nhận nhãn hiệu",
                         "trademark registration"),
}  # fmt: skip
_FIELD_OF = {fold(word): field for field, words in _HEADERS.items() for word in (field.value, *words)}
_BRACKETS = re.compile(r"\([^()]*\)")
_THOUSANDS = re.compile(r"\b(?:1 000|1000|nghin|ngan) ?(?:d|dong|vnd)\b")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one sheet: ``header_row`` as the spreadsheet numbers it, ``at`` the column of each field
    (from 0), ``headers`` its header as written, ``unread`` the headers nobody asked for.
    """

    header_row: int
    at: Mapping[Field, int]
    headers: Mapping[Field, str]
    unread: tuple[str, ...]

    @property
    def price_scale(self) -> int:
        """1000 where the header of the price says it counts in thousands."""
        return 1000 if _THOUSANDS.search(fold(self.headers.get(Field.PRICE, ""))) else 1

    @property
    def weight_scale(self) -> int:
        """1000 where the header of the weight says kilograms."""
        return 1000 if re.search(r"\bkg\b", fold(self.headers.get(Field.NET_WEIGHT, ""))) else 1


def name_of(field: Field) -> str:
    """How our own sheets head the column of a field."""
    return _HEADERS[field][0]


def field_of(header: object, known: Mapping[str, Field | None] | None = None) -> Field | None:
    """The field a header names, with or without what it says in brackets.

    ``known`` maps folded headers to fields, as remembered for a sender, and goes first; None: not to be read.
    """
    if not isinstance(header, str) or len(header) > _MAX_HEADER_TEXT:
        return None
    whole, bare = fold(header), fold(_BRACKETS.sub(" ", header))
    for words in (known or {}, _FIELD_OF):
        for key in (whole, bare):
            if key in words:
                return words[key]
    return None


def find_columns(
    sheet: Sheet, *, known: Mapping[str, Field | None] | None = None, required: Collection[Field] = REQUIRED
) -> Columns:
    """The columns of ``sheet``. Raises ``HeaderNotFound``, ``ColumnTwice``, ``ColumnMissing``."""
    row = _header_row(sheet.rows, known)
    if row is None:
        looked_for = ", ".join(f"“{_HEADERS[field][0]}”" for field in required)
        raise HeaderNotFound(
            f"Không tìm thấy dòng tiêu đề cột trong {HEADER_WITHIN_ROWS} dòng đầu. Cần một dòng có các cột "
            f"{looked_for}; thêm dòng đó phía trên dữ liệu rồi gửi lại."
        )
    written = [clean(str(cell)) for cell in sheet.rows[row] if cell is not None and clean(str(cell))]
    at: dict[Field, int] = {}
    headers: dict[Field, str] = {}
    unread: list[str] = []
    for column, cell in enumerate(sheet.rows[row]):
        field = field_of(cell, known)
        header = clean(str(cell)) if cell is not None else ""
        if field is None:
            unread += [header] if header else []
        elif field in at:
            raise ColumnTwice(
                f"Cột {column_letters(at[field])} “{headers[field]}” và cột {column_letters(column)} “{header}” ở dòng "
                f"{row + 1} cùng chỉ một nội dung ({_HEADERS[field][0]}); giữ một cột, đổi tên hoặc xóa cột kia.",
                headers=written,
                row=row + 1,
            )
        else:
            at[field], headers[field] = column, header
    if missing := [_HEADERS[field][0] for field in required if field not in at]:
        names = ", ".join(f"“{name}”" for name in missing)
        raise ColumnMissing(
            f"Dòng tiêu đề (dòng {row + 1}) thiếu cột {names}. Nếu cột đó có tên khác, hãy chọn nó là cột nào; "
            "nếu không, thêm cột rồi gửi lại.",
            headers=written,
            row=row + 1,
        )
    return Columns(row + 1, at, headers, tuple(unread))


def column_letters(column: int) -> str:
    """The spreadsheet's name of a column counted from 0: A, B, … Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _header_row(rows: Sequence[Sequence[Cell]], known: Mapping[str, Field | None] | None) -> int | None:
    """The row that names most fields, the product's name among them; of equal rows the first, but the last of
    those merged together.
    """
    best, best_fields = None, frozenset[Field]()
    for number, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
        fields = frozenset(field for cell in row if (field := field_of(cell, known)) is not None)
        if Field.NAME not in fields or len(fields - {Field.NUMBER}) < 2:
            continue
        below_best = best is not None and number == best + 1 and fields == best_fields
        if len(fields) > len(best_fields) or below_best:
            best, best_fields = number, fields
    return best
