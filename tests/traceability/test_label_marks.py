"""Artwork that comes from outside: what is kept of it, and what is refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast

from ocop_hub.errors import Forbidden
from ocop_hub.media import Media
from ocop_hub.traceability.errors import MarkRefused
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels.marks import cleaned_artwork

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" {}>{}</svg>'
CIRCLE = '<circle cx="4" cy="4" r="4" fill="#080"/>'


def svg(inside: str = CIRCLE, attributes: str = "") -> bytes:
    return HEAD.format(attributes, inside).encode()


def png(width: int = 40, height: int = 30) -> bytes:
    out, words = io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("Author", "Nguyễn Văn A")
    Image.new("RGB", (width, height), "red").save(out, "PNG", pnginfo=words)
    return out.getvalue()


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<image href="https://evil.example/a.png" width="9" height="9"/>',
        '<use xlink:href="https://evil.example/a.svg#x"/>',
        '<path d="M0 0h9v9z" fill="url(https://evil.example/a.svg#x)"/>',
        '<path d="M0 0h9v9z" onclick="alert(1)"/>',
        "<style>@import url(https://evil.example/a.css);</style>",
        '<animate attributeName="x" to="9"/>',
        '<a href="https://evil.example/"><path d="M0 0h9v9z"/></a>',
    ],
)
def test_whatever_reaches_out_is_taken_away(bad: str) -> None:
    cleaned, suffix = cleaned_artwork(svg(CIRCLE + bad, 'onload="alert(1)"'))
    assert suffix == ".svg"
    for word in (b"evil", b"alert", b"script", b"foreign", b"animate"):
        assert word not in cleaned
    assert b"<circle" in cleaned


def test_a_drawing_keeps_what_it_is_made_of() -> None:
    drawing = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#080"/></linearGradient></defs>'
        '<g transform="scale(2)"><path d="M0 0h4v4z" fill="url(#g)" style="stroke:#000"/></g>'
        '<use xlink:href="#g"/>'
    )
    cleaned, _ = cleaned_artwork(svg(drawing))
    for part in (b"linearGradient", b"url(#g)", b"stroke:#000", b'href="#g"'):
        assert part in cleaned


def test_a_picture_is_written_anew() -> None:
    cleaned, suffix = cleaned_artwork(png())
    assert suffix == ".png"
    assert b"Author" not in cleaned
    assert Image.open(io.BytesIO(cleaned)).size == (40, 30)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"%PDF-1.7",
        png()[:50],
        b"<html><body/></html>",
        b"<svg/>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("<title>&amp;a;</title>"),
        svg("<g>" * 3_000 + "</g>" * 3_000 + "<g/>" * 3_000),
        svg("<g>" * 60 + "</g>" * 60),
        svg() + b" " * label_marks.LARGEST_BYTES,
        png(2_100, 2_000),
    ],
    ids=["empty", "gif", "pdf", "cut", "html", "no-namespace", "entity", "many", "deep", "large", "pixels"],
)
def test_what_is_no_artwork_is_refused(content: bytes) -> None:
    with pytest.raises(MarkRefused):
        cleaned_artwork(content)


async def test_only_the_office_gives_it(session: AsyncSession, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        await label_marks.give(session, Media.in_memory(), cast.alice, svg())
    with pytest.raises(Forbidden):
        await label_marks.withdraw(session, cast.alice)
    assert await label_marks.current(session) is None
