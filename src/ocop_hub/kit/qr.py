"""QR codes: one code as SVG, and reading the codes in a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

QUIET_MODULES = 4  # ISO/IEC 18004: the light margin on each side, in modules


def qr_only() -> zxingcpp.BarcodeFormats:
    """What a reader is to look for. Made for each reading: kept in a module, the library tells of leaks at the end."""
    return zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def matrix(text: str) -> list[list[bool]]:
    """The modules of ``text``, True for dark, without margin; error level M, the smallest version that holds it.

    Raises ValueError for empty text and for text that no QR code holds (about 2,300 bytes).
    """
    if not text:
        raise ValueError("a QR code needs text")
    code: Any = QRCode(error_correction=ERROR_CORRECT_M, border=0)  # the library's methods carry no types
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:  # which one depends on how far over it is
        raise ValueError("text too long for a QR code") from error
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_svg(text: str, *, module_mm: float = 0.5, quiet: int = QUIET_MODULES) -> str:
    """A standalone SVG whose width and height are millimetres, ``module_mm`` for one module.

    One path on a white ground, in whole module units, so that edges stay sharp at any size.
    Raises ValueError as matrix does.
    """
    rows = matrix(text)
    side = len(rows) + 2 * quiet
    size = f"{side * module_mm:g}mm"
    path = "".join(
        f"M{x + quiet} {y + quiet}h{n}v1h-{n}z" for y, row in enumerate(rows) for x, n in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges" role="img" aria-label="{escape(text)}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{path}"/></svg>'
    )


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    start: int | None = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def read_png(data: bytes) -> list[str]:
    """The text of every QR code in a picture, in the order found. Raises OSError when it is no picture."""
    with Image.open(io.BytesIO(data)) as image:
        found = zxingcpp.read_barcodes(image.convert("L"), formats=qr_only())
    return [code.text for code in found]
