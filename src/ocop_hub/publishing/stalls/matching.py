"""Is this item the same as that product? Scores from 0 to 100; a person decides, this only orders the question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from uuid import UUID

from ocop_hub.kit.looks import alike
from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import Item

#: From here on a match is put to a person before anything is created.
ASK_FROM = 60

#: Words that shops add around a product's name and that say nothing of which product it is.
FILLER = frozenset(
    {"dac", "san", "ocop", "chinh", "hang", "loai", "ngon", "moi", "kg", "g", "gr", "tui", "hop"}
)


class Ground(StrEnum):
    """What a match rests on. A price or a photo alone never settles whose item it is."""

    SKU = "sku"
    GTIN = "gtin"
    #: The names are near enough, the price allowed for.
    NAME = "name"
    PRICE = "price"
    PICTURE = "picture"


#: Of these one must hold where nobody looks at each item.
SETTLING = frozenset({Ground.SKU, Ground.GTIN, Ground.NAME})
#: A photo of ours beside a name that is far off is put to a person all the same.
PICTURE_POINTS = 15


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of one of the producer's products."""

    product_id: UUID
    name: str
    gtin: str
    price_vnd: int | None
    seller_sku: str
    #: What its photos look like (``kit.looks``).
    looks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest product, how near it is, and why."""

    product_id: UUID
    score: int
    grounds: tuple[Ground, ...]


def best_match(item: Item, candidates: Iterable[Candidate], *, look: str = "") -> Match | None:
    """The candidate nearest to the item, or None when none reaches :data:`ASK_FROM`.

    ``look`` is that of the item's picture (``kit.looks``), where it could be fetched.
    """
    scored = [compare(item, each, look=look) for each in candidates]
    best = max(scored, key=lambda match: match.score, default=None)
    return best if best is not None and best.score >= ASK_FROM else None


def compare(item: Item, candidate: Candidate, *, look: str = "") -> Match:
    """Our own SKU or the same GTIN settle it; otherwise words of the name, helped a little by price and photo."""
    same_look = any(alike(look, each) for each in candidate.looks)
    beside = [Ground.PRICE] * _same_price(item, candidate) + [Ground.PICTURE] * same_look
    if item.seller_sku and item.seller_sku == candidate.seller_sku:
        return Match(candidate.product_id, 100, (Ground.SKU, *beside))
    if item.gtin and candidate.gtin and item.gtin.zfill(14) == candidate.gtin:
        return Match(candidate.product_id, 98, (Ground.GTIN, *beside))
    points = round(90 * name_likeness(item.title, candidate.name)) + (5 if Ground.PRICE in beside else 0)
    named = [Ground.NAME] * (points >= ASK_FROM)
    if same_look:
        points = max(points + PICTURE_POINTS, ASK_FROM)
    return Match(candidate.product_id, min(95, points), (*named, *beside))


def _same_price(item: Item, candidate: Candidate) -> bool:
    """Whether the prices differ by no more than a fifth."""
    if not item.price_vnd or not candidate.price_vnd:
        return False
    return abs(item.price_vnd - candidate.price_vnd) * 5 <= candidate.price_vnd


def name_likeness(title: str, name: str) -> float:
    """0 to 1: how much of the product's name stands in the title, word by word and letter by letter."""
    said, asked = _words(title), _words(name)
    if not asked or not said:
        return 0.0
    covered = sum(1 for word in asked if word in said) / len(asked)
    return max(covered, SequenceMatcher(None, " ".join(said), " ".join(asked)).ratio())


def _words(text: str) -> list[str]:
    return [word for word in fold(text).split() if word not in FILLER and not word.isdigit()]
