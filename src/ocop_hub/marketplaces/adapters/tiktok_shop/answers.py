"""TikTok Shop's words put into ours: error codes, product states, product records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ocop_hub.marketplaces.contract import (
    Item,
    ListingState,
    MarketplaceError,
    Misconfigured,
    Reason,
    Refused,
    SignInAgain,
    TransportFailed,
    WaitUntil,
)

STATES: Mapping[str, ListingState] = {
    "PENDING": ListingState.IN_REVIEW,
    "FAILED": ListingState.REJECTED,
    "ACTIVATE": ListingState.LIVE,
    "SELLER_DEACTIVATED": ListingState.UNLISTED,
    "PLATFORM_DEACTIVATED": ListingState.SUSPENDED,
    "FREEZE": ListingState.SUSPENDED,
    "DELETED": ListingState.DELETED,
    # We create neither; of what a seller made by hand it is true that buyers do not see it.
    "DRAFT": ListingState.UNLISTED,
    "SCHEDULED": ListingState.UNLISTED,
}
ON_SALE = "ACTIVATE"
RATE_WAIT = timedelta(seconds=60)

_RATE, _INTERNAL, _OVERLOADED = "36009002", "36009003", "36009004"
#: Bad signature, missing shop cipher, address not on the allow-list.
_OURS = {"106001", "106013", "36009033"}
_FIELD_WORDS = (
    ("seller_sku", "seller_sku"),
    ("title", "title"),
    ("description", "description"),
    ("price", "price_vnd"),
    ("weight", "weight_g"),
    ("dimension", "extra.package_mm"),
    ("image", "pictures"),
    ("category", "category_id"),
    ("brand", "brand"),
    ("attribute", "attributes"),
    ("inventory", "stock"),
    ("quantity", "stock"),
)


def field_of(message: str) -> str:
    """The draft's field a message speaks of; empty when none is named."""
    lowered = message.lower().replace(" sku", "_sku")
    return next((ours for word, ours in _FIELD_WORDS if word in lowered), "")


def error_of(
    code: str, message: str, *, request_id: str, exchange: Mapping[str, Any], now: datetime
) -> MarketplaceError:
    """The error for a ``code`` that is not 0. 36009004 and 105… mean several things: the message tells which."""
    text = f"TikTok Shop báo “{message or code}” (mã {code})."
    lowered = message.lower()

    def plain(kind: Callable[..., MarketplaceError]) -> MarketplaceError:
        return kind(text, code=code, request_id=request_id, exchange=exchange)

    if code in _OURS:
        return plain(Misconfigured)
    if len(code) == 6 and code.startswith("105"):
        ours = any(word in lowered for word in ("permission", "scope", "access denied"))
        return plain(Misconfigured if ours else SignInAgain)
    if code == _OVERLOADED:
        return plain(SignInAgain if "token" in lowered else Misconfigured)
    if code == _RATE:
        until = now + RATE_WAIT
        return WaitUntil(text, until=until, code=code, request_id=request_id, exchange=exchange)
    if code == _INTERNAL:
        return plain(TransportFailed)
    reason = Reason(field_of(message), code, text)
    return Refused(text, reasons=(reason,), code=code, request_id=request_id, exchange=exchange)


def refuse_failures(failures: Sequence[Mapping[str, Any]], exchange: Mapping[str, Any]) -> None:
    """Calls on several products report each failure in ``data.errors`` although ``code`` is 0."""
    reasons = tuple(
        Reason(field_of(said), str(entry.get("code", "")), f"TikTok Shop báo “{said}”.")
        for entry, said in ((entry, str(entry.get("message", ""))) for entry in failures)
    )
    if reasons:
        raise Refused(reasons[0].text, reasons=reasons, code=reasons[0].code, exchange=exchange)


def refuse_failed_check(data: Mapping[str, Any], exchange: Mapping[str, Any]) -> None:
    """Raise :class:`Refused` for a check that failed, a reason for each fault; any other word lets go on."""
    if data.get("check_result") != "FAILED":
        return
    reasons = tuple(
        Reason(field_of(said), str(entry.get("code", "")), f"TikTok Shop báo “{said}”.")
        for entry, said in (
            (entry, str(entry.get("message", ""))) for entry in mappings(data.get("fail_reasons"))
        )
        if said
    )
    text = reasons[0].text if reasons else "TikTok Shop kiểm tra trước và không nhận sản phẩm này."
    code = reasons[0].code if reasons else ""
    raise Refused(text, reasons=reasons, code=code or "listing_check", exchange=exchange)


def state_of(word: str) -> ListingState:
    """Ours for ``status``; a word we do not know is never guessed."""
    return STATES.get(word, ListingState.UNKNOWN)


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def sku_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The product's only SKU as we make them; an empty object where there is none."""
    skus = mappings(record.get("skus"))
    return skus[0] if skus else {}


def price_of(record: Mapping[str, Any]) -> int | None:
    """The price in đồng before discounts; stalls of one country state ``sale_price``."""
    price = mapping(sku_of(record).get("price"))
    try:
        return round(float(price.get("sale_price") or price.get("tax_exclusive_price") or ""))
    except (TypeError, ValueError, OverflowError):
        return None


def stock_of(record: Mapping[str, Any]) -> int | None:
    """Units over all warehouses; None where none is stated."""
    entries = mappings(sku_of(record).get("inventory"))
    counts = [entry["quantity"] for entry in entries if isinstance(entry.get("quantity"), int)]
    return sum(counts) if counts else None


def reasons_of(record: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Why the audit failed, by the part of the product it speaks of."""
    found = []
    for entry in mappings(record.get("audit_failed_reasons")):
        position = str(entry.get("position", ""))
        parts = [
            str(part) for name in ("reasons", "suggestions") for part in entry.get(name) or () if str(part)
        ]
        if parts:
            found.append(Reason(field_of(position), "audit", " ".join(parts)))
    return tuple(found)


def warnings_of(record: Mapping[str, Any], state: ListingState) -> tuple[str, ...]:
    """What of the audit people should know beside the state."""
    audit = mapping(record.get("audit"))
    word = audit.get("status")
    if word == "PRE_APPROVED":
        why = "; ".join(str(each) for each in audit.get("pre_approved_reasons") or ())
        return (f"TikTok Shop đã duyệt trước nhưng chưa cho bán{': ' + why if why else ''}.",)
    if word == "FAILED" and state is ListingState.LIVE:
        return ("Lần sửa gần nhất bị TikTok Shop trả lại; bản cũ vẫn đang bán.",)
    return ()


def item_of(record: Mapping[str, Any], *, public_url: str) -> Item:
    """One product record as an item for adoption."""
    word = str(record.get("status", ""))
    images = mappings(record.get("main_images"))
    return Item(
        remote_id=str(record.get("id", "")),
        title=str(record.get("title", "")),
        price_vnd=price_of(record),
        seller_sku=str(sku_of(record).get("seller_sku", "")),
        state=state_of(word),
        raw_state=word,
        public_url=public_url,
        picture_urls=tuple(str(url) for image in images for url in (image.get("urls") or ())[:1]),
    )
