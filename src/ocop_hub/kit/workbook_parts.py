"""The zip containers of xlsx and ods files, opened within bounds.

A container's own directory says how large its parts are, and may lie. So the needed parts are unpacked here,
counted, and packed again plainly: the decoder reads exactly what was counted. Pictures are left out.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

#: All needed parts together, unpacked.
MAX_UNPACKED_BYTES = 120 * 1024 * 1024
MAX_PARTS = 2_000

_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_NEEDED = re.compile(r"(?:.*\.(?:xml|rels)|mimetype)", re.IGNORECASE)
_UNNEEDED = re.compile(
    r"(?:.*/)?(?:media|embeddings|drawings|charts|customXml|printerSettings)/", re.IGNORECASE
)
# An attribute's value may hold a ">"; the decoder goes by the quotes, so this does too.
_ATTRIBUTES = rb"(\s(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*)?>"
_ROW_OR_CELL = re.compile(
    rb"<(?:\w{1,9}:)?(?:(row)|c)" + _ATTRIBUTES + rb"(?:\s*<(?:\w{1,9}:)?(f|v|is)\b)?",
)
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w{1,9}:)?v(?:\s[^<>]*)?>([^<]+)<")
_ODS_ELEMENT = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)" + _ATTRIBUTES)
_ODS_TIMES = re.compile(rb"\stable:number-(?:rows|columns)-repeated\s*=\s*[\"']([0-9]{1,9})[\"']")
# A part is XML of known make; entities have no place in it and could unfold without end.
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class WorkbookKindUnknown(Exception):
    """A zip file, but neither xlsx nor ods."""


class WorkbookDamaged(Exception):
    """The container or a needed part of it cannot be read."""


class WorkbookTooBig(Exception):
    """Unpacked, the needed parts pass the bounds."""


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell with a formula but no usable value: never calculated (``text`` empty), or an error such as #REF!."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class SheetFacts:
    """What the decoder does not tell: the used area, counted from 1, and the broken cells, from 0."""

    last_row: int = 0
    last_column: int = 0
    broken: dict[tuple[int, int], BrokenCell] = field(default_factory=dict)

    def reach(self, row: int, column: int) -> None:
        """A value stands at this place, counted from 1."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)


def open_parts(data: bytes) -> tuple[bytes, dict[str, SheetFacts]]:
    """The container with only its needed parts, stored unpacked, and the facts of each sheet by its name.

    Of ods the used areas are known only, not by name. Raises ``WorkbookKindUnknown``, ``WorkbookDamaged``, ``WorkbookTooBig``.
    """
    try:
        parts = _unpacked(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        # What zipfile raises on damaged, encrypted and strangely packed members.
        raise WorkbookDamaged from None
    if any(_ENTITIES.search(part, 0, 4096) for part in parts.values()):
        raise WorkbookDamaged
    if "xl/workbook.xml" in parts:
        facts = {name: _sheet_facts(parts[path]) for name, path in _worksheets(parts)}
    elif parts.get("mimetype", b"").strip() == _ODS_TYPE and "content.xml" in parts:
        facts = {f"table {n}": area for n, area in enumerate(_ods_areas(parts["content.xml"]))}
    else:
        raise WorkbookKindUnknown
    return _packed(parts), facts


def _unpacked(data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        members = [m for m in container.infolist() if _NEEDED.fullmatch(m.filename)]
        members = [m for m in members if not _UNNEEDED.match(m.filename)]
        if len(members) > MAX_PARTS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
            raise WorkbookTooBig
        for member in members:
            with container.open(member) as stream:
                part = stream.read(left + 1)
            left -= len(part)
            if left < 0:
                raise WorkbookTooBig
            parts[member.filename] = part
    return parts


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as container:
        for name, part in parts.items():
            container.writestr(name, part)
    return out.getvalue()


def _worksheets(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    relations = _parsed(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    workbook = _parsed(parts["xl/workbook.xml"])
    targets = {r.get("Id"): posixpath.normpath(posixpath.join("/xl", r.get("Target", ""))) for r in relations}
    for element in workbook.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = element.get(_RELATION_ID) or element.get(_STRICT_RELATION_ID)
            path = targets.get(key, "").lstrip("/")
            if path in parts:
                yield element.get("name", ""), path


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds trees of documents that declare nothing, in whatever encoding they would declare it."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise WorkbookDamaged


def _parsed(part: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(part, ElementTree.XMLParser(target=_NoDoctype()))  # noqa: S314 - no entities
    except ElementTree.ParseError:
        raise WorkbookDamaged from None


def _sheet_facts(part: bytes) -> SheetFacts:
    facts = SheetFacts()
    row = column = 0
    found = _ROW_OR_CELL.finditer(part)
    here = next(found, None)
    while here is not None:
        after = next(found, None)
        is_row, attributes, kind = here.groups()
        place = _PLACE.search(attributes or b"")
        if is_row:
            # A row or cell that does not say its place follows the one before.
            row, column = int(place[2]) if place else row + 1, 0
        else:
            row, column = (int(place[2]), _column(place[1])) if place else (row, column + 1)
        if kind is not None and not is_row:
            facts.reach(row, column)
            is_error = b't="e"' in (attributes or b"")
            if kind == b"f" or is_error:
                value = _VALUE.search(part, here.start(), after.start() if after else len(part))
                if value is None or is_error:
                    text = value[1].decode("utf-8", "replace") if value else ""
                    facts.broken[row - 1, column - 1] = BrokenCell(text)
        here = after
    return facts


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods_areas(content: bytes) -> list[SheetFacts]:
    """The used area of each table.

    Repeats of empty cells and rows are how ods says "nothing up to the edge"; repeats of values unfold.
    """
    areas: list[SheetFacts] = []
    row = column = 0
    for name, attributes in _ODS_ELEMENT.findall(content):
        if name == b"table":
            areas.append(SheetFacts())
            row = column = 0
        elif name == b"table-row":
            row, column = row + _times(attributes), 0
        else:
            column += _times(attributes)
            if areas and (b"office:" in attributes or b"table:formula" in attributes):
                areas[-1].reach(row, column)
    return areas


def _times(attributes: bytes) -> int:
    """How often a row or cell stands there. Raises ``WorkbookTooBig`` for a number that cannot be read."""
    if b"-repeated" not in attributes:
        return 1
    times = _ODS_TIMES.search(attributes)
    if times is None:
        raise WorkbookTooBig
    return max(int(times[1]), 1)
