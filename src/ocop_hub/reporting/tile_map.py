"""A schematic map: one tile per commune, in a row per former district, as no free boundary data is at hand.

The tiles stand where they stood yesterday: districts and communes in Vietnamese order, whatever their share, so a
commune is found again. The share is written in each tile; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from ocop_hub.kit.text import sort_key
from ocop_hub.places.finder import finder
from ocop_hub.reporting.charts import FONT, INK, PAPER, SOFT, WIDTH, Caption, Chart
from ocop_hub.reporting.figures import Counts, Row
from ocop_hub.reporting.papers.export import fraction_text, percent_text

_GAP: Final = 4
#: Letters that fit into a line of a tile, and of a district's name.
_LINE_LETTERS, _DISTRICT_LETTERS = 12, 21
#: Pixels of a line of words of the caption, and of the legend.
_CAPTION_LINE, _LEGEND_LINE = 18, 24


@dataclass(frozen=True, slots=True)
class Layout:
    """The sheet of a map, in pixels: its width, a tile with its gap, and how many tiles stand in a line.

    ``left``: room for the districts' names beside their tiles; 0 puts each above them. ``letters`` of the caption
    and ``legends`` fit into a line.
    """

    mark: str
    width: int
    step_x: int
    step_y: int
    left: int
    per_line: int
    letters: int
    legends: int


#: For a document and a wide screen, and for a phone of 360 pixels with its margins.
WIDE: Final = Layout("wide", WIDTH, 87, 66, 160, 8, 200, 6)
NARROW: Final = Layout("narrow", 296, 99, 58, 0, 3, 44, 2)
#: From none listed to all listed: the least share in tenths of a percent, the tile's colour, its letters'.
_CLASSES: Final = (
    (0, "#ffffff", INK),
    (1, "#dcebdc", INK),
    (500, "#a9d0ad", INK),
    (800, "#3a7f55", PAPER),
    (1000, "#12402a", PAPER),
)

_EDGE: Final = "#6d8f76"


@dataclass(frozen=True, slots=True)
class MapWords:
    """``shares`` names the five classes from none to all; ``without`` a commune in which nothing is counted."""

    shares: tuple[str, str, str, str, str]
    without: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class _Block:
    name: str
    rows: tuple[Row, ...]


def draw(
    rows: Sequence[Row],
    caption: Caption,
    words: MapWords,
    href: Callable[[Row], str] | None = None,
    *,
    layout: Layout = WIDE,
    css_class: str = "",
) -> Chart:
    """The map of the rows by commune; rows without a commune are left out. With ``href`` tiles are links."""
    title = wrap(caption.title, layout.letters - layout.letters // 5)
    source = wrap(caption.source, layout.letters)
    parts: list[str] = []
    for at, line in enumerate(title):
        parts += _text(line, 0, _CAPTION_LINE * (at + 1), "start", INK, 16, bold=True)
    for at, line in enumerate(source, start=len(title)):
        parts += _text(line, 0, _CAPTION_LINE * (at + 1) + 2, "start", SOFT, 12)
    top = _CAPTION_LINE * (len(title) + len(source)) + 22
    for block in _blocks(rows, words):
        name = block.name if not layout.left else _fit(block.name, _DISTRICT_LETTERS)
        parts += _text(name, 0, top + 18, "start", SOFT, 13)
        top += 0 if layout.left else 26
        for place, row in enumerate(block.rows):
            line_at, column = divmod(place, layout.per_line)
            x, y = layout.left + column * layout.step_x, top + line_at * layout.step_y
            parts.append(_tile(row, x, y, words, href, layout))
        top += -(-len(block.rows) // layout.per_line) * layout.step_y + _GAP
    parts += _legend(top + 12, words, layout)
    height = top + 20 + _LEGEND_LINE * -(-6 // layout.legends)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width}" height="{height}" '
        f'viewBox="0 0 {layout.width} {height}" font-family={quoteattr(FONT)} role="group" '
        + (f"class={quoteattr(css_class)} " if css_class else "")
        + f"aria-label={quoteattr(caption.title)}>"
        f'<defs><pattern id="none-{layout.mark}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="M0 8L8 0" stroke="#b9ac93"/></pattern></defs>'
        f'<rect width="{layout.width}" height="{height}" fill="{PAPER}"/>'
    )
    return Chart("".join([head, *parts, "</svg>"]), layout.width, height)


def _blocks(rows: Sequence[Row], words: MapWords) -> list[_Block]:
    places = finder()
    placed = []
    for row in rows:
        unit = places.unit(row.key)
        if unit is None:
            continue
        district = places.main_former_district_of(row.key)
        name = district.full_name if district else words.elsewhere
        placed.append((sort_key(district.name) if district else "\uffff", name, sort_key(unit.name), row))
    placed.sort(key=lambda one: one[:3])
    return [
        _Block(name, tuple(one[3] for one in block))
        for (_key, name), block in groupby(placed, key=lambda one: one[:2])
    ]


def _tile(
    row: Row, x: int, y: int, words: MapWords, href: Callable[[Row], str] | None, layout: Layout
) -> str:
    unit = finder().unit(row.key)
    name = unit.name if unit else row.label
    fill, ink = _colours(row.counts, layout)
    share = percent_text(row.counts)
    said = f"{fraction_text(row.counts)}, {share}" if row.counts.denominator else words.without
    lines = _lines(name)
    middle = x + (layout.step_x - _GAP) / 2
    height = layout.step_y - _GAP
    first = y + height / 4 + (2.5 if len(lines) == 2 else 9.5)
    inside = [
        f"<title>{escape(row.label)}: {escape(said)}</title>",
        _box(x, y, layout.step_x - _GAP, height, fill, bool(row.counts.denominator)),
    ]
    for number, line in enumerate(lines):
        inside += _text(line, middle, first + 14 * number, "middle", ink, 12)
    inside += _text(share, middle, y + height - 10, "middle", ink, 14, bold=True)
    if href is None:
        return f"<g>{''.join(inside)}</g>"
    return f"<a href={quoteattr(href(row))}>{''.join(inside)}</a>"


def _colours(counts: Counts, layout: Layout) -> tuple[str, str]:
    if not counts.denominator:
        return f"url(#none-{layout.mark})", SOFT
    tenths = counts.numerator * 1000 // counts.denominator
    # One listed product of many is more than none, however small its share.
    at_least = max(tenths, 1) if counts.numerator else 0
    return next((fill, ink) for least, fill, ink in reversed(_CLASSES) if at_least >= least)


def _box(x: float, y: float, width: float, height: float, fill: str, counted: bool) -> str:
    edge = f'stroke="{_EDGE}"' if counted else f'stroke="{SOFT}" stroke-dasharray="4 3"'
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{fill}" {edge}/>'


def _lines(name: str) -> list[str]:
    """The name in at most two lines of a tile."""
    if len(name) <= _LINE_LETTERS:
        return [name]
    words = name.split()
    cut = min(range(1, len(words)), key=lambda n: abs(len(" ".join(words[:n])) - len(name) / 2), default=0)
    if not cut:
        return [_fit(name, _LINE_LETTERS)]
    return [_fit(" ".join(part), _LINE_LETTERS + 1) for part in (words[:cut], words[cut:])]


def _fit(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def _text(
    text: str, x: float, y: float, anchor: str, colour: str, size: int, *, bold: bool = False
) -> list[str]:
    weight = ' font-weight="700"' if bold else ""
    return [
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    ]


def _legend(y: float, words: MapWords, layout: Layout) -> list[str]:
    parts: list[str] = []
    step = layout.width / layout.legends
    shown = [(fill, text, True) for (_least, fill, _ink), text in zip(_CLASSES, words.shares, strict=True)]
    for place, (fill, text, counted) in enumerate(
        [*shown, (f"url(#none-{layout.mark})", words.without, False)]
    ):
        line, column = divmod(place, layout.legends)
        x, top = column * step + 1, y + line * _LEGEND_LINE
        parts.append(_box(x, top, 22, 18, fill, counted=counted))
        parts += _text(text, x + 29, top + 14, "start", INK, 12)
    return parts
