"""What is kept beside the listings: consents under way, pushes, drift, and work asked for in bulk."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import PushKind


class DriftAuthor(StrEnum):
    """Who probably made the difference: nobody can know, the order of what was seen tells."""

    #: It stood there when the item was adopted; we never sent anything else.
    BEFORE = "before"
    #: It differs from what we sent last and from what we sent before: edited on the marketplace.
    MARKETPLACE = "marketplace"
    #: It is what we had sent before: the marketplace did not take the last change over.
    NOT_TAKEN = "not_taken"


class DriftDecision(StrEnum):
    """What became of a difference. ``GONE``: it was no longer there at a later look."""

    OURS = "ours"
    THEIRS = "theirs"
    GONE = "gone"


class BulkKind(StrEnum):
    PUBLISH = "publish"
    UNLIST = "unlist"


class BulkState(StrEnum):
    """Where one row of a bulk run stands; from ``ASKED`` on the listing itself tells."""

    WAITING = "waiting"
    ASKED = "asked"
    REFUSED = "refused"


class StallConsent(Base):
    """An owner on her way to the marketplace's page: what must come back, to whom, for which stall.

    Only digests are kept of the state and of the browser session. The row is deleted when it is used.
    """

    __tablename__ = "stall_consents"

    state_digest: Mapped[str] = mapped_column(primary_key=True)
    session_digest: Mapped[str]
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    #: The stall that signs in again; None: a new one, called ``name``.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplace_accounts.id"))
    shop_id: Mapped[str]
    name: Mapped[str]
    expires_at: Mapped[datetime]


class MarketplacePush(Base):
    """One event a marketplace told of, kept before it is worked off; the service alone sees it."""

    __tablename__ = "marketplace_pushes"
    __table_args__ = (
        UniqueConstraint("marketplace_key", "event_id"),
        Index("ix_marketplace_pushes_waiting", "received_at", postgresql_where="done_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    event_id: Mapped[str]
    kind: Mapped[PushKind] = mapped_column(text_enum(PushKind))
    shop_id: Mapped[str]
    remote_id: Mapped[str]
    told_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")


class ListingDrift(Base):
    """One field that says something else on the marketplace than here."""

    __tablename__ = "listing_drifts"
    __table_args__ = (
        Index(
            "uq_listing_drifts_open", "listing_id", "field", unique=True, postgresql_where="ended_at IS NULL"
        ),
        Index("ix_listing_drifts_producer_id", "producer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    #: A field of the draft: title, description, price_vnd.
    field: Mapped[str]
    ours: Mapped[str]
    theirs: Mapped[str]
    author: Mapped[DriftAuthor] = mapped_column(text_enum(DriftAuthor))
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    decision: Mapped[DriftDecision | None] = mapped_column(text_enum(DriftDecision))
    decided_by: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]


class BulkRun(Base):
    """One wish for many products: put up or take down, on one marketplace. Its rows are the truth.

    ``created_at`` is set by us: a default of the database would be read back before a row lets us see it.
    """

    __tablename__ = "bulk_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[BulkKind] = mapped_column(text_enum(BulkKind))
    marketplace_key: Mapped[str] = mapped_column(ForeignKey("marketplaces.key"))
    #: For whom, as it was asked: a producer's name or a commune's.
    scope_name: Mapped[str]
    #: Nothing goes up before this moment; None: at once.
    publish_at: Mapped[datetime | None]
    follows_season: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class BulkRow(Base):
    """One product of a bulk run."""

    __tablename__ = "bulk_rows"
    __table_args__ = (
        Index("ix_bulk_rows_waiting", "run_id", postgresql_where="state = 'waiting'"),
        Index("ix_bulk_rows_producer_id", "producer_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_runs.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("marketplace_accounts.id"))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey("listings.id"))
    state: Mapped[BulkState] = mapped_column(text_enum(BulkState))
    #: Why it was refused, in a sentence.
    problem: Mapped[str] = mapped_column(default="")
