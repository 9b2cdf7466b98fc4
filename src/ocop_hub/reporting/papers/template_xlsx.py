"""Filling a workbook's fields cell by cell in its own XML, so that everything else in it stays as it is.

A cell that holds nothing but one number's field becomes a number in the cell's own format. A row with ``dong.``
fields is repeated; what lies below moves down.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from ocop_hub.reporting.errors import TemplateInvalid
from ocop_hub.reporting.papers.content import PaperReport
from ocop_hub.reporting.papers.template_fields import FIELD, ROW, Share, Value, as_text, line_values, values

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED: Final = "xl/sharedStrings.xml"
_BOOK: Final = "xl/workbook.xml"
_ROW_OF: Final = re.compile(r"\d+")
_CELL: Final = re.compile(r"\$?[A-Z]{1,3}\$?([0-9]{1,7})")
#: Letters of 1,048,576, the last row there is.
_LONGEST_NUMBER: Final = 7
_DAMAGED: Final = "Không đọc được tệp Excel này. Hãy mở tệp, lưu lại dạng .xlsx rồi gửi lại."


def fields(content: bytes) -> list[str]:
    """The names of the fields in the file, in order. Raises :class:`TemplateInvalid`."""
    parts = _parts(content)
    _calculated_anew(parts[_BOOK])  # what cannot be read here could not be filled in either
    shared = _shared(parts)
    found = []
    for _name, sheet in _sheets(parts):
        texts = [_said(cell, shared) for cell in sheet.iter(f"{_MAIN}c")]
        found += [name for text in texts for name in FIELD.findall(text)]
        for row in sheet.iter(f"{_MAIN}row"):
            _number_of(row, 1)
        for mark in _marks(sheet):
            _rows_of(mark)
        repeats = any(_repeats(row, shared) for row in sheet.iter(f"{_MAIN}row"))
        if repeats and next(sheet.iter(f"{_MAIN}f"), None) is not None:
            raise TemplateInvalid(
                "Trang tính có dòng lặp {{dong.…}} thì không dùng công thức, vì các dòng sẽ dời chỗ. "
                "Hãy thay công thức bằng trường như {{tong_so}}, {{ty_le}}."
            )
    return found


def fill(content: bytes, paper: PaperReport) -> bytes:
    """The workbook with its fields filled in, and a row with ``dong.`` fields once per line of the paper."""
    parts = _parts(content)
    shared, whole = _shared(parts), values(paper)
    for name, sheet in _sheets(parts):
        _repeat_rows(sheet, paper, whole, shared)
        for cell in list(sheet.iter(f"{_MAIN}c")):
            _fill(cell, whole, shared)
        parts[name] = _xml(sheet)
    parts[_BOOK] = _calculated_anew(parts[_BOOK])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, part in parts.items():
            container.writestr(name, part)
    return out.getvalue()


def _parts(content: bytes) -> dict[str, bytes]:
    """Every member by its name; that the container can be read was seen before (``templates``)."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {member.filename: container.read(member) for member in container.infolist()}
    if _BOOK not in parts:
        raise TemplateInvalid(_DAMAGED)
    return parts


