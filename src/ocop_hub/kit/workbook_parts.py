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
_CELL = re.compile(rb"<(?:\w{1,9}:)?c(\s[^<>]*)?>\s*(?:<(?:\w{1,9}:)?(f|v|is)\b)?")
_REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w{1,9}:)?v(?:\s[^<>]*)?>([^<]+)<")
_ODS_REPEATED = re.compile(rb"<table:table-(row|cell)\b([^<>]*)>")
_ODS_TIMES = re.compile(rb'table:number-(?:rows|columns)-repeated="([0-9]{1,9})"')
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


def open_parts(data: bytes) -> tuple[bytes, dict[str, SheetFacts]]:
    """The container with only its needed parts, stored unpacked, and the facts of each sheet by its name.

    Facts are known for xlsx only. Raises ``WorkbookKindUnknown``, ``WorkbookDamaged``, ``WorkbookTooBig``.
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
        _bound_repeats(parts["content.xml"])
        facts = {}
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
    try:
        relations = ElementTree.fromstring(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))  # noqa: S314 - no entities: checked
        workbook = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314 - no entities: checked
    except ElementTree.ParseError:
        raise WorkbookDamaged from None
    targets = {r.get("Id"): posixpath.normpath(posixpath.join("/xl", r.get("Target", ""))) for r in relations}
    for element in workbook.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = element.get(_RELATION_ID) or element.get(_STRICT_RELATION_ID)
            path = targets.get(key, "").lstrip("/")
            if path in parts:
                yield element.get("name", ""), path


def _sheet_facts(part: bytes) -> SheetFacts:
    facts = SheetFacts()
    cells = _CELL.finditer(part)
    here = next(cells, None)
    while here is not None:
        after = next(cells, None)
        kind = here[2]
        reference = _REFERENCE.search(here[1] or b"")
        if kind is not None and reference is not None:
            row, column = int(reference[2]), _column(reference[1])
            facts.last_row = max(facts.last_row, row)
            facts.last_column = max(facts.last_column, column)
            is_error = b't="e"' in here[1]
            if kind == b"f" or is_error:
                value = _VALUE.search(part, here.start(), after.start() if after else len(part))
                if value is None or is_error:
                    text = value[1].decode("utf-8", "replace") if value else ""
                    facts.broken[row - 1, column - 1] = BrokenCell(text)
        here = after
    return facts


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _bound_repeats(content: bytes) -> None:
    # Repeats of empty cells and rows are how ods says "nothing up to the edge"; repeats of values unfold.
    row_times = 1
    for match in _ODS_REPEATED.finditer(content):
        times = _ODS_TIMES.search(match[2])
        count = int(times[1]) if times else 1
        if match[1] == b"row":
            row_times = count
        elif b"office:value-type" in match[2] and count * row_times > 100_000:
            raise WorkbookTooBig
