"""Tables, dates, sentences, percent coding, and the linters that no published vector reaches."""

from __future__ import annotations

import re
import string
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ocop_hub.gs1
from ocop_hub.gs1 import ai_table, codes, dates, linters, percent, problems
from ocop_hub.gs1.check import check_line
from ocop_hub.gs1.errors import Gs1Error


class TestTable:
    def test_size_and_references(self) -> None:
        assert len(ai_table.TABLE) == 541
        for entry in ai_table.TABLE.values():
            assert entry.excludes <= ai_table.TABLE.keys() - {entry.ai}
            assert entry.min_length <= entry.max_length
            for sequence in entry.sequences or ():
                assert set(sequence) <= ai_table.TABLE.keys()

    def test_length_follows_from_two_digits(self) -> None:
        assert all(ai_table.AI_LENGTH[ai[:2]] == len(ai) for ai in ai_table.TABLE)

    def test_paths_of_a_trade_item(self) -> None:
        assert {("01",), ("01", "22", "10", "21"), ("01", "10"), ("01", "235")} <= ai_table.PATHS
        assert ("01", "21", "10") not in ai_table.PATHS
        assert ("01", "10", "235") not in ai_table.PATHS
        assert ai_table.QUALIFIERS_LEFT[("01", "21")] == {"22", "10"}

    def test_code_lists(self) -> None:
        assert len(codes.COUNTRIES) == len(codes.COUNTRIES_ALPHA2) == 249
        assert codes.VIETNAM in codes.COUNTRIES
        assert codes.VIETNAM in codes.CURRENCIES


class TestDates:
    TODAY = date(2026, 11, 22)

    def test_day_00_is_the_last_day(self) -> None:
        assert dates.read("270200", today=self.TODAY) == date(2027, 2, 28)
        assert dates.read("280200", today=self.TODAY) == date(2028, 2, 29)

    @pytest.mark.parametrize(("yy", "year"), [(26, 2026), (76, 2076), (77, 1977), (99, 1999), (0, 2000)])
    def test_century(self, yy: int, year: int) -> None:
        assert dates.full_year(yy, this_year=2026) == year

    def test_century_ahead(self) -> None:
        assert dates.full_year(1, this_year=2060) == 2101

    @settings(max_examples=50, deadline=None)
    @given(st.dates(date(1977, 1, 1), date(2076, 12, 31)))
    def test_write_read(self, day: date) -> None:
        assert linters.yymmdd(dates.write(day)) is None
        assert dates.read(dates.write(day), today=self.TODAY) == day


class TestSentences:
    def test_every_reason_in_the_sources_has_one(self) -> None:
        sources = Path(next(iter(ocop_hub.gs1.__path__))).glob("*.py")
        text = "\n".join(p.read_text(encoding="utf-8") for p in sources if p.name != "problems.py")
        used = set(re.findall(r"""(?:return|else|Error\(|=) ?"([a-z0-9]+(?:-[a-z0-9]+)+)\"""", text))
        used = {reason for reason in used if not reason.startswith("gs1-")}  # the error classes' own codes
        used.discard("utf-8")  # how a file is read
        assert len(used) > 40
        assert used <= problems.SENTENCES.keys()

    @pytest.mark.parametrize("reason", sorted(problems.SENTENCES))
    def test_says_where_and_is_nfc(self, reason: str) -> None:
        fields = {name for _, name, _, _ in string.Formatter().parse(problems.SENTENCES[reason]) if name}
        assert fields <= {"where", "ai", "value", "length"}
        said = problems.sentence(reason, ai="10", value="x")
        assert said.endswith(".")
        assert unicodedata.is_normalized("NFC", said)


class TestPercent:
    @settings(max_examples=100, deadline=None)
    @given(st.text(st.characters(max_codepoint=255)))
    def test_round_trip(self, text: str) -> None:
        assert percent.decode_path(percent.encode_path(text)) == text
        assert percent.decode_query(percent.encode_query(text)) == text
        assert percent.encode_path(text).isascii()

    def test_beyond_latin_1(self) -> None:
        with pytest.raises(Gs1Error):
            percent.encode_path("Ớt")


@pytest.mark.parametrize(
    ("linter", "good", "bad"),
    [
        (linters.csumalpha, "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310cXK"),
        (linters.iban, "GB82WEST12345698765432", "GB83WEST12345698765432"),
        (linters.pieceoftotal, "0102", "0201"),
        (linters.posinseqslash, "1/3", "4/3"),
        (linters.hhmi, "2359", "2360"),
        (linters.ss, "59", "60"),
        (linters.yyyymmdd, "20240229", "20230229"),
        (linters.iso4217, "704", "705"),
        (linters.iso3166alpha2, "VN", "XX"),
        (linters.iso5218, "9", "3"),
        (linters.winding, "9", "2"),
        (linters.yesno, "1", "2"),
        (linters.hyphen, "-", "+"),
        (linters.nonzero, "010", "000"),
        (linters.zero, "0", "1"),
        (linters.nozeroprefix, "0", "01"),
        (linters.hasnondigit, "1A", "11"),
        (linters.mediatype, "80", "11"),
        (linters.importeridx, "_", "="),
        (linters.gcppos1, "0123", "012A"),
        (linters.latitude, "1800000000", "1800000001"),
        (linters.longitude, "3600000000", "3600000001"),
    ],
)
def test_linter(linter: linters.Linter, good: str, bad: str) -> None:
    assert linter(good) is None
    assert linter(bad) in problems.SENTENCES


class TestCheckLine:
    def test_good_link(self) -> None:
        result = check_line("https://a.vn/ocop/01/09520123456788/10/A?17=260930&lang=vi")
        assert result.as_dict() == {
            "input": "https://a.vn/ocop/01/09520123456788/10/A?17=260930&lang=vi",
            "valid": True,
            "elements": (("01", "09520123456788"), ("10", "A"), ("17", "260930")),
            "canonical": "https://id.gs1.org/01/09520123456788/10/A?17=260930",
            "problem": None,
            "code": None,
        }

    def test_good_element_string_without_a_key(self) -> None:
        result = check_line("(10)A")
        assert result.valid
        assert result.canonical is None

    def test_wrong_lot_is_named(self) -> None:
        result = check_line("(01)09520123456788(10)LÔ 1")
        assert result.code == "invalid-cset82-character"
        assert result.problem is not None
        assert result.problem.startswith("Trường (10) số lô")

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(["", "(", "(01)", "^", "^10", "http://", "\x1d"]), st.text(max_size=60))
    def test_never_raises(self, start: str, rest: str) -> None:
        result = check_line(start + rest)
        assert result.valid == (result.problem is None) == (result.code is None)
