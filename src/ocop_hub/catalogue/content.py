"""What a revision of a product holds, and how text from people becomes plain text. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Final

import nh3

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.kit.text import clean, fold, sort_key

#: The fields that make up a revision, in the order people read them.
CONTENT = (
    "name",
    "group_code",
    "sub_group_code",
    "status",
    "description",
    "story",
    "ingredients",
    "warnings",
    "storage",
    "shelf_life",
    "season_months",
    "price_vnd",
    "unit",
    "net_weight_g",
    "gtin",
    "external_code",
    "external_codes",
    "declaration_number",
    "trademark",
    "trademark_number",
    "video_links",
    "translations",
    "declared_stars",
    "commune_as_written",
    "certified_unit_id",
    "current_unit_id",
    "province_id",
)

#: What a list or a form that does not speak of a field leaves it at.
EMPTY: Final[Mapping[str, Any]] = {
    "sub_group_code": None,
    "status": ProductStatus.APPROVED,
    "description": "",
    "story": "",
    "ingredients": "",
    "warnings": "",
    "storage": "",
    "shelf_life": "",
    "season_months": [],
    "price_vnd": None,
    "unit": "",
    "net_weight_g": None,
    "gtin": None,
    "external_code": "",
    "external_codes": {},
    "declaration_number": "",
    "trademark": "",
    "trademark_number": "",
    "video_links": [],
    "translations": {},
    "declared_stars": None,
    "commune_as_written": "",
    "certified_unit_id": None,
    "current_unit_id": None,
    "province_id": None,
}
#: Fields of one line, and fields that keep their lines, as people type them.
LINE_FIELDS: Final = (
    "name",
    "unit",
    "external_code",
    "commune_as_written",
    "shelf_life",
    "declaration_number",
    "trademark",
    "trademark_number",
)
TEXT_FIELDS: Final = ("description", "story", "ingredients", "warnings", "storage")
#: What may be said in other languages.
TRANSLATED: Final = ("name", "description", "story", "ingredients", "warnings", "storage", "shelf_life")


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


def said(product: Product, language: str, field: str) -> str:
    """A text of the product in a language where it has one, else in Vietnamese; ``field`` of ``TRANSLATED``."""
    other = product.translations.get(language, {}).get(field, "")
    base: str = getattr(product, field)
    return other or base


def language_of(product: Product, language: str, field: str) -> str:
    """The language in which :func:`said` answers: the one asked for, or Vietnamese."""
    return language if product.translations.get(language, {}).get(field) else "vi"


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
