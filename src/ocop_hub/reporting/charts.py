"""Charts as SVG and PNG, drawn by Vega-Lite; each stands beside its table, never instead of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ocop_hub.kit.fonts import register_fonts
from ocop_hub.reporting.figures import Row

#: The tokens of core.css.
INK: Final = "#221f1a"
SOFT: Final = "#5b5346"
LINE: Final = "#e0d7c5"
RICE: Final = "#1d5f3c"
PAPER: Final = "#ffffff"
#: Pages use the reader's own fonts; a picture made here falls back to Noto Sans, which has every letter.
FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
WIDTH: Final = 860
_BAR_STEP: Final = 26
TREND_HEIGHT: Final = 280
#: Room for the title and the source above and below a drawing, in pixels.
_WORDS_HEIGHT: Final = 62
#: A picture for paper: twice the pixels of the screen.
PNG_SCALE: Final = 2.0
#: Decimal comma and dot for thousands (glossary).
_NUMBERS: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " đ"]}


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart; sizes in pixels."""

    svg: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Caption:
    """What a picture says of itself where it travels without its page: title, and day, rule and source."""

    title: str
    source: str


async def bars(rows: Sequence[Row], caption: Caption) -> Chart:
    """Horizontal bars of the share, one per row with products, in the rows' order."""
    shown = [row for row in rows if row.counts.denominator]
    return await _draw(_bars(shown), bars_height(len(shown)), caption)


def bars_height(rows: int) -> int:
    """How high :func:`bars` of so many rows is drawn, in pixels."""
    return max(1, rows) * _BAR_STEP + 60 + _WORDS_HEIGHT


async def trend(rows: Sequence[Row], caption: Caption) -> Chart:
    """The share over time, one point per row."""
    return await _draw(_trend(rows), trend_height(), caption)


def trend_height() -> int:
    """How high :func:`trend` is drawn, in pixels."""
    return TREND_HEIGHT + _WORDS_HEIGHT


async def png(chart: Chart) -> bytes:
    """The chart as a picture for documents, at twice its size in pixels."""
    return await asyncio.to_thread(_png, chart.svg)


async def _draw(spec: dict[str, Any], height: int, caption: Caption) -> Chart:
    spec["title"] = {
        "text": caption.title,
        "subtitle": caption.source,
        "anchor": "start",
        "fontSize": 16,
        "subtitleFontSize": 12,
        "color": INK,
        "subtitleColor": SOFT,
        "offset": 12,
    }
    # Vega runs in V8 for some milliseconds: not on the event loop.
    return Chart(await asyncio.to_thread(_svg, spec), WIDTH, height)


def _svg(spec: dict[str, Any]) -> str:
    import vl_convert  # brings a browser's engine: loaded where something is drawn, not in a web process at rest

    register_fonts()
    svg: str = vl_convert.vegalite_to_svg(json.dumps(spec), format_locale=_NUMBERS)
    return svg


def _png(svg: str) -> bytes:
    import vl_convert  # as above

    register_fonts()
    made: bytes = vl_convert.svg_to_png(svg, scale=PNG_SCALE)
    return made


def _base(values: list[dict[str, Any]], height: Any, fit: str = "fit-x") -> dict[str, Any]:
    axis = {
        "labelColor": INK,
        "titleColor": SOFT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 14,
        "titleFontSize": 14,
        "labelLimit": 300,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": height,
        "autosize": {"type": fit, "contains": "padding"},
        "background": PAPER,
        "config": {"font": FONT, "axis": axis, "view": {"stroke": None}},
        "data": {"values": values},
    }


def _values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    values = []
    for place, row in enumerate(rows):
        share = row.counts.percent
        text = "" if share is None else f"{share.normalize():f}".replace(".", ",") + "%"
        fraction = f"{row.counts.numerator}/{row.counts.denominator}"
        values.append(
            {
                "place": place,
                "label": row.label,
                "share": None if share is None else float(share),
                "text": f"{text}  ({fraction})",
                "short": text,
            }
        )
    return values


def _share_axis(title: str | None = None) -> dict[str, Any]:
    return {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 100]},
        "axis": {"title": title, "labelExpr": "datum.label + '%'", "tickCount": 5},
    }


def _bars(rows: Sequence[Row]) -> dict[str, Any]:
    label = {"field": "label", "type": "nominal", "sort": {"field": "place"}, "axis": {"title": None}}
    wide = {**_share_axis(), "scale": {"domain": [0, 118]}}
    wide["axis"] = {**wide["axis"], "values": [0, 25, 50, 75, 100]}
    return _base(_values(rows), {"step": _BAR_STEP}) | {
        "encoding": {"y": label, "x": wide},
        "layer": [
            {"mark": {"type": "bar", "color": RICE, "cornerRadiusEnd": 3, "height": {"band": 0.72}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 13, "color": INK},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def _trend(rows: Sequence[Row]) -> dict[str, Any]:
    label = {
        "field": "label",
        "type": "ordinal",
        "sort": {"field": "place"},
        "axis": {"title": None, "labelAngle": 0},
    }
    return _base(_values(rows), TREND_HEIGHT, fit="fit") | {
        "encoding": {"x": label, "y": _share_axis()},
        "layer": [
            {"mark": {"type": "line", "color": RICE, "strokeWidth": 3}},
            {"mark": {"type": "point", "filled": True, "size": 70, "color": RICE, "opacity": 1}},
            {
                "mark": {"type": "text", "dy": -14, "fontSize": 13, "color": INK},
                "encoding": {"text": {"field": "short"}},
            },
        ],
    }
