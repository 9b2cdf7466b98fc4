"""From a product to what a listing will say: a pure function, so that a preview is exactly what is sent."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import ListingDraft, Picture
from ocop_hub.traceability.units import written_grams

#: Stock a listing starts with where the producer keeps none: enough to be buyable, small enough to be true.
DEFAULT_STOCK = 20
#: Units that name an amount and no pack: the weight says it all.
MEASURES = frozenset({"g", "gam", "gram", "kg", "kilogam", "can", "yen", "ta", "tan"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts of a product that a listing may draw on, at one revision."""

    product_id: UUID
    revision: int
    name: str
    description: str
    storage: str
    price_vnd: int | None
    unit: str
    net_weight_g: int | None
    gtin: str
    group_code: str
    group_name: str
    producer_name: str
    place_name: str
    ingredients: str
    warnings: str
    shelf_life: str
    #: False while an officer still has to look at it: nothing new is sent.
    approved: bool
    #: Only while the certificate is valid: a lapsed one takes the stars off, not the listing.
    stars: int | None
    trace_url: str
    sub_group_code: str = ""


def seller_sku(product_id: UUID) -> str:
    """Our SKU of a product: made from its id, so a restored database makes the same one again."""
    return "OCOP-" + base64.b32encode(product_id.bytes).decode().rstrip("=")


def build_draft(
    subject: Subject,
    *,
    overrides: Mapping[str, Any],
    pictures: Sequence[Picture] = (),
    category_id: str = "",
    attributes: Mapping[str, str] | None = None,
    title_chars: tuple[int, int] = (1, 255),
) -> ListingDraft:
    """The draft of one listing: the product's own values, the mapping's category and attributes, then what this
    listing says otherwise. ``title_chars``: fewest and most characters the marketplace takes."""
    return ListingDraft(
        seller_sku=seller_sku(subject.product_id),
        title=str(overrides.get("title") or title_of(subject, title_chars)),
        description=str(overrides.get("description") or describe(subject)),
        price_vnd=int(overrides.get("price_vnd") or subject.price_vnd or 0),
        stock=int(overrides.get("stock") or DEFAULT_STOCK),
        weight_g=subject.net_weight_g,
        group=subject.group_code,
        group_name=subject.group_name,
        category_id=str(overrides.get("category_id") or category_id),
        attributes=dict(attributes or {}),
        gtin=subject.gtin,
        unit=subject.unit,
        producer_name=subject.producer_name,
        place_name=subject.place_name,
        stars=subject.stars,
        trace_url=subject.trace_url,
        pictures=tuple(pictures),
    )


def title_of(subject: Subject, chars: tuple[int, int]) -> str:
    """The product's name; where it has fewer than ``chars[0]`` characters, followed by its pack, producer and
    place in turn, until it is long enough.

    Nothing that lapses stands in it (stars, dates, prices), nothing twice, and what would go beyond ``chars[1]``
    is left out. A title still too short is refused by the adapter's own check, with the field to fill in.
    """
    fewest, most = chars
    title = subject.name
    for more in (_pack(subject), subject.producer_name, subject.place_name):
        longer = f"{title} – {more}"
        if len(title) < fewest and more and fold(more) not in fold(title) and len(longer) <= most:
            title = longer
    return title


def _pack(subject: Subject) -> str:
    """The pack in few words: “hộp 500 g”, “1,5 kg”; empty where nothing is known of it."""
    if any(letter.isdigit() for letter in subject.unit):
        return subject.unit.strip()
    holder = "" if fold(subject.unit) in MEASURES else subject.unit
    return f"{holder} {written_grams(subject.net_weight_g) if subject.net_weight_g else ''}".strip()


def describe(subject: Subject) -> str:
    """The description a buyer reads: the producer's words, then where it is from, and how to trace it."""
    parts = [subject.description]
    if subject.stars:
        parts.append(f"Sản phẩm OCOP đạt {subject.stars} sao.")
    origin = subject.producer_name + (f", {subject.place_name}" if subject.place_name else "")
    parts.append(f"Nơi sản xuất: {origin}.")
    parts += [f"{head}: {text}" for head, text in _label_facts(subject) if text]
    if subject.trace_url:
        parts.append(f"Truy xuất nguồn gốc: {subject.trace_url}")
    return "\n".join(part for part in parts if part)


def _label_facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    """What stands on the label too, in its order."""
    return (
        ("Thành phần", subject.ingredients),
        ("Hạn sử dụng", subject.shelf_life),
        ("Bảo quản", subject.storage),
        ("Cảnh báo", subject.warnings),
    )


def pictures_key(hashes: Sequence[str]) -> str:
    """Tells whether two listings show the same photos in the same order; ``hashes``: SHA-256 of each."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def content_hash(draft: ListingDraft) -> str:
    """Tells whether two drafts would say the same, pictures by their own hash."""
    said = asdict(draft)
    said["pictures"] = [picture.sha256 for picture in draft.pictures]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
