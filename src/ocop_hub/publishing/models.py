"""Stalls, listings and everything known of them. A listing row is a controller, not a message (decision 0004)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, Range
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode

#: The raw word of a refusal that is ours: nothing was sent, so no marketplace said it.
NOT_SENT = "not-ready"


class MarketplaceKind(StrEnum):
    """A floor is a provincial marketplace; a channel (social, website) is never called "sàn"."""

    MARKETPLACE = "marketplace"
    FLOOR = "floor"
    CHANNEL = "channel"


class MarketplaceStatus(StrEnum):
    ACTIVE = "active"
    UNKNOWN = "unknown"
    CLOSED = "closed"


class AccountState(StrEnum):
    """Where a stall stands before anything is created in it."""

    CONNECTED = "connected"
    NEEDS_ANSWERS = "needs_answers"
    NEEDS_SIGN_IN = "needs_sign_in"
    CLOSED = "closed"


class Desired(StrEnum):
    LIVE = "live"
    UNLISTED = "unlisted"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What the controller does with a listing when it next takes it up."""

    IDLE = "idle"
    CREATE = "create"
    SETTLE = "settle"
    UPDATE = "update"
    UNLIST = "unlist"
    RELIST = "relist"
    LOOK = "look"
    CHECK_LINK = "check_link"


