"""From what stands on a label, or is copied from one, to the published lot behind it."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import PUBLIC, apply_scope
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import queries
from ocop_hub.traceability.errors import LotNotFound
from ocop_hub.traceability.models import TraceCode
from ocop_hub.traceability.scans.resolver import Fault, Target, read_target


def read_label(text: str) -> Target | Fault:
    """The target of a label's address, of its path, or of the bare code of ``/t/``."""
    written = text.strip()
    path = urlsplit(written).path if "/" in written else f"/t/{written}"
    return read_target(path.rstrip("/"))


async def published_lot(session: AsyncSession, actor: Actor, text: str) -> UUID:
    """The lot that a label names, whoever made it, as far as everybody may see it.

    Raises LotNotFound with what is wrong with the text.
    """
    target = read_label(text)
    if isinstance(target, Fault):
        why = target.detail or "Mã chưa đúng."
        raise LotNotFound(f"Không đọc được “{text.strip()[:60]}” thành mã trên tem: {why}")
    # Another producer's lot is seen only as buyers see it; what waits to be written is the actor's.
    await session.flush()
    await apply_scope(session, PUBLIC)
    try:
        found = await _lot_of(session, target)
    finally:
        await apply_scope(session, actor.scope)
    if found is None:
        raise LotNotFound(
            "Không có lô đã công bố nào mang mã này. Hãy chép đường dẫn trên tem của lô, không phải tem sản phẩm."
        )
    return found


async def _lot_of(session: AsyncSession, target: Target) -> UUID | None:
    if target.code is not None:
        lot_id = await session.scalar(select(TraceCode.lot_id).where(TraceCode.code == target.code))
    else:
        lot_id = None
    if lot_id is None and not (target.gtin and target.lot):
        return None
    lot = (
        await session.execute(queries.lots_named(target.gtin or "", target.lot or "", lot_id).limit(1))
    ).scalar_one_or_none()
    return lot.id if lot is not None else None
