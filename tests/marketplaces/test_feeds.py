"""The feeds: well-formed for any text, Vietnamese unchanged, nothing half."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.marketplaces.feeds import (
    COLUMNS,
    DIALECTS,
    GOOGLE,
    META,
    NAMESPACE,
    Dialect,
    FeedItem,
    csv_feed,
    cut,
    sayable,
    xml_feed,
)

ITEM = FeedItem(
    id="OCOP-1",
    title="Trứng vịt biển Đồng Rui – vỉ 30 quả",
    description="Vỏ dày, lòng đỏ sậm.\nThả đầm nước lợ & ăn <tôm>.",
    link="https://ocop.example/san-pham/1",
    price_vnd=135_000,
    picture_links=("https://ocop.example/a.jpg", "https://ocop.example/b.jpg", "https://ocop.example/c.jpg"),
    brand="HTX Đồng Tiến",
    product_type="Thực phẩm",
    weight_g=2_400,
)
ANY_TEXT = st.text(min_size=1, max_size=80)


def parsed(feed: bytes) -> list[dict[str, list[str]]]:
    """Every item as field → values; raises when it is not well-formed."""
    items = []
    for entry in ElementTree.fromstring(feed).iter("item"):
        said: dict[str, list[str]] = {}
        for child in entry:
            said.setdefault(child.tag.removeprefix(f"{{{NAMESPACE}}}"), []).append(child.text or "")
        items.append(said)
    return items


def xml(items: list[FeedItem], dialect: Dialect = GOOGLE) -> bytes:
    return xml_feed(items, dialect, title="OCOP", link="https://ocop.example", description="Sản phẩm")


class TestXml:
    def test_the_fields_that_readers_require(self) -> None:
        feed = xml([ITEM])
        assert feed.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
        assert b'xmlns:g="http://base.google.com/ns/1.0"' in feed
        (item,) = parsed(feed)
        assert item["price"] == ["135000 VND"]
        assert item["title"] == [ITEM.title]
        assert item["description"] == [ITEM.description]
        assert item["additional_image_link"] == list(ITEM.picture_links[1:])
        assert item["identifier_exists"] == ["no"]
        assert item["shipping_weight"] == ["2400 g"]

    @pytest.mark.parametrize(("dialect", "word"), [(GOOGLE, "in_stock"), (META, "in stock")])
    def test_each_reader_has_its_word(self, dialect: Dialect, word: str) -> None:
        assert parsed(xml([ITEM], dialect))[0]["availability"] == [word]

    def test_a_gtin_is_said_and_never_made_up(self) -> None:
        (item,) = parsed(xml([replace(ITEM, gtin="08936012345675")]))
        assert item["gtin"] == ["08936012345675"]
        assert "identifier_exists" not in item

    @pytest.mark.parametrize(
        "missing",
        [
            {"title": " "},
            {"description": ""},
            {"price_vnd": 0},
            {"picture_links": ()},
            {"brand": ""},
            {"link": ""},
        ],
    )
    def test_what_is_not_complete_is_left_out(self, missing: dict[str, object]) -> None:
        broken = replace(ITEM, **missing)  # type: ignore[arg-type]  # one field at a time, by name
        assert len(parsed(xml([broken, ITEM]))) == 1

    def test_no_products_is_a_feed_all_the_same(self) -> None:
        assert parsed(xml([])) == []

    @settings(max_examples=60, deadline=None)
    @given(title=ANY_TEXT, description=ANY_TEXT, brand=ANY_TEXT)
    def test_any_text_is_well_formed_and_comes_back(self, title: str, description: str, brand: str) -> None:
        items = parsed(xml([replace(ITEM, title=title, description=description, brand=brand), ITEM]))
        assert items[-1]["title"] == [ITEM.title]
        if len(items) == 2:
            # XML itself reads a carriage return as the end of a line.
            wanted = sayable(description).strip().replace("\r\n", "\n").replace("\r", "\n")
            assert items[0]["description"] == [wanted]

    @settings(max_examples=40, deadline=None)
    @given(st.text(alphabet="ạảấầẩẫậắằẳẵặẹẻẽềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđĐƠƯ ", min_size=3, max_size=40))
    def test_vietnamese_letters_are_unchanged(self, text: str) -> None:
        wanted = " ".join(unicodedata.normalize("NFC", text).split())
        if wanted:
            assert parsed(xml([replace(ITEM, title=text)]))[0]["title"] == [wanted]

    def test_a_character_that_xml_cannot_hold_would_be_seen(self) -> None:
        with pytest.raises(ElementTree.ParseError):
            ElementTree.fromstring(xml([ITEM]).replace(b"OCOP-1", b"OCOP-\x0b"))


class TestCsv:
    def test_the_same_fields_in_columns(self) -> None:
        rows = list(csv.DictReader(io.StringIO(csv_feed([ITEM], META).decode())))
        assert tuple(rows[0]) == COLUMNS
        assert rows[0]["description"] == ITEM.description
        assert rows[0]["additional_image_link"] == "https://ocop.example/b.jpg,https://ocop.example/c.jpg"
        assert rows[0]["availability"] == "in stock"

    def test_a_formula_stays_text(self) -> None:
        rows = list(csv.DictReader(io.StringIO(csv_feed([replace(ITEM, title="=1+1")], META).decode())))
        assert rows[0]["title"] == "'=1+1"

    @settings(max_examples=40, deadline=None)
    @given(title=ANY_TEXT, description=ANY_TEXT)
    def test_any_text_is_one_row(self, title: str, description: str) -> None:
        text = csv_feed([replace(ITEM, title=title, description=description), ITEM], GOOGLE).decode()
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in rows} == {len(COLUMNS)}
        assert rows[-1][1] == ITEM.title


class TestLengths:
    @pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
    def test_long_texts_are_cut(self, dialect: Dialect) -> None:
        long = replace(ITEM, id="x" * 300, title="miến dong " * 90, description="sợi dai " * 3_000)
        (item,) = parsed(xml([long], dialect))
        assert len(item["id"][0]) == dialect.longest_id
        assert len(item["title"][0]) <= dialect.longest_title
        assert len(item["description"][0]) <= dialect.longest_description

    def test_a_cut_ends_at_a_word(self) -> None:
        assert cut("một hai ba bốn", 13) == "một hai ba…"
        assert cut("một hai", 7) == "một hai"
