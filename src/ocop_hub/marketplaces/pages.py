"""A public product page read and held against what should stand there. No call is made here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from ocop_hub.kit.text import clean, fold
from ocop_hub.marketplaces.contract import (
    Grade,
    ListingDraft,
    ListingState,
    Observation,
    Page,
    PageMatch,
    Shop,
)

#: Share of the wanted words that must stand in the found text.
TITLE_SHARE = 0.8
SELLER_SHARE = 0.6
#: A page longer than this is read up to here.
MAX_CHARACTERS = 1_000_000

#: HTTP statuses by which a site lets people's browsers in and programs not, and what is noted of such a page.
REFUSALS = frozenset({401, 403, 405, 406, 451})
REFUSES_ROBOTS = "page refuses robots"

#: Folded words with which a page says, with HTTP 200, that the product is gone.
GONE_WORDS = (
    "san pham khong ton tai",
    "san pham nay khong ton tai",
    "san pham da bi xoa",
    "san pham khong con",
    "san pham da ngung kinh doanh",
    "khong tim thay san pham",
    "khong tim thay trang",
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says of its product; empty or None where it says nothing. Price in đồng."""

    title: str = ""
    price_vnd: int | None = None
    seller: str = ""
    out_of_stock: bool = False
    text: str = ""
    #: As written there: it may be relative to the page.
    picture_url: str = ""


class _Reader(HTMLParser):
    """Collects titles, ``meta`` and JSON-LD, and the visible text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.scripts: list[str] = []
        self.parts: dict[str, list[str]] = {"title": [], "h1": []}
        self.text: list[str] = []
        self._inside: str | None = None
        self._silent = 0
        self._ld: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (given.get("property") or given.get("itemprop") or given.get("name", "")).lower()
            self.meta.setdefault(name, given.get("content", ""))
        elif tag == "script":
            self._ld = [] if given.get("type", "").lower() == "application/ld+json" else None
            self._silent += 1
        elif tag == "style":
            self._silent += 1
        elif tag in self.parts:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
            if self._ld is not None:
                self.scripts.append("".join(self._ld))
                self._ld = None
        elif tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._ld is not None:
            self._ld.append(data)
        if self._silent:
            return
        if self._inside is not None:
            self.parts[self._inside].append(data)
        self.text.append(data)


def _walk(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > 20:  # deeper than any product page; a hostile one ends here
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, depth + 1)


def _product_in(scripts: list[str]) -> Mapping[str, Any]:
    """The first schema.org Product of the page's JSON-LD; blocks that cannot be read are passed over."""
    for script in scripts:
        try:
            data = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for node in _walk(data):
            kinds = node.get("@type")
            if kinds == "Product" or (isinstance(kinds, list) and "Product" in kinds):
                return node
    return {}


def _first(value: Any) -> Mapping[str, Any]:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def _name(value: Any) -> str:
    return clean(value) if isinstance(value, str) else clean(str(_first(value).get("name", "")))


def _picture(value: Any) -> str:
    """The first address in a schema.org ``image``: a text, an ImageObject, or a list of either."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value.strip() if isinstance(value, str) else ""


def read_price(value: Any) -> int | None:
    """Đồng in a price as pages write it: 129000, "129000.00", "129.000 ₫", "129,000đ"; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return round(value) if math.isfinite(value) and 0 < value < 1e12 else None
    if not isinstance(value, str):
        return None
    found = re.search(r"[0-9][0-9.,]{0,20}", value)
    if found is None:
        return None
    digits = re.sub(r"[.,][0-9]{1,2}$", "", found[0].rstrip(".,"))
    amount = re.sub(r"[.,]", "", digits)
    return int(amount) or None


def read_page(html: str) -> PageFacts:
    """The facts of a product page: JSON-LD first, then Open Graph, then heading and title."""
    reader = _Reader()
    reader.feed(html[:MAX_CHARACTERS])
    product = _product_in(reader.scripts)
    offer = _first(product.get("offers"))
    meta = reader.meta
    title = (
        _name(product.get("name"))
        or clean("".join(reader.parts["h1"]))
        or clean(meta.get("og:title", ""))
        or clean("".join(reader.parts["title"]))
    )
    prices = (
        offer.get("price"),
        offer.get("lowPrice"),
        meta.get("product:price:amount"),
        meta.get("og:price:amount"),
        meta.get("price"),
    )
    stock = str(offer.get("availability", "")) or meta.get("product:availability", "")
    return PageFacts(
        title=title,
        price_vnd=next((price for price in map(read_price, prices) if price is not None), None),
        seller=_name(offer.get("seller")),
        out_of_stock=fold(stock).replace(" ", "").endswith(("outofstock", "soldout")),
        text=clean(" ".join(reader.text)),
        picture_url=_picture(product.get("image")) or meta.get("og:image", "").strip(),
    )


