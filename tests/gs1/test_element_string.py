from __future__ import annotations

import pytest

from ocop_hub.gs1.element_string import parse
from ocop_hub.gs1.errors import ElementStringError


def test_scanner_separator_is_fnc1() -> None:
    assert parse("\x1d10AB\x1d17260930") == (("10", "AB"), ("17", "260930"))


def test_bracket_inside_a_value() -> None:
    assert parse(r"(10)A\(1)(11)991225") == (("10", "A(1)"), ("11", "991225"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10ABC", "missing-fnc1"),
        ("^", "no-data"),
        ("^^", "unknown-ai-prefix"),
        ("^0108938505970010", "incorrect-check-digit"),
        ("^10LÔ", "invalid-cset82-character"),
        ("^10", "empty"),
        ("(10)A(10)B", "different-repeat"),
        ("(422)704(426)704", "excluded-pair"),
        ("(3102)000100(3103)000100", "excluded-pair"),
        ("(7040)1AB.", "invalid-importer-index"),
        ("(8003)19520123456788", "not-zero"),
        ("(999)x", "unknown-ai"),
        ("(10)A)", None),
        ("x", "missing-fnc1"),
        ("(10", "broken-brackets"),
    ],
)
def test_rule(text: str, reason: str | None) -> None:
    if reason is None:
        assert parse(text)
        return
    with pytest.raises(ElementStringError) as caught:
        parse(text)
    assert caught.value.reason == reason


def test_same_value_twice_is_no_fault() -> None:
    assert len(parse("(10)A(10)A")) == 2
