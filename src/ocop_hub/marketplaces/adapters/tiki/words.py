"""Tiki's words put into ours: states, records, the id of a request, the body of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import checks
from ocop_hub.marketplaces.categories import Category
from ocop_hub.marketplaces.contract import Item, ListingDraft, ListingState, Reason, Unsupported

MAX_PICTURES = 9
#: Smallest side of a picture in pixels.
SMALLEST_PICTURE = 500

#: What becomes of a request; an approved one is a product and is read as such.
REQUEST_STATES: Mapping[str, ListingState] = {
    "queuing": ListingState.SUBMITTED,
    "processing": ListingState.SUBMITTED,
    "drafted": ListingState.SUBMITTED,
    "md_waiting_approve": ListingState.IN_REVIEW,
    "bot_waiting_approve": ListingState.IN_REVIEW,
    "awaiting_approve": ListingState.IN_REVIEW,
    "rejected": ListingState.REJECTED,
    "deleted": ListingState.DELETED,
}
APPROVED = "approved"
_REQUEST = "request:"

#: Names of categories that an OCOP group may go to, by the beginning of the group's name.
_GROUP_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("thuc pham", ("dac san vung mien", "thuc pham kho", "thuc pham")),
    ("do uong", ("tra va do uong", "do uong")),
    ("duoc lieu", ("thao duoc", "duoc lieu")),
    ("thuoc", ("thao duoc", "duoc lieu")),
    ("thu cong", ("do thu cong my nghe", "qua luu niem")),
    ("sinh vat", ("cay canh",)),
)


def request_id(track_id: str, sku: str) -> str:
    """How a request is named until it is a product. The SKU is in it: only by the SKU is the product found."""
    return f"{_REQUEST}{quote(track_id, safe='')}:{quote(sku, safe='')}"


def read_request_id(remote_id: str) -> tuple[str, str] | None:
    """(track id, SKU) of a request's name; None for the number of a product."""
    if not remote_id.startswith(_REQUEST):
        return None
    track_id, _, sku = remote_id.removeprefix(_REQUEST).partition(":")
    return unquote(track_id), unquote(sku)


def product_state(record: Mapping[str, Any]) -> tuple[ListingState, str]:
    """(state, raw word) of a product record: approved and active, or approved and not yet put up."""
    word = str(record.get("state") or APPROVED)
    if word != APPROVED:
        # "rejected" is said of requests; of a product it would be a new word, and none is guessed.
        return (ListingState.DELETED if word == "deleted" else ListingState.UNKNOWN), word
    active = record.get("active") in (1, True, "1")
    return (ListingState.LIVE if active else ListingState.UNLISTED), f"approved, active={int(active)}"


def whole(value: Any) -> int | None:
    """A whole number of đồng; None for anything else."""
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def out_of_stock(record: Mapping[str, Any]) -> bool:
    """True only when a quantity is stated and is zero."""
    return record.get("quantity") == 0


def product_item(record: Mapping[str, Any], *, public_url: str) -> Item:
    """A product as an item."""
    state, word = product_state(record)
    image = str(record.get("image") or "")
    return Item(
        remote_id=str(record.get("product_id", "")),
        title=str(record.get("name", "")),
        price_vnd=whole(record.get("price")),
        seller_sku=str(record.get("original_sku", "")),
        state=state,
        raw_state=word,
        public_url=public_url,
        picture_urls=(image,) if image else (),
    )


def request_item(record: Mapping[str, Any]) -> Item:
    """A request that is not shown as a product yet, as an item."""
    word, sku = str(record.get("state", "")), str(record.get("original_sku", ""))
    known = ListingState.IN_REVIEW if word == APPROVED else ListingState.UNKNOWN
    return Item(
        remote_id=request_id(str(record.get("track_id", "")), sku),
        title=str(record.get("name", "")),
        price_vnd=whole(record.get("price")),
        seller_sku=sku,
        state=REQUEST_STATES.get(word, known),
        raw_state=word,
    )


def category_for(group: str, categories: list[Mapping[str, Any]]) -> int | None:
    """The category that takes products (``primary``) an OCOP group goes to when nobody chose one."""
    folded = fold(group)
    taking = {
        fold(str(entry.get("name", ""))): int(entry["id"])
        for entry in categories
        if entry.get("is_primary") in (1, True) and str(entry.get("id", "")).isdigit()
    }
    for start, names in _GROUP_WORDS:
        if folded.startswith(start):
            return next((taking[name] for name in names if name in taking), None)
    return taking.get(folded)


def categories_of(records: Sequence[Mapping[str, Any]]) -> tuple[Category, ...]:
    """Every category; only ``primary`` ones take products."""
    return tuple(
        Category(
            str(record["id"]),
            str(record.get("name", "")),
            str(record.get("parent_id") or ""),
            record.get("is_primary") in (1, True),
        )
        for record in records
        if str(record.get("id", "")).isdigit()
    )


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What Tiki refuses in every category; lengths are not published."""
    return checks.reasons(
        (
            checks.sku(draft),
            checks.title(draft),
            checks.description(draft),
            checks.price(draft),
            checks.stock(draft),
            checks.picture(draft),
            checks.picture_least(draft, SMALLEST_PICTURE),
        )
    )


def refuse_unsayable(draft: ListingDraft) -> None:
    """Raise :class:`Unsupported` for marketplace-only fields; there are none for Tiki."""
    if draft.extra:
        raise Unsupported(f"Tiki không có chỗ cho: {', '.join(sorted(draft.extra))}.", sent=False)


def content(draft: ListingDraft, category_id: int) -> dict[str, Any]:
    """What is reviewed: words, pictures by their address, attributes."""
    first, *more = (each.url for each in draft.pictures[:MAX_PICTURES])
    return {
        "category_id": category_id,
        "name": draft.title,
        "description": draft.description,
        "attributes": dict(draft.attributes),
        "image": first,
        "images": more,
    }


def creation(draft: ListingDraft, category_id: int) -> dict[str, Any]:
    """The body of a create request: one variant, no options."""
    variant = {
        "sku": draft.seller_sku,
        "price": draft.price_vnd,
        "market_price": draft.price_vnd,
        "quantity": draft.stock,
    }
    return {
        **content(draft, category_id),
        "original_sku": draft.seller_sku,
        "option_attributes": [],
        "variants": [variant],
    }
