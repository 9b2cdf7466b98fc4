"""Webhooks out: a producer's own systems hear of every change of a listing's state.

In the form of Standard Webhooks (standardwebhooks.com): an id that stays the same over retries, the time of the
attempt, and an HMAC-SHA256 over both and the body. A message is written in the transaction of the change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.outbound import OutboundLimits, check_url
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.errors import TooManyHooks, UnsafeHook
from ocop_hub.publishing.hooks.models import HookState, MessageState, WebhookEndpoint, WebhookMessage
from ocop_hub.publishing.models import Listing

DELIVER: Final = "publishing.deliver_hooks"
STATE_CHANGED: Final = "listing.state_changed"
PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
#: After a change of the secret the old one signs too, so that the receiver may change hers when she can.
BOTH_SIGN: Final = timedelta(hours=24)
MOST_ENDPOINTS: Final = 10
LONGEST_URL: Final = 2_000


@dataclass(frozen=True, slots=True)
class Opened:
    """An endpoint, and the only time its secret is shown."""

    endpoint: WebhookEndpoint
    secret: str


def visible_to(actor: Actor) -> Select[WebhookEndpoint]:
    """Endpoints of the producers the actor acts for; an office sees all."""
    query = select(WebhookEndpoint)
    return query if actor.is_office else query.where(WebhookEndpoint.producer_id.in_(actor.producers))


def signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """``v1,`` and the base64 of the HMAC-SHA256 over id, time in whole seconds and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def message_id(message: WebhookMessage) -> str:
    """What a receiver knows a message by."""
    return f"msg_{message.id.hex}"


async def add(
    session: AsyncSession, actor: Actor, *, producer_id: UUID, url: str, sealing_key: bytes, allow_http: bool
) -> Opened:
    """An address that hears of the producer's listings from now on. ``allow_http``: on one machine, for trials.

    Raises :class:`NotFound` (not yours), :class:`UnsafeHook`, :class:`TooManyHooks`.
    """
    known = await session.scalar(select(Producer.id).where(Producer.id == producer_id))
    if known is None or not actor.may_change(producer_id):
        raise NotFound("Không tìm thấy chủ thể này.")
    address = check_url(url.strip()[:LONGEST_URL], OutboundLimits(allow_loopback=allow_http))
    if address.scheme != "https" and not allow_http:
        raise UnsafeHook("Địa chỉ nhận thông báo phải bắt đầu bằng https://.")
    held = await session.scalar(
        select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.producer_id == producer_id)
    )
    if (held or 0) >= MOST_ENDPOINTS:
        raise TooManyHooks(f"Mỗi chủ thể có nhiều nhất {MOST_ENDPOINTS} địa chỉ. Hãy bỏ bớt một địa chỉ.")
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        id=new_id(),
        producer_id=producer_id,
        url=str(address),
        state=HookState.ACTIVE,
        created_by=actor.label,
        created_at=clock.now(),
    )
    endpoint.secret_sealed = _sealed(endpoint, secret, sealing_key)
    session.add(endpoint)
    _audit(session, actor, endpoint, "publishing.add_hook")
    await session.flush()
    return Opened(endpoint, secret)


async def rotate(session: AsyncSession, actor: Actor, *, endpoint_id: UUID, sealing_key: bytes) -> Opened:
    """A new secret; for a day both sign. Raises :class:`NotFound`."""
    endpoint = await endpoint_of(session, actor, endpoint_id)
    secret = _new_secret()
    endpoint.old_secret_sealed = endpoint.secret_sealed
    endpoint.old_secret_until = clock.now() + BOTH_SIGN
    endpoint.secret_sealed = _sealed(endpoint, secret, sealing_key)
    _audit(session, actor, endpoint, "publishing.rotate_hook")
    return Opened(endpoint, secret)


async def set_active(
    session: AsyncSession, actor: Actor, *, endpoint_id: UUID, active: bool
) -> WebhookEndpoint:
    """Pause, or write again, also to one that was given up: what waits goes out then. Raises :class:`NotFound`."""
    endpoint = await endpoint_of(session, actor, endpoint_id)
    endpoint.state = HookState.ACTIVE if active else HookState.PAUSED
    _audit(session, actor, endpoint, "publishing.resume_hook" if active else "publishing.pause_hook")
    if active:
        await jobs.enqueue(session, DELIVER, dedupe_key=DELIVER)
    return endpoint


async def remove(session: AsyncSession, actor: Actor, *, endpoint_id: UUID) -> None:
    """Forget an address, its secret and its messages. Raises :class:`NotFound`."""
    endpoint = await endpoint_of(session, actor, endpoint_id)
    _audit(session, actor, endpoint, "publishing.remove_hook")
    await session.delete(endpoint)


async def endpoint_of(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """The endpoint, locked, if the actor may change it. Raises :class:`NotFound`."""
    endpoint = await session.scalar(
        visible_to(actor).where(WebhookEndpoint.id == endpoint_id).with_for_update()
    )
    if endpoint is None or not actor.may_change(endpoint.producer_id):
        raise NotFound("Không tìm thấy địa chỉ này.")
    return endpoint


async def announce(session: AsyncSession, listing: Listing, previous: str) -> None:
    """Write down, for each address of the producer, that the listing's state is another now."""
    endpoints: Sequence[UUID] = (
        await session.scalars(
            select(WebhookEndpoint.id).where(
                WebhookEndpoint.producer_id == listing.producer_id,
                WebhookEndpoint.state != HookState.DEAD,
            )
        )
    ).all()
    if not endpoints:
        return
    now = clock.now()
    body = json.dumps(
        {
            "type": STATE_CHANGED,
            "timestamp": now.isoformat(),
            "data": {
                "listing_id": str(listing.id),
                "product_id": str(listing.product_id),
                "producer_id": str(listing.producer_id),
                "marketplace_key": listing.marketplace_key,
                "previous_state": previous,
                "state": listing.state.value,
                "grade": listing.grade.value if listing.grade else None,
                "public_url": listing.public_url,
                "reason": listing.reason,
            },
        },
        ensure_ascii=False,
    )
    for endpoint_id in endpoints:
        session.add(
            WebhookMessage(
                id=new_id(),
                endpoint_id=endpoint_id,
                producer_id=listing.producer_id,
                kind=STATE_CHANGED,
                body=body,
                created_at=now,
                next_at=now,
                state=MessageState.WAITING,
            )
        )
    await jobs.enqueue(session, DELIVER, dedupe_key=DELIVER)


def secrets_of(endpoint: WebhookEndpoint, sealing_key: bytes, at: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first. Raises :class:`CannotOpen`."""
    sealed = [endpoint.secret_sealed]
    if endpoint.old_secret_sealed and endpoint.old_secret_until and at < endpoint.old_secret_until:
        sealed.append(endpoint.old_secret_sealed)
    return [Sealer(sealing_key).open(each, belongs_to=f"webhook:{endpoint.id}").decode() for each in sealed]


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _sealed(endpoint: WebhookEndpoint, secret: str, sealing_key: bytes) -> bytes:
    return Sealer(sealing_key).seal(secret.encode(), belongs_to=f"webhook:{endpoint.id}")


def _audit(session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, action: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"webhook:{endpoint.id}",
        producer_id=endpoint.producer_id,
        url=endpoint.url,
    )
