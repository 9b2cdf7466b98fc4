from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.gs1.cset import in_cset82
from ocop_hub.traceability.codes import (
    CROCKFORD,
    LONGEST_LOT_CODE,
    new_trace_code,
    read_lot_code,
    read_trace_code,
    suggest_lot_code,
)
from ocop_hub.traceability.errors import LotCodeInvalid


class TestLotCode:
    def test_is_kept_in_capitals(self) -> None:
        assert read_lot_code(" lo-2026/09 ") == "LO-2026/09"

    def test_vietnamese_letters_are_refused_with_a_code_to_take(self) -> None:
        with pytest.raises(LotCodeInvalid) as refused:
            read_lot_code("Lô Đặc biệt 01")
        assert refused.value.suggestion == "LO-DAC-BIET-01"
        assert "Ô␣ĐẶỆ" in refused.value.detail
        assert "LO-DAC-BIET-01" in refused.value.detail
        assert "Tên lô" in refused.value.detail

    @pytest.mark.parametrize("text", ["", "  ", "A" * 21, "A B", "LÔ1", "A\u00a01", "A#1", "mẻ", "🦑"])
    def test_refuses(self, text: str) -> None:
        with pytest.raises(LotCodeInvalid):
            read_lot_code(text)

    def test_twenty_characters_fit(self) -> None:
        assert read_lot_code("A" * LONGEST_LOT_CODE) == "A" * LONGEST_LOT_CODE

    @given(st.text(max_size=60))
    @settings(max_examples=150, deadline=None)
    def test_a_suggestion_is_always_taken(self, name: str) -> None:
        suggestion = suggest_lot_code(name)
        assert in_cset82(suggestion)
        assert not suggestion or read_lot_code(suggestion) == suggestion


class TestTraceCode:
    def test_is_ten_characters_of_crockford(self) -> None:
        codes = {new_trace_code() for _ in range(2_000)}
        assert len(codes) == 2_000
        assert all(len(code) == 10 and set(code) <= set(CROCKFORD) for code in codes)

    def test_reads_what_people_type(self) -> None:
        assert read_trace_code("olil0-abcde") == "01110ABCDE"

    @pytest.mark.parametrize("text", ["", "ABC", "UUUUUUUUUU", "ABCDEFGHJKM", "ABCDE/FGHJ", "Đ123456789"])
    def test_refuses(self, text: str) -> None:
        assert read_trace_code(text) is None
