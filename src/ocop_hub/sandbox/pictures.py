"""Uploaded bytes are taken only when they really are a picture."""

from __future__ import annotations

import asyncio
import io

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 10_000_000
MAX_PIXELS = 50_000_000


def _kind(content: bytes) -> str:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return ""
            kind = picture.format or ""
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return {"JPEG": "image/jpeg", "PNG": "image/png"}.get(kind, "")


async def media_type(content: bytes) -> str:
    """image/jpeg or image/png after decoding it; empty when it is neither or too large."""
    if not content or len(content) > MAX_BYTES:
        return ""
    return await asyncio.to_thread(_kind, content)
