"""A label: the address its QR code holds, and the label drawn as SVG and PNG.

The PNG is drawn from the SVG and read back before anyone gets it: a label that a camera cannot read never
leaves the house.
"""

from __future__ import annotations

import asyncio
import ipaddress
import textwrap
from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.gs1 import digital_link
from ocop_hub.kit import clock
from ocop_hub.kit.fonts import FONT_FAMILY, register_fonts
from ocop_hub.kit.qr import matrix, qr_svg, read_png
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.traceability import queries
from ocop_hub.traceability.errors import LabelUnreadable, LotStateRefuses, ProductHasNoLabel
from ocop_hub.traceability.models import Lot, LotState
from ocop_hub.traceability.service import ensure_code
from ocop_hub.traceability.story.page import certificate_on
from ocop_hub.traceability.units import written_grams

TRIAL = "BẢN THỬ – KHÔNG IN"

#: Millimetres. GS1 General Specifications 5.12.3.1: an X-dimension of 0.396 to 0.990 mm.
MODULE_MM = 0.5
QUIET = 4
MARGIN = 2.0
BANNER = 6.0
CAPTION_WIDTH = 42.0
LINE = 3.5
#: Height of the mark's artwork.
MARK = 7.0
#: Pixels per module in the PNG, so that module edges fall on pixel edges.
MODULE_PIXELS = 8
_MM_AT_96_DPI = 96 / 25.4


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What stands on a label. ``stars`` is None unless a certificate holds today.

    ``mark``: the artwork beside the stars as a ``data:`` address; empty where the province gave none.
    """

    uri: str
    product_name: str
    producer_name: str
    lot_code: str = ""
    produced_on: date | None = None
    best_before: date | None = None
    stars: int | None = None
    weight: str = ""
    mark: str = ""

    @property
    def trial(self) -> bool:
        """True for an address that no buyer's phone can reach."""
        return is_loopback(self.uri)


def trace_uri(public_url: str, product: Product, lot: Lot | None, code: str) -> str:
    """The address to print: GS1 Digital Link when the product has a GTIN, else ``/t/{code}``.

    ``public_url``: scheme and host, maybe a path. ``code``: the product's or the lot's trace code.
    """
    stem = public_url.rstrip("/")
    if product.gtin:
        return digital_link.build(stem, product.gtin, lot=lot.code if lot is not None else None)
    return f"{stem}/t/{code}"


def is_loopback(address: str) -> bool:
    """Whether an address leads only to the machine it is asked on."""
    host = (urlsplit(address).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


async def label_facts(
    session: AsyncSession, actor: Actor, product: Product, lot: Lot | None, *, public_url: str
) -> LabelFacts:
    """What to print for a product, or for one of its lots.

    Raises LotStateRefuses for a lot that was recalled or closed, ProductHasNoLabel when the actor may only
    look and nobody has made a label yet.
    """
    if lot is not None and lot.state in (LotState.RECALLED, LotState.CLOSED):
        raise LotStateRefuses(f"Lô {lot.code} đã thu hồi hoặc đã kết thúc nên không in tem nữa.")
    code = await _code(session, actor, product, lot)
    producer = await session.get_one(Producer, product.producer_id)
    certificate = await certificate_on(session, product.id, clock.now())
    return LabelFacts(
        uri=trace_uri(public_url, product, lot, code),
        product_name=product.name,
        producer_name=producer.name,
        lot_code=lot.code if lot is not None else "",
        weight=written_grams(product.net_weight_g) if product.net_weight_g else "",
        produced_on=lot.produced_on if lot is not None else None,
        best_before=lot.best_before if lot is not None else None,
        stars=certificate.stars if certificate is not None and certificate.holds else None,
    )


async def _code(session: AsyncSession, actor: Actor, product: Product, lot: Lot | None) -> str:
    if actor.may_change(product.producer_id):
        return await ensure_code(session, product, lot)
    asked = queries.trace_code_of(product.id, lot.id if lot is not None else None)
    known = (await session.execute(asked)).scalar_one_or_none()
    if known is None:
        raise ProductHasNoLabel(f"Sản phẩm “{product.name}” chưa có tem. Chủ thể cần mở trang tem một lần.")
    return known.code


def label_svg(facts: LabelFacts) -> str:
    """The label, sized in millimetres, with the caption beside the QR code and the address in letters below."""
    qr_side = (len(matrix(facts.uri)) + 2 * QUIET) * MODULE_MM
    top = MARGIN + (BANNER if facts.trial else 0.0)
    caption = _caption(facts)
    address = textwrap.wrap(facts.uri.partition("://")[2], 50, break_on_hyphens=False)
    mark = MARK if facts.mark and facts.stars is not None else 0.0
    below = top + max(qr_side, len(caption) * LINE + 1 + mark)
    width = MARGIN + qr_side + CAPTION_WIDTH + MARGIN
    height = below + len(address) * 2.6 + MARGIN
    code = qr_svg(facts.uri, module_mm=MODULE_MM, quiet=QUIET)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm"'
        f' viewBox="0 0 {width:g} {height:g}" font-family="{FONT_FAMILY}">',
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        _banner(width) if facts.trial else "",
        # Inside, millimetres are the outer drawing's units.
        code.replace("<svg ", f'<svg x="{MARGIN:g}" y="{top:g}" ', 1).replace('mm"', '"'),
    ]
    x = MARGIN + qr_side + 1
    for row, (text, bold) in enumerate(caption, start=1):
        weight = ' font-weight="700"' if bold else ""
        parts.append(_text(x, top + row * LINE, 2.7, text, weight))
    if mark:
        parts.append(_mark(x, top + len(caption) * LINE + 1, facts.mark))
    for row, text in enumerate(address, start=1):
        parts.append(_text(MARGIN, below + row * 2.6 - 0.6, 2.0, text))
    return "".join([*parts, "</svg>"])


