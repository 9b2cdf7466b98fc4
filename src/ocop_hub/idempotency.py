"""``Idempotency-Key`` on every POST: the same key from the same actor gets the first answer again.

``APIRouter(route_class=HubRoute)`` is all a room has to write. The key is claimed in the request's own
transaction as soon as the actor is known, before the route runs, and the answer is stored in it after: change
and answer exist together or not at all. A refusal rolls both back, so that a corrected request may use the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, hold
from ocop_hub.errors import Conflict, Malformed

KEPT_FOR = timedelta(days=3)
LONGEST_KEY = 200


class IdempotencyKey(Base):
    """A key with the request it came with and the answer it got."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class KeyReused(Conflict):
    code = "idempotency-key-reused"
    title = "Khóa chống gửi trùng đã dùng cho một yêu cầu khác"


class ShownOnce(Conflict):
    code = "shown-once"
    title = "Câu trả lời này chỉ hiện một lần"


class FirstAnswer(Exception):
    """Carries the stored answer out of the route to :class:`HubRoute`, which sends it."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body


@dataclass(slots=True)
class Claim:
    """What :class:`HubRoute` leaves on the request for the actor's dependency, and gets back."""

    key: str
    request_hash: bytes
    session: AsyncSession | None = None
    actor: str = ""
    keeps_answer: bool = True

    async def put_down(self, session: AsyncSession) -> None:
        """Take the key back, so that what follows a pause is still one transaction with it."""
        mine = IdempotencyKey.actor == self.actor, IdempotencyKey.key == self.key
        await session.execute(delete(IdempotencyKey).where(*mine))

    async def take_up(self, session: AsyncSession) -> None:
        """Claim the key after the pause. Raises :class:`FirstAnswer` when a repeat was quicker."""
        await claim(session, actor=self.actor, key=self.key, request_hash=self.request_hash)


async def claim(session: AsyncSession, *, actor: str, key: str, request_hash: bytes) -> None:
    """Take the key inside the running transaction.

    Two requests at once: the second waits on the first's row, then finds its answer. Raises
    :class:`FirstAnswer` when the same request was answered, :class:`KeyReused` when it was another one.
    """
    taken = await session.execute(
        insert(IdempotencyKey)
        .values(actor=actor, key=key, request_hash=request_hash, status=0, body="")
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if taken.scalar_one_or_none() is not None:
        return
    # The insert has waited for the other transaction; this later statement sees what that one committed.
    row = (
        await session.execute(
            select(IdempotencyKey).where(IdempotencyKey.actor == actor, IdempotencyKey.key == key)
        )
    ).scalar_one()
    if row.request_hash != request_hash:
        raise KeyReused("Khóa Idempotency-Key này đã gửi với nội dung khác. Hãy dùng một khóa mới.")
    raise FirstAnswer(row.status, row.body)


async def keep(session: AsyncSession, *, actor: str, key: str, status: int, body: str) -> None:
    """Store the answer beside the change it tells of, in the same transaction."""
    row = await session.get(IdempotencyKey, (actor, key))
    if row is not None:
        row.status = status
        row.body = body


async def forget_old(session: AsyncSession, *, before: datetime) -> int:
    """Delete keys older than ``before`` and return how many."""
    gone = await session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < before).returning(IdempotencyKey.key)
    )
    return len(gone.all())


async def request_hash(request: Request) -> bytes:
    """What makes two requests the same: method, path, query and body."""
    digest = hashlib.sha256()
    digest.update(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    body = await request.body()
    kind, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    if kind.startswith("multipart/") and boundary:
        # A client draws a new boundary for every attempt; it is no part of what is said.
        body = body.replace(boundary.strip('" ').encode(), b"")
    digest.update(body)
    return digest.digest()


async def claim_for_request(request: Request, session: AsyncSession, *, actor: str) -> None:
    """Claim the key the request came with, if it came with one; strangers (``actor`` empty) have none."""
    waiting: Claim | None = getattr(request.state, "idempotency", None)
    if waiting is None or waiting.session is not None or not actor:
        return
    await claim(session, actor=actor, key=waiting.key, request_hash=waiting.request_hash)
    waiting.session, waiting.actor = session, actor
    hold(session, waiting)


def answer_shown_once(request: Request) -> None:
    """Keep this answer out of the table, because it holds a secret; a repeat gets 409 with the reason."""
    waiting: Claim | None = getattr(request.state, "idempotency", None)
    if waiting is not None:
        waiting.keeps_answer = False


class HubRoute(APIRoute):
    """The route class of every room's JSON API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler; for a POST with a key, between claiming and keeping."""
        handle = super().get_route_handler()

        async def with_key(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if request.method != "POST" or key is None:
                return await handle(request)
            if not 0 < len(key) <= LONGEST_KEY:
                raise Malformed(f"Idempotency-Key phải có từ 1 đến {LONGEST_KEY} ký tự.")
            waiting = Claim(key, await request_hash(request))
            request.state.idempotency = waiting
            try:
                response = await handle(request)
            except FirstAnswer as first:
                return _replay(first)
            await _keep_answer(waiting, response)
            return response

        return with_key


async def _keep_answer(waiting: Claim, response: Response) -> None:
    if waiting.session is None:  # a stranger: the route has refused or changes nothing
        return
    status, body = response.status_code, bytes(response.body).decode()
    if not waiting.keeps_answer:
        spent = ShownOnce("Yêu cầu với khóa này đã làm xong; câu trả lời chứa bí mật nên không được giữ lại.")
        status, body = spent.status, json.dumps(spent.problem(), ensure_ascii=False)
    await keep(waiting.session, actor=waiting.actor, key=waiting.key, status=status, body=body)
    # This runs after the route, before the session's own commit, which is the only one.
    await waiting.session.flush()


def _replay(first: FirstAnswer) -> Response:
    kind = "application/problem+json" if first.status >= 400 else "application/json"
    return Response(
        first.body or None,
        status_code=first.status,
        media_type=kind if first.body else None,
        headers={"Idempotency-Replayed": "true"},
    )
