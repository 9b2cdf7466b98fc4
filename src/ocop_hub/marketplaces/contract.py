"""What a marketplace can be asked and what it answers: plain data in, plain data out.

No ORM row, session or settings object crosses this line. An adapter translates; the gateway sends; the
controller in ``publishing`` decides. Money is whole đồng, weight grams, lengths millimetres, time UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class Mode(StrEnum):
    """How a product gets to the marketplace (glossary B 29)."""

    API = "api"
    FEED = "feed"
    SHEET = "sheet"
    ASSISTED = "assisted"


class ListingState(StrEnum):
    """What was seen of a listing (design §6). A remote word we do not know is ``UNKNOWN``."""

    NONE = "none"
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    LIVE = "live"
    NEEDS_PERSON = "needs_person"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    UNLISTED = "unlisted"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """How a sighting is known, strongest first (glossary C)."""

    API = "api"
    LINK = "link"
    SEEN = "seen"
    DECLARED = "declared"


class Call(StrEnum):
    """The calls of the contract, by name: attempts, limits and retry rules are keyed by it."""

    LIST_ITEMS = "list_items"
    UPLOAD_PICTURE = "upload_picture"
    PUBLISH = "publish"
    UPDATE = "update"
    UNLIST = "unlist"
    RELIST = "relist"
    FIND = "find"
    STATUS = "status"
    FETCH_PAGE = "fetch_page"

    @property
    def creates(self) -> bool:
        """A lost answer to this call may have left something behind that a repeat would double."""
        return self is Call.PUBLISH


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the marketplace offers; the controller asks for nothing beyond it."""

    mode: Mode
    lists_items: bool = False
    uploads_pictures: bool = False
    updates: bool = False
    unlists: bool = False
    finds_by_sku: bool = False
    reads_status: bool = False
    checks_links: bool = False
    #: False: what was rejected is made anew by another create, never edited.
    edits_rejected: bool = True
    max_pictures: int = 9
    #: How long a create with an unknown outcome may take to become findable (design §2.5).
    settle_after: timedelta = timedelta(seconds=30)
    #: Deadline of one call; always shorter than the controller's lease.
    call_timeout: timedelta = timedelta(seconds=20)
    #: A look at a listing in a settled state is repeated after this.
    look_every: timedelta = timedelta(hours=6)


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


class MarketplaceError(Exception):
    """Base. Keeps the marketplace's own code, message and request id; ``sent`` is False when nothing left us."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        sent: bool = True,
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.sent = sent
        self.exchange: Mapping[str, Any] = exchange or {}


class SignInAgain(MarketplaceError):
    """The stall's grant is gone; only this stall stops until its owner signs in."""


class Misconfigured(MarketplaceError):
    """Our own side is wrong (host, application key, undeclared address): the operator acts."""


class WaitUntil(MarketplaceError):
    """Rate or daily limit; nothing was done. ``until`` is UTC."""

    def __init__(
        self,
        message: str,
        *,
        until: datetime,
        code: str = "",
        request_id: str = "",
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, exchange=exchange)
        self.until = until


class Refused(MarketplaceError):
    """The marketplace looked and said no, with the fields to mend."""

    def __init__(
        self,
        message: str,
        *,
        reasons: Sequence[Reason] = (),
        code: str = "",
        request_id: str = "",
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, exchange=exchange)
        self.reasons = tuple(reasons)


class NeedsPerson(MarketplaceError):
    """A person must do the next step by hand; the message says which."""


class Unsupported(MarketplaceError):
    """The draft holds something this marketplace has no field for, or the call does not exist there."""


class TransportFailed(MarketplaceError):
    """No usable answer: connection, deadline, 5xx, half an answer. The outcome of the call is unknown if ``sent``."""


class BadAnswer(TransportFailed):
    """An answer came, but not in the documented form; it is kept raw."""


def outcome_unknown(error: MarketplaceError, call: Call) -> bool:
    """True when the call may have created something although no answer says so."""
    return call.creates and error.sent and isinstance(error, TransportFailed)


@runtime_checkable
class Marketplace(Protocol):
    """One marketplace. Calls outside its ``capabilities`` raise :class:`Unsupported`."""

    key: str
    name: str
    capabilities: Capabilities

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """What would be refused, before anything is sent. Pure."""

    def public_url(self, shop: Shop, remote_id: str) -> str:
        """The address a buyer opens."""

    def match_url(self, url: str) -> str:
        """The remote id inside a pasted public address; empty when it is not one of this marketplace."""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        """Hold a fetched public page against the draft. Pure."""

    def pack(self, draft: ListingDraft) -> Pack:
        """The files, fields and steps for a person."""

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage: ...

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        """The marketplace's reference of the picture."""

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Create the listing. Never repeated by anything below the controller."""

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation: ...

    async def unlist(self, shop: Shop, remote_id: str) -> Observation: ...

    async def relist(self, shop: Shop, remote_id: str) -> Observation: ...

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The item that carries our seller SKU, if there is one."""

    async def status(self, shop: Shop, remote_id: str) -> Observation: ...
