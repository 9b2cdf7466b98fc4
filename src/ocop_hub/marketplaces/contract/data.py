"""What goes in and what comes out: frozen data. Money is whole đồng, weight grams, time UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ocop_hub.marketplaces.contract.states import Grade, ListingState

#: From here on a number that stands where the price should is none: 10 trillion đồng.
NO_PRICE = 10**13


@dataclass(frozen=True, slots=True)
class Shop:
    """One stall (gian hàng): what the marketplace calls it and what opens it. Secrets live in ``credentials``."""

    shop_id: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    public_url: str = ""
    seller_name: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One re-encoded photo. ``media_type`` is image/jpeg or image/png; sizes in pixels.

    ``url`` is its public address, for marketplaces that fetch pictures themselves.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    content: bytes = field(repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """All that a listing says, built by a pure function from product, overrides and mapping."""

    seller_sku: str
    title: str
    description: str
    price_vnd: int
    stock: int
    weight_g: int | None
    #: Our code of the OCOP group, and its name as people read it.
    group: str
    group_name: str = ""
    category_id: str = ""
    brand: str = ""
    gtin: str = ""
    unit: str = ""
    producer_name: str = ""
    place_name: str = ""
    stars: int | None = None
    trace_url: str = ""
    pictures: tuple[Picture, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    #: Marketplace-only fields, passed through by the adapter that knows them.
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused or missing: the field (dotted path), a code, a Vietnamese sentence."""

    field: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it stands in a shop: what adoption matches against."""

    remote_id: str
    title: str
    price_vnd: int | None
    seller_sku: str = ""
    gtin: str = ""
    state: ListingState = ListingState.UNKNOWN
    raw_state: str = ""
    public_url: str = ""
    picture_urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.price_vnd is not None and not 0 <= self.price_vnd < NO_PRICE:
            object.__setattr__(self, "price_vnd", None)  # frozen for everybody else


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of a shop's items; ``next_cursor`` is empty on the last."""

    items: tuple[Item, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the marketplace says of one listing at one moment, with its own word kept in ``raw_state``."""

    state: ListingState
    raw_state: str
    remote_id: str = ""
    public_url: str = ""
    grade: Grade = Grade.API
    title: str = ""
    price_vnd: int | None = None
    out_of_stock: bool = False
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    #: The description as it stands there; None where it was not read. Drift is told from title, price and this.
    description: str | None = None
    #: What was sent and said, secrets already removed: kept with the attempt.
    exchange: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack, by its name inside the zip."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pack:
    """What a person copies or uploads by hand (bộ hồ sơ đăng sàn)."""

    files: tuple[PackFile, ...]
    #: (label, text) pairs in the order of the marketplace's own entry form, ready to copy.
    fields: tuple[tuple[str, str], ...]
    #: What the person does, step by step, in Vietnamese.
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageMatch:
    """A public page held against what should stand there."""

    matches: bool
    observation: Observation
    #: Each check by name and whether it held: url, title, price, seller.
    checks: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched public page, already capped and decoded."""

    url: str
    status: int
    text: str = field(repr=False)
