"""Layouts of label sheets in millimetres: the shipped ones, and sizes of one's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ocop_hub.traceability.errors import LayoutInvalid
from ocop_hub.traceability.labels.codes import written_mm

TEMPLATES_DIR = Path(__file__).parent / "label_templates"

SMALLEST_LABEL_MM = 15.0
LARGEST_PAGE_MM = 1_000.0
#: How far a printer's feed may be corrected for.
LARGEST_OFFSET_MM = 20.0
#: Rounding of what people measure with a ruler.
_TOLERANCE_MM = 0.1

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where labels stand on a page; millimetres, from the left and the top."""

    key: str
    name: str
    page: Pair
    columns: int
    rows: int
    label: Pair
    first: Pair
    pitch: Pair
    valid_from: date = date.min

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def size(self) -> str:
        """The label's size as people write it: ``52,5 × 29,7 mm``."""
        return f"{written_mm(self.label[0])} × {written_mm(self.label[1])} mm"

    def shifted(self, x_mm: float, y_mm: float) -> Layout:
        """The same sheet for a printer that feeds askew. Raises LayoutInvalid beyond 20 mm."""
        if max(abs(x_mm), abs(y_mm)) > LARGEST_OFFSET_MM:
            raise LayoutInvalid(f"Độ lệch của máy in nhiều nhất là {written_mm(LARGEST_OFFSET_MM)} mm.")
        return replace(self, first=(self.first[0] + x_mm, self.first[1] + y_mm))


@cache
def layouts() -> dict[str, tuple[Layout, ...]]:
    """The shipped layouts by key, each with its versions, newest first."""
    raw = tomllib.loads((TEMPLATES_DIR / "layouts.toml").read_text(encoding="utf-8"))
    found: dict[str, list[Layout]] = {}
    for entry in raw["layout"]:
        layout = _read(entry)
        check(layout)
        found.setdefault(layout.key, []).append(layout)
    return {
        key: tuple(sorted(versions, key=lambda each: each.valid_from, reverse=True))
        for key, versions in found.items()
    }


def layout_on(key: str, day: date) -> Layout:
    """The layout of that key as it holds on a day. Raises LayoutInvalid naming the known ones."""
    for layout in layouts().get(key, ()):
        if layout.valid_from <= day:
            return layout
    known = ", ".join(layouts())
    raise LayoutInvalid(f"Không có khổ tem “{key[:40]}”. Các khổ đang có: {known}.")


def own_layout(*, page: Pair, columns: int, rows: int, label: Pair, first: Pair, pitch: Pair) -> Layout:
    """A sheet of one's own. Raises LayoutInvalid when labels overlap or leave the page."""
    layout = Layout("rieng", "Khổ tem riêng", page, columns, rows, label, first, pitch)
    check(layout)
    return layout


def check(layout: Layout) -> None:
    """Raises LayoutInvalid when a layout cannot be printed."""
    if not (1 <= layout.columns <= 50 and 1 <= layout.rows <= 100):
        raise LayoutInvalid("Một trang có từ 1 đến 50 cột và từ 1 đến 100 hàng tem.")
    if min(layout.label) < SMALLEST_LABEL_MM or max(layout.page) > LARGEST_PAGE_MM:
        raise LayoutInvalid(
            f"Tem {layout.size} không in được: mỗi cạnh tem ít nhất {written_mm(SMALLEST_LABEL_MM)} mm, "
            f"trang nhiều nhất {written_mm(LARGEST_PAGE_MM)} mm."
        )
    counts = (layout.columns, layout.rows)
    for along in (0, 1):
        if counts[along] > 1 and layout.pitch[along] < layout.label[along] - _TOLERANCE_MM:
            raise LayoutInvalid("Các tem chồng lên nhau: bước tem phải bằng hoặc lớn hơn cạnh tem.")
        end = layout.first[along] + (counts[along] - 1) * layout.pitch[along] + layout.label[along]
        if layout.first[along] < -_TOLERANCE_MM or end > layout.page[along] + _TOLERANCE_MM:
            raise LayoutInvalid(
                f"Tem ra ngoài trang: cần {written_mm(end)} mm, trang có {written_mm(layout.page[along])} mm."
            )


def _read(entry: dict[str, Any]) -> Layout:
    pairs = {
        name: (float(entry[name][0]), float(entry[name][1])) for name in ("page", "label", "first", "pitch")
    }
    return Layout(
        key=entry["key"],
        name=entry["name"],
        columns=entry["columns"],
        rows=entry["rows"],
        valid_from=entry["valid_from"],
        **pairs,
    )
