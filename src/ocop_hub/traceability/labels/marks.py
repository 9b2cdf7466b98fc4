"""The OCOP mark's artwork for labels: given by the province, cleaned, kept; a run is printed with its own for ever.

The mark is the programme's, so nothing is shipped with the program: without an upload labels say the stars in
words alone.
"""

from __future__ import annotations

import asyncio
import base64
import io
import re
from typing import Final
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.db import aside
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.traceability.errors import MarkRefused
from ocop_hub.traceability.labels.models import LabelMark
from ocop_hub.traceability.labels.sheets import Mark
from ocop_hub.traceability.models import PrintRun

#: Bytes of the artwork as it comes in: a drawing stays far below.
LARGEST_BYTES: Final = 1_000_000
#: Pixels of a PNG: 40 mm at 600 dots per inch, four times over.
MOST_PIXELS: Final = 4_000_000
#: Elements of a drawing.
MOST_ELEMENTS: Final = 5_000
#: Elements inside one another.
DEEPEST: Final = 50

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
#: What a drawing is made of; no script, no foreign content, no picture or font from elsewhere, no animation.
_ELEMENTS: Final = frozenset(
    [
        "svg",
        "g",
        "defs",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "use",
        "clipPath",
        "mask",
        "style",
        "linearGradient",
        "radialGradient",
        "stop",
        "symbol",
    ]
)
_ATTRIBUTES: Final = frozenset(
    [
        "id",
        "class",
        "d",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "width",
        "height",
        "points",
        "transform",
        "viewBox",
        "preserveAspectRatio",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "opacity",
        "clip-path",
        "clip-rule",
        "mask",
        "offset",
        "stop-color",
        "stop-opacity",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clipPathUnits",
        "maskUnits",
        "font-family",
        "font-size",
        "font-weight",
        "text-anchor",
        "style",
        "version",
        "href",
    ]
)
#: Values that reach outside the file.
_OUTSIDE: Final = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(|javascript:|data:", re.IGNORECASE)

ElementTree.register_namespace("", _SVG)


async def current(session: AsyncSession) -> LabelMark | None:
    """The artwork that new runs are printed with."""
    newest = select(LabelMark).where(LabelMark.withdrawn_at.is_(None))
    found = await session.scalars(newest.order_by(LabelMark.created_at.desc(), LabelMark.id.desc()).limit(1))
    return found.first()


async def give(session: AsyncSession, media: Media, actor: Actor, content: bytes) -> LabelMark:
    """Take in the artwork (SVG or PNG by its content). Runs made before keep what they were printed with.

    Kept first, :func:`ocop_hub.db.aside`. Raises Forbidden for who is no office, MarkRefused.
    """
    require_office(actor)
    async with aside(session):
        cleaned, suffix = await asyncio.to_thread(cleaned_artwork, content)
        media_key = await media.put_file(cleaned, "marks", suffix=suffix)
    mark = LabelMark(
        id=new_id(),
        media_key=media_key,
        suffix=suffix,
        created_by=actor.label,
        created_at=clock.now(),
    )
    session.add(mark)
    audit.record(
        session, actor=actor.label, action="traceability.mark_given", subject=f"label_mark:{mark.id}"
    )
    await session.flush()
    return mark


async def withdraw(session: AsyncSession, actor: Actor) -> None:
    """Print new runs without artwork from now on. Raises Forbidden."""
    require_office(actor)
    await session.execute(
        update(LabelMark)
        .where(LabelMark.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now(), withdrawn_by=actor.label)
    )
    audit.record(session, actor=actor.label, action="traceability.mark_withdrawn", subject="label_mark:all")


async def mark_of(session: AsyncSession, run: PrintRun) -> LabelMark | None:
    """The mark a run was planned with, whatever the province has given since."""
    if not run.stars or run.mark_id is None:
        return None
    return await session.get_one(LabelMark, run.mark_id)


async def artwork_of(session: AsyncSession, media: Media, run: PrintRun) -> Mark | None:
    """The artwork of :func:`mark_of`."""
    mark = await mark_of(session, run)
    return None if mark is None else await artwork(media, mark)


async def artwork(media: Media, mark: LabelMark) -> Mark:
    """The file behind a mark."""
    return Mark(await media.read(mark.media_key), mark.suffix)


async def data_address(session: AsyncSession, media: Media) -> str:
    """The artwork that labels made now carry, to stand inside a drawing; empty where none was given."""
    mark = await current(session)
    if mark is None:
        return ""
    drawn = await artwork(media, mark)
    kind = "image/svg+xml" if drawn.suffix == ".svg" else "image/png"
    return f"data:{kind};base64,{base64.b64encode(drawn.content).decode()}"


def cleaned_artwork(content: bytes) -> tuple[bytes, str]:
    """The artwork fit to be put into labels, and its suffix. Raises MarkRefused. Takes a thread of its own."""
    if len(content) > LARGEST_BYTES:
        raise MarkRefused("Tệp hình dấu OCOP lớn hơn 1 MB. Hãy gửi tệp SVG, hoặc PNG nhỏ hơn.")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content), ".png"
    return _svg(content), ".svg"


def _png(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise MarkRefused("Hình dấu OCOP có hơn 4 triệu điểm ảnh. Hãy thu nhỏ rồi gửi lại.")
            out = io.BytesIO()
            # Written anew: pixels only, nothing that came along.
            picture.convert("RGBA").save(out, "PNG")
            return out.getvalue()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _unreadable() from error


def _svg(content: bytes) -> bytes:
    # Entities are how XML grows without end or reads files; no drawing needs a document type.
    if b"<!ENTITY" in content.upper():
        raise MarkRefused("Tệp SVG có khai báo ENTITY nên không nhận được. Hãy lưu lại thành SVG thường.")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - entities are refused above
    except (ElementTree.ParseError, ValueError) as error:
        raise _unreadable() from error
    if root.tag != f"{{{_SVG}}}svg" or sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise _unreadable()
    _prune(root)
    cleaned: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    try:
        import vl_convert  # brings a browser's engine: loaded where something is drawn, not in a web process at rest

        vl_convert.svg_to_png(cleaned.decode())
    except ValueError as error:
        raise _unreadable() from error
    return cleaned


def _prune(root: ElementTree.Element) -> None:
    """Take away whatever a drawing does not need, in place. Raises MarkRefused for one nested without reason."""
    level = [root]
    for _ in range(DEEPEST):
        below: list[ElementTree.Element] = []
        for element in level:
            _keep_known_attributes(element)
            for child in list(element):
                name = child.tag.removeprefix(f"{{{_SVG}}}") if isinstance(child.tag, str) else ""
                if name not in _ELEMENTS or _OUTSIDE.search(child.text or ""):
                    element.remove(child)
                else:
                    below.append(child)
        if not below:
            return
        level = below
    raise _unreadable()


def _keep_known_attributes(element: ElementTree.Element) -> None:
    for name, value in list(element.attrib.items()):
        link = name in ("href", _XLINK_HREF)
        known = name in _ATTRIBUTES or name == _XLINK_HREF
        if not known or _OUTSIDE.search(value) or (link and not value.startswith("#")):
            del element.attrib[name]


def _unreadable() -> MarkRefused:
    return MarkRefused("Không đọc được hình dấu OCOP. Hãy gửi tệp SVG hoặc PNG của hình dấu.")