def _parsed(part: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise TemplateInvalid(_DAMAGED) from error


def _xml(element: Any) -> bytes:
    made: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def _sheets(parts: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    for name in sorted(name for name in parts if _SHEET.fullmatch(name)):
        yield name, _parsed(parts[name])


def _shared(parts: Mapping[str, bytes]) -> list[str]:
    """The texts that cells point to, in order."""
    if _SHARED not in parts:
        return []
    return [_plain(item) for item in _parsed(parts[_SHARED]).iter(f"{_MAIN}si")]


def _plain(item: Any) -> str:
    """The text of a string item; what tells how to pronounce it is left out."""
    phonetic = f"{_MAIN}rPh"
    return "".join(
        text.text or "" for text in item.iter(f"{_MAIN}t") if next(text.iterancestors(phonetic), None) is None
    )


def _said(cell: Any, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _plain(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s" and value.isdecimal() and int(value) < len(shared):
        return shared[int(value)]
    return ""


def _repeats(row: Any, shared: list[str]) -> bool:
    return any(
        name.startswith(ROW) for cell in row.iter(f"{_MAIN}c") for name in FIELD.findall(_said(cell, shared))
    )


def _repeat_rows(sheet: Any, paper: PaperReport, whole: Mapping[str, Value], shared: list[str]) -> None:
    """Rows with fields of a line once per line; the numbers of the rows below follow."""
    moved: dict[int, tuple[int, int]] = {}
    down = number = 0
    for row in list(sheet.iter(f"{_MAIN}row")):
        number = _number_of(row, number + 1)
        if not _repeats(row, shared):
            moved[number] = (number + down, 1)
            _renumber(row, number + down)
            continue
        moved[number] = (number + down, len(paper.lines))
        for place, line in enumerate(paper.lines):
            again = copy.deepcopy(row)
            _renumber(again, number + down + place)
            known = {**whole, **line_values(place + 1, line)}
            for cell in again.iter(f"{_MAIN}c"):
                _fill(cell, known, shared)
            row.addprevious(again)
        row.getparent().remove(row)
        down += len(paper.lines) - 1
    if down:
        _move_marks(sheet, moved)


def _number_of(row: Any, following: int) -> int:
    """The row's own number, or where it stands after the one before."""
    said = row.get("r") or str(following)
    if not (said.isascii() and said.isdecimal() and len(said) <= _LONGEST_NUMBER):
        raise TemplateInvalid(_DAMAGED)
    return int(said)


def _marks(sheet: Any) -> list[Any]:
    """What names cells by their rows: merged ones and filters."""
    return [*sheet.iter(f"{_MAIN}mergeCell"), *sheet.iter(f"{_MAIN}autoFilter")]


def _rows_of(mark: Any) -> tuple[str, str, int, int]:
    """First and last cell of a mark, and their rows."""
    first, _, last = (mark.get("ref") or "").partition(":")
    found = [_CELL.fullmatch(each) for each in (first, last or first)]
    if found[0] is None or found[1] is None:
        raise TemplateInvalid(_DAMAGED)
    return first, last, int(found[0][1]), int(found[1][1])


def _renumber(row: Any, number: int) -> None:
    row.set("r", str(number))
    for cell in row.iter(f"{_MAIN}c"):
        if cell.get("r"):
            cell.set("r", _ROW_OF.sub(str(number), cell.get("r")))


def _move_marks(sheet: Any, moved: Mapping[int, tuple[int, int]]) -> None:
    """Merged cells and filters go where their rows went; those of a repeated row stand in each copy."""

    def to(number: int, *, last: bool) -> int:
        if number in moved:
            first, copies = moved[number]
            return first + (copies - 1 if last else 0)
        above = [old for old in moved if old < number]
        return number if not above else number + to(max(above), last=True) - max(above)

    for dimension in list(sheet.iter(f"{_MAIN}dimension")):
        dimension.getparent().remove(dimension)
    for mark in _marks(sheet):
        first, last, top, bottom = _rows_of(mark)
        copies = moved.get(top, (top, 1))[1] if top == bottom and mark.tag.endswith("mergeCell") else 1
        if copies < 2:
            mark.set("ref", f"{_at(first, to(top, last=False))}:{_at(last or first, to(bottom, last=True))}")
            continue
        for place in range(copies):
            again = copy.deepcopy(mark)
            again.set(
                "ref", f"{_at(first, to(top, last=False) + place)}:{_at(last, to(top, last=False) + place)}"
            )
            mark.addprevious(again)
        mark.getparent().remove(mark)
    for merged in sheet.iter(f"{_MAIN}mergeCells"):
        merged.set("count", str(len(merged)))


def _at(reference: str, row: int) -> str:
    return _ROW_OF.sub(str(row), reference)


def _fill(cell: Any, known: Mapping[str, Value], shared: list[str]) -> None:
    text = _said(cell, shared)
    names = FIELD.findall(text)
    if not names or not any(name in known for name in names):
        return
    alone = FIELD.fullmatch(text.strip())
    value = known[names[0]] if alone and names[0] in known else None
    for child in list(cell):
        cell.remove(child)
    if isinstance(value, int) or (isinstance(value, Share) and value.exact is not None):
        cell.attrib.pop("t", None)
        number = etree.SubElement(cell, f"{_MAIN}v")
        number.text = repr(value.exact if isinstance(value, Share) else value)
        return
    said = FIELD.sub(lambda match: as_text(known[match[1]]) if match[1] in known else match[0], text)
    cell.set("t", "inlineStr")
    written = etree.SubElement(etree.SubElement(cell, f"{_MAIN}is"), f"{_MAIN}t")
    written.text = said
    written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _calculated_anew(book: bytes) -> bytes:
    """Formulas elsewhere in the book still hold the values of the empty template."""
    root = _parsed(book)
    mode = root.find(f"{_MAIN}calcPr")
    if mode is not None:
        mode.set("fullCalcOnLoad", "1")
    return _xml(root)
