"""Photos and papers of events: kept by their content, so that the key an event names is the paper's own hash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import obstore
from obstore.exceptions import NotFoundError
from sqlalchemy import column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import PUBLIC, apply_scope, aside
from ocop_hub.media import LARGEST_MB, Media, MediaNotFound
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.details import AttachmentIn
from ocop_hub.traceability.errors import EventInvalid, PaperRefused
from ocop_hub.traceability.models import TraceEvent

PDF_START = b"%PDF-"
#: Where the store keeps PDFs, and where pictures.
PAPERS, PICTURES = "papers", "pictures"


async def keep(media: Media, content: bytes) -> str:
    """Keep a photo (re-encoded) or a PDF and return its key.

    Raises PaperRefused (too large), NotAPicture, PictureTooLarge.
    """
    if len(content) > LARGEST_MB * 1_000_000:
        raise PaperRefused(f"Tệp lớn hơn {LARGEST_MB} MB. Hãy giảm dung lượng hoặc chụp ảnh giấy tờ.")
    if content.startswith(PDF_START):
        return await media.put_file(content, PAPERS, suffix=".pdf")
    return (await media.put_picture(content)).key


async def require_kept(media: Media, attachments: Sequence[AttachmentIn]) -> None:
    """Raises EventInvalid for an attachment that was never uploaded: an event is written once and for ever."""
    for each in attachments:
        try:
            await obstore.head_async(media.store, each.key)
        except (NotFoundError, FileNotFoundError) as error:
            raise EventInvalid(
                f"Không có ảnh hoặc giấy tờ mang khóa {each.key[:60]}. Hãy tải tệp lên trước rồi ghi công đoạn."
            ) from error


async def named(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Those of ``keys`` that a product's photos or an event's attachments name."""
    photos = select(ProductPhoto.media_key).where(ProductPhoto.media_key.in_(keys))
    found = set(await session.scalars(photos))
    rest = set(keys) - found
    if not rest:
        return found
    listed = func.jsonb_array_elements(TraceEvent.details["attachments"])
    each = listed.table_valued(column("value", JSONB), name="each")
    key = each.c.value["key"].astext
    attached = select(key).select_from(TraceEvent).join(each, true())
    attached = attached.where(TraceEvent.details.has_key("attachments"), key.in_(rest))
    return found | set(await session.scalars(attached))


async def read_paper(
    session: AsyncSession, media: Media, actor: Actor, event_id: UUID, position: int
) -> bytes:
    """A PDF of an event, counted from 0: public ones of published lots, and all to those who may write there.

    Leaves the session seeing what everybody sees; read :func:`ocop_hub.db.aside`. Raises MediaNotFound.
    """
    event = await session.get(TraceEvent, event_id)
    own = event is not None and actor.may_change(event.producer_id)
    if event is None:
        await apply_scope(session, PUBLIC)
        event = await session.get(TraceEvent, event_id)
    given = event.details.get("attachments", []) if event is not None else []
    if not 0 <= position < len(given):
        raise MediaNotFound("Không có giấy tờ này.")
    attachment = AttachmentIn.model_validate(given[position])
    if not (attachment.public or own) or not attachment.key.startswith(f"{PAPERS}/"):
        raise MediaNotFound("Không có giấy tờ này, hoặc giấy tờ này không công khai.")
    async with aside(session):
        return await media.read(attachment.key)
