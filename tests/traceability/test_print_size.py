"""Labels as they come out of the printer: every code read, every symbol as large and as free as GS1 asks."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # the package carries no types
from tests.printed import codes_of_pdf, codes_of_picture

from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels.codes import (
    LARGEST_MODULE_MM,
    SMALLEST_MODULE_MM,
    printed_form,
    side_of,
)
from ocop_hub.traceability.labels.files import RunLabels
from ocop_hub.traceability.labels.label import LabelFacts, draw_png, label_svg
from ocop_hub.traceability.labels.layouts import layout_on, layouts
from ocop_hub.traceability.labels.print_runs import TEMPLATE
from ocop_hub.traceability.labels.serials import SerialKeys, SerialMaker
from ocop_hub.traceability.labels.sheets import SheetFacts
from ocop_hub.traceability.models import RunKind

TODAY = date(2026, 11, 22)
SUBJECT, LOT = "08936000000011", "LO-2026-09"
STEM = f"https://truyxuat.quangninh.example/01/{SUBJECT}/10/{LOT}"
MM_PER_INCH = 25.4


def labels(count: int, *, trial: bool = False) -> RunLabels:
    maker = SerialMaker(SerialKeys(b"t" * 32, b"m" * 32), subject=SUBJECT, lot=LOT)
    return RunLabels(
        run_id=UUID(int=1),
        name="Đợt in",
        lot_code=LOT,
        kind=RunKind.SERIAL,
        number=1,
        count=count,
        template=TEMPLATE,
        stem_uri=STEM,
        facts=SheetFacts(
            "Chả mực Hạ Long giã tay thượng hạng", "Hợp tác xã Thoan Hạ Long",
            (f"Số lô: {LOT}", "NSX: 01/11/2026", "HSD: 01/05/2027"), 4, trial,
        ),
        maker=maker,
        capitals=True,
    )  # fmt: skip


class TestPdf:
    @pytest.mark.parametrize("key", layouts())
    async def test_every_code_on_every_paper(self, key: str) -> None:
        paper = layout_on(key, TODAY)
        run = labels(min(2 * paper.per_page + 1, 60), trial=key == "a4-3x8")
        pdf = await label_files.pdf(run, paper)
        rows = csv.DictReader(io.StringIO(b"".join(run.csv()).decode()))
        assert codes_of_pdf(pdf) == [row["uri"] for row in rows]

    @pytest.mark.parametrize("key", layouts())
    async def test_modules_and_margin_are_as_large_as_gs1_asks(self, key: str) -> None:
        pdf = await label_files.pdf(labels(1), layout_on(key, TODAY))
        dpi = 1_200
        page = PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("L")
        (found,) = zxingcpp.read_barcodes(page)
        corners = found.position
        across = corners.top_right.x - corners.top_left.x
        module = across / side_of(found.text)
        assert SMALLEST_MODULE_MM - 0.01 <= module / dpi * MM_PER_INCH <= LARGEST_MODULE_MM + 0.01
        quiet = round(4 * module) - 2
        left, top = corners.top_left.x, corners.top_left.y
        bands = (
            (left - quiet, top, left - 2, top + across),
            (left, top - quiet, left + across, top - 2),
            (left + across + 3, top, left + across + quiet, top + across),
            (left, top + across + 3, left + across, top + across + quiet),
        )
        for band in bands:
            assert page.crop(band).getextrema()[0] > 200, "something stands in the light margin"


class TestPng:
    @pytest.mark.parametrize("dpi", [203, 300])
    def test_read_at_the_size_it_is_printed(self, dpi: int) -> None:
        facts = LabelFacts(STEM, "Chả mực Hạ Long", "Hợp tác xã Thoan Hạ Long", LOT, TODAY, None, 4)
        svg = label_svg(facts)
        (width,) = re.findall(r'^<svg[^>]* width="([\d.]+)mm"', svg)
        with Image.open(io.BytesIO(draw_png(svg, STEM))) as drawn:
            dots = round(float(width) / MM_PER_INCH * dpi)
            printed = drawn.convert("L").resize((dots, round(drawn.height * dots / drawn.width)))
        assert codes_of_picture(printed) == [STEM]


def thermal(zpl: str) -> Image.Image:
    """One ZPL label as a printer draws it: the symbol and its letters' place, in dots."""
    size = [int(each) for each in re.findall(r"\^(?:PW|LL)(\d+)", zpl)]
    picture = Image.new("L", (size[0], size[1]), 255)
    pen = ImageDraw.Draw(picture)
    x, y, dots, text = re.findall(r"\^FO(\d+),(\d+)\^BQN,2,(\d+)\^FDMA,([^^]+)\^FS", zpl)[0]
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = Image.fromarray(symbol.to_image(scale=int(dots), add_quiet_zones=False))
    picture.paste(drawn, (int(x), int(y)))
    for left, top, height in re.findall(r"\^FO(\d+),(\d+)\^A0N,(\d+)\^F", zpl):
        pen.rectangle((int(left), int(top), size[0], int(top) + int(height)), fill=0)
    return picture


class TestZpl:
    @pytest.mark.parametrize("dpi", [203, 300, 600])
    def test_read_dot_by_dot_with_nothing_in_the_margin(self, dpi: int) -> None:
        run = labels(3)
        formats = (
            b"".join(label_files.zpl(run, layout_on("cuon-70x40", TODAY), dpi=dpi))
            .decode()
            .split("^XZ\n")[:-1]
        )
        assert [codes_of_picture(thermal(each)) for each in formats] == [
            [each.uri] for each in run.addresses()
        ]
        for each in formats:
            x, y, dots, text = re.findall(r"\^FO(\d+),(\d+)\^BQN,2,(\d+)\^FDMA,([^^]+)\^FS", each)[0]
            side = side_of(text) * int(dots)
            assert int(dots) / dpi * MM_PER_INCH >= SMALLEST_MODULE_MM - 0.01
            quiet = 4 * int(dots)
            picture = thermal(each)
            around = (int(x) - quiet, int(y) - quiet, int(x) + side + quiet, int(y) + side + quiet)
            assert around[0] >= 0
            assert around[1] >= 0
            framed = picture.crop(around)
            framed.paste(255, (quiet, quiet, quiet + side, quiet + side))
            assert framed.getextrema() == (255, 255)


def test_capitals_are_printed_where_they_save_a_version() -> None:
    address = next(labels(1).addresses())
    assert (
        address.uri
        == address.uri.upper()
        == printed_form(address.uri.lower().replace("lo-2026-09", LOT)).upper()
    )
    assert side_of(address.uri) < side_of(f"{STEM}/21/{address.uri[-16:]}")
