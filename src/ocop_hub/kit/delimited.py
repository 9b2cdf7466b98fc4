"""Text files with separated columns, in the encodings and with the separators found in Vietnamese offices."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import unicodedata
from collections import Counter

from ocop_hub.kit.legacy_fonts import looks_legacy

_SEPARATORS = (";", "\t", ",")
_SAMPLE_ROWS = 200
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# Web systems hand out HTML tables under the name .xls; PDF and RTF begin with readable text too.
_OTHER_KINDS = re.compile(r"\s*(?:%PDF|\{\\rtf|<(?:!doctype|\?xml|html|table|meta)\b)", re.IGNORECASE)
# What some web systems hand out for ";", "," and Vietnamese letters (RFC 2152).
_UTF7 = re.compile(r"\+(?:ADs|ACw|AAk|AC0|AO[A-Z0-9]|AR[A-Z0-9]|AQ[A-Z0-9]|H[k-z][A-Z0-9])[A-Za-z0-9+/]*-")
# ạ, ế and đ of UTF-8 read as Windows-1252.
_TWICE_ENCODED = re.compile("á[º»][\x80-\xbf\u0152-\u2122]|Ä[\x91\u2018]|Ã[\xa0-\xbf]")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NotText(Exception):
    """The bytes are no text in an encoding we know, or text of another kind, such as HTML."""


class TextDamaged(Exception):
    """The text cannot be cut into columns; the message is the beginning of a Vietnamese sentence."""


class TextTooBig(Exception):
    """More separators or lines than the bound on cells."""


def read_delimited(data: bytes, *, max_cells: int) -> list[list[str]]:
    """The rows of a text file, NFC, cells as written; row ``i`` is what a spreadsheet program numbers ``i + 1``.

    UTF-8 with or without a byte-order mark, UTF-16, Windows-1258, and Latin-1 for text typed for TCVN3 or VNI
    fonts, which is left as typed; ``;`` tab or ``,``, also as named by a
    first line ``sep=;``. Raises ``NotText``, ``TextDamaged``, ``TextTooBig``.
    """
    text = _decoded(data)
    if _CONTROL.search(text) or _OTHER_KINDS.match(text):
        raise NotText
    if len(_UTF7.findall(text)) > 2:
        raise TextDamaged("Tệp lưu bằng bảng mã UTF-7 nên chữ và dấu phân cách bị hỏng")
    if len(_TWICE_ENCODED.findall(text)) > 2:
        raise TextDamaged("Chữ trong tệp đã hỏng vì mở UTF-8 bằng bảng mã khác rồi lưu lại")
    # Counted before cutting: a file of nothing but separators would unfold into a hundred times its size.
    if any(text.count(mark) > max_cells for mark in (*_SEPARATORS, "\n", "\r")):
        raise TextTooBig
    # Windows-1258 writes tones as marks of their own; NFC joins them to their letters.
    text = unicodedata.normalize("NFC", text)
    named = re.match(r"sep=([;,\t])\r?\n", text)
    separator = named[1] if named else _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise TextDamaged("Tệp có một ô quá dài, có thể do thiếu dấu ngoặc kép") from None
    if named:
        rows[0] = []
    return rows


def _decoded(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    if b"\x00" in data[:4096]:
        return _strict(data, _utf16_side(data[:4096]))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Files typed for TCVN3 or VNI fonts were saved as if they were West European.
        western = data.decode("latin-1")
        return western if looks_legacy(western) else _strict(data, "cp1258")


def _utf16_side(head: bytes) -> str:
    # Separators and digits have a zero byte beside them, always on the same side.
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise NotText from None


def _separator(text: str) -> str:
    """The separator under which most rows have one and the same number of columns."""
    best, best_score = ";", (0, 0)
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            widths = Counter(len(row) for row in itertools.islice(reader, _SAMPLE_ROWS) if len(row) > 1)
        except csv.Error:
            continue
        width, rows = widths.most_common(1)[0] if widths else (0, 0)
        if (rows, width) > best_score:
            best, best_score = separator, (rows, width)
    return best
