"""Cards that stand where a product of the demo has no photo: a colour, its name, and that it is no photo."""

from __future__ import annotations

import io
import zlib
from functools import cache
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

#: Pixels of each side; marketplaces want at least 500.
SIDE = 640
MARK = "Ảnh minh hoạ"

#: Background and ink by product group.
_COLOURS = {
    "thuc_pham": ("#f3e3c3", "#5b3a12"),
    "do_uong": ("#d6e9e4", "#12483f"),
    "duoc_lieu": ("#dfe9cf", "#31500f"),
    "thu_cong_my_nghe": ("#f0d9d3", "#6b2a1d"),
    "sinh_vat_canh": ("#dbeccd", "#27531c"),
    "du_lich": ("#d8e4f0", "#1b3f66"),
}
_PLAIN = ("#e8e6e1", "#3a3733")


def card(name: str, group: str) -> bytes:
    """A square PNG with the product's name. CPU work: call it off the event loop."""
    ground, ink = _COLOURS.get(group, _PLAIN)
    picture = Image.new("RGB", (SIDE, SIDE), ground)
    draw = ImageDraw.Draw(picture, "RGBA")
    _hills(draw, ink, zlib.crc32(name.encode()))
    font = _font("NotoSans-Bold.ttf", 52)
    lines = _wrapped(name, font, SIDE - 96)
    top = 0.4 * SIDE - 34 * len(lines)
    for n, line in enumerate(lines):
        draw.text((SIDE / 2, top + 68 * n), line, font=font, fill=ink, anchor="mt")
    draw.text((SIDE / 2, SIDE - 40), MARK, font=_font("NotoSans-Regular.ttf", 28), fill="white", anchor="mm")
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _hills(draw: ImageDraw.ImageDraw, ink: str, seed: int) -> None:
    # Three slopes whose places follow from the name, so that two cards side by side differ.
    for n, strength in enumerate((60, 110, 255)):
        shift = (seed >> (8 * n)) % 200 - 100
        left, right = SIDE * 0.66 + 42 * n - shift * 0.4, SIDE * 0.66 + 42 * n + shift * 0.4
        peak = SIDE / 2 + shift * 2
        slope = [(0, left), (peak, min(left, right) - 70 + 20 * n), (SIDE, right), (SIDE, SIDE), (0, SIDE)]
        draw.polygon(slope, fill=f"{ink}{strength:02x}")


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines[:4]


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    content = resources.files("ocop_hub.kit").joinpath("fonts", name).read_bytes()
    return ImageFont.truetype(io.BytesIO(content), size)
