from __future__ import annotations

import unicodedata

import pytest

from ocop_hub.intake.columns import Field, column_letters, field_of, find_columns
from ocop_hub.intake.errors import ColumnMissing, ColumnTwice, HeaderNotFound
from ocop_hub.kit.spreadsheet import Cell, Sheet

HEAD: list[Cell] = ["STT", "Tên sản phẩm", "Chủ thể", "Nhóm", "Hạng sao"]


class TestFieldOf:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("Giá bán (đồng)", Field.PRICE), ("GIÁ BÁN", Field.PRICE), ("Gia ban", Field.PRICE),
            (unicodedata.normalize("NFD", "Huyện (cũ)"), Field.DISTRICT), ("Tên sản phẩm (*)", Field.NAME),
            ("net_weight_g", Field.NET_WEIGHT), ("Product name", Field.NAME), ("Xã, phường,\nthị trấn", Field.COMMUNE),
            ("Hạn sử dụng", Field.SHELF_LIFE), ("Phân nhóm", Field.SUB_GROUP), ("Nhóm SP", Field.GROUP),
            ("Địa chỉ (xã/phường)", Field.COMMUNE), (3, None), (None, None), ("x" * 500, None),
        ],
    )  # fmt: skip
    def test_headers(self, header: object, expected: Field | None) -> None:
        assert field_of(header) == expected

    def test_what_a_sender_calls_it_goes_first(self) -> None:
        assert field_of("Tên Hàng", {"ten hang": Field.NAME}) == Field.NAME


class TestFindColumns:
    def test_title_rows_are_passed_over(self) -> None:
        columns = find_columns(Sheet("", [["Danh sách sản phẩm"], [], HEAD, [1, "Mật ong"]]))
        assert columns.header_row == 3
        assert columns.at[Field.STARS] == 4
        assert columns.headers[Field.NAME] == "Tên sản phẩm"

    def test_a_header_of_two_rows_merged_downwards(self) -> None:
        upper: list[Cell] = [*HEAD, "Địa chỉ", None]
        lower: list[Cell] = [*HEAD, "Xã", "Huyện"]
        assert find_columns(Sheet("", [upper, lower])).header_row == 2
        assert find_columns(Sheet("", [HEAD, HEAD, [1, "Mật ong"]])).header_row == 2

    def test_a_header_repeated_later_does_not_count(self) -> None:
        assert find_columns(Sheet("", [HEAD, [1, "Mật ong"], HEAD])).header_row == 1

    def test_scales_told_by_headers(self) -> None:
        columns = find_columns(Sheet("", [[*HEAD, "Giá bán (1.000 đ)", "Khối lượng (kg)", "Màu"]]))
        assert (columns.price_scale, columns.weight_scale) == (1000, 1000)
        assert columns.unread == ("Màu",)
        plain = find_columns(Sheet("", [[*HEAD, "Giá bán (đồng)", "Khối lượng tịnh (g)"]]))
        assert (plain.price_scale, plain.weight_scale) == (1, 1)

    def test_refusals(self) -> None:
        with pytest.raises(HeaderNotFound):
            find_columns(Sheet("", [["Mật ong", "HTX A"]]))
        with pytest.raises(ColumnTwice):
            find_columns(Sheet("", [[*HEAD, "Xã", "Phường"]]))
        with pytest.raises(ColumnMissing):
            find_columns(Sheet("", [HEAD[:-1]]))


def test_column_letters() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
