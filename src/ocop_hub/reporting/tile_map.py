"""A schematic map: one tile per commune, in a row per former district, as no free boundary data is at hand.

The tiles stand where they stood yesterday: districts and communes in Vietnamese order, whatever their share, so a
commune is found again. The share is written in each tile; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from ocop_hub.kit.text import sort_key
from ocop_hub.places.finder import finder
from ocop_hub.reporting.charts import FONT, INK, PAPER, SOFT, WIDTH, Caption, Chart
from ocop_hub.reporting.figures import Counts, Row
from ocop_hub.reporting.papers.export import fraction_text, percent_text

#: Pixels: a tile with its gap, the names at the left, the words above, the legend below.
_STEP_X, _STEP_Y, _GAP = 87, 66, 4
_LEFT: Final = 160
_TOP: Final = 58
_LEGEND: Final = 44
_PER_LINE: Final = (WIDTH - _LEFT) // _STEP_X
#: Letters that fit into a line of a tile, and of a district's name.
_LINE_LETTERS, _DISTRICT_LETTERS = 12, 21
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
    rows: Sequence[Row], caption: Caption, words: MapWords, href: Callable[[Row], str] | None = None
) -> Chart:
    """The map of the rows by commune; rows without a commune are left out. With ``href`` tiles are links."""
    parts: list[str] = []
    top = _TOP
    for block in _blocks(rows, words):
        parts += _text(_fit(block.name, _DISTRICT_LETTERS), 0, top + 18, "start", SOFT, 13)
        for place, row in enumerate(block.rows):
            line, column = divmod(place, _PER_LINE)
            parts.append(_tile(row, _LEFT + column * _STEP_X, top + line * _STEP_Y, words, href))
        top += -(-len(block.rows) // _PER_LINE) * _STEP_Y + _GAP
    parts += _legend(top + 12, words)
    height = top + _LEGEND
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family={quoteattr(FONT)} role="group" '
        f"aria-label={quoteattr(caption.title)}>"
        f'<defs><pattern id="none" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="M0 8L8 0" stroke="#b9ac93"/></pattern></defs>'
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>'
    )
    title = _text(caption.title, 0, 18, "start", INK, 16, bold=True)
    source = _text(caption.source, 0, 38, "start", SOFT, 12)
    return Chart("".join([head, *title, *source, *parts, "</svg>"]), WIDTH, height)


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


def _tile(row: Row, x: int, y: int, words: MapWords, href: Callable[[Row], str] | None) -> str:
    unit = finder().unit(row.key)
    name = unit.name if unit else row.label
    fill, ink = _colours(row.counts)
    share = percent_text(row.counts)
    said = f"{fraction_text(row.counts)}, {share}" if row.counts.denominator else words.without
    lines = _lines(name)
    middle = x + (_STEP_X - _GAP) / 2
    first = y + (18 if len(lines) == 2 else 25)
    inside = [
        f"<title>{escape(row.label)}: {escape(said)}</title>",
        _box(x, y, _STEP_X - _GAP, _STEP_Y - _GAP, fill, bool(row.counts.denominator)),
    ]
    for number, line in enumerate(lines):
        inside += _text(line, middle, first + 14 * number, "middle", ink, 12)
    inside += _text(share, middle, y + 52, "middle", ink, 14, bold=True)
    if href is None:
        return f"<g>{''.join(inside)}</g>"
    return f"<a href={quoteattr(href(row))}>{''.join(inside)}</a>"


def _colours(counts: Counts) -> tuple[str, str]:
    if not counts.denominator:
        return "url(#none)", SOFT
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


def _legend(y: float, words: MapWords) -> list[str]:
    parts: list[str] = []
    step = WIDTH / 6
    for place, (_least, fill, _ink) in enumerate(_CLASSES):
        parts.append(_box(place * step + 1, y, 22, 18, fill, counted=True))
        parts += _text(words.shares[place], place * step + 30, y + 14, "start", INK, 12)
    parts.append(_box(5 * step - 10, y, 22, 18, "url(#none)", counted=False))
    parts += _text(words.without, 5 * step + 18, y + 14, "start", INK, 12)
    return parts
