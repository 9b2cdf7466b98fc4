from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocop_hub.intake.check import CheckedSheet, ProductRow, check_file
from ocop_hub.intake.columns import REQUIRED, Field
from ocop_hub.intake.errors import ColumnMissing, ColumnTwice, HeaderNotFound, UnreadableFile
from ocop_hub.kit.spreadsheet import MAX_FILE_BYTES
from ocop_hub.places.finder import PlaceStatus, finder
from ocop_hub.producers.models import ProducerKind

HERE = Path(__file__).parent
BAD = HERE / "bad"
SAMPLES = HERE.parents[1] / "samples"
EXPECTED: dict[str, Any] = json.loads(
    (HERE / "upload_sample_lao_cai.expected.json").read_text(encoding="utf-8")
)
HEAD = "Tên sản phẩm;Chủ thể;Nhóm;Hạng sao;Xã/Phường;Huyện (cũ);Giá bán;Khối lượng (kg)\n"


def _check(source: Path | bytes, home: str = "22") -> CheckedSheet:
    return check_file(source, "danh sách.csv", finder(), home)


def _rows(*lines: str, head: str = HEAD) -> CheckedSheet:
    return _check((head + "\n".join(lines)).encode())


def _codes(checked: CheckedSheet) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.field, problem.code) for problem in checked.errors]


def _as_expected(row: ProductRow, product_id: str) -> dict[str, Any]:
    return {
        "row": row.row,
        "product_id": product_id,
        "name": row.name,
        "producer": row.producer,
        "group": row.group,
        "stars": row.stars,
        "commune_as_written": row.commune_as_written,
        "old_unit_id": row.place.old_unit_id,
        "new_unit_id": row.place.new_unit_id,
        "decision_no": row.decision_no,
        "issued_on": row.issued_on.isoformat() if row.issued_on else None,
        "price_vnd": row.price_vnd,
        "unit": row.unit,
        "net_weight_g": row.net_weight_g,
    }


@pytest.mark.parametrize("name", [file["name"] for file in EXPECTED["files"]])
class TestRealSheet:
    """The province is named by the sheet's title: the installation's own is another."""

    def test_every_value_of_every_good_row(self, name: str) -> None:
        checked = _check(SAMPLES / name)
        ids = [row["product_id"] for row in EXPECTED["rows"]]
        assert [_as_expected(row, i) for row, i in zip(checked.rows, ids, strict=True)] == EXPECTED["rows"]

    def test_header_and_counts(self, name: str) -> None:
        checked = _check(SAMPLES / name)
        report = checked.report()
        assert checked.columns.header_row == EXPECTED["header_row"]
        assert list(checked.columns.headers.values()) == EXPECTED["header"]
        assert checked.columns.unread == ()
        assert (report["rows"], report["valid"]) == (EXPECTED["data_rows"], EXPECTED["valid_rows"])

    def test_duplicates_errors_and_warnings(self, name: str) -> None:
        report = _check(SAMPLES / name).report()
        assert report["duplicates"] == [
            {"row": d["row"], "of_row": d["of_row"]} for d in EXPECTED["duplicates"]
        ]
        for kind, expected in (("errors", EXPECTED["error_rows"]), ("warnings", EXPECTED["warnings"])):
            found = [{k: problem[k] for k in ("row", "field", "code")} for problem in report[kind]]
            assert found == [{k: problem[k] for k in ("row", "field", "code")} for problem in expected]
            assert all(problem["problem"].endswith(".") for problem in report[kind])

    def test_the_report_is_json_with_the_promised_names(self, name: str) -> None:
        report = json.loads(json.dumps(_check(SAMPLES / name).report()))
        assert set(report) == {"rows", "valid", "duplicates", "errors", "warnings"}
        assert set(report["errors"][0]) == {"row", "field", "problem", "code"}


class TestSheetChoice:
    def test_the_sheet_with_a_header_is_read(self) -> None:
        checked = _check(SAMPLES / "upload_sample_lao_cai.xlsx")
        assert checked.sheet == "Sản phẩm"
        assert checked.other_sheets == ()


class TestProductTable:
    def test_our_own_table_is_read_with_its_provinces(self) -> None:
        checked = _check(SAMPLES / "ocop_products.csv")
        assert checked.data_rows == 102
        assert {problem.code for problem in checked.errors} == {"missing_producer"}
        assert {row.province_as_written for row in checked.rows} > {"Lào Cai", "Quảng Ninh"}
        kinds = {row.producer_kind for row in checked.rows}
        assert kinds == set(ProducerKind)

    def test_without_asking_for_producers_every_row_is_good(self) -> None:
        required = [name for name in REQUIRED if name != Field.PRODUCER]
        checked = check_file(SAMPLES / "ocop_products.csv", "x", finder(), "22", required=required)
        assert len(checked.rows) + len(checked.duplicates) == 102


