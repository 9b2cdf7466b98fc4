"""The schematic map: every commune has its place, its share in writing, and no products is not 0 %."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ocop_hub.places.finder import finder
from ocop_hub.reporting import charts
from ocop_hub.reporting.charts import Caption
from ocop_hub.reporting.figures import Counts, Row
from ocop_hub.reporting.tile_map import NARROW, WIDE, MapWords, draw

WORDS = MapWords(("không", "ít", "nửa", "nhiều", "hết"), "chưa có sản phẩm", "Khác")
CAPTION = Caption("Bản đồ <thử>", "Nguồn")
SVG = "{http://www.w3.org/2000/svg}"


def rows(province: str = "22") -> list[Row]:
    """No products, none of three, one of a thousand, all … in turn."""
    shares = (Counts(), Counts(0, 3), Counts(1, 1000), Counts(3, 3))
    return [
        Row(unit.id, unit.full_name, shares[n % 4]) for n, unit in enumerate(finder().communes_of(province))
    ]


def tiles(svg: str) -> dict[str, tuple[str, str, str]]:
    """By the tile's words for readers: where it stands, its colour, its edge."""
    found = {}
    for group in ElementTree.fromstring(svg).iter():
        title = group.find(f"{SVG}title")
        box = group.find(f"{SVG}rect")
        if title is not None and box is not None:
            at = f"{box.get('x')},{box.get('y')}"
            found[title.text or ""] = (at, box.get("fill") or "", box.get("stroke-dasharray") or "")
    return found


@pytest.mark.parametrize("province", ["22", "15", "01"])
def test_every_commune_has_a_place_of_its_own(province: str) -> None:
    made = draw(rows(province), CAPTION, WORDS)
    found = tiles(made.svg)
    assert len(found) == len(rows(province))
    assert len({at for at, *_ in found.values()}) == len(found)
    assert max(float(at.split(",")[0]) for at, *_ in found.values()) < charts.WIDTH - 80


def test_a_tile_stays_where_it_is_whatever_its_share() -> None:
    def places(counts: Counts) -> dict[str, str]:
        same = [Row(row.key, row.label, counts) for row in rows()]
        return {
            title.partition(":")[0]: at for title, (at, *_) in tiles(draw(same, CAPTION, WORDS).svg).items()
        }

    assert places(Counts()) == places(Counts(3, 3)) == places(Counts(0, 1))


def test_no_products_looks_and_reads_unlike_none_listed() -> None:
    found = tiles(draw(rows(), CAPTION, WORDS).svg)
    without = {look[1:] for title, look in found.items() if title.endswith("chưa có sản phẩm")}
    none = {look[1:] for title, look in found.items() if title.endswith("0/3, 0%")}
    little = {look[1:] for title, look in found.items() if "1/1.000" in title}
    every = {look[1:] for title, look in found.items() if title.endswith("100%")}
    assert without == {("url(#none-wide)", "4 3")}
    assert len(none | little | every) == 3
    assert not without & none


def test_texts_are_escaped_and_tiles_link() -> None:
    made = draw(rows(), CAPTION, WORDS, lambda row: f"/x?a=1&unit={row.key}")
    root = ElementTree.fromstring(made.svg)
    assert len(list(root.iter(f"{SVG}a"))) == 54
    assert "Bản đồ <thử>" in {text.text for text in root.iter(f"{SVG}text")}
    assert "<thử>" not in made.svg


async def test_a_picture_for_documents() -> None:
    drawn = await charts.bars([Row("a", "Xã Ba Chẽ", Counts(1, 2))], CAPTION)
    assert "Nguồn" in drawn.svg
    picture = await charts.png(drawn)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) == charts.WIDTH * charts.PNG_SCALE


def test_on_a_phone_the_same_tiles_stand_three_in_a_line_under_their_district() -> None:
    wide, small = (tiles(draw(rows(), CAPTION, WORDS, layout=each).svg) for each in (WIDE, NARROW))
    assert set(wide) == set(small)
    assert len({at for at, *_ in small.values()}) == len(small)
    columns = {float(at.split(",")[0]) for at, *_ in small.values()}
    assert len(columns) == 3
    assert max(columns) + NARROW.step_x <= NARROW.width + 4
    assert {look[1] for look in small.values() if look[2]} == {"url(#none-narrow)"}
