"""How far the sheets of an xls file reach, read from its own records: the decoder unfolds all of them at once.

The file is a compound file ([MS-CFB]); its stream "Workbook" or "Book" is a row of records ([MS-XLS] 2.1.4).
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

#: Sector numbers from here on end a chain ([MS-CFB] 2.1).
_END = 0xFFFFFFFA
_ENTRY = 128
_BOUNDSHEET, _EOF, _FILEPASS = 0x0085, 0x000A, 0x002F
#: Records that hold a value; row and column stand first. Several in a row: the last column stands at the end.
_VALUES = frozenset({0x0006, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406, 0x00FD})
_SEVERAL = 0x00BD


class XlsDamaged(Exception):
    """The file cannot be taken apart."""


class XlsLocked(Exception):
    """The file is encrypted under a password: an xls, or an xlsx inside a compound file ([MS-OFFCRYPTO] 2.3)."""


def xls_areas(data: bytes) -> list[tuple[int, int]]:
    """(rows, columns) of the used area of each sheet, from A1; none of a file that is no xls.

    Raises :class:`XlsDamaged`, :class:`XlsLocked`.
    """
    try:
        compound = _Compound(data)
        if compound.stream("encryptedpackage"):
            raise XlsLocked
        stream = compound.stream("workbook", "book")
        records = list(_records(stream, 0)) if stream else []
        if any(kind == _FILEPASS for kind, _ in records):
            raise XlsLocked
        sheets = [int.from_bytes(body[:4], "little") for kind, body in records if kind == _BOUNDSHEET]
        areas = {at: _area(stream, at) for at in set(sheets)}
    except (struct.error, IndexError, ValueError) as error:
        raise XlsDamaged from error
    return [areas[at] for at in sheets]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream, up to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _area(stream: bytes, at: int) -> tuple[int, int]:
    rows = columns = 0
    for kind, body in _records(stream, at):
        if kind in _VALUES or kind == _SEVERAL:
            row, column = struct.unpack_from("<HH", body)
            if kind == _SEVERAL:
                column = struct.unpack_from("<H", body, len(body) - 2)[0]
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns


class _Compound:
    """A compound file: streams in chains of sectors, small ones in chains of small sectors."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, small_shift = struct.unpack_from("<HH", data, 30)
        self._size, self._small = 1 << (shift & 15), 1 << (small_shift & 15)
        directory, _, self._cutoff, small_fat = struct.unpack_from("<IIII", data, 48)
        self._fat = self._table(self._fat_sectors())
        listed = self._chained(directory)
        self._entries = [listed[at : at + _ENTRY] for at in range(0, len(listed) - _ENTRY + 1, _ENTRY)]
        self._small_fat = array("I", self._chained(small_fat))

    def stream(self, *names: str) -> bytes:
        """The first stream of such a name, in small letters; empty where there is none."""
        for wanted in names:
            for entry in self._entries:
                length = int.from_bytes(entry[64:66], "little")
                if entry[: max(length - 2, 0)].decode("utf-16-le", "replace").lower() == wanted:
                    return self._content(entry)
        return b""

    def _content(self, entry: bytes) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= self._cutoff:
            return self._chained(start)[:size]
        (root,) = struct.unpack_from("<I", self._entries[0], 116)
        inside = self._chained(root)
        pieces = [inside[n * self._small : (n + 1) * self._small] for n in _chain(self._small_fat, start)]
        return b"".join(pieces)[:size]

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _chained(self, start: int) -> bytes:
        whole = b"".join(self._sector(number) for number in _chain(self._fat, start))
        return whole[: len(whole) // 4 * 4]

    def _table(self, sectors: list[int]) -> array[int]:
        whole = b"".join(self._sector(number) for number in sectors)
        return array("I", whole[: len(whole) // 4 * 4])

    def _fat_sectors(self) -> list[int]:
        """The first 109 stand in the header, the others in a chain of their own."""
        found = list(struct.unpack_from("<109I", self._data, 76))
        (after,) = struct.unpack_from("<I", self._data, 68)
        seen: set[int] = set()
        while after < _END and after not in seen:
            seen.add(after)
            numbers = struct.unpack(f"<{self._size // 4}I", self._sector(after))
            found += numbers[:-1]
            after = numbers[-1]
        return [number for number in found if number < _END]


def _chain(table: array[int], start: int) -> Iterator[int]:
    """The numbers from ``start`` on. Raises ValueError for a chain that never ends."""
    left = len(table)
    while start < _END:
        if left < 0:
            raise ValueError("a chain without an end")
        yield start
        start, left = table[start], left - 1