class CallOutcome(StrEnum):
    """The outcome of a call, kept apart from the state of the listing; ``started`` means no answer was recorded."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    RETRY = "retry"
    UNKNOWN = "unknown"
    SIGN_IN = "sign_in"
    NEEDS_PERSON = "needs_person"
    MISCONFIGURED = "misconfigured"


class ItemDecision(StrEnum):
    """What a person decided about an item that already stood in the shop."""

    PENDING = "pending"
    ADOPTED = "adopted"
    IGNORED = "ignored"


class DoubleState(StrEnum):
    """Where the repair of a double stands; ``GONE``: the other item left the stall by itself."""

    FOUND = "found"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    GONE = "gone"


class DoubleCause(StrEnum):
    """Both carry our SKU, or a copy of ours stands beside the item that was adopted."""

    SAME_SKU = "same_sku"
    BESIDE_ADOPTED = "beside_adopted"


class MarketplaceRow(Base):
    """A sàn or channel as dated data: a closed one drops out of the percentage from its closing day."""

    __tablename__ = "marketplaces"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[MarketplaceKind] = mapped_column(text_enum(MarketplaceKind))
    status: Mapped[MarketplaceStatus] = mapped_column(text_enum(MarketplaceStatus))
    open_during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    position: Mapped[int]
    has_adapter: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")


class MarketplaceAccount(Base):
    """Gian hàng: the shop of one producer on one sàn. Credentials are sealed (AES-256-GCM)."""

    __tablename__ = "marketplace_accounts"
    __table_args__ = (
        UniqueConstraint("marketplace_key", "shop_id"),
        Index("ix_marketplace_accounts_producer_id", "producer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    shop_id: Mapped[str]
    name: Mapped[str]
    mode: Mapped[Mode] = mapped_column(text_enum(Mode))
    state: Mapped[AccountState] = mapped_column(text_enum(AccountState))
    public_url: Mapped[str] = mapped_column(default="")
    credentials_sealed: Mapped[bytes | None]
    #: Until when the tokens of a consent hold, and the consent itself; None: not by consent, or not told.
    access_until: Mapped[datetime | None]
    refresh_until: Mapped[datetime | None]
    consent_until: Mapped[datetime | None]
    granted_at: Mapped[datetime | None]
    #: Who renews the grant now, and until when; after a failure nobody before ``renew_after``.
    renew_token: Mapped[UUID | None]
    renew_lease_until: Mapped[datetime | None]
    renew_after: Mapped[datetime | None]
    #: How far the stall's queue of events was emptied.
    push_cursor: Mapped[str] = mapped_column(default="", server_default="")
    pushes_pulled_at: Mapped[datetime | None]
    items_read_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ShopItem(Base):
    """An item found in a stall when it was connected, and what a person decided about it."""

    __tablename__ = "shop_items"
    __table_args__ = (UniqueConstraint("account_id", "remote_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace_accounts.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    remote_id: Mapped[str]
    title: Mapped[str]
    price_vnd: Mapped[int | None]
    seller_sku: Mapped[str] = mapped_column(default="")
    gtin: Mapped[str] = mapped_column(default="")
    public_url: Mapped[str] = mapped_column(default="")
    picture_url: Mapped[str] = mapped_column(default="")
    #: What that picture looks like (``kit.looks``); empty where it was not fetched or is too plain.
    picture_look: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[ListingState] = mapped_column(text_enum(ListingState))
    raw_state: Mapped[str] = mapped_column(default="")
    #: Best match among the producer's products, and how sure (0–100); empty when nothing is near.
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id"))
    score: Mapped[int] = mapped_column(default=0)
    #: What the match rests on (``matching.Ground``), the strongest first.
    grounds: Mapped[list[str]] = mapped_column(ARRAY(String()), default=list, server_default=text("'{}'"))
    decision: Mapped[ItemDecision] = mapped_column(text_enum(ItemDecision), default=ItemDecision.PENDING)
    decided_by: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]


class Listing(Base):
    """Tin đăng: one product in one stall. Holds what should be and what was seen; the only lease is here."""

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("account_id", "product_id"),
        UniqueConstraint("account_id", "seller_sku"),
        Index("ix_listings_due", "marketplace_key", "next_look_at", postgresql_where="step <> 'idle'"),
        Index("ix_listings_queue", "account_id", "next_look_at", postgresql_where="step <> 'idle'"),
        Index("ix_listings_product_id", "product_id"),
        Index("ix_listings_producer_id", "producer_id"),
        Index(
            "uq_listings_remote_id",
            "account_id",
            "remote_id",
            unique=True,
            postgresql_where="remote_id <> ''",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace_accounts.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    seller_sku: Mapped[str]

    desired: Mapped[Desired] = mapped_column(text_enum(Desired), default=Desired.LIVE)
    desired_revision: Mapped[int]
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_revision: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str] = mapped_column(default="")
    #: Title, description and price as last sent (``now``) and as sent before that (``before``).
    sent_content: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    #: Which photos it should show, in which order, and which it was sent with (``draft.pictures_key``).
    desired_pictures: Mapped[str] = mapped_column(default="", server_default="")
    sent_pictures: Mapped[str] = mapped_column(default="", server_default="")
    #: When that was sent; None for what stands there as its owner wrote it.
    sent_at: Mapped[datetime | None]
    #: Not to go up before this moment.
    publish_at: Mapped[datetime | None]
    #: Taken down outside the product's season and put up again in it.
    follows_season: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    adopted: Mapped[bool] = mapped_column(default=False)

    state: Mapped[ListingState] = mapped_column(text_enum(ListingState), default=ListingState.NONE)
    raw_state: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    remote_id: Mapped[str] = mapped_column(default="")
    public_url: Mapped[str] = mapped_column(default="")
    out_of_stock: Mapped[bool] = mapped_column(default=False)
    grade: Mapped[Grade | None] = mapped_column(text_enum(Grade))
    observed_at: Mapped[datetime | None]

    step: Mapped[Step] = mapped_column(text_enum(Step), default=Step.IDLE)
    next_look_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0)
    #: A create with an unknown outcome is searched for, and only after this moment may be repeated.
    settle_until: Mapped[datetime | None]
    settle_looks: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def behind(self) -> bool:
        """Whether the marketplace was not sent what the product says, or shows, by now."""
        return self.desired_revision > self.sent_revision or self.desired_pictures != self.sent_pictures

    @hybrid_property
    def not_sent(self) -> bool:
        """Whether it was refused by us: what is ``rejected`` so was never sent, and no marketplace returned it."""
        return self.state is ListingState.REJECTED and self.raw_state == NOT_SENT

    @not_sent.inplace.expression
    @classmethod
    def _is_not_sent(cls) -> ColumnElement[bool]:
        return and_(cls.state == ListingState.REJECTED, cls.raw_state == NOT_SENT)


class ListingInterval(Base):
    """What was known of a listing over time: intervals that never overlap (decision 0006)."""

    __tablename__ = "listing_intervals"
    __table_args__ = (
        # With state and times, so that what was live of one product on a day is found without reading its history:
        # the end first, because most of what is asked is not long ago and what was over by then is passed by.
        Index(
            "ix_listing_intervals_product_id",
            "product_id",
            "state",
            text("coalesce(upper(during), 'infinity'::timestamptz)"),
            text("lower(during)"),
        ),
        Index("uq_listing_intervals_open", "listing_id", unique=True, postgresql_where="upper_inf(during)"),
        Index(
            "ix_listing_intervals_seen",
            "during",
            postgresql_using="gist",
            postgresql_where="state IN ('live', 'unknown')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    state: Mapped[ListingState] = mapped_column(text_enum(ListingState))
    grade: Mapped[Grade | None] = mapped_column(text_enum(Grade))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class ListingAttempt(Base):
    """One call to a marketplace: written before it is sent, completed after (what we sent, what they said)."""

    __tablename__ = "listing_attempts"
    __table_args__ = (Index("ix_listing_attempts_listing_id", "listing_id", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    call: Mapped[str]
    lease_token: Mapped[UUID]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[CallOutcome] = mapped_column(text_enum(CallOutcome), default=CallOutcome.STARTED)
    code: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    exchange: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Evidence(Base):
    """Minh chứng: one look that proves, or disproves, that a listing can be seen."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_listing_id", "listing_id", "seen_at"),
        # What officers saw within 90 days, without reading all that marketplaces ever answered, nor the rows.
        Index(
            "ix_evidence_seen",
            "seen_at",
            postgresql_include=["listing_id", "producer_id"],
            postgresql_where="grade = 'seen' AND state = 'live'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    grade: Mapped[Grade] = mapped_column(text_enum(Grade))
    state: Mapped[ListingState] = mapped_column(text_enum(ListingState))
    seen_at: Mapped[datetime]
    url: Mapped[str] = mapped_column(default="")
    seen_by: Mapped[str] = mapped_column(default="")
    checks: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StallLimit(Base):
    """When the next call to a stall may leave, over all processes; ``held_until`` is what the marketplace said."""

    __tablename__ = "stall_limits"

    marketplace_key: Mapped[str] = mapped_column(primary_key=True)
    shop_id: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    #: When each call that is under way is over at the latest: a dead process's place comes free by itself.
    busy: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTime(timezone=True)), default=list, server_default=text("'{}'")
    )
    #: The circuit breaker: calls in a row without a usable answer, and until when nothing is let out.
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    open_until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class ListingDouble(Base):
    """Two items of one stall that stand for the same product: which stays, and which is to go."""

    __tablename__ = "listing_doubles"
    __table_args__ = (
        UniqueConstraint("account_id", "extra_remote_id"),
        Index("ix_listing_doubles_producer_id", "producer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace_accounts.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    cause: Mapped[DoubleCause] = mapped_column(text_enum(DoubleCause))
    keep_remote_id: Mapped[str]
    keep_url: Mapped[str] = mapped_column(default="")
    extra_remote_id: Mapped[str]
    extra_title: Mapped[str] = mapped_column(default="")
    extra_url: Mapped[str] = mapped_column(default="")
    state: Mapped[DoubleState] = mapped_column(text_enum(DoubleState), default=DoubleState.FOUND)
    found_at: Mapped[datetime]
    repaired_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    #: Why the last try did not work, in the marketplace's words.
    problem: Mapped[str] = mapped_column(default="")


class ProductReadiness(Base):
    """What one product still lacks, as of its ``revision``: one row, kept by the job that every change wakes.

    ``missing``: target (a marketplace's key, or one of ``readiness.PAPERS``) → list of field, code, text.
    ``targets`` and ``fields`` say the same for filters: what is not ready, and which fields are to mend.
    """

    __tablename__ = "product_readiness"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    revision: Mapped[int]
    missing: Mapped[dict[str, Any]]
    targets: Mapped[list[str]] = mapped_column(ARRAY(String()))
    fields: Mapped[list[str]] = mapped_column(ARRAY(String()))
    checked_at: Mapped[datetime] = mapped_column(server_default=func.now())
