"""The draft as a product input, and a processed product in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocop_hub.kit.text import clean
from ocop_hub.marketplaces import checks
from ocop_hub.marketplaces.adapters.google_merchant.api import field_of
from ocop_hub.marketplaces.contract import Item, ListingDraft, ListingState, Observation, Reason
from ocop_hub.marketplaces.feeds import GOOGLE, cut, sayable

LANGUAGE, FEED_LABEL = "vi", "VN"
MICROS = 1_000_000
SMALLEST_PICTURE = 100
#: Where a product is shown; all of them excluded is how it is taken down without losing it.
DESTINATIONS = ("SHOPPING_ADS", "FREE_LISTINGS")
#: ``approvedCountries``, ``pendingCountries``, ``disapprovedCountries`` of a destination, without their ending.
STATES: Mapping[str, ListingState] = {
    "approved": ListingState.LIVE,
    "pending": ListingState.IN_REVIEW,
    "disapproved": ListingState.SUSPENDED,
}


def product_id(sku: str) -> str:
    """A product's natural key."""
    return f"{LANGUAGE}~{FEED_LABEL}~{sku}"


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What Google requires, before anything is sent."""
    sku = draft.seller_sku
    return checks.reasons(
        (
            (
                not sku or len(sku) > GOOGLE.longest_id,
                "seller_sku",
                "wrong",
                "Mã sản phẩm cần từ 1 đến 50 ký tự.",
            ),
            checks.title(draft),
            checks.description(draft),
            checks.price(draft),
            checks.picture(draft),
            checks.picture_least(draft, SMALLEST_PICTURE),
            checks.trace_page(draft),
        )
    )


def product_input(draft: ListingDraft) -> dict[str, Any]:
    """The body of ``productInputs.insert``."""
    first, *more = (each.url for each in draft.pictures[: GOOGLE.most_pictures + 1])
    brand = clean(sayable(draft.brand or draft.producer_name))
    attributes: dict[str, Any] = {
        "title": cut(clean(sayable(draft.title)), GOOGLE.longest_title),
        "description": cut(sayable(draft.description).strip(), GOOGLE.longest_description),
        "link": draft.trace_url,
        "imageLink": first,
        "additionalImageLinks": more,
        "availability": "OUT_OF_STOCK" if draft.stock == 0 else "IN_STOCK",
        "condition": "NEW",
        "price": {"amountMicros": str(draft.price_vnd * MICROS), "currencyCode": "VND"},
        "brand": brand,
        "productTypes": [draft.group_name or draft.group],
        # Without a number of the maker the reader is told so; none is made up.
        **({"gtins": [draft.gtin]} if draft.gtin else {"identifierExists": False}),
        **({"shippingWeight": {"value": draft.weight_g, "unit": "g"}} if draft.weight_g else {}),
    }
    return {
        "offerId": draft.seller_sku,
        "contentLanguage": LANGUAGE,
        "feedLabel": FEED_LABEL,
        "productAttributes": attributes,
    }


def _attributes(product: Mapping[str, Any]) -> Mapping[str, Any]:
    found = product.get("productAttributes")
    return found if isinstance(found, Mapping) else {}


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (each for each in value if isinstance(each, Mapping))


def _status(product: Mapping[str, Any]) -> Mapping[str, Any]:
    found = product.get("productStatus")
    return found if isinstance(found, Mapping) else {}


def state_of(product: Mapping[str, Any]) -> tuple[ListingState, str]:
    """(state, raw word): live where any destination shows it in Vietnam, else the first word that is said."""
    if set(DESTINATIONS) <= set(_attributes(product).get("excludedDestinations") or ()):
        return ListingState.UNLISTED, "excluded"
    said = [
        name.removesuffix("Countries")
        for destination in _entries(_status(product).get("destinationStatuses"))
        for name, countries in destination.items()
        if name.endswith("Countries") and isinstance(countries, Sequence) and FEED_LABEL in countries
    ]
    if not said:
        return ListingState.IN_REVIEW, ""  # taken in, not processed yet
    word = "approved" if "approved" in said else said[0]
    return STATES.get(word, ListingState.UNKNOWN), word


def reasons_of(product: Mapping[str, Any]) -> tuple[Reason, ...]:
    """The issues that keep it from being shown."""
    return tuple(
        Reason(
            field_of(str(each.get("attribute", ""))),
            str(each.get("code", "")),
            f"Google báo “{each.get('detail') or each.get('description') or each.get('code')}”.",
        )
        for each in _entries(_status(product).get("itemLevelIssues"))
        if each.get("severity") == "DISAPPROVED"
    )


def _price(attributes: Mapping[str, Any]) -> int | None:
    price = attributes.get("price")
    micros = str(price.get("amountMicros", "")) if isinstance(price, Mapping) else ""
    return int(micros) // MICROS if micros.isascii() and micros.isdigit() else None


def item_of(product: Mapping[str, Any]) -> Item:
    """A product of the account; its SKU is its name."""
    attributes, (state, word) = _attributes(product), state_of(product)
    sku, image = str(product.get("offerId", "")), str(attributes.get("imageLink") or "")
    gtins = attributes.get("gtins")
    return Item(
        remote_id=sku,
        title=str(attributes.get("title", "")),
        price_vnd=_price(attributes),
        seller_sku=sku,
        gtin=str(gtins[0]) if isinstance(gtins, list) and gtins else "",
        state=state,
        raw_state=word,
        picture_urls=(image,) if image else (),
    )


def seen(product: Mapping[str, Any], exchange: Mapping[str, Any]) -> Observation:
    """A product as an observation."""
    item, attributes = item_of(product), _attributes(product)
    description = attributes.get("description")
    return Observation(
        item.state,
        item.raw_state,
        remote_id=item.remote_id,
        title=item.title,
        price_vnd=item.price_vnd,
        out_of_stock=attributes.get("availability") == "OUT_OF_STOCK",
        reasons=reasons_of(product) if item.state is ListingState.SUSPENDED else (),
        description=description if isinstance(description, str) else None,
        exchange=exchange,
    )
