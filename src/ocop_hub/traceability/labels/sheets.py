"""Sheets of labels as PDF: Typst draws, every symbol is read back before the file is given out.

Nothing here touches the database or the clock; it takes seconds for thousands of labels and belongs in a thread.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ocop_hub.kit import fonts
from ocop_hub.traceability.errors import LabelCountInvalid, LayoutInvalid
from ocop_hub.traceability.labels.codes import LabelCode, check_page, encode, fit, written_mm
from ocop_hub.traceability.labels.label import TRIAL
from ocop_hub.traceability.labels.layouts import TEMPLATES_DIR, Layout

if TYPE_CHECKING:
    import typst

#: Labels in one PDF; larger runs are cut into parts, or go to the print house as CSV.
MOST_ON_SHEETS = 10_000
#: Sheets up to this many pages are read back page by page; of larger ones the first and the last page.
PAGES_READ = 2
#: Dots per inch at which pages are read back: a plain office printer.
PRINT_DPI = 300

#: The page that tells how far a printer is off; no label is printed with it.
CALIBRATION = "calibrate"
#: Length of its ruler, where the page is wide enough.
RULER_MM = 100.0

_INSET_MM = 2.0
_BANNER_MM = 3.4
_LETTER_LINE_MM = 2.15
#: Width of one letter of the address, in capitals, at its 4.4 points.
_LETTER_MM = 0.98
#: Room that words need beside the symbol.
_LEAST_WORDS_MM = 15.0


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What stands in words on every label of a sheet. ``stars``: 0 for none."""

    product_name: str
    producer_name: str
    lines: tuple[str, ...] = ()
    stars: int = 0
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The artwork of the mark as the province uploaded it."""

    content: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class Address:
    """One label's address: as the symbol holds it, and as it stands in letters below."""

    uri: str
    letters: str


def sheet_pdf(
    facts: SheetFacts,
    addresses: Sequence[Address],
    layout: Layout,
    *,
    copies: int,
    template: str,
    mark: Mark | None = None,
) -> bytes:
    """``copies`` labels as PDF: one address for all, or one each.

    Raises LabelCountInvalid outside 1 to :data:`MOST_ON_SHEETS`, LayoutInvalid when the symbol is too large for
    the label, LabelUnreadable when a symbol cannot be read back.
    """
    _check_copies(copies, addresses)
    codes = [encode(each.uri, letters=each.letters) for each in addresses]
    data = _data(facts, codes, layout, copies=copies)
    if mark is not None and facts.stars:
        data["mark"] = f"mark{mark.suffix}"
    with _Workshop(template, mark) as workshop:
        pdf = workshop.pdf(data)
        for codes_on_page, page in _pages_to_read(data, codes, layout, copies):
            check_page(workshop.png(page), (code.uri for code in codes_on_page))
    return pdf


