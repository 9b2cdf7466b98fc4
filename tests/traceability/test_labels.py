from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import GTIN, Cast, make_certificate, make_released_lot

from ocop_hub.gs1 import digital_link
from ocop_hub.kit.qr import read_png
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.traceability import service
from ocop_hub.traceability.errors import LabelUnreadable, LotStateRefuses, ProductHasNoLabel
from ocop_hub.traceability.labels import label as labels
from ocop_hub.traceability.labels.label import TRIAL, LabelFacts
from ocop_hub.traceability.schemas import LotIn

MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#080"/></svg>'
HOST = "https://ocop.example.vn"
FACTS = LabelFacts(
    uri=f"{HOST}/01/{GTIN}/10/LO-1",
    product_name="Chả mực <Hạ Long> & bạn",
    producer_name="Hợp tác xã Thoan Hạ Long",
    lot_code="LO-1",
    produced_on=date(2026, 4, 2),
    best_before=date(2027, 4, 2),
    stars=4,
)


class TestTraceUri:
    async def test_is_a_digital_link_with_a_gtin(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="A/1"))
        uri = labels.trace_uri(f"{HOST}/", cast.squid, lot, "unused")
        assert uri == f"{HOST}/01/{GTIN}/10/A%2F1"
        assert digital_link.parse(uri).lot == "A/1"
        assert labels.trace_uri(HOST, cast.squid, None, "unused") == f"{HOST}/01/{GTIN}"

    async def test_is_a_short_code_without_one(self, session: AsyncSession, cast: Cast) -> None:
        assert labels.trace_uri(HOST, cast.tea, None, "ABCDEFGHJK") == f"{HOST}/t/ABCDEFGHJK"


class TestMark:
    async def test_stands_beside_the_stars_and_the_code_is_still_read(self) -> None:
        drawing = "data:image/svg+xml;base64," + base64.b64encode(MARK).decode()
        marked = replace(FACTS, mark=drawing, weight="400 g")
        svg = labels.label_svg(marked)
        assert drawing in svg
        assert "Khối lượng tịnh: 400 g" in svg
        bare = replace(marked, mark="")
        with_mark, without = await labels.label_png(marked), await labels.label_png(bare)
        assert greens(with_mark) > 500
        assert greens(without) == 0

    def test_never_without_stars(self) -> None:
        assert "<image" not in labels.label_svg(replace(FACTS, stars=None, mark="data:image/png;base64,AA=="))


def greens(png: bytes) -> int:
    """How many pixels are of the mark's colour."""
    with Image.open(io.BytesIO(png)) as picture:
        return sum(
            count
            for count, colour in picture.convert("RGB").getcolors(1 << 24) or []
            if colour == (0, 136, 0)
        )


class TestLabelSvg:
    def test_says_what_the_law_asks_in_its_order(self) -> None:
        svg = labels.label_svg(FACTS)
        for text in (
            "Chả mực &lt;Hạ Long&gt; &amp;",
            "Số lô: LO-1",
            "NSX: 02/04/2026",
            "HSD: 02/04/2027",
            "OCOP đạt 4 sao",
        ):
            assert text in svg
        assert TRIAL not in svg

    @pytest.mark.parametrize(
        "host",
        [
            "http://127.0.0.1:8000",
            "http://localhost",
            "http://[::1]:8000",
            "http://0.0.0.0",
            "http://127.3.2.1",
        ],
    )
    def test_from_a_loopback_host_it_is_a_trial(self, host: str) -> None:
        assert TRIAL in labels.label_svg(replace(FACTS, uri=f"{host}/t/ABCDEFGHJK"))

    def test_no_stars_without_a_certificate_that_holds(self) -> None:
        assert "sao" not in labels.label_svg(replace(FACTS, stars=None))


class TestLabelPng:
    @pytest.mark.parametrize(
        "uri", [FACTS.uri, "http://127.0.0.1:8000/t/ABCDEFGHJK", f"{HOST}/01/{GTIN}/10/" + "W" * 20]
    )
    async def test_reads_back(self, uri: str) -> None:
        assert read_png(await labels.label_png(replace(FACTS, uri=uri))) == [uri]

    def test_a_label_that_says_something_else_is_not_given_out(self) -> None:
        with pytest.raises(LabelUnreadable):
            labels.draw_png(labels.label_svg(FACTS), FACTS.uri + "0")

    def test_a_label_whose_code_is_covered_is_not_given_out(self) -> None:
        covered = labels.label_svg(FACTS).replace("</svg>", "", 1).replace("</svg>", "")
        covered += '</svg><rect x="8" y="8" width="9" height="9"/></svg>'
        with pytest.raises(LabelUnreadable):
            labels.draw_png(covered, FACTS.uri)


class TestLabelFacts:
    async def test_stars_only_while_the_certificate_holds(self, session: AsyncSession, cast: Cast) -> None:
        await make_certificate(session, cast.squid, days_left=1, stars=5)
        await make_certificate(session, cast.tea, days_left=-1, stars=5)
        held = await labels.label_facts(session, cast.alice, cast.squid, None, public_url=HOST)
        lapsed = await labels.label_facts(session, cast.alice, cast.tea, None, public_url=HOST)
        assert (held.stars, lapsed.stars) == (5, None)

    async def test_a_recalled_lot_gets_no_label(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast)
        await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
        with pytest.raises(LotStateRefuses):
            await labels.label_facts(session, cast.alice, cast.squid, lot, public_url=HOST)

    async def test_who_may_only_look_makes_no_code(self, session: AsyncSession, cast: Cast) -> None:
        officer = Actor(Role.OFFICER_COMMUNE, unit_id="any")
        with pytest.raises(ProductHasNoLabel):
            await labels.label_facts(session, officer, cast.tea, None, public_url=HOST)
        made = await labels.label_facts(session, cast.alice, cast.tea, None, public_url=HOST)
        assert (await labels.label_facts(session, officer, cast.tea, None, public_url=HOST)).uri == made.uri
