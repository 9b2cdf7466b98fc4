"""Webhooks out: the addresses that hear of listings, and what is on its way to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class HookState(StrEnum):
    """Whether an address is written to. ``DEAD``: it did not take messages for too long."""

    ACTIVE = "active"
    PAUSED = "paused"
    DEAD = "dead"


class MessageState(StrEnum):
    """Where one message to one address stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class WebhookEndpoint(Base):
    """An address of a producer's own systems. Of its secret only the sealed form is kept."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_producer_id", "producer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    url: Mapped[str]
    state: Mapped[HookState] = mapped_column(text_enum(HookState), default=HookState.ACTIVE)
    secret_sealed: Mapped[bytes]
    #: After a change of the secret both sign, until this moment.
    old_secret_sealed: Mapped[bytes | None]
    old_secret_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class WebhookMessage(Base):
    """One event for one address: ``body`` is sent byte for byte each time, under the same id."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index("ix_webhook_messages_due", "next_at", postgresql_where="state = 'waiting'"),
        Index("ix_webhook_messages_endpoint_id", "endpoint_id", "created_at"),
        Index("ix_webhook_messages_producer_id", "producer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(text_enum(MessageState), default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    #: The last answer's HTTP status; None: there was none.
    status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(default="")
