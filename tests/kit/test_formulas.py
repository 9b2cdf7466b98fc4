from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.kit.formulas import as_meant, neutral


@pytest.mark.parametrize(
    "text", ["=1+1", "+84 912", "-x", "@SUM(A1)", " =1", "\t=1", "\n=1", "\r", "--1", "-1+cmd", "+7"]
)
def test_what_would_be_calculated_stays_text(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert as_meant(neutral(text)) == text


@pytest.mark.parametrize("text", ["", "Mực một nắng", "3 sao", "a=b", "12,5", "'trong nháy'"])
def test_anything_else_is_as_it_was(text: str) -> None:
    assert neutral(text) == text
    assert as_meant(text) == text


@given(st.text())
def test_what_goes_out_comes_in_again(text: str) -> None:
    if not text.startswith("'"):
        assert as_meant(neutral(text)) == text