def _banner(width: float) -> str:
    return (
        f'<rect width="{width:g}" height="{BANNER:g}"/>'
        f'<text x="{width / 2:g}" y="4.3" font-size="3.6" font-weight="700" fill="#fff"'
        f' text-anchor="middle">{TRIAL}</text>'
    )


def _mark(x: float, y: float, source: str) -> str:
    return (
        f'<image x="{x:g}" y="{y:g}" width="{CAPTION_WIDTH - 2:g}" height="{MARK:g}"'
        f' preserveAspectRatio="xMinYMid meet" href="{escape(source)}"/>'
    )


def _text(x: float, y: float, size: float, text: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{more}>{escape(text)}</text>'


def _caption(facts: LabelFacts) -> list[tuple[str, bool]]:
    """Lines beside the code with their weight; dates in the order day, month, year (Decree 37/2026, App. III)."""
    lines = [(line, True) for line in _wrapped(facts.product_name, 24, 3)]
    lines += [(line, False) for line in _wrapped(facts.producer_name, 27, 2)]
    if facts.weight:
        lines.append((f"Khối lượng tịnh: {facts.weight}", False))
    if facts.lot_code:
        lines.append((f"Số lô: {facts.lot_code}", False))
    if facts.produced_on is not None:
        lines.append((f"NSX: {facts.produced_on:%d/%m/%Y}", False))
    if facts.best_before is not None:
        lines.append((f"HSD: {facts.best_before:%d/%m/%Y}", False))
    if facts.stars is not None:
        lines.append((f"OCOP đạt {facts.stars} sao", True))
    return lines


def _wrapped(text: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=most, placeholder="…")


async def label_png(facts: LabelFacts) -> bytes:
    """The same label as PNG, read back before it is given out. Raises LabelUnreadable."""
    return await asyncio.to_thread(draw_png, label_svg(facts), facts.uri)


def draw_png(svg: str, uri: str) -> bytes:
    """``svg`` as PNG; raises LabelUnreadable unless its one code says ``uri``."""
    register_fonts()
    import vl_convert  # brings a browser's engine: loaded where something is drawn, not in a web process at rest

    png: bytes = vl_convert.svg_to_png(svg, scale=MODULE_PIXELS / (MODULE_MM * _MM_AT_96_DPI))
    if read_png(png) != [uri]:
        raise LabelUnreadable(
            "Tem vừa vẽ không đọc lại được bằng máy quét nên không xuất ra. Hãy thử lại; nếu vẫn vậy, "
            "hãy báo cho bộ phận vận hành kèm tên sản phẩm."
        )
    return png
