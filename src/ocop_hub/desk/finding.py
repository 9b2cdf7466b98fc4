"""The one box over all rooms: what the catalogue finds, and the codes that labels and lots carry."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import Select, select, union

from ocop_hub.catalogue.finding import products_with, words_query
from ocop_hub.catalogue.models import Product
from ocop_hub.kit.text import clean
from ocop_hub.traceability.codes import LONGEST_LOT_CODE, read_trace_code
from ocop_hub.traceability.models import Lot, TraceCode

_LABEL = re.compile(r"/(?P<kind>t|01)/(?P<code>[^/]+)")


def found_by(query: Select[Product], typed: str) -> Select[Product]:
    """``query`` narrowed to what ``typed`` names: words, a GTIN, a lot's or label's code, a scanned address.

    The words of every product are asked by an index; so are codes. Nothing typed narrows nothing.
    """
    text = clean(typed)
    if not text:
        return query
    text = _code_on_label(text) or text
    ways: list[Select[UUID]] = []
    if words_query(text):
        ways.append(products_with(text))
    if len(text) <= LONGEST_LOT_CODE:
        ways.append(select(Lot.product_id).where(Lot.code == text.upper()))
    if code := read_trace_code(text):
        ways.append(select(TraceCode.product_id).where(TraceCode.code == code))
    if not ways:
        return query.where(Product.id.is_(None))
    ids = ways[0].subquery() if len(ways) == 1 else union(*ways).subquery()
    return query.where(Product.id.in_(select(ids.c[0])))


def _code_on_label(text: str) -> str:
    """The GTIN or short code of an address as a phone read it off a label; else empty."""
    if not text.lower().startswith(("http://", "https://")):
        return ""
    found = _LABEL.search(urlsplit(text).path)
    return unquote(found["code"]) if found else ""
