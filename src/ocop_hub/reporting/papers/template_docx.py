"""Filling a Word file's fields: the layout stays the office's own, only the texts between braces change."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docx import Document
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError

from ocop_hub.reporting.errors import TemplateInvalid
from ocop_hub.reporting.papers.content import PaperReport
from ocop_hub.reporting.papers.template_fields import FIELD, ROW, Value, as_text, line_values, values

_DAMAGED: Final = "Không đọc được tệp văn bản này. Hãy mở tệp, lưu lại dạng .docx rồi gửi lại."


def fields(content: bytes) -> list[str]:
    """The names of the fields in the file, in order. Raises :class:`TemplateInvalid`."""
    document = _open(content)
    _saved(document)  # what cannot be saved could not be filled in either
    return [
        name for part in _parts(document) for each in _paragraphs(part) for name in FIELD.findall(_text(each))
    ]


def fill(content: bytes, paper: PaperReport) -> bytes:
    """The file with its fields filled in, and a row with ``dong.`` fields once per line of the paper."""
    document = _open(content)
    whole = values(paper)
    for part in _parts(document):
        for row in [row for row in part.iter(qn("w:tr")) if _repeats(row)]:
            for number, line in enumerate(paper.lines, start=1):
                again = copy.deepcopy(row)
                _fill(again, {**whole, **line_values(number, line)})
                row.addprevious(again)
            row.getparent().remove(row)
        _fill(part, whole)
    return _saved(document)


#: What python-docx raises for other files, other parts, and damaged ones: an element under another name lacks what
#: it asks of its own.
_DAMAGES: Final = (AttributeError, KeyError, TypeError, ValueError, XMLSyntaxError)


def _open(content: bytes) -> Any:
    try:
        return Document(io.BytesIO(content))
    except _DAMAGES as error:
        raise TemplateInvalid(_DAMAGED) from error


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    try:
        document.save(out)
    except _DAMAGES as error:
        raise TemplateInvalid(_DAMAGED) from error
    return out.getvalue()


def _parts(document: Any) -> Iterator[Any]:
    """The body, headers, footers and notes: every part that can hold paragraphs."""
    for part in document.part.package.iter_parts():
        element = getattr(part, "element", None)
        if element is not None:
            yield element


def _repeats(row: Any) -> bool:
    """Whether the row itself, not a table inside of it, has a field of a line."""
    inner = any(True for _ in row.iterdescendants(qn("w:tr")))
    return not inner and any(
        name.startswith(ROW) for each in _paragraphs(row) for name in FIELD.findall(_text(each))
    )


def _paragraphs(element: Any) -> Iterator[Any]:
    yield from element.iter(qn("w:p"))


def _texts(paragraph: Any) -> list[Any]:
    """The text pieces of the paragraph itself; a text box inside of it has paragraphs of its own."""
    return [
        text for text in paragraph.iter(qn("w:t")) if next(text.iterancestors(qn("w:p")), None) is paragraph
    ]


def _text(paragraph: Any) -> str:
    return "".join(text.text or "" for text in _texts(paragraph))


def _fill(element: Any, known: Mapping[str, Value]) -> None:
    for paragraph in _paragraphs(element):
        for match in reversed(list(FIELD.finditer(_text(paragraph)))):
            if match[1] in known:
                _replace(_texts(paragraph), match.start(), match.end(), as_text(known[match[1]]))


def _replace(texts: list[Any], start: int, end: int, said: str) -> None:
    """Put ``said`` in place of the letters from start to end; Word cuts a field into pieces where it likes.

    The new text looks like the piece in which the field begins.
    """
    place, placed = 0, False
    for text in texts:
        old = text.text or ""
        first, last = max(start - place, 0), min(end - place, len(old))
        if first < last:
            text.text = old[:first] + ("" if placed else said) + old[last:]
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            placed = True
        place += len(old)