def refuses_robots(page: Page) -> bool:
    """Whether the site opens this page for people alone: nothing is known of it until a person looks."""
    return page.status in REFUSALS


def same_words(wanted: str, found: str, *, share: float = TITLE_SHARE) -> bool:
    """True when enough words of ``wanted`` stand in ``found``, and every number of it: 500 g is not 250 g."""
    ours, theirs = set(fold(wanted).split()), set(fold(found).split())
    if not ours:
        return False
    numbers = {word for word in ours if any(c.isdigit() for c in word)}
    return numbers <= theirs and len(ours & theirs) >= share * len(ours)


def path_under(url: str, base: str, hosts: tuple[str, ...]) -> str | None:
    """The decoded path of ``url`` below ``base``, or its whole path on one of ``hosts``; else None."""
    try:
        given, ours = urlsplit(url.strip()), urlsplit(base)
        port = given.port
    except ValueError:
        return None
    if given.scheme not in ("http", "https") or given.hostname is None:
        return None
    prefix = ours.path.rstrip("/")
    if given.hostname == ours.hostname and port == ours.port and given.path.startswith(prefix + "/"):
        return unquote(given.path[len(prefix) :])
    return unquote(given.path) if given.hostname in hosts and port in (None, 80, 443) else None


def _seller_check(facts: PageFacts, draft: ListingDraft, shop: Shop) -> bool | None:
    """Whether the page is this seller's; None when the page names no seller or we know none."""
    names = [name for name in (shop.seller_name, draft.producer_name) if name]
    if not names:
        return None
    if facts.seller:
        return any(same_words(name, facts.seller, share=SELLER_SHARE) for name in names)
    text = fold(facts.text)
    return True if any(fold(name) in text for name in names) else None


def _unseen(page: Page, remote_id: str, state: ListingState, word: str) -> PageMatch:
    seen = Observation(state, word, remote_id=remote_id, public_url=page.url, grade=Grade.LINK)
    return PageMatch(matches=False, observation=seen, checks={"url": bool(remote_id)})


def observe(
    page: Page, draft: ListingDraft, shop: Shop, *, remote_id: str, shop_matches: bool | None = None
) -> PageMatch:
    """Hold a fetched page against the draft.

    It matches when the address, the title and, where the page names one, the seller are right. A different
    price is reported, not refused: the listing is there, its content has drifted. Checks that the page gives
    no ground for are left out. ``remote_id`` is empty when the address is not a product page of the market.
    ``shop_matches`` is given where the address itself says whose page it is; names are then not compared.
    """
    if page.status in (404, 410):
        return _unseen(page, remote_id, ListingState.DELETED, f"http {page.status}")
    if refuses_robots(page):
        return _unseen(page, remote_id, ListingState.UNKNOWN, REFUSES_ROBOTS)
    if page.status != 200:
        return _unseen(page, remote_id, ListingState.UNKNOWN, f"http {page.status}")
    if not remote_id:
        return _unseen(page, remote_id, ListingState.UNKNOWN, "not a product address")
    facts = read_page(page.text)
    checks = {"url": True, "title": same_words(draft.title, facts.title)}
    if facts.price_vnd is not None:
        checks["price"] = facts.price_vnd == draft.price_vnd
    seller = shop_matches if shop_matches is not None else _seller_check(facts, draft, shop)
    if seller is not None:
        checks["seller"] = seller
    matches = checks["title"] and checks.get("seller", True)
    if not matches and any(word in fold(facts.text) for word in GONE_WORDS):
        return _unseen(page, remote_id, ListingState.DELETED, "page says the product is gone")
    seen = Observation(
        ListingState.LIVE if matches else ListingState.UNKNOWN,
        "page matched" if matches else "another product or seller",
        remote_id=remote_id,
        public_url=page.url,
        grade=Grade.LINK,
        title=facts.title,
        price_vnd=facts.price_vnd,
        out_of_stock=facts.out_of_stock,
    )
    return PageMatch(matches=matches, observation=seen, checks=checks)
