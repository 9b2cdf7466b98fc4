"""What a picture looks like in a few bytes, so that a copy of it is known again.

A difference hash: the picture is made 9 × 8 grey fields, and each field is held against its right neighbour.
Re-encoding, another size or other colours change little of it. Beside "darker" and "lighter" there is "the same":
the plain ground of a product photo says nothing and would otherwise count as agreement. Hashed apart are the
middle, which a frame laid over the picture leaves free, and what is left without plain margins, which a frame
around it only adds.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from PIL import Image, ImageChops

#: Fields of a row and rows; a row of nine has eight neighbours.
_ACROSS, _DOWN = 9, 8
_WORD: Final = (1 << 64) - 1
_DIGITS: Final = 32
#: Grey levels, of 255, below which two fields are the same.
_SAME: Final = 3
#: Of each side, what is left out of the middle.
_FRAME: Final = 0.08
#: Grey levels by which a margin may differ from the corner.
_MARGIN: Final = 20
#: Neighbours of 64 that must differ: a plain picture is like any other plain one.
_FEWEST_EDGES: Final = 12
#: Share of the differing neighbours that may differ otherwise in a copy.
_MOST_OTHER: Final = 0.22
#: Pixels of the longer side that are enough to tell.
_SIDE: Final = 360

Box = tuple[float, float, float, float]


def look_of(picture: Image.Image) -> str:
    """The look as 96 hexadecimal digits: the whole, the middle, the whole without margins.

    Empty for a picture too plain to tell.
    """
    grey = picture.convert("L")
    grey.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    wide, high = grey.size
    whole = (0.0, 0.0, float(wide), float(high))
    middle = (wide * _FRAME, high * _FRAME, wide * (1 - _FRAME), high * (1 - _FRAME))
    hashes = [_hash(grey, box) for box in (whole, middle, _inside_margins(grey) or whole)]
    if any(_edges(each).bit_count() < _FEWEST_EDGES for each in hashes):
        return ""
    return "".join(f"{each:0{_DIGITS}x}" for each in hashes)


def alike(one: str, other: str) -> bool:
    """Whether two looks are those of one picture, as it is or inside a frame; a missing look is like none."""
    return any(_alike(first, second) for first, second in product(_hashes(one), _hashes(other)))


def _inside_margins(grey: Image.Image) -> Box | None:
    """Where anything differs from the upper left corner; None where nothing does."""
    corner = Image.new("L", grey.size, grey.getpixel((0, 0)))
    return ImageChops.difference(grey, corner).point([0] * _MARGIN + [255] * (256 - _MARGIN)).getbbox()


def _hash(grey: Image.Image, box: Box) -> int:
    """128 bits: where the right neighbour is darker, then where it is lighter."""
    fields = grey.resize((_ACROSS, _DOWN), Image.Resampling.BOX, box=box).tobytes()
    darker = lighter = 0
    for at in (row * _ACROSS + column for row in range(_DOWN) for column in range(_ACROSS - 1)):
        step = fields[at + 1] - fields[at]
        darker = darker << 1 | (step <= -_SAME)
        lighter = lighter << 1 | (step >= _SAME)
    return darker << 64 | lighter


def _edges(hashed: int) -> int:
    return (hashed >> 64 | hashed) & _WORD


def _alike(one: int, other: int) -> bool:
    return _edges(one ^ other).bit_count() <= _MOST_OTHER * (_edges(one) | _edges(other)).bit_count()


def _hashes(look: str) -> list[int]:
    return [int(look[at : at + _DIGITS], 16) for at in range(0, len(look), _DIGITS)]
