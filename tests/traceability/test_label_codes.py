from __future__ import annotations

import io
import re

import pytest
from PIL import Image, ImageDraw

from ocop_hub.kit.qr import read_png
from ocop_hub.traceability.errors import LabelUnreadable, LayoutInvalid
from ocop_hub.traceability.labels.codes import check_page, encode, fit, printed_form, side_of

URI = "https://truyxuat.example.vn/01/08936000000011/10/LO-2026-09/21/QSC430PADVYATKSH"


def drawn(path: str, side: int, scale: int = 6) -> bytes:
    """The path drawn by another hand than the one that will draw it in print."""
    image = Image.new("L", ((side + 8) * scale, (side + 8) * scale), 255)
    draw = ImageDraw.Draw(image)
    for row in path.split("M0 ")[1:]:
        number, *strokes = re.findall(r"^\d+|[hm]\d+", row)
        y, x = int(number), 0
        for stroke in strokes:
            end = x + int(stroke[1:])
            if stroke[0] == "h":
                box = ((x + 4) * scale, (y + 4) * scale, (end + 4) * scale - 1, (y + 5) * scale - 1)
                draw.rectangle(box, fill=0)
            x = end
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class TestEncode:
    def test_the_path_draws_the_symbol(self) -> None:
        code = encode(URI)
        assert read_png(drawn(code.path, code.side)) == [URI]

    def test_a_damaged_path_is_seen(self) -> None:
        code = encode(URI)
        rows = code.path.split("M0 ")
        assert read_png(drawn("M0 ".join(rows[:9] + rows[24:]), code.side)) != [URI]


class TestPrintedForm:
    @pytest.mark.parametrize(
        ("uri", "capitals"),
        [
            (URI, True),
            ("https://truyxuat.example.vn/t/ABCDEFGH12/21/QSC430PADVYATKSH", True),
            ("https://truyxuat.example.vn/01/08936000000011/10/lo-1/21/QSC430PADVYATKSH", False),
            ("https://truyxuat.example.vn/01/08936000000011/10/LO%2F1", True),
            ("https://truyxuat.example.vn/01/08936000000011/10/LO_1/21/QSC430PADVYATKSH", False),
            ("https://example.vn/truy-xuat/01/08936000000011/10/LO-2026-09", False),
        ],
    )
    def test_capitals_where_nothing_is_lost(self, uri: str, capitals: bool) -> None:
        assert printed_form(uri) == (uri.upper() if capitals else uri)

    def test_only_where_it_saves_a_version(self) -> None:
        uri = "https://a.vn/t/ABCDEFGH12"
        assert side_of(uri) == side_of(uri.upper())
        assert printed_form(uri) == uri


class TestFit:
    def test_takes_the_room_up_to_the_largest_module(self) -> None:
        assert fit(33, room_mm=20.5, label="").module_mm == pytest.approx(0.5)
        assert fit(33, room_mm=200, label="").side_mm == pytest.approx(41 * 0.99)

    def test_refuses_what_is_too_small_naming_the_need(self) -> None:
        assert fit(33, room_mm=16.24, label="")
        with pytest.raises(LayoutInvalid, match=r"Tem 30 × 20 mm quá nhỏ.*ít nhất 16,2 mm.*còn 16 mm"):
            fit(33, room_mm=16.0, label="30 × 20 mm")


class TestCheckPage:
    def test_sees_a_missing_and_a_foreign_symbol(self) -> None:
        code = encode(URI)
        page = drawn(code.path, code.side)
        check_page(page, [URI])
        for expected in ([URI, URI], [URI + "X"], []):
            if expected:
                with pytest.raises(LabelUnreadable):
                    check_page(page, expected)
