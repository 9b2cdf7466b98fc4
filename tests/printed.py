"""Reading labels off paper: a PDF rendered page by page as a plain printer prints it, and every code on it."""

from __future__ import annotations

import zxingcpp
from PIL import Image
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # the package carries no types

PRINTER_DPI = 300
POINTS_PER_INCH = 72


def codes_of_pdf(pdf: bytes, *, dpi: int = PRINTER_DPI) -> list[str]:
    """The texts of all QR codes in a PDF, page after page, at ``dpi`` dots an inch."""
    document = PdfDocument(pdf)
    try:
        pages = [page.render(scale=dpi / POINTS_PER_INCH).to_pil() for page in document]
    finally:
        document.close()
    return [text for page in pages for text in codes_of_picture(page)]


def codes_of_picture(picture: Image.Image) -> list[str]:
    """The texts of all QR codes in a picture."""
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [each.text for each in zxingcpp.read_barcodes(picture.convert("L"), formats=wanted)]
