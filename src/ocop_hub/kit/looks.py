"""What a picture looks like in a few bytes, so that a copy of it is known again.

A difference hash: the picture is made 9 × 8 grey fields, and each field is held against its right neighbour.
Re-encoding, another size or other colours change little of it. Beside "darker" and "lighter" there is "the same":
the plain ground of a product photo says nothing and would otherwise count as agreement. The middle is hashed
apart, so that a frame laid over a picture, or put around it, does not hide it.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

#: Fields of a row and rows; a row of nine has eight neighbours.
_ACROSS, _DOWN = 9, 8
_WORD: Final = (1 << 64) - 1
#: Grey levels, of 255, below which two fields are the same.
_SAME: Final = 3
#: Of each side, what is left out of the middle.
_FRAME: Final = 0.1
#: Neighbours of 64 that must differ: a plain picture is like any other plain one.
_FEWEST_EDGES: Final = 12
#: Share of the differing neighbours that may differ otherwise in a copy.
_MOST_OTHER: Final = 0.22


def look_of(picture: Image.Image) -> str:
    """The look as 64 hexadecimal digits: the whole, then the middle; empty for a picture too plain to tell."""
    grey = picture.convert("L")
    wide, high = grey.size
    middle = (wide * _FRAME, high * _FRAME, wide * (1 - _FRAME), high * (1 - _FRAME))
    both = [_hash(grey, box) for box in ((0.0, 0.0, float(wide), float(high)), middle)]
    if any(_edges(each).bit_count() < _FEWEST_EDGES for each in both):
        return ""
    return "".join(f"{each:032x}" for each in both)


def alike(one: str, other: str) -> bool:
    """Whether two looks are those of one picture, as it is or inside a frame; a missing look is like none."""
    if not one or not other:
        return False
    return any(_alike(first, second) for first in _hashes(one) for second in _hashes(other))


def _hash(grey: Image.Image, box: tuple[float, float, float, float]) -> int:
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


def _hashes(look: str) -> tuple[int, int]:
    return int(look[:32], 16), int(look[32:], 16)
