from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.kit.values import (
    MAX_GRAMS,
    MAX_PRICE,
    MIN_PRICE,
    ValueProblem,
    parse_date,
    parse_grams,
    parse_price,
    parse_quantity,
    parse_reading,
    parse_stars,
)

PRICES = st.integers(MIN_PRICE, MAX_PRICE)
WEIGHTS = st.integers(1, MAX_GRAMS)
ANY_CELL = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789., đkgsao*/-", max_size=14),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.none(),
    st.datetimes(),
)


def _code(read: Callable[[object], object], value: object) -> str:
    with pytest.raises(ValueProblem) as caught:
        read(value)
    assert caught.value.problem.endswith(".")
    return caught.value.code


class TestParsePrice:
    @pytest.mark.parametrize(
        ("written", "dong"),
        [
            ("120.000đ", 120_000), ("127,000", 127_000), ("145.000 VNĐ", 145_000), ("104.000 đ", 104_000),
            ("104000", 104_000), (104000, 104_000), (104000.0, 104_000), ("1.230.000đ", 1_230_000),
            ("1 230 000", 1_230_000), ("1,2 triệu", 1_200_000), ("120k", 120_000), ("120 nghìn đồng", 120_000),
            ("1.250.000,00 ₫", 1_250_000), ("120000.0", 120_000), ("Đ120", None),
        ],
    )  # fmt: skip
    def test_reads_what_people_write(self, written: object, dong: int | None) -> None:
        if dong is None:
            assert _code(parse_price, written) == "price_not_number"
        else:
            assert parse_price(written) == dong

    @pytest.mark.parametrize(
        "written", ["liên hệ", "100.000 - 120.000", "1.20.000", "1,200 triệu", "", True, None]
    )
    def test_refuses_what_is_no_price(self, written: object) -> None:
        assert _code(parse_price, written) == "price_not_number"

    def test_refuses_parts_of_a_dong_and_tiny_prices(self) -> None:
        assert _code(parse_price, 1500.5) == "price_not_whole"
        assert _code(parse_price, 120) == "price_out_of_range"
        assert _code(parse_price, -120000) == "price_out_of_range"

    def test_a_column_in_thousands_scales_plain_numbers_only(self) -> None:
        assert parse_price(120, scale=1000) == 120_000
        assert parse_price("120.000đ", scale=1000) == 120_000
        assert parse_price("1,2 triệu", scale=1000) == 1_200_000

    @given(PRICES, st.sampled_from([".", ",", " "]), st.sampled_from(["", "đ", " đ", " VNĐ", " đồng"]))
    def test_grouping_and_currency_change_nothing(self, dong: int, separator: str, currency: str) -> None:
        assert parse_price(f"{dong:,}".replace(",", separator) + currency) == dong


class TestParseGrams:
    @pytest.mark.parametrize(
        ("written", "grams"),
        [
            ("150g", 150), ("1.000", 1000), (1000, 1000), (250.0, 250), ("0,5 kg", 500), ("0.250 kg", 250),
            ("1,5kg", 1500), ("500 gram", 500), ("2 lạng", 200), ("1.000 g", 1000), ("1.0", 1),
        ],
    )  # fmt: skip
    def test_reads_what_people_write(self, written: object, grams: int) -> None:
        assert parse_grams(written) == grams

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("500 ml", "weight_is_volume"), ("1.000 kg", "weight_ambiguous"), (0.5, "weight_not_whole"),
            ("0", "weight_out_of_range"), ("2 x 250g", "weight_not_number"), ("5 bao", "weight_not_number"),
            (False, "weight_not_number"), (date(2023, 1, 1), "weight_not_number"),
        ],
    )  # fmt: skip
    def test_refuses_the_rest_by_name(self, written: object, code: str) -> None:
        assert _code(parse_grams, written) == code

    def test_a_column_in_kilograms_scales_plain_numbers_only(self) -> None:
        assert parse_grams(0.5, scale=1000) == 500
        assert parse_grams("500g", scale=1000) == 500

    @given(WEIGHTS)
    def test_a_unit_changes_nothing(self, grams: int) -> None:
        assert parse_grams(f"{grams} g") == grams

    @given(st.integers(1, 9_999))
    def test_tenths_of_a_kilogram_are_hundreds_of_grams(self, tenths: int) -> None:
        assert parse_grams(f"{tenths // 10},{tenths % 10} kg") == tenths * 100

    @given(WEIGHTS)
    def test_a_number_cell_is_grams(self, grams: int) -> None:
        assert parse_grams(float(grams)) == grams


class TestParseStars:
    @pytest.mark.parametrize(
        "written", ["4 sao", "4", "OCOP 4*", "4 Sao ", "4*", 4, 4.0, "4 ★", "ocop 4 sao", "4.0", "Bốn sao"]
    )
    def test_reads_four_stars(self, written: object) -> None:
        assert parse_stars(written) == 4

    @pytest.mark.parametrize("written", ["6 sao", 6, 2, 0, "10*", -3])
    def test_refuses_other_numbers(self, written: object) -> None:
        assert _code(parse_stars, written) == "stars_out_of_range"

    @pytest.mark.parametrize("written", ["tiềm năng 5 sao", "3-4 sao", "***", "", True, 3.5, "4 5", None])
    def test_refuses_prose(self, written: object) -> None:
        assert _code(parse_stars, written) == "stars_not_number"


class TestParseDate:
    @pytest.mark.parametrize(
        ("written", "day"),
        [
            ("31/12/2023", date(2023, 12, 31)), ("2/4/2021", date(2021, 4, 2)), ("18/1/2024", date(2024, 1, 18)),
            ("2023-12-31", date(2023, 12, 31)), ("31.12.2023", date(2023, 12, 31)), ("2-4-2021", date(2021, 4, 2)),
            ("Ngày 31 tháng 12 năm 2023", date(2023, 12, 31)), (44354, date(2021, 6, 7)), ("44354", date(2021, 6, 7)),
            (44354.0, date(2021, 6, 7)), (date(2021, 6, 7), date(2021, 6, 7)),
            (datetime(2021, 6, 7, 12), date(2021, 6, 7)), ("2021-06-07 00:00:00", date(2021, 6, 7)),
        ],
    )  # fmt: skip
    def test_reads_what_people_write(self, written: object, day: date) -> None:
        assert parse_date(written) == day

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("12/31/2023", "date_not_in_calendar"), ("29/2/2023", "date_not_in_calendar"),
            ("31/12/23", "date_not_date"), ("2021", "date_not_date"), ("quý I/2024", "date_not_date"),
            ("1/1/1023", "date_out_of_range"), (2021, "date_out_of_range"), (True, "date_not_date"),
        ],
    )  # fmt: skip
    def test_refuses_the_rest_by_name(self, written: object, code: str) -> None:
        assert _code(parse_date, written) == code

    @given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    def test_all_forms_of_a_day_agree(self, day: date) -> None:
        serial = (day - date(1899, 12, 30)) // timedelta(days=1)
        for written in (f"{day.day}/{day.month}/{day.year}", day.isoformat(), serial, f"{day:%d-%m-%Y}"):
            assert parse_date(written) == day


@pytest.mark.parametrize(
    "read", [parse_price, parse_grams, parse_stars, parse_date, parse_quantity, parse_reading]
)
@given(cell=ANY_CELL)
def test_any_cell_is_read_or_named(read: Callable[[object], object], cell: object) -> None:
    try:
        read(cell)
    except ValueProblem as problem:
        said = problem.problem
    else:
        said = "Đọc được."
    assert said.endswith(".")