def test_page(layout: Layout) -> bytes:
    """One page to hold against the label paper before printing: outlines, and a ruler that tells the scale."""
    ruler = min(RULER_MM, (layout.page[0] - max(layout.first[0], 0) - 8) // 10 * 10)
    data = {
        "page": layout.page,
        "label": layout.label,
        "first": layout.first,
        "pitch": layout.pitch,
        "columns": layout.columns,
        "rows": layout.rows,
        "title": f"TRANG THỬ {layout.size}",
        "words": [f"Vạch ngang phải dài đúng {ruler:.0f} mm.", "In ở tỷ lệ 100 %, không co theo trang."],
        "ruler": ruler,
    }
    with _Workshop(CALIBRATION, None) as workshop:
        return workshop.pdf(data)


def _check_copies(copies: int, addresses: Sequence[Address]) -> None:
    if not 1 <= copies <= MOST_ON_SHEETS:
        raise LabelCountInvalid(
            f"Một tệp PDF có từ 1 đến {MOST_ON_SHEETS:,} tem. Hãy tải từng phần của đợt in, hoặc tải tệp CSV "
            "cho nhà in.".replace(",", ".", 1)
        )
    if len(addresses) not in (1, copies):
        raise ValueError("one address for all labels, or one each")


def _data(facts: SheetFacts, codes: list[LabelCode], layout: Layout, *, copies: int) -> dict[str, Any]:
    usable = (layout.label[0] - 2 * _INSET_MM, layout.label[1] - 2 * _INSET_MM)
    per_line = int(usable[0] / _LETTER_MM)
    letters = [_wrapped(code.letters, per_line) for code in codes]
    strip = max(map(len, letters), default=0) * _LETTER_LINE_MM
    banner = _BANNER_MM if facts.trial else 0.0
    symbol = _symbol(codes, layout, room=usable[1] - strip - banner, width=usable[0]) if codes else 0.0
    return {
        "page": layout.page,
        "label": layout.label,
        "first": layout.first,
        "pitch": layout.pitch,
        "columns": layout.columns,
        "rows": layout.rows,
        "inset": _INSET_MM,
        "banner": _BANNER_MM,
        "strip": strip,
        "trial": TRIAL if facts.trial else "",
        "outline": False,
        "symbol": symbol,
        "facts": {
            "name": facts.product_name,
            "producer": facts.producer_name,
            "lines": facts.lines,
            "stars": f"OCOP đạt {facts.stars} sao" if facts.stars else "",
        },
        "mark": "",
        "copies": copies,
        "codes": [
            {"side": code.side, "path": code.path, "address": lines}
            for code, lines in zip(codes, letters, strict=True)
        ],
    }


def _pages_to_read(
    data: dict[str, Any], codes: list[LabelCode], layout: Layout, copies: int
) -> Iterator[tuple[list[LabelCode], dict[str, Any]]]:
    """The pages to be read back, each as a document of its own, with the codes that must be on it."""
    pages = -(-copies // layout.per_page)
    chosen = range(pages) if pages <= PAGES_READ else (0, pages - 1)
    for page in chosen:
        start = page * layout.per_page
        count = min(layout.per_page, copies - start)
        places = [0] if len(codes) == 1 else range(start, start + count)
        yield (
            [codes[place] for place in places] * (count if len(codes) == 1 else 1),
            data | {"copies": count, "codes": [data["codes"][place] for place in places]},
        )


def _symbol(codes: list[LabelCode], layout: Layout, *, room: float, width: float) -> float:
    """Side of the symbols with their margins, in millimetres: one size for the whole sheet."""
    most = max(code.side for code in codes)
    side = fit(most, room_mm=min(room, width), label=layout.size).side_mm
    if width - side < _LEAST_WORDS_MM:
        smallest = fit(most, room_mm=min(room, width - _LEAST_WORDS_MM), label=layout.size)
        side = smallest.side_mm
    return side


def _wrapped(letters: str, per_line: int) -> list[str]:
    if per_line < 10:
        raise LayoutInvalid(f"Tem quá hẹp: cần ít nhất {written_mm(10 * _LETTER_MM + 2 * _INSET_MM)} mm.")
    # A serial is read out as a whole: lines break before a slash where they can.
    lines = [""]
    for part in re.findall(r"/?[^/]+", letters):
        for piece in textwrap.wrap(part, per_line, break_on_hyphens=False):
            if len(lines[-1]) + len(piece) <= per_line:
                lines[-1] += piece
            else:
                lines.append(piece)
    return lines


class _Workshop:
    """A folder with one template and its data, on which Typst runs; gone afterwards."""

    def __init__(self, template: str, mark: Mark | None) -> None:
        source = TEMPLATES_DIR / f"{template}.typ"
        if not source.is_file():
            raise ValueError(f"no label template {template!r}")
        self._source = source
        self._mark = mark
        self._folder = tempfile.TemporaryDirectory(prefix="ocop-hub-labels-")

    def __enter__(self) -> _Workshop:
        folder = Path(self._folder.__enter__())
        shutil.copyfile(self._source, folder / "main.typ")
        if self._mark is not None:
            (folder / f"mark{self._mark.suffix}").write_bytes(self._mark.content)
        self._path = folder
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def pdf(self, data: dict[str, Any]) -> bytes:
        """The document as PDF."""
        return self._compile(data, "pdf")

    def png(self, data: dict[str, Any]) -> bytes:
        """A document of one page as PNG, as a plain printer would print it."""
        return self._compile(data, "png", ppi=PRINT_DPI)

    def _compile(
        self, data: dict[str, Any], kind: Literal["pdf", "png"], *, ppi: float | None = None
    ) -> bytes:
        (self._path / "labels.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        import typst  # a typesetter with its fonts: loaded where something is set, not in a web process at rest

        compiler = typst.Compiler(
            str(self._path / "main.typ"), root=str(self._path), font_paths=_fonts(), ignore_system_fonts=True
        )
        # Tags are for documents that are read aloud; thousands of labels would only grow by them.
        made = compiler.compile(format=kind, ppi=ppi, pdf_tags=False)
        if not isinstance(made, bytes):
            raise TypeError("one document was expected")
        return made


@cache
def _fonts() -> typst.Fonts:
    import typst  # as above

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(Path(fonts.__file__).parent)],
    )
