"""Pictures as photos are: shapes of many sizes and colours, soft edges, a little grain."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter


def still_life(seed: int, *, ground: str = "") -> Image.Image:
    """A picture of 900 × 900 pixels; the same seed is the same picture. ``ground``: goods on a plain colour."""
    pick = random.Random(seed)
    picture = Image.new("RGB", (900, 900), ground or _colour(pick))
    draw = ImageDraw.Draw(picture)
    for _ in range(6 if ground else 14):
        wide, high = pick.randrange(120, 350), pick.randrange(120, 350)
        left, top = pick.randrange(100, 500), pick.randrange(100, 500)
        shape = draw.ellipse if pick.random() < 0.5 else draw.rectangle
        shape((left, top, left + wide, top + high), fill=_colour(pick))
    return picture.filter(ImageFilter.GaussianBlur(3))


def encoded(picture: Image.Image, *, quality: int = 85, kind: str = "JPEG") -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, quality=quality)
    return out.getvalue()


def framed(picture: Image.Image) -> Image.Image:
    """With what a marketplace lays over it: a coloured border, a band with words at the bottom."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    wide, high = copy.size
    draw.rectangle((0, 0, wide - 1, high - 1), outline="#d0011b", width=wide // 16)
    draw.rectangle((0, high * 7 // 8, wide, high), fill="#f5a623")
    draw.text((wide // 3, high * 15 // 16), "FREESHIP – GIẢM 30%", fill="white")
    return copy


def _colour(pick: random.Random) -> tuple[int, int, int]:
    return pick.randrange(256), pick.randrange(256), pick.randrange(256)
