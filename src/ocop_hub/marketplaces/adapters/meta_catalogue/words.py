"""The draft in the catalogue's words, and its words in ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from ocop_hub.marketplaces import checks, pages
from ocop_hub.marketplaces.contract import Item, ListingDraft, ListingState, Observation, Reason
from ocop_hub.marketplaces.feeds import META, FeedItem, fields

SMALLEST_PICTURE = 500
_BATCH = "batch:"
#: The catalogue's word of a review; none stands for one that is over without objection (assumed).
STATES: Mapping[str, ListingState] = {
    "": ListingState.LIVE,
    "approved": ListingState.LIVE,
    "pending": ListingState.IN_REVIEW,
    "outdated": ListingState.IN_REVIEW,
    "rejected": ListingState.REJECTED,
}
HIDDEN, SHOWN = "staging", "published"
#: Words of a message that tell which field of the draft is meant.
_FIELD_WORDS = (
    ("image", "pictures"),
    ("title", "title"),
    ("description", "description"),
    ("price", "price_vnd"),
    ("brand", "brand"),
    ("link", "trace_url"),
    ("gtin", "gtin"),
)
#: What is asked of an item.
FIELDS = "id,retailer_id,name,description,price,availability,review_status,visibility,image_url"


def batch_id(handle: str, sku: str) -> str:
    """How an item is named until its batch is over: the handle tells of errors, the SKU names the item."""
    return f"{_BATCH}{quote(handle, safe='')}:{quote(sku, safe='')}"


def read_batch_id(remote_id: str) -> tuple[str, str] | None:
    """(handle, SKU) of such a name; None for an item's own."""
    if not remote_id.startswith(_BATCH):
        return None
    handle, _, sku = remote_id.removeprefix(_BATCH).partition(":")
    return unquote(handle), unquote(sku)


def feed_item(draft: ListingDraft) -> FeedItem:
    """The draft as a feed would say it; buyers are led to the product's own page."""
    return FeedItem(
        id=draft.seller_sku,
        title=draft.title,
        description=draft.description,
        link=draft.trace_url,
        price_vnd=draft.price_vnd,
        picture_links=tuple(each.url for each in draft.pictures),
        brand=draft.brand or draft.producer_name,
        gtin=draft.gtin,
        product_type=draft.group_name or draft.group,
        out_of_stock=draft.stock == 0,
    )


def data(draft: ListingDraft) -> dict[str, Any]:
    """The ``data`` of one request of a batch."""
    said: dict[str, Any] = {}
    more: list[str] = []
    for name, text in fields(feed_item(draft), META):
        if name == "additional_image_link":
            more.append(text)
        elif name != "identifier_exists":  # Google's word
            said[name] = text
    if more:
        said["additional_image_link"] = more
    return {**said, "visibility": SHOWN}


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What the catalogue requires, before anything is sent."""
    sku = draft.seller_sku
    return checks.reasons(
        (
            (
                not sku or len(sku) > META.longest_id,
                "seller_sku",
                "wrong",
                "Mã sản phẩm cần từ 1 đến 100 ký tự.",
            ),
            checks.title(draft),
            checks.description(draft),
            checks.price(draft),
            checks.picture(draft),
            checks.picture_least(draft, SMALLEST_PICTURE),
            (
                not (draft.brand or draft.producer_name),
                "brand",
                "missing",
                "Thiếu thương hiệu hoặc tên chủ thể.",
            ),
            checks.trace_page(draft),
        )
    )


def reasons_of(errors: Any, sku: str) -> tuple[Reason, ...]:
    """What a finished batch says of our item; an error that names no item is taken as ours."""
    entries = errors if isinstance(errors, Sequence) and not isinstance(errors, str) else ()
    ours = [each for each in entries if isinstance(each, Mapping) and str(each.get("id", sku)) == sku]
    return tuple(_reason(str(each.get("message", ""))) for each in ours)


def _reason(message: str) -> Reason:
    lowered = message.lower()
    field = next((ours for word, ours in _FIELD_WORDS if word in lowered), "")
    return Reason(field, "item-error", f"Meta báo “{message}”.")


def state_of(record: Mapping[str, Any]) -> tuple[ListingState, str]:
    """(state, raw word) of an item."""
    if record.get("visibility") not in (None, "", SHOWN):
        return ListingState.UNLISTED, str(record["visibility"])
    word = str(record.get("review_status") or "")
    return STATES.get(word, ListingState.UNKNOWN), word


def item_of(record: Mapping[str, Any]) -> Item:
    """An item of the catalogue; its SKU is its name."""
    state, word = state_of(record)
    image = str(record.get("image_url") or "")
    sku = str(record.get("retailer_id", ""))
    return Item(
        remote_id=sku,
        title=str(record.get("name", "")),
        price_vnd=pages.read_price(record.get("price")),
        seller_sku=sku,
        state=state,
        raw_state=word,
        picture_urls=(image,) if image else (),
    )


def seen(record: Mapping[str, Any], exchange: Mapping[str, Any]) -> Observation:
    """An item as an observation."""
    item = item_of(record)
    return Observation(
        item.state,
        item.raw_state,
        remote_id=item.remote_id,
        title=item.title,
        price_vnd=item.price_vnd,
        out_of_stock=record.get("availability") == META.out_of_stock,
        description=str(record["description"]) if isinstance(record.get("description"), str) else None,
        exchange=exchange,
    )
