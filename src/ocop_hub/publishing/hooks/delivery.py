"""Messages on their way: claimed in a short transaction, posted with none open, their outcome written after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.db import SYSTEM, Database
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.hooks.models import HookState, MessageState, WebhookEndpoint, WebhookMessage
from ocop_hub.publishing.hooks.service import DELIVER, message_id, secrets_of, signature

#: Waits between attempts, as Standard Webhooks proposes: about three days in all, then the message is dead.
WAITS: Final = tuple(
    timedelta(seconds=each) for each in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
#: Longer than one attempt can take.
LEASE: Final = timedelta(seconds=60)
AT_ONCE: Final = 20
KEPT: Final = timedelta(days=30)
#: The receiver says that it wants no more.
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class _Parcel:
    message_id: UUID
    url: str
    headers: dict[str, str]
    body: bytes


async def deliver(database: Database, outside: Outside) -> int:
    """Send every message that is due; returns how many attempts were made."""
    made = 0
    while parcels := await _claim(database, outside):
        await asyncio.gather(*(_attempt(database, outside, each) for each in parcels))
        made += len(parcels)
    return made


async def _claim(database: Database, outside: Outside) -> list[_Parcel]:
    now = clock.now()
    parcels = []
    async with database.session(SYSTEM) as session:
        rows = await session.execute(
            select(WebhookMessage, WebhookEndpoint)
            .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
            .where(
                WebhookMessage.state == MessageState.WAITING,
                WebhookMessage.next_at <= now,
                or_(WebhookMessage.lease_until.is_(None), WebhookMessage.lease_until < now),
                WebhookEndpoint.state == HookState.ACTIVE,
            )
            .order_by(WebhookMessage.next_at, WebhookMessage.id)
            .limit(AT_ONCE)
            .with_for_update(of=WebhookMessage, skip_locked=True)
        )
        for message, endpoint in rows:
            try:
                keys = secrets_of(endpoint, outside.sealing_key, now)
            except CannotOpen:
                endpoint.state = HookState.PAUSED
                message.problem = "Không mở được khóa bí mật. Hãy đổi khóa rồi bật lại."
                continue
            message.lease_until = now + LEASE
            body = message.body.encode()
            name = message_id(message)
            headers = {
                "content-type": "application/json; charset=utf-8",
                "webhook-id": name,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": " ".join(signature(key, name, now, body) for key in keys),
            }
            parcels.append(_Parcel(message.id, endpoint.url, headers, body))
    return parcels


async def _attempt(database: Database, outside: Outside, parcel: _Parcel) -> None:
    status: int | None = None
    problem = ""
    try:
        status = await outside.post(parcel.url, parcel.body, parcel.headers)
    except HubError as error:
        problem = error.detail
    async with database.session(SYSTEM) as session:
        message = await session.get(WebhookMessage, parcel.message_id, with_for_update=True)
        if message is not None:
            await _write(session, message, status, problem)


async def _write(session: AsyncSession, message: WebhookMessage, status: int | None, problem: str) -> None:
    """Delivered with any 2xx; else another attempt later, and after the last one neither message nor address lives."""
    now = clock.now()
    message.lease_until = None
    message.attempts += 1
    message.status = status
    if status is not None and 200 <= status < 300:
        message.state, message.delivered_at, message.problem = MessageState.DELIVERED, now, ""
        return
    message.problem = problem or f"Máy chủ nhận trả lời mã {status}."
    last = message.attempts > len(WAITS)
    if not last and status != GONE:
        message.next_at = now + WAITS[message.attempts - 1]
        return
    message.state = MessageState.DEAD
    endpoint = await session.get_one(WebhookEndpoint, message.endpoint_id, with_for_update=True)
    taken_since = await session.scalar(
        select(WebhookMessage.id)
        .where(WebhookMessage.endpoint_id == endpoint.id, WebhookMessage.delivered_at > message.created_at)
        .limit(1)
    )
    if status == GONE or taken_since is None:
        endpoint.state = HookState.DEAD


async def wake_due(session: AsyncSession) -> None:
    """The sweep: messages whose turn has come again; delivered and dead ones are forgotten after 30 days."""
    now = clock.now()
    due = await session.scalar(
        select(WebhookMessage.id)
        .where(WebhookMessage.state == MessageState.WAITING, WebhookMessage.next_at <= now)
        .limit(1)
    )
    if due is not None:
        await jobs.enqueue(session, DELIVER, dedupe_key=DELIVER)
    await session.execute(
        delete(WebhookMessage).where(
            WebhookMessage.state != MessageState.WAITING, WebhookMessage.created_at < now - KEPT
        )
    )