class TestRefusedFiles:
    @pytest.mark.parametrize(
        ("name", "error", "says"),
        [
            ("picture_named.xlsx", UnreadableFile, ".xlsx"),
            ("empty_sheet.xlsx", UnreadableFile, "không có dòng nào"),
            ("no_header.csv", HeaderNotFound, "“Tên sản phẩm”, “Chủ thể”, “Nhóm sản phẩm”, “Hạng sao”"),
            (
                "two_columns_for_one_field.csv",
                ColumnTwice,
                "Cột F “Giá bán (đồng)” và cột G “Đơn giá” ở dòng 1",
            ),
            ("column_missing.csv", ColumnMissing, "thiếu cột “Hạng sao”"),
        ],
    )
    def test_a_sentence_says_what_where_and_what_to_do(
        self, name: str, error: type[Exception], says: str
    ) -> None:
        with pytest.raises(error) as caught:
            _check(BAD / name)
        assert says in str(caught.value)

    def test_a_big_file(self, tmp_path: Path) -> None:
        big = tmp_path / "to.csv"
        with big.open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 10)
        with pytest.raises(UnreadableFile) as caught:
            _check(big)
        assert caught.value.reason == "too_big"
        assert "nặng hơn 50 MB" in caught.value.detail
        assert "50 MB" in caught.value.detail


class TestRowProblems:
    def test_wrong_values_are_listed_and_the_good_row_stays(self) -> None:
        checked = _check(BAD / "wrong_values.csv")
        assert _codes(checked) == [
            (2, "Hạng sao", "stars_out_of_range"),
            (3, "Ngày hết hạn", "certificate_ends_before_begins"),
            (4, "Mã GTIN", "gtin_wrong_check_digit"),
            (5, "Số lô", "lot_not_printable"),
            (6, "Hạng sao", "stars_not_number"),
            (7, "Nhóm", "group_unknown"),
            (8, "Giá bán", "price_not_number"),
        ]
        [row] = checked.rows
        assert (row.name, row.gtin, row.lot, row.price_vnd) == (
            "Đúng cả",
            "08931234567897",
            "L01-2026",
            120_000,
        )

    def test_formula_cells(self) -> None:
        checked = _check(BAD / "formula_cells.xlsx")
        assert _codes(checked) == [
            (3, "Giá bán (đồng)", "formula_without_value"),
            (4, "Giá bán (đồng)", "formula_error"),
        ]
        assert [row.price_vnd for row in checked.rows] == [120_000]

    def test_several_problems_of_one_row_are_all_named(self) -> None:
        checked = _rows(";;;;;;;", " ;HTX A;Lạ;9;;;x;y")
        assert checked.data_rows == 1
        assert [code for _, _, code in _codes(checked)] == [
            "missing_name", "group_unknown", "stars_out_of_range", "price_not_number", "weight_not_number",
        ]  # fmt: skip

    def test_a_copy_of_a_wrong_row_is_no_duplicate(self) -> None:
        checked = _rows(
            "Mật ong;HTX A;Thực phẩm;6", "Mật ong;HTX A;Thực phẩm;4", "Mật  ong ;HTX A;Thực phẩm;4"
        )
        assert [row.row for row in checked.rows] == [3]
        assert [(d.row, d.of_row) for d in checked.duplicates] == [(4, 3)]

    def test_producers_that_differ_by_a_mark_are_two(self) -> None:
        assert _rows("Mận;HTX Quang Tom;Thực phẩm;3", "Mận;HTX Quang Tôm;Thực phẩm;3").duplicates == []

    def test_a_volume_is_a_warning(self) -> None:
        checked = _rows("Rượu;HTX A;Đồ uống;3;;;90000;500 ml")
        assert [problem.code for problem in checked.warnings] == ["weight_is_volume"]
        assert checked.rows[0].net_weight_g is None

    def test_a_column_in_kilograms(self) -> None:
        assert _rows("Gạo;HTX A;Thực phẩm;3;;;90000;0,5").rows[0].net_weight_g == 500

    def test_the_line_that_numbers_the_columns_is_no_data(self) -> None:
        assert _rows("(1);(2);(3);(4);(5);(6)", "Gạo;HTX A;Thực phẩm;3").data_rows == 1

    def test_the_line_that_counts_the_products_is_no_data(self) -> None:
        checked = _rows("Gạo;HTX A;Thực phẩm;3", "Tổng số: 01 sản phẩm", "Tổng hợp;;;")
        assert checked.data_rows == 2
        assert {problem.row for problem in checked.errors} == {4}


class TestPlaces:
    def test_home_province_holds_where_the_sheet_names_none(self) -> None:
        [row] = _rows("Mực khô;HTX A;Thực phẩm;4;Thị trấn Cô Tô;").rows
        assert row.place.new_unit_id == "c-07192-20250701"

    def test_a_split_commune_names_its_successors(self) -> None:
        title = "DANH SÁCH CỦA UBND THÀNH PHỐ HÀ NỘI NĂM 2024;;;\n"
        checked = _rows("Trà;HTX A;Đồ uống;4;Phường Cống Vị;Ba Đình", head=title + HEAD)
        [row] = checked.rows
        assert row.place.status == PlaceStatus.SPLIT
        assert row.place.new_unit_id is None
        [warning] = checked.warnings
        assert (warning.row, warning.field, warning.code) == (3, "Xã/Phường", "commune_split")
        assert "Phường" in warning.problem

    def test_namesakes_ask_for_the_district(self) -> None:
        checked = _check((HEAD + "Gạo;HTX A;Thực phẩm;3;Tân Thành;").encode(), "không rõ")
        assert [problem.code for problem in checked.warnings] == ["commune_ambiguous"]
