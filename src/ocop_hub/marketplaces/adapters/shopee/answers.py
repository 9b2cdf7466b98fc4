"""Shopee's words put into ours: error codes, item states, item records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta, timezone
from typing import Any

from ocop_hub.marketplaces.contract import (
    Item,
    ListingState,
    MarketplaceError,
    Misconfigured,
    NeedsPerson,
    Reason,
    Refused,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)

STATES: Mapping[str, ListingState] = {
    "NORMAL": ListingState.LIVE,
    "REVIEWING": ListingState.IN_REVIEW,
    "BANNED": ListingState.SUSPENDED,
    "UNLIST": ListingState.UNLISTED,
    "SELLER_DELETE": ListingState.DELETED,
    "SHOPEE_DELETE": ListingState.DELETED,
}

#: The app's daily quota starts again at 00:00 in this zone.
QUOTA_ZONE = timezone(timedelta(hours=8))
RATE_WAIT = timedelta(seconds=60)

_SIGN_IN = {"invalid_acceess_token", "invalid_access_token", "error_auth_token", "invalid_refresh_token"}
_OURS = {
    "error_sign",
    "error_api_permission",
    "source_ip_undeclared",
    "error_permission",
    "invalid_partner_id",
}
_TROUBLE = {"error_server", "error_system_busy", "error_network", "error_inner", "error_timeout"}
#: Words of a message that tell which field of the draft is meant.
_FIELD_WORDS = (
    ("item_name", "title"),
    ("name length", "title"),
    ("description", "description"),
    ("original_price", "price_vnd"),
    ("price", "price_vnd"),
    ("weight", "weight_g"),
    ("image", "pictures"),
    ("category", "category_id"),
    ("gtin", "gtin"),
    ("attribute", "attributes"),
    ("brand", "brand"),
    ("stock", "stock"),
)


def state_of(word: str) -> ListingState:
    """Ours for Shopee's ``item_status``; a word we do not know is never guessed."""
    return STATES.get(word, ListingState.UNKNOWN)


def field_of(message: str) -> str:
    """The draft's field a message speaks of; empty when none is named."""
    lowered = message.lower()
    return next((ours for word, ours in _FIELD_WORDS if word in lowered), "")


def _quota_reset(now: datetime) -> datetime:
    tomorrow = now.astimezone(QUOTA_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), QUOTA_ZONE)


def error_of(
    code: str, message: str, *, request_id: str, exchange: Mapping[str, Any], now: datetime
) -> MarketplaceError:
    """The error for a non-empty ``error``. Codes are overloaded, so the message is read too."""
    text = f"Shopee báo “{message or code}” (mã {code})."
    lowered = message.lower()

    def plain(kind: Callable[..., MarketplaceError]) -> MarketplaceError:
        return kind(text, code=code, request_id=request_id, exchange=exchange)

    if code in _SIGN_IN or (code == "error_auth" and "token" in lowered):
        return plain(SignInAgain)
    if code in _OURS or (code == "error_param" and ("timestamp" in lowered or "sign" in lowered.split())):
        return plain(Misconfigured)
    if code in _TROUBLE:
        return plain(TransportFailed)
    if code == "shop_banned":
        return plain(NeedsPerson)
    if code in ("error_rate_limit", "error_limit"):
        until = now + RATE_WAIT if code == "error_rate_limit" else _quota_reset(now)
        return WaitUntil(text, until=until, code=code, request_id=request_id, exchange=exchange)
    reason = Reason(field_of(message), code, text)
    return Refused(text, reasons=(reason,), code=code, request_id=request_id, exchange=exchange)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def price_of(record: Mapping[str, Any]) -> int | None:
    """The price in đồng before promotion: what we set is ``original_price``."""
    prices = record.get("price_info")
    if not isinstance(prices, list) or not prices:
        return None
    amount = _mapping(prices[0]).get("original_price")
    return round(amount) if isinstance(amount, int | float) else None


def out_of_stock(record: Mapping[str, Any]) -> bool:
    """True only when a stock is stated and is zero."""
    summary = _mapping(_mapping(record.get("stock_info_v2")).get("summary_info"))
    return summary.get("total_available_stock") == 0


def item_of(record: Mapping[str, Any], *, public_url: str) -> Item:
    """One entry of ``item_list`` as an item for adoption."""
    word = str(record.get("item_status", ""))
    urls = _mapping(record.get("image")).get("image_url_list")
    return Item(
        remote_id=str(record.get("item_id", "")),
        title=str(record.get("item_name", "")),
        price_vnd=price_of(record),
        seller_sku=str(record.get("item_sku", "")),
        gtin=str(record.get("gtin_code", "")),
        state=state_of(word),
        raw_state=word,
        public_url=public_url,
        picture_urls=tuple(str(url) for url in urls) if isinstance(urls, list) else (),
    )


def violations_of(response: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Why an item is banned. The nesting is not confirmed, so reasons are taken at any depth."""
    found: list[Reason] = []

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            if "violation_reason" in value:
                text = " ".join(
                    str(value[name]) for name in ("violation_reason", "suggestion") if value.get(name)
                )
                found.append(Reason("", str(value.get("violation_type", "")), text))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(response)
    return tuple(found)
