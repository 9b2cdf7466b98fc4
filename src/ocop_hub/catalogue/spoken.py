"""A product's story, told instead of typed: kept as it was recorded, for those who act for the product only.

The recording is not re-encoded, so its kind is read from its own first bytes and never from its name.
"""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.errors import NotARecording, RecordingTooLarge, TooManyRecordings
from ocop_hub.catalogue.models import SpokenStory
from ocop_hub.catalogue.service import for_change
from ocop_hub.db import aside
from ocop_hub.errors import NotFound
from ocop_hub.kit.ids import new_id
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor

#: MB = 10^6 bytes; an hour as a phone records speech.
LARGEST_MB: Final = 20
MAX_RECORDINGS: Final = 5
#: Where the store keeps them.
FOLDER: Final = "spoken"

#: Brands of ISO media files (ISO/IEC 14496-12) that telephones record sound in.
_MP4_BRANDS: Final = (b"M4A", b"M4B", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"iso6", b"dash")
_SUFFIXES: Final = {
    "audio/mp4": ".m4a",
    "audio/3gpp": ".3gp",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/webm": ".webm",
}


def spoken_stories_of(product_id: UUID) -> Select[SpokenStory]:
    """The recordings of a product, the latest first."""
    return (
        select(SpokenStory)
        .where(SpokenStory.product_id == product_id)
        .order_by(SpokenStory.created_at.desc(), SpokenStory.id)
    )


def media_type_of(content: bytes) -> str | None:
    """The kind of recording that the bytes are; None when they are none that telephones make."""
    brand = content[8:12]
    if content[4:8] == b"ftyp":
        if brand.startswith((b"3gp", b"3g2")):
            return "audio/3gpp"
        return "audio/mp4" if brand.startswith(_MP4_BRANDS) else None
    if content.startswith(b"OggS"):
        return "audio/ogg"
    if content.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in content[:64]:
        return "audio/webm"
    if content.startswith(b"ID3"):
        return "audio/mpeg"
    if len(content) > 4 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        # Eleven set bits begin a frame; the next tell ADTS (layer 0) from MPEG audio, where 0 is reserved.
        layer = content[1] & 0x06
        return "audio/mpeg" if layer else "audio/aac" if content[1] & 0xF0 == 0xF0 else None
    return None


async def keep_recording(
    session: AsyncSession, actor: Actor, media: Media, product_id: UUID, content: bytes
) -> SpokenStory:
    """Keep a recording; the same bytes again are the same recording.

    Raises NotFound, :class:`NotARecording`, :class:`RecordingTooLarge`, :class:`TooManyRecordings` beyond 5. It is
    kept first, :func:`ocop_hub.db.aside`.
    """
    await for_change(session, actor, product_id)
    if len(content) > LARGEST_MB * 1_000_000:
        raise RecordingTooLarge(f"Bản ghi âm lớn hơn {LARGEST_MB} MB. Hãy kể thành nhiều đoạn ngắn hơn.")
    media_type = media_type_of(content)
    if media_type is None:
        raise NotARecording("Không nghe được tệp này. Hãy gửi bản ghi âm M4A, MP3, OGG, WebM hoặc 3GP.")
    async with aside(session):
        media_key = await media.put_file(content, FOLDER, suffix=_SUFFIXES[media_type])
    product = await for_change(session, actor, product_id)
    sha256 = hashlib.sha256(content).hexdigest()
    mine = SpokenStory.product_id == product_id
    known = await session.scalar(select(SpokenStory).where(mine, SpokenStory.sha256 == sha256))
    if known is not None:
        return known
    if (await session.scalar(select(func.count()).where(mine)) or 0) >= MAX_RECORDINGS:
        raise TooManyRecordings(
            f"Mỗi sản phẩm có nhiều nhất {MAX_RECORDINGS} bản ghi âm. Hãy xóa một bản đã gõ xong."
        )
    story = SpokenStory(
        id=new_id(),
        product_id=product_id,
        producer_id=product.producer_id,
        sha256=sha256,
        media_key=media_key,
        media_type=media_type,
        size_bytes=len(content),
        recorded_by=actor.label,
    )
    session.add(story)
    _audit(session, actor, story, "catalogue.keep_recording")
    return story


async def get_recording(session: AsyncSession, actor: Actor, product_id: UUID, story_id: UUID) -> SpokenStory:
    """The recording, for those who may act for its product; else NotFound."""
    story: SpokenStory | None = await session.scalar(
        spoken_stories_of(product_id).where(SpokenStory.id == story_id)
    )
    if story is None or not actor.may_change(story.producer_id):
        raise NotFound("Không có bản ghi âm này, hoặc bạn không có quyền nghe.")
    return story


async def remove_recording(session: AsyncSession, actor: Actor, product_id: UUID, story_id: UUID) -> None:
    """Delete the recording; what was typed from it stays. Raises NotFound.

    Its bytes go with the next look at what nobody names (:func:`ocop_hub.catalogue.jobs.forget_recordings`).
    """
    story = await get_recording(session, actor, product_id, story_id)
    await session.delete(story)
    _audit(session, actor, story, "catalogue.remove_recording")


def _audit(session: AsyncSession, actor: Actor, story: SpokenStory, action: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"product:{story.product_id}",
        producer_id=story.producer_id,
        recording=str(story.id),
    )
