"""``Idempotency-Key`` on every POST: the same key from the same actor gets the first answer again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base
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


class FirstAnswer(Exception):
    """Carries the stored answer out of the route; the application's handler sends it."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body


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
    digest.update(await request.body())
    return digest.digest()


def idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    """The header, checked for length."""
    if idempotency_key is not None and not 0 < len(idempotency_key) <= LONGEST_KEY:
        raise Malformed(f"Idempotency-Key phải có từ 1 đến {LONGEST_KEY} ký tự.")
    return idempotency_key


IdempotencyKeyDep = Annotated[str | None, Depends(idempotency_key)]
