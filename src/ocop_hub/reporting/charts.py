"""Charts as SVG, drawn by Vega-Lite; each stands beside its table, never instead of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import vl_convert

from ocop_hub.reporting.figures import Row

#: The tokens of core.css.
INK: Final = "#221f1a"
SOFT: Final = "#5b5346"
LINE: Final = "#e0d7c5"
RICE: Final = "#1d5f3c"
PAPER: Final = "#ffffff"
#: Pages use the reader's own fonts; a picture made here falls back to Liberation Sans, which has every letter.
FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
WIDTH: Final = 860
_BAR_STEP: Final = 26
TREND_HEIGHT: Final = 280
#: Decimal comma and dot for thousands (glossary rule 3).
_NUMBERS: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " đ"]}


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart; sizes in pixels."""

    svg: str
    width: int
    height: int


async def bars(rows: Sequence[Row]) -> Chart:
    """Horizontal bars of the share, one per row with products, in the rows' order."""
    shown = [row for row in rows if row.counts.denominator]
    return await _draw(_bars(shown), max(1, len(shown)) * _BAR_STEP + 60)


async def trend(rows: Sequence[Row]) -> Chart:
    """The share over time, one point per row."""
    return await _draw(_trend(rows), TREND_HEIGHT)


async def _draw(spec: dict[str, Any], height: int) -> Chart:
    # Vega runs in V8 for some milliseconds: not on the event loop.
    svg = await asyncio.to_thread(vl_convert.vegalite_to_svg, json.dumps(spec), format_locale=_NUMBERS)
    return Chart(svg, WIDTH, height)


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
