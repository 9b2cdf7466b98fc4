"""Places in a kept page that differ from label to label, filled without compressing the page again."""

from __future__ import annotations

import re
import secrets
import struct
import zlib
from dataclasses import dataclass
from typing import Final

# Nobody can write these into a page: they are new in every process.
_TOKEN: Final = secrets.token_hex(8)
#: Where the line about the serial stands.
LINE_MARK: Final = f"[line-{_TOKEN}]"
#: Where the serial's part of an address stands, after the lot's.
PATH_MARK: Final = f"[path-{_TOKEN}]"

_MARKS = re.compile(re.escape(LINE_MARK).encode() + b"|" + re.escape(PATH_MARK).encode())
#: No time, no name, no system: the same page gives the same bytes (RFC 1952 §2.3).
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: An empty final block with fixed codes: what ends the stream, whatever pieces stand before it (RFC 1951
# §3.2.6).
_LAST_BLOCK = b"\x03\x00"
#: Bytes of one stored block (RFC 1951 §3.2.4).
_LONGEST_STORED: Final = 0xFFFF


def plain(rendered: bytes) -> bytes:
    """The page with nothing in its places."""
    return _MARKS.sub(b"", rendered)


@dataclass(frozen=True, slots=True)
class Slotted:
    """A page cut at its places. ``packed``: each piece as deflate blocks of its own that end on a byte."""

    pieces: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    places: tuple[bytes, ...]

    @classmethod
    def cut(cls, rendered: bytes) -> Slotted:
        """Cut a rendered page at its marks."""
        pieces = tuple(_MARKS.split(rendered))
        return cls(pieces, tuple(_packed(each) for each in pieces), tuple(_MARKS.findall(rendered)))

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces)) + sum(map(len, self.packed))

    def filled(self, *, line: bytes, path: bytes) -> bytes:
        """The whole page."""
        return b"".join(self._woven(self.pieces, {LINE_MARK.encode(): line, PATH_MARK.encode(): path}))

    def gzipped(self, *, line: bytes, path: bytes) -> bytes:
        """The whole page as gzip: the kept pieces, and between them the little that is new (RFC 1951, 1952)."""
        values = {LINE_MARK.encode(): line, PATH_MARK.encode(): path}
        body = b"".join(self._woven(self.pieces, values))
        blocks = self._woven(self.packed, {mark: _stored(value) for mark, value in values.items()})
        tail = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFF_FFFF).to_bytes(4, "little")
        return b"".join([_GZIP_HEAD, *blocks, _LAST_BLOCK, tail])

    def _woven(self, pieces: tuple[bytes, ...], values: dict[bytes, bytes]) -> list[bytes]:
        parts = [pieces[0]]
        for mark, piece in zip(self.places, pieces[1:], strict=True):
            parts += values[mark], piece
        return parts


def _stored(data: bytes) -> bytes:
    """Deflate blocks that hold ``data`` as it is: a compressor's tables cost more than a line could save."""
    blocks: list[bytes] = []
    for start in range(0, len(data), _LONGEST_STORED):
        part = data[start : start + _LONGEST_STORED]
        # Not the last block, type 00: its length, its complement, the bytes (RFC 1951 §3.2.4).
        blocks += b"\x00", struct.pack("<HH", len(part), len(part) ^ 0xFFFF), part
    return b"".join(blocks)


def _packed(data: bytes) -> bytes:
    if not data:
        return b""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    # Full, not sync: no piece may point back into the one before, for something else may stand between them.
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
