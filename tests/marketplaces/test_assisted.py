"""Addresses of the marketplaces without an interface, and the sheet of a stall."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tests.marketplaces.stages import make_draft

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.adapters.voso import Voso
from ocop_hub.marketplaces.assisted import AssistedMarket
from ocop_hub.marketplaces.contract import ListingDraft, Shop
from ocop_hub.marketplaces.gateway import Gateway, Hosts
from ocop_hub.marketplaces.sheets import MAX_CELL, stall_sheet


@pytest.fixture
def voso(client: httpx.AsyncClient) -> AssistedMarket:
    return Voso(Gateway(client, "voso"), Hosts())


def read(sheet: bytes) -> list[Sequence[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sheet))
    return list(book.get_sheet_by_index(0).to_python())


class TestVosoAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://voso.vn/mien-dong-binh-lieu-p25459.html", "25459"),
            ("https://www.voso.vn/p-p7.html?utm_source=zalo", "7"),
            ("https://voso.vn/dac-san-vung-mien-c138", ""),
            ("https://voso.vn/mien-dong-25459.html", ""),
            ("https://mc.voso.vn/mien-dong-p1.html", ""),
        ],
    )
    def test_match_url(self, voso: AssistedMarket, url: str, expected: str) -> None:
        assert voso.match_url(url) == expected

    def test_who_cannot_get_in_is_told_what_to_do(self, voso: AssistedMarket) -> None:
        assert "Không đăng được" in voso.pack(make_draft()).steps[0]


class TestLooseAddresses:
    @pytest.mark.parametrize(
        ("key", "url", "expected"),
        [
            ("san_lao_cai", "https://laocaitrade.vn/san-pham/tra-shan_12/", "san-pham/tra-shan_12"),
            ("san_lao_cai", "https://laocaitrade.vn/tin-tuc/hoi-cho_3/", ""),
            ("san_lao_cai", "https://laocaitrade.vn/", ""),
            ("san_quang_ninh", "https://teqni.gov.vn/?id=7&utm_source=zalo", "?id=7"),
            ("san_quang_ninh", "https://teqni.gov.vn/ch%E1%BA%A3-m%E1%BB%B1c", "chả-mực"),
            ("san_quang_ninh", "https://teqni.gov.vn/a%253Fb", ""),
            ("san_quang_ninh", "https://teqni.gov.vn/" + "a" * 600, ""),
            ("san_quang_ninh", "https://laocaitrade.vn/san-pham/1", ""),
        ],
    )
    def test_match_url(self, client: httpx.AsyncClient, key: str, url: str, expected: str) -> None:
        assert registry.get(key, client).match_url(url) == expected

    @pytest.mark.parametrize("remote_id", ["san-pham/chả-mực_12", "?id=7", "sp?id=7&x=%C4%91"])
    def test_the_address_is_made_again_from_the_id(self, client: httpx.AsyncClient, remote_id: str) -> None:
        market = registry.get("san_quang_ninh", client)
        assert market.match_url(market.public_url(Shop("x"), remote_id)) == remote_id


class TestChecking:
    @pytest.mark.parametrize(
        ("price", "said"),
        [
            (0, [("price_vnd", "missing", "Thiếu giá bán.")]),
            (-1, [("price_vnd", "not_positive", "Giá bán phải lớn hơn 0 đồng.")]),
            (1, []),
        ],
    )
    def test_no_price_is_missing_not_wrong(
        self, voso: AssistedMarket, price: int, said: list[tuple[str, str, str]]
    ) -> None:
        found = voso.validate(replace(make_draft(), price_vnd=price))
        assert [(each.field, each.code, each.text) for each in found] == said


class TestSheet:
    def test_columns_stand_in_the_order_of_the_form(self, voso: AssistedMarket) -> None:
        first = make_draft()
        second = replace(first, title="Chả mực Hạ Long", attributes={"Hạn sử dụng": "6 tháng"}, gtin="")
        rows = read(stall_sheet(voso, [first, second]))
        assert rows[0][:4] == ["Tên sản phẩm", "Nhóm sản phẩm", "Giá bán (đồng)", "Đơn vị tính"]
        assert rows[0][-2:] == ["Xuất xứ", "Hạn sử dụng"]
        assert rows[1][0] == first.title
        assert rows[1][2] == first.price_vnd
        assert rows[2][-2:] == ["", "6 tháng"]

    def test_the_group_is_said_by_its_name(self, voso: AssistedMarket) -> None:
        fields = dict(voso.fields(replace(make_draft(), group="thuc_pham", group_name="Thực phẩm")))
        assert fields["Nhóm sản phẩm"] == "Thực phẩm"

    def test_a_stall_without_products_is_a_sheet_without_rows(self, voso: AssistedMarket) -> None:
        assert read(stall_sheet(voso, [])) == []

    @pytest.mark.parametrize("start", ["=1+1", "+84912", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_text_never_becomes_a_formula(self, voso: AssistedMarket, start: str) -> None:
        rows = read(stall_sheet(voso, [replace(make_draft(), title=start)]))
        assert str(rows[1][0]).startswith("'")

    @settings(max_examples=25, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
    def test_any_text_comes_back(self, text: str) -> None:
        class OneColumn:
            def fields(self, draft: ListingDraft) -> tuple[tuple[str, str], ...]:
                return (("Tên", draft.title),)

        rows = read(stall_sheet(OneColumn(), [replace(make_draft(), title=text)]))
        assert rows[1] in ([text], [f"'{text}"])

    def test_a_cell_holds_what_a_cell_can(self, voso: AssistedMarket) -> None:
        rows = read(stall_sheet(voso, [replace(make_draft(), description="à" * 40_000)]))
        assert len(str(rows[1][6])) == MAX_CELL
