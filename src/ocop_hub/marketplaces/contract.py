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

#: From here on a number that stands where the price should is none: 10 trillion đồng.
NO_PRICE = 10**13


class Mode(StrEnum):
    """How a product gets to the marketplace (glossary B 29)."""

    API = "api"
    FEED = "feed"
    SHEET = "sheet"
    ASSISTED = "assisted"


class ListingState(StrEnum):
    """What was seen of a listing. A remote word we do not know is ``UNKNOWN``."""

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
    EXCHANGE = "exchange"
    REFRESH = "refresh"
    PULL_PUSHES = "pull_pushes"

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
    #: A stall is opened by its owner's consent (``authorise_url``, ``exchange``, ``refresh``).
    signs_in: bool = False
    #: The consent says which stall it is for; else its id is asked for beforehand.
    consent_names_shop: bool = True
    #: Sends signed pushes to an address of ours (``read_push``).
    pushes: bool = False
    #: Keeps events in a queue that we empty (``pull_pushes``).
    queues_pushes: bool = False
    #: False: what was rejected is made anew by another create, never edited.
    edits_rejected: bool = True
    #: Fewest and most characters of a title in every category; a shorter name is made longer by what is true of
    #: the product (pack, producer, place).
    title_chars: tuple[int, int] = (1, 255)
    max_pictures: int = 9
    #: How long a create with an unknown outcome may take to become findable (decision 0004).
    settle_after: timedelta = timedelta(seconds=30)
    #: Deadline of one call; always shorter than the controller's lease.
    call_timeout: timedelta = timedelta(seconds=20)
    #: A look at a listing in a settled state is repeated after this.
    look_every: timedelta = timedelta(hours=6)
    #: What was sent is sent again after this, though nothing changed: shorter than the time in which the
    #: marketplace drops it. None: it stays.
    refresh_every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """One stall (gian hàng): what the marketplace calls it and what opens it. Secrets live in ``credentials``."""

    shop_id: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    public_url: str = ""
    seller_name: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner's consent opens. Both tokens are kept in one transaction before the next call.

    A refresh token is taken to be single use: the one that was sent is gone, whether or not the answer came.
    """

    access_token: str = field(repr=False)
    #: UTC; computed from what the marketplace said, never assumed by the caller.
    access_until: datetime
    refresh_token: str = field(default="", repr=False)
    #: Until when it may be renewed; None: the marketplace does not say.
    refresh_until: datetime | None = None
    #: The stall the consent is for; empty where only the stall itself tells (then it was given beforehand).
    shop_id: str = ""
    #: Kept sealed beside the tokens and found in ``Shop.credentials`` under the same names, e.g. shop_cipher.
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    def credentials(self) -> dict[str, str]:
        """What is sealed with the stall; ``Shop.credentials`` of the next call."""
        tokens = {"access_token": self.access_token, "refresh_token": self.refresh_token}
        return {name: value for name, value in {**self.extra, **tokens}.items() if value}


class PushKind(StrEnum):
    """What a push asks of us. The listing's state is never taken from it: it is read by ``status``."""

    #: Look at the listing (``remote_id``), now.
    LISTING = "listing"
    #: The owner withdrew the consent, or it lapsed: the stall needs a sign-in.
    SIGN_IN_ENDED = "sign_in_ended"
    #: The consent lapses at ``until``.
    SIGN_IN_ENDS = "sign_in_ends"
    #: Anything else: kept, nothing done.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PushRequest:
    """A push as it came. ``url`` is the public address that was registered; ``body`` is the raw bytes."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """A header's value whatever the case of its name; empty where it is missing."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Push:
    """One event the marketplace told of, by push or from its queue."""

    #: Tells a repeat: the marketplace's own id, else a digest of the signed body.
    event_id: str
    kind: PushKind
    shop_id: str = ""
    remote_id: str = ""
    #: When it happened, as the marketplace says (UTC).
    at: datetime | None = None
    until: datetime | None = None
    #: The event as it was told, for people who look into it.
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PushPage:
    """Events of a queue. Asking with ``next_cursor`` tells the marketplace that these are safely kept."""

    pushes: tuple[Push, ...]
    next_cursor: str = ""


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


class ForgedPush(MarketplaceError):
    """A push whose signature does not hold, or that is not one at all: nothing of it is kept."""


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

    # Consent (``capabilities.signs_in``)

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        """The marketplace's page where the owner of a stall agrees; it leads back to ``redirect_uri``.

        ``state`` comes back unchanged in the query. Pure. Raises :class:`Misconfigured` without an application.
        """

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        """The grant for what came back in the query (``code``, a shop's id, …). A code works once.

        Raises :class:`Refused` (denied, used or too old) and the errors of any call.
        """

    async def refresh(self, shop: Shop) -> Grant:
        """New tokens by ``shop.credentials``; the caller holds the only turn for this grant.

        Raises :class:`SignInAgain` when the refresh token no longer holds.
        """

    # Pushes (``capabilities.pushes``, ``capabilities.queues_pushes``)

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        """Check the signature over the raw body and read the events; pure.

        Raises :class:`ForgedPush`. An event of a kind we do not know is ``OTHER``, never an error.
        """

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        """The next events of the stall's queue; ``cursor`` acknowledges those of the page before."""

    # Items and listings

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
