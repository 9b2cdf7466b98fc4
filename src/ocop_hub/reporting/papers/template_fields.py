"""The named fields of a province's own paper: ``{{ty_le}}`` anywhere, ``{{dong.ten}}`` in a row that repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.errors import TemplateInvalid
from ocop_hub.reporting.figures import Counts
from ocop_hub.reporting.papers.content import PaperLine, PaperReport
from ocop_hub.reporting.papers.export import percent_text

#: Fields of a line begin so; the row of the table they stand in is repeated for every line.
ROW: Final = "dong."
FIELD: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Share:
    """A share that a document writes as text and a sheet keeps as a number; None where nothing is counted."""

    exact: float | None
    text: str


Value = str | int | Share

_COUNTS: Final[Mapping[str, tuple[str, Callable[[Counts], Value]]]] = {
    "da_len_san": ("Đã lên sàn", lambda counts: counts.numerator),
    "tong_so": ("Tổng số sản phẩm tính tỷ lệ", lambda counts: counts.denominator),
    "ty_le": ("Tỷ lệ", lambda counts: _share(counts)),
    "chua_len_san": ("Chưa lên sàn", lambda counts: counts.not_listed),
    "minh_chung_chua_du": ("Minh chứng chưa đủ", lambda counts: counts.unverified),
    "chua_kiem_tra_duoc": ("Chưa kiểm tra được", lambda counts: counts.unknown),
    "khong_dang_duoc": ("Không đăng được (nhóm dịch vụ)", lambda counts: counts.not_listable),
    "nghi_mua_vu": ("Nghỉ mùa vụ", lambda counts: counts.off_season),
    "san_xac_nhan": ("Sàn xác nhận", lambda counts: counts.grades.get(Grade.API, 0)),
    "da_kiem_tra_duong_dan": ("Đã kiểm tra đường dẫn", lambda counts: counts.grades.get(Grade.LINK, 0)),
    "can_bo_da_xem": ("Cán bộ đã xem", lambda counts: counts.grades.get(Grade.SEEN, 0)),
    "chu_the_khai": ("Chủ thể khai", lambda counts: counts.grades.get(Grade.DECLARED, 0)),
}
_PAPER: Final[Mapping[str, tuple[str, Callable[[PaperReport], Value]]]] = {
    "co_quan_cap_tren": ("Cơ quan cấp trên", lambda paper: "\n".join(paper.agency[:-1])),
    "co_quan": ("Cơ quan báo cáo", lambda paper: paper.agency[-1]),
    "so_van_ban": ("Số văn bản, trống khi chưa chốt", lambda paper: paper.number),
    "dia_danh": ("Địa danh", lambda paper: paper.place),
    "ngay_thang": ("Địa danh, ngày tháng năm", lambda paper: paper.dateline),
    "tieu_de": ("Tên báo cáo", lambda paper: paper.subject),
    "tinh_den_ngay": ("Tính đến ngày", lambda paper: f"{paper.as_of:%d/%m/%Y}"),
    "cau_bao_cao": ("Câu để đưa vào báo cáo", lambda paper: paper.sentence),
    "trang_thai": ("Số liệu tạm tính hay đã chốt", lambda paper: paper.notes[0]),
    "cach_tinh": ("Cách tính", lambda paper: paper.notes[1]),
    "cac_san": ("Các sàn được tính", lambda paper: paper.notes[2]),
    "duong_dan": ("Đường dẫn xem lại số liệu", lambda paper: paper.link),
}
_LINE: Final = {"tt": "Số thứ tự", "ten": "Tên dòng"}


def names() -> list[tuple[str, str]]:
    """Every field that may be written, with what it gives."""
    whole = [(name, text) for name, (text, _) in (*_PAPER.items(), *_COUNTS.items())]
    counts = [(ROW + name, text) for name, (text, _) in _COUNTS.items()]
    return [*whole, *((ROW + name, text) for name, text in _LINE.items()), *counts]


def values(paper: PaperReport) -> dict[str, Value]:
    """The fields of the whole paper."""
    found: dict[str, Value] = {name: of(paper) for name, (_, of) in _PAPER.items()}
    return found | {name: of(paper.total.counts) for name, (_, of) in _COUNTS.items()}


def line_values(number: int, line: PaperLine) -> dict[str, Value]:
    """The fields of one line; ``number`` counts from 1."""
    counts: dict[str, Value] = {ROW + name: of(line.counts) for name, (_, of) in _COUNTS.items()}
    return {ROW + "tt": number, ROW + "ten": line.name, **counts}


def check(used: Iterable[str]) -> None:
    """Raises :class:`TemplateInvalid` for the first field that there is not, and where there is none at all."""
    known = {name for name, _ in names()}
    found = list(used)
    for name in found:
        if name not in known:
            raise TemplateInvalid(
                f"Mẫu có trường {{{{{name[:60]}}}}} mà hệ thống không có. Hãy sửa theo bảng tên trường ở trang này."
            )
    if not found:
        raise TemplateInvalid("Mẫu chưa có trường nào, ví dụ {{ty_le}}. Hãy thêm trường rồi gửi lại.")


def as_text(value: Value) -> str:
    """The value as a document writes it."""
    if isinstance(value, Share):
        return value.text
    return value if isinstance(value, str) else f"{value:,}".replace(",", ".")


def _share(counts: Counts) -> Share:
    exact = counts.numerator / counts.denominator if counts.denominator else None
    return Share(exact, percent_text(counts))
