"""Is this item the same as that product? Scores from 0 to 100; a person decides, this only orders the question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from uuid import UUID

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import Item

#: From here on a match is put to a person before anything is created.
ASK_FROM = 60

#: Words that shops add around a product's name and that say nothing of which product it is.
FILLER = frozenset(
    {"dac", "san", "ocop", "chinh", "hang", "loai", "ngon", "moi", "kg", "g", "gr", "tui", "hop"}
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of one of the producer's products."""

    product_id: UUID
    name: str
    gtin: str
    price_vnd: int | None
    seller_sku: str


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest product and how near it is."""

    product_id: UUID
    score: int


def best_match(item: Item, candidates: Iterable[Candidate]) -> Match | None:
    """The candidate nearest to the item, or None when none reaches :data:`ASK_FROM`."""
    scored = [Match(each.product_id, score(item, each)) for each in candidates]
    best = max(scored, key=lambda match: match.score, default=None)
    return best if best is not None and best.score >= ASK_FROM else None


def score(item: Item, candidate: Candidate) -> int:
    """Our own SKU or the same GTIN settle it; otherwise words of the name, helped a little by the price."""
    if item.seller_sku and item.seller_sku == candidate.seller_sku:
        return 100
    if item.gtin and candidate.gtin and item.gtin.zfill(14) == candidate.gtin:
        return 98
    points = 90 * name_likeness(item.title, candidate.name)
    if (
        item.price_vnd
        and candidate.price_vnd
        and abs(item.price_vnd - candidate.price_vnd) * 5 <= candidate.price_vnd
    ):
        points += 5
    return min(95, round(points))


def name_likeness(title: str, name: str) -> float:
    """0 to 1: how much of the product's name stands in the title, word by word and letter by letter."""
    said, asked = _words(title), _words(name)
    if not asked or not said:
        return 0.0
    covered = sum(1 for word in asked if word in said) / len(asked)
    return max(covered, SequenceMatcher(None, " ".join(said), " ".join(asked)).ratio())


def _words(text: str) -> list[str]:
    return [word for word in fold(text).split() if word not in FILLER and not word.isdigit()]
