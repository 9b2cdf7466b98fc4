"""The QR code of a label as print needs it: the shortest form of its address, its modules, its size, read back.

Sizes follow GS1 General Specifications 5.12.3.1 (X-dimension 0.396 to 0.990 mm) and ISO/IEC 18004 (four modules
of light margin on each side). Everything here is pure and takes a thread of its own.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from ocop_hub.kit.qr import QUIET_MODULES, qr_only
from ocop_hub.traceability.errors import LabelUnreadable, LayoutInvalid

SMALLEST_MODULE_MM = 0.396
LARGEST_MODULE_MM = 0.990
#: Error correction: a label in a kitchen or a cold store loses a corner now and then.
ERROR_LEVEL = "M"

_QR = zxingcpp.BarcodeFormat.QRCode
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_DARK_TO_ONE = bytes(0x31 if value < 128 else 0x30 for value in range(256))


@dataclass(frozen=True, slots=True)
class LabelCode:
    """One symbol that was read back. ``path``: SVG path whose strokes, one module wide and half a module
    lower, are its dark modules.

    ``letters``: the address for eyes, beside the symbol.
    """

    uri: str
    side: int
    path: str
    letters: str


@dataclass(frozen=True, slots=True)
class CodeSize:
    """How a symbol stands on paper, in millimetres; ``side`` counts the light margin in."""

    module_mm: float
    side_mm: float


def encode(uri: str, *, letters: str = "") -> LabelCode:
    """The symbol of an address, read back from its own bitmap. Raises LabelUnreadable."""
    symbol = zxingcpp.create_barcode(uri, _QR, ec_level=ERROR_LEVEL)
    found = zxingcpp.read_barcodes(symbol.to_image(scale=2), formats=qr_only())
    if [each.text for each in found] != [uri]:
        raise unreadable(uri)
    modules, side = _modules(symbol)
    return LabelCode(uri, side, _path(modules, side), letters)


def printed_form(uri: str) -> str:
    """The address as the symbol holds it: in capitals where that loses nothing and makes the symbol smaller.

    Scheme and host never tell cases apart (RFC 3986 §6.2.2.1), and neither does the resolver in ``/t/``; a path
    of the installation's own before the code may, and a lot in small letters would be another lot.
    """
    upper = uri.upper()
    stem = urlsplit(uri)
    start = stem.path[:4]
    ours = start.startswith("/01/") or start[:3].lower() == "/t/"
    changed_path = stem.path.removeprefix("/t") != stem.path.upper().removeprefix("/T")
    if not ours or changed_path or stem.query or not _ALPHANUMERIC.issuperset(upper):
        return uri
    return upper if side_of(upper) < side_of(uri) else uri


def side_of(uri: str) -> int:
    """Modules along one side of the symbol, without margin."""
    symbol = zxingcpp.create_barcode(uri, _QR, ec_level=ERROR_LEVEL)
    return _modules(symbol)[1]


def fit(side: int, *, room_mm: float, label: str) -> CodeSize:
    """The largest allowed size of a symbol of ``side`` modules in a square of ``room_mm``.

    Raises LayoutInvalid with the size that is needed; ``label`` names the label's size for the sentence.
    """
    across = side + 2 * QUIET_MODULES
    module = min(room_mm / across, LARGEST_MODULE_MM)
    if module < SMALLEST_MODULE_MM:
        need = written_mm(across * SMALLEST_MODULE_MM)
        raise LayoutInvalid(
            f"Tem {label} quá nhỏ: mã QR của lô này cần một ô vuông cạnh ít nhất {need} mm để điện thoại quét "
            f"được, trên tem chỉ còn {written_mm(max(room_mm, 0))} mm. Hãy chọn khổ tem lớn hơn."
        )
    return CodeSize(module, module * across)


def check_page(png: bytes, expected: Iterable[str]) -> None:
    """Read every symbol on a page as it will be printed. Raises LabelUnreadable for one lost or changed."""
    with Image.open(io.BytesIO(png)) as page:
        found = zxingcpp.read_barcodes(page.convert("L"), formats=qr_only())
    wanted = sorted(expected)
    if sorted(each.text for each in found) != wanted:
        missing = next(iter(set(wanted) - {each.text for each in found}), wanted[0])
        raise unreadable(missing)


def unreadable(uri: str) -> LabelUnreadable:
    """Why no file is given out."""
    return LabelUnreadable(
        f"Mã QR “{uri[:120]}” in ra không đọc lại được nên tệp tem không được xuất. Hãy chọn khổ tem lớn hơn; nếu "
        "vẫn vậy, hãy báo cho bộ phận vận hành."
    )


def written_mm(value: float) -> str:
    """Millimetres as people write them: one decimal, comma."""
    return f"{value:.1f}".replace(".", ",").removesuffix(",0")


def _modules(symbol: zxingcpp.Barcode) -> tuple[bytes, int]:
    """One byte a module, row by row, and how many stand in a row."""
    bitmap: Any = symbol.to_image(scale=1, add_quiet_zones=False)  # a buffer, which its types do not say
    view = memoryview(bitmap)
    return view.tobytes(), math.isqrt(view.nbytes)


def _path(modules: bytes, side: int) -> str:
    """Dark modules as strokes one module wide, eight modules at a time from a table: ten thousand symbols in well under a second."""
    width = -(-side // 8)
    bits = modules.translate(_DARK_TO_ONE)
    rows = []
    for y in range(side):
        row = bits[y * side : (y + 1) * side].ljust(8 * width, b"0")
        chunks = int(row, 2).to_bytes(width, "big")
        rows.append(f"M0 {y}" + "".join([_RUNS[chunk] for chunk in chunks]))
    return "".join(rows)


def _runs(chunk: int) -> str:
    """Strokes over the set bits of a byte from where the pen is, leaving it eight to the right."""
    runs = groupby(f"{chunk:08b}")
    lengths = ((bit, len(list(run))) for bit, run in runs)
    return "".join(f"h{length}" if bit == "1" else f"m{length} 0" for bit, length in lengths)


_RUNS = [_runs(chunk) for chunk in range(256)]
