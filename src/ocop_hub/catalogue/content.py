"""What a revision of a product holds, and how text from people becomes plain text. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import nh3

from ocop_hub.catalogue.models import Product
from ocop_hub.kit.text import clean, fold, sort_key

#: The fields that make up a revision, in the order people read them.
CONTENT = (
    "name",
    "name_en",
    "group_code",
    "status",
    "description",
    "description_en",
    "storage",
    "price_vnd",
    "unit",
    "net_weight_g",
    "gtin",
    "external_code",
    "declared_stars",
    "commune_as_written",
    "certified_unit_id",
    "current_unit_id",
    "province_id",
)


def plain(text: str) -> str:
    """One line of plain text: tags taken out, white space single."""
    return clean(_without_tags(text))


def plain_lines(text: str) -> str:
    """Plain text that keeps its lines; blank lines at the ends go, several in a row become one."""
    lines = [clean(line) for line in _without_tags(text).splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip("\n")


def _without_tags(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(nh3.clean(text, tags=set()))


def name_keys(name: str) -> dict[str, str]:
    """The name with the columns that match and sort by it."""
    return {"name": name, "name_folded": fold(name), "sort_key": sort_key(name)}


def snapshot(product: Product) -> dict[str, Any]:
    """The content as JSON, for a revision."""
    return as_json({name: getattr(product, name) for name in CONTENT})


def as_json(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content values as JSON values."""
    return {name: str(value) if isinstance(value, str) else value for name, value in content.items()}


def changed_only(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both sides of the fields that differ."""
    names = [name for name in after if name not in before or before[name] != after[name]]
    return {n: before[n] for n in names if n in before}, {n: after[n] for n in names}
