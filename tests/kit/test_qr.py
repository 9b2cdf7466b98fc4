from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocop_hub.kit.qr import matrix, qr_svg, read_png

LINK = "https://ocop.example.vn/01/09520123456788/10/LO01?17=260930"


def drawn(text: str) -> bytes:
    """The code's SVG as a picture."""
    return vl_convert.svg_to_png(qr_svg(text), scale=3)


@pytest.mark.parametrize("text", [LINK, LINK.upper(), "Chả mực Hạ Long", "0123456789", "a\"<&>'b", "x" * 800])
def test_reads_back_when_drawn(text: str) -> None:
    assert read_png(drawn(text)) == [text]


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=120))
def test_any_ascii_reads_back(text: str) -> None:
    assert read_png(drawn(text)) == [text]


def test_svg_is_measured_in_millimetres() -> None:
    modules = len(matrix(LINK))
    root = ElementTree.fromstring(qr_svg(LINK, module_mm=0.4, quiet=4))
    assert root.attrib["width"] == root.attrib["height"] == f"{(modules + 8) * 0.4:g}mm"
    assert root.attrib["viewBox"] == f"0 0 {modules + 8} {modules + 8}"


def test_svg_dark_area_is_that_of_the_modules() -> None:
    dark = sum(map(sum, matrix(LINK)))
    path = qr_svg(LINK).rsplit(' d="', 1)[1].split('"', 1)[0]
    assert sum(int(piece.split("h")[1].split("v")[0]) for piece in path.split("M")[1:]) == dark


@pytest.mark.parametrize("text", ["", "x" * 3000])
def test_text_that_no_code_holds(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr_svg(text)


def test_two_codes_in_one_picture() -> None:
    left, right = (Image.open(io.BytesIO(drawn(text))) for text in ("một", "hai"))
    both = Image.new("L", (left.width + right.width, max(left.height, right.height)), 255)
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    target = io.BytesIO()
    both.save(target, "PNG")
    assert sorted(read_png(target.getvalue())) == ["hai", "một"]


def test_picture_without_a_code_and_no_picture() -> None:
    target = io.BytesIO()
    Image.new("L", (50, 50), 255).save(target, "PNG")
    assert read_png(target.getvalue()) == []
    with pytest.raises(OSError, match="identify"):
        read_png(b"no picture")
