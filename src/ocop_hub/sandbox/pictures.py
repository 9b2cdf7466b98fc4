"""Uploaded bytes are taken only when they really are a picture."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 10_000_000
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture that decodes: its media type ("" for another kind) and its sides in pixels."""

    media_type: str
    width: int
    height: int


def _measured(content: bytes) -> Measured | None:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            kind, (width, height) = picture.format or "", picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Measured({"JPEG": "image/jpeg", "PNG": "image/png"}.get(kind, ""), width, height)


async def measured(content: bytes, *, most: int = MAX_BYTES) -> Measured | None:
    """The picture after decoding it; None when it is none or has more than ``most`` bytes."""
    if not content or len(content) > most:
        return None
    return await asyncio.to_thread(_measured, content)


async def media_type(content: bytes) -> str:
    """image/jpeg or image/png after decoding it; empty when it is neither or too large."""
    found = await measured(content)
    return found.media_type if found is not None else ""
