"""Serials of labels, computed and checked without the database (decision 0010).

A serial is 80 bits in sixteen characters: a 48-bit tag over (subject, lot, run, index), then the run and the
index hidden under a mask that depends on the tag. Reading it needs the lot's keys alone; it shows neither order
nor size of a run; one made up, changed, or moved to another product or lot is refused but for a chance of 2^-48.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from ocop_hub.traceability.codes import CROCKFORD

SERIAL_LENGTH = 16
#: Serial runs of one lot are numbered 1 to 255: eight bits, zero is never made.
MOST_RUNS = 255
#: Labels of one run: 24 bits of index.
MOST_LABELS = 1 << 24

_KEY_BYTES = 32
_TAG_BYTES = 6
_WORDS = [a + b for a in CROCKFORD for b in CROCKFORD]  # ten bits at a time
_VALUES = {word: n for n, word in enumerate(_WORDS)}
#: Crockford's base 32 has no I, L, O: who types them means the digits they look like.
_MISREAD = str.maketrans("ILO", "110")
_WRITTEN = re.compile(f"[{CROCKFORD}]{{{SERIAL_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class SerialKeys:
    """The two keys of a lot: one for tags, one for masks; 32 bytes each."""

    tag: bytes
    mask: bytes

    @classmethod
    def new(cls) -> SerialKeys:
        """Keys nobody had before."""
        return cls(secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def unpack(cls, packed: bytes) -> SerialKeys:
        """From :meth:`packed`. Raises ValueError for another length."""
        if len(packed) != 2 * _KEY_BYTES:
            raise ValueError("two keys of 32 bytes are expected")
        return cls(packed[:_KEY_BYTES], packed[_KEY_BYTES:])

    def packed(self) -> bytes:
        """Both keys in one value, to be sealed."""
        return self.tag + self.mask


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a serial stands: the lot's serial run 1–255, and the place in it from 0."""

    run: int
    index: int


class SerialMaker:
    """Makes and reads the serials of one lot under one subject.

    ``subject``: what stands before the lot on the label, the GTIN in 14 digits or the code of ``/t/…``.
    ``lot``: the lot code. Neither holds a control character, so the joined message is unambiguous.
    """

    __slots__ = ("_about", "_keys")

    def __init__(self, keys: SerialKeys, *, subject: str, lot: str) -> None:
        self._keys = keys
        self._about = f"{subject}\x1f{lot}\x1f".encode()

    def make(self, run: int, index: int) -> str:
        """The serial of one label. Raises ValueError outside 1–255 and 0–2^24-1."""
        if not (1 <= run <= MOST_RUNS and 0 <= index < MOST_LABELS):
            raise ValueError("run 1-255, index 0-16777215")
        return self._made((run << 24) | index)

    def series(self, run: int, count: int, *, first: int = 0) -> Iterator[str]:
        """The serials of ``count`` labels from index ``first`` on. Raises ValueError as :meth:`make`."""
        if not (1 <= run <= MOST_RUNS and first >= 0 and 0 < count <= MOST_LABELS - first):
            raise ValueError("run 1-255, index 0-16777215")
        place = (run << 24) | first
        return map(self._made, range(place, place + count))

    def read(self, serial: str) -> Slot | None:
        """Where a serial as :func:`written` gives it stands; None when these keys did not make it."""
        number = 0
        for at in range(0, SERIAL_LENGTH, 2):
            value = _VALUES.get(serial[at : at + 2])
            if value is None:
                return None
            number = (number << 10) | value
        tag = (number >> 32).to_bytes(_TAG_BYTES, "big")
        place = (number & 0xFFFF_FFFF) ^ self._mask(tag)
        run, index = place >> 24, place & 0xFF_FFFF
        # In the same time however much of it is right: nobody feels his way to a tag.
        if not hmac.compare_digest(tag, self._tag(place)) or run == 0:
            return None
        return Slot(run, index)

    def _made(self, place: int) -> str:
        tag = self._tag(place)
        number = (int.from_bytes(tag, "big") << 32) | (place ^ self._mask(tag))
        # Written out, not looped: this runs once for each label of a run of a million.
        return (
            _WORDS[number >> 70]
            + _WORDS[number >> 60 & 1023]
            + _WORDS[number >> 50 & 1023]
            + _WORDS[number >> 40 & 1023]
            + _WORDS[number >> 30 & 1023]
            + _WORDS[number >> 20 & 1023]
            + _WORDS[number >> 10 & 1023]
            + _WORDS[number & 1023]
        )

    def _tag(self, place: int) -> bytes:
        return hmac.digest(self._keys.tag, self._about + place.to_bytes(4, "big"), "sha256")[:_TAG_BYTES]

    def _mask(self, tag: bytes) -> int:
        # By the tag, which differs from label to label: neighbours in a roll are hidden under different masks.
        return int.from_bytes(hmac.digest(self._keys.mask, self._about + tag, "sha256")[:4], "big")


def written(text: str) -> str | None:
    """A serial as it is made, from what was typed or scanned: any case, hyphens, O for 0, I and L for 1."""
    serial = text.replace("-", "").upper().translate(_MISREAD)
    return serial if _WRITTEN.fullmatch(serial) else None
