"""A card of A6 (105 × 148 mm) with a QR code and some lines, as SVG to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ocop_hub.kit.qr import QUIET_MODULES, matrix

WIDTH_MM = 105
HEIGHT_MM = 148
_LONGEST_MM = 97


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its base line and its height in mm."""

    y: float
    size: float
    text: str


def a6_card(code: str, *, heading: str, lines: Sequence[Line], side_mm: float = 81) -> str:
    """The card with the QR code of ``code``, ``side_mm`` wide, below its heading. Raises ValueError as ``matrix`` does."""
    rows = matrix(code)
    scale = side_mm / (len(rows) + 2 * QUIET_MODULES)
    dark = "".join(
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module
    )
    said = "".join(
        f'<text x="52.5" y="{line.y:g}" font-size="{line.size:g}" text-anchor="middle"{_squeezed(line)}>'
        f"{escape(line.text)}</text>"
        for line in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm"'
        f' viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}" font-family="Noto Sans, Arial, sans-serif" role="img"'
        f' aria-label="{escape(heading)}">'
        f'<path fill="#fff" d="M0 0h{WIDTH_MM}v{HEIGHT_MM}H0z"/>'
        f'<text x="52.5" y="16" font-size="8" font-weight="700" text-anchor="middle">{escape(heading)}</text>'
        f'<g transform="translate({(WIDTH_MM - side_mm) / 2:g} 22) scale({scale:.5f})"'
        f' shape-rendering="crispEdges"><path d="{dark}"/></g>{said}</svg>'
    )


def _squeezed(line: Line) -> str:
    # A letter is about half as wide as it is high; what would run over the edge is drawn narrower.
    wide = len(line.text) * line.size * 0.55 > _LONGEST_MM
    return f' textLength="{_LONGEST_MM}" lengthAdjust="spacingAndGlyphs"' if wide else ""
