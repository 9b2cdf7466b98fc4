"""Public pages as they come: structured, plain, gone, hostile."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.marketplaces.stages import make_draft

from ocop_hub.marketplaces.contract import ListingState, Page, PageMatch, Shop
from ocop_hub.marketplaces.pages import observe, path_under, read_page, read_price, same_words

URL = "https://postmart.vn/p/trung-vit-1.html"
SHOP = Shop("s", seller_name="HTX Đồng Tiến")


def with_product(**fields: Any) -> str:
    product = {"@type": "Product", **fields}
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, product]}
    return f'<script type="application/ld+json">{json.dumps(graph)}</script>'


def held(text: str, *, status: int = 200, remote_id: str = "1") -> PageMatch:
    return observe(Page(URL, status, text), make_draft(), SHOP, remote_id=remote_id)


class TestReadPage:
    def test_json_ld(self) -> None:
        offers = {
            "price": "135000.00",
            "availability": "http://schema.org/OutOfStock",
            "seller": {"name": "HTX A"},
        }
        facts = read_page("<title>Trang</title>" + with_product(name="Trứng vịt", offers=[offers]))
        assert (facts.title, facts.price_vnd, facts.seller, facts.out_of_stock) == (
            "Trứng vịt",
            135_000,
            "HTX A",
            True,
        )

    def test_open_graph_and_heading(self) -> None:
        facts = read_page(
            '<meta property="og:title" content="B"><meta property="product:price:amount" content="99000">'
            "<h1> Mực <b>ống</b>\n khô </h1>"
        )
        assert (facts.title, facts.price_vnd) == ("Mực ống khô", 99_000)

    def test_scripts_and_styles_are_not_text(self) -> None:
        facts = read_page("<style>a{}</style><p>Chữ</p><script>var x = 'mã'</script>")
        assert facts.text == "Chữ"

    def test_broken_json_is_passed_over(self) -> None:
        broken = '<script type="application/ld+json">{"@type": "Product", </script>'
        assert read_page(broken + with_product(name="Sau")).title == "Sau"

    def test_a_hostile_depth_is_survived(self) -> None:
        deep = "[" * 100_000 + "]" * 100_000
        assert read_page(f'<script type="application/ld+json">{deep}</script><h1>A</h1>').title == "A"

    @settings(max_examples=60)
    @given(st.text(alphabet="<>/!-=\"'&;#abẽ {}[]:,\n\x00", max_size=200))
    def test_anything_can_be_read(self, text: str) -> None:
        read_page(text)


class TestReadPrice:
    @pytest.mark.parametrize(
        ("said", "price"),
        [
            (129000, 129_000),
            (129000.0, 129_000),
            ("129000.00", 129_000),
            ("129.000 ₫", 129_000),
            ("1.290.000đ", 1_290_000),
            ("₫129,000", 129_000),
            ("Liên hệ", None),
            ("0", None),
            (True, None),
            (None, None),
            (float("inf"), None),
            (-5, None),
        ],
    )
    def test_as_pages_write_it(self, said: Any, price: int | None) -> None:
        assert read_price(said) == price


class TestSameWords:
    def test_tones_case_and_form_do_not_count(self) -> None:
        title = "Trứng vịt biển Đồng Rui"
        assert same_words(title, unicodedata.normalize("NFD", title.upper()) + " – chính gốc")

    def test_numbers_do(self) -> None:
        assert not same_words("Mật ong hoa rừng chai 500 ml", "Mật ong hoa rừng chai 250 ml")

    def test_nothing_matches_nothing(self) -> None:
        assert not same_words("", "")


class TestPathUnder:
    @pytest.mark.parametrize(
        ("url", "path"),
        [
            ("http://127.0.0.1:8100/postmart/p/a-1.html", "/p/a-1.html"),
            ("http://127.0.0.1:8100/postmartx/p/a-1.html", None),
            ("http://127.0.0.1:8101/postmart/p/a-1.html", None),
            ("https://postmart.vn/p/a-1.html", "/p/a-1.html"),
            ("https://postmart.vn:8443/p/a-1.html", None),
            ("https://postmart.vn:99999/p", None),
        ],
    )
    def test_below_the_base_or_on_a_host(self, url: str, path: str | None) -> None:
        assert path_under(url, "http://127.0.0.1:8100/postmart", ("postmart.vn",)) == path


class TestObserve:
    def test_title_and_seller_decide_and_the_price_is_reported(self) -> None:
        title = make_draft().title
        match = held(with_product(name=title, offers={"price": 1, "seller": {"name": "Htx Đồng Tiến"}}))
        assert match.matches
        assert match.checks == {"url": True, "title": True, "price": False, "seller": True}

    def test_another_sellers_page_does_not_count(self) -> None:
        match = held(with_product(name=make_draft().title, offers={"seller": {"name": "Công ty Z"}}))
        assert not match.matches
        assert match.observation.state is ListingState.UNKNOWN

    def test_a_page_that_names_no_seller_leaves_the_check_out(self) -> None:
        match = held(f"<h1>{make_draft().title}</h1>")
        assert match.matches
        assert "seller" not in match.checks

    @pytest.mark.parametrize(
        ("text", "status", "remote_id", "state"),
        [
            ("", 404, "1", ListingState.DELETED),
            ("", 410, "1", ListingState.DELETED),
            ("<h1>Sản phẩm này không tồn tại</h1>", 200, "1", ListingState.DELETED),
            ("", 503, "1", ListingState.UNKNOWN),
            ("", 403, "1", ListingState.UNKNOWN),
            ("<h1>Trang chủ</h1>", 200, "", ListingState.UNKNOWN),
        ],
    )
    def test_what_is_not_seen(self, text: str, status: int, remote_id: str, state: ListingState) -> None:
        match = held(text, status=status, remote_id=remote_id)
        assert (match.matches, match.observation.state) == (False, state)
        assert match.checks["url"] is bool(remote_id)
