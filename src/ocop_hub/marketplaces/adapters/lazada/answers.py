"""Lazada's words put into ours: error codes, item states, item records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
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
from ocop_hub.marketplaces.rich import to_text

#: Item states and quality-control states by lower-case word. Approved and on sale are told apart by the SKU.
STATES: Mapping[str, ListingState] = {
    "pending": ListingState.IN_REVIEW,
    "pending qc": ListingState.IN_REVIEW,
    "approved": ListingState.LIVE,
    "active": ListingState.LIVE,
    "inactive": ListingState.UNLISTED,
    "rejected": ListingState.REJECTED,
    "live_rejected": ListingState.SUSPENDED,
    "lock": ListingState.SUSPENDED,
    "suspended": ListingState.SUSPENDED,
    "deleted": ListingState.DELETED,
}
RATE_WAIT = timedelta(seconds=60)
#: The item is being changed by somebody else; Lazada wants changes one after another.
CONCURRENT_WAIT = timedelta(seconds=10)
#: Abuse is told to end in a ban of hours, so a daily quota is left alone for long.
QUOTA_WAIT = timedelta(hours=1)

_SIGN_IN = {"IllegalAccessToken", "IllegalRefreshToken"}
_OURS = {
    "IncompleteSignature",
    "InsufficientPermission",
    "MissingParameter",
    "IllegalTimestamp",
    "InvalidAppKey",
}
_RATE = {"901", "ApiCallLimit"}
_SERVER = {"500", "501", "503"}
_CONCURRENT = "4147"
_FIELD_WORDS = (
    ("sellersku", "seller_sku"),
    ("short_description", "description"),
    ("description", "description"),
    ("package_weight", "weight_g"),
    ("weight", "weight_g"),
    ("package_", "extra.package_mm"),
    ("image", "pictures"),
    ("category", "category_id"),
    ("brand", "brand"),
    ("price", "price_vnd"),
    ("quantity", "stock"),
    ("name", "title"),
    ("attribute", "attributes"),
)


def field_of(message: str) -> str:
    """The draft's field a message speaks of; empty when none is named."""
    lowered = message.lower()
    return next((ours for word, ours in _FIELD_WORDS if word in lowered), "")


def _details(envelope: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, message) of ``detail``."""
    detail = envelope.get("detail")
    entries = detail if isinstance(detail, list) else []
    return [
        (str(entry.get("field", "")), str(entry.get("message", "")))
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def error_of(envelope: Mapping[str, Any], *, exchange: Mapping[str, Any], now: datetime) -> MarketplaceError:
    """The error of an answer that is no success. A code we do not know is a plain refusal, never guessed."""
    code, said = str(envelope["code"]), str(envelope.get("message", ""))
    request_id, details = str(envelope.get("request_id", "")), _details(envelope)
    text = f"Lazada báo “{said or code}” (mã {code})."

    def plain(kind: Callable[..., MarketplaceError]) -> MarketplaceError:
        return kind(text, code=code, request_id=request_id, exchange=exchange)

    def wait(span: timedelta) -> MarketplaceError:
        return WaitUntil(text, until=now + span, code=code, request_id=request_id, exchange=exchange)

    if code in _SIGN_IN:
        return plain(SignInAgain)
    if code in _OURS:
        return plain(Misconfigured)
    if code == "SellerNotActive":
        return plain(NeedsPerson)
    if code in _RATE or code == _CONCURRENT:
        return wait(CONCURRENT_WAIT if code == _CONCURRENT else RATE_WAIT)
    if code == "AppApiCallLimit":
        return wait(QUOTA_WAIT)
    if code in _SERVER and not details:
        return plain(TransportFailed)
    reasons = tuple(
        Reason(field_of(f"{name} {message}"), code, f"Lazada báo “{message or name}”.")
        for name, message in details
    ) or (Reason(field_of(said), code, text),)
    return Refused(text, reasons=reasons, code=code, request_id=request_id, exchange=exchange)


def sku_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item's only SKU as we make them; an empty object where there is none."""
    skus = record.get("skus")
    return skus[0] if isinstance(skus, list) and skus and isinstance(skus[0], Mapping) else {}


def state_of(record: Mapping[str, Any]) -> tuple[ListingState, str]:
    """(state, raw word). An approved item whose SKU is not active is not on sale."""
    word = str(record.get("status", ""))
    state = STATES.get(word.strip().lower(), ListingState.UNKNOWN)
    sku_word = str(sku_of(record).get("Status", ""))
    if state is ListingState.LIVE and sku_word and sku_word.lower() != "active":
        return ListingState.UNLISTED, f"{word}, {sku_word}"
    return state, word


def whole(value: Any) -> int | None:
    """An amount as a number or as text, in đồng; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return round(float(value))
    except (ValueError, OverflowError):
        return None


def title_of(record: Mapping[str, Any]) -> str:
    return str(attributes_in(record).get("name", ""))


def description_of(record: Mapping[str, Any]) -> str | None:
    """The words of the description; None where it was not read."""
    said = attributes_in(record).get("description")
    return to_text(said) if isinstance(said, str) else None


def attributes_in(record: Mapping[str, Any]) -> Mapping[str, Any]:
    said = record.get("attributes")
    return said if isinstance(said, Mapping) else {}


def pictures_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses at Lazada, of the item or else of its SKU."""
    for said in (record.get("images"), sku_of(record).get("Images")):
        if isinstance(said, list) and said:
            return tuple(str(url) for url in said if url)
    return ()


def reasons_of(record: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Why an item was refused or taken down. Where the words stand is not confirmed, so two places are read."""
    said = record.get("rejectReason") or record.get("reject_reason") or record.get("reason")
    entries = said if isinstance(said, list) else [said]
    found = []
    for entry in entries:
        if isinstance(entry, Mapping):
            text = " ".join(str(entry[name]) for name in ("violationDetail", "suggestion") if entry.get(name))
        else:
            text = str(entry or "")
        if text:
            found.append(Reason(field_of(text), "qc", text))
    return tuple(found)


def item_of(record: Mapping[str, Any], *, public_url: str) -> Item:
    """One product record as an item for adoption."""
    state, word = state_of(record)
    sku = sku_of(record)
    return Item(
        remote_id=str(record.get("item_id", "")),
        title=title_of(record),
        price_vnd=whole(sku.get("price")),
        seller_sku=str(sku.get("SellerSku", "")),
        state=state,
        raw_state=word,
        public_url=public_url,
        picture_urls=pictures_of(record),
    )
