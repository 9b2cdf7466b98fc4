"""Product feeds that any site can read: RSS 2.0 with Google's ``g:`` fields, and the same as CSV.

Fields and their order follow Google Merchant's and Meta's product data specification; the two differ in a few
words and lengths (``GOOGLE``, ``META``). Lengths beyond ids are from third-party guides.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from ocop_hub.kit.text import clean
from ocop_hub.marketplaces.sheets import cell_text

NAMESPACE = "http://base.google.com/ns/1.0"
#: What XML 1.0 has no way to say (§2.2).
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Columns of text that a person wrote; the others are ours.
_WRITTEN = frozenset({"title", "description", "brand", "product_type"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one reader of feeds wants it."""

    key: str
    in_stock: str
    out_of_stock: str
    longest_id: int
    longest_title: int
    longest_description: int
    most_pictures: int


GOOGLE = Dialect("google", "in_stock", "out_of_stock", 50, 150, 5_000, 10)
META = Dialect("meta", "in stock", "out of stock", 100, 200, 9_999, 20)
DIALECTS = {each.key: each for each in (GOOGLE, META)}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One product as everybody may see it. Price in đồng, weight in grams."""

    id: str
    title: str
    description: str
    link: str
    price_vnd: int
    picture_links: tuple[str, ...]
    brand: str
    gtin: str = ""
    product_type: str = ""
    weight_g: int | None = None
    out_of_stock: bool = False

    @property
    def is_complete(self) -> bool:
        """Has all that every reader requires; others are left out of a feed, not sent half."""
        return bool(
            self.id
            and self.title.strip()
            and self.description.strip()
            and self.link
            and self.picture_links
            and self.brand.strip()
            and self.price_vnd > 0
        )


def sayable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _UNSAYABLE.sub("", text)


def cut(text: str, longest: int) -> str:
    """At most ``longest`` characters, ended at a word where one ends near."""
    if len(text) <= longest:
        return text
    short = text[: longest - 1]
    head, _, _ = short.rpartition(" ")
    return (head if len(head) >= longest * 3 // 4 else short).rstrip(" ,.;–-") + "…"


def fields(item: FeedItem, dialect: Dialect) -> list[tuple[str, str]]:
    """(name, value) in order; ``additional_image_link`` stands once for each further photo."""
    first, *more = item.picture_links[: dialect.most_pictures + 1]
    said = [
        ("id", item.id[: dialect.longest_id]),
        ("title", cut(clean(sayable(item.title)), dialect.longest_title)),
        ("description", cut(sayable(item.description).strip(), dialect.longest_description)),
        ("link", item.link),
        ("image_link", first),
        *(("additional_image_link", each) for each in more),
        ("availability", dialect.out_of_stock if item.out_of_stock else dialect.in_stock),
        ("condition", "new"),
        ("price", f"{item.price_vnd} VND"),
        ("brand", clean(sayable(item.brand))[:100]),
    ]
    # A number of the 893 series is never made up: without one the reader is told so.
    said.append(("gtin", item.gtin) if item.gtin else ("identifier_exists", "no"))
    if item.product_type:
        said.append(("product_type", clean(sayable(item.product_type))))
    if item.weight_g:
        said.append(("shipping_weight", f"{item.weight_g} g"))
    return said


def xml_feed(
    items: Iterable[FeedItem], dialect: Dialect, *, title: str, link: str, description: str
) -> bytes:
    """The feed as RSS 2.0, UTF-8. Items that are not complete are left out."""
    ElementTree.register_namespace("g", NAMESPACE)
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    for name, text in (("title", title), ("link", link), ("description", description)):
        ElementTree.SubElement(channel, name).text = sayable(text)
    for item in items:
        if not item.is_complete:
            continue
        entry = ElementTree.SubElement(channel, "item")
        for name, text in fields(item, dialect):
            ElementTree.SubElement(entry, f"{{{NAMESPACE}}}{name}").text = text
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


COLUMNS = (
    "id",
    "title",
    "description",
    "link",
    "image_link",
    "additional_image_link",
    "availability",
    "condition",
    "price",
    "brand",
    "gtin",
    "identifier_exists",
    "product_type",
    "shipping_weight",
)


def csv_feed(items: Iterable[FeedItem], dialect: Dialect) -> bytes:
    """The same as CSV, UTF-8 without a mark; further photos stand in one cell, joined by commas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        if item.is_complete:
            writer.writerow(_cells(fields(item, dialect)))
    return buffer.getvalue().encode()


def _cells(said: Sequence[tuple[str, str]]) -> list[str]:
    cells: dict[str, str] = {}
    for name, text in said:
        cells[name] = f"{cells[name]},{text}" if name in cells else text
    return [cell_text(cells.get(name, "")) if name in _WRITTEN else cells.get(name, "") for name in COLUMNS]
