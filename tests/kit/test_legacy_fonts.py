"""Text typed for TCVN3 and VNI fonts."""

from __future__ import annotations

import csv
import unicodedata
from functools import cache
from pathlib import Path
from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.kit.legacy_fonts import (
    LegacyFont,
    detect,
    is_syllable,
    looks_legacy,
    read_column,
    to_unicode,
)

TCVN3, VNI = LegacyFont.TCVN3, LegacyFont.VNI
_BASES = "aăâeêioôơuưy"
_TONES = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
SMALL = "".join(unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in _TONES) + "đ"
PLAIN = "bcdghklmnpqrstvx 0123456789.,-()"
_WORDS = (
    "miến dong bình liêu chè hoa vàng mật ong rừng cao bằng gạo nếp cái nước mắm rượu ngô thổ cẩm tinh dầu quế "
    "huyện đầm hà phường quảng yên nghệ xuyên khuyến giống gì già quốc oản thuở uống yếm khuya hạt điều trứng vịt"
)
SYLLABLES = _WORDS.split()


@cache
def codes(font: LegacyFont) -> dict[str, str]:
    """How each letter is typed for the font: every code of one or two characters, tried."""
    high = [chr(number) for number in range(0xA0, 0x100)]
    found = {to_unicode(code, font): code for code in high if to_unicode(code, font) != code}
    if font is VNI:
        pairs = (base + mark for base in [*ascii_letters, *high] for mark in high)
        found |= {said: pair for pair in pairs if len(said := to_unicode(pair, font)) == 1}
    return found


def typed_for(text: str, font: LegacyFont) -> str:
    """``text`` as typed for the font; TCVN3 has no capitals with a tone, so those become small ones."""
    known = codes(font)
    return "".join(known.get(c) or known.get(c.lower()) or c for c in unicodedata.normalize("NFC", text))


class TestKnownText:
    @pytest.mark.parametrize(
        ("font", "typed", "said"),
        [
            (TCVN3, "MiÕn dong B×nh Liªu", "Miến dong Bình Liêu"),
            (TCVN3, "Hîp t¸c x· N«ng nghiÖp", "Hợp tác xã Nông nghiệp"),
            (TCVN3, "ChÌ Shan tuyÕt B¶n LiÒn", "Chè Shan tuyết Bản Liền"),
            (TCVN3, "R\u00adîu ng« B¾c Hµ", "Rượu ngô Bắc Hà"),
            (TCVN3, "§Æc s¶n MËT ONG", "Đặc sản MẬT ONG"),
            (VNI, "Mieán dong Bình Lieâu", "Miến dong Bình Liêu"),
            (VNI, "Hôïp taùc xaõ Noâng nghieäp", "Hợp tác xã Nông nghiệp"),
            (VNI, "Nöôùc maém Phuù Quoác", "Nước mắm Phú Quốc"),
            (VNI, "ÑAËC SAÛN Maät ong", "ĐẶC SẢN Mật ong"),
            (VNI, "Ñöôøng thoát noát", "Đường thốt nốt"),
        ],
    )
    def test_told_and_converted(self, font: LegacyFont, typed: str, said: str) -> None:
        assert detect(typed) is font
        assert to_unicode(typed, font) == said

    @pytest.mark.parametrize(
        "text",
        [
            "Lào Cai", "Cà phê", "Cá khô", "Mì chũ", "Hà Nội", "Xã Cô Tô", "Bánh mì", "Trà xanh túi lọc", "Bí xanh",
            "Nescafé 3 in 1", "Crème brûlée", "100 m²", "25 °C", "½ kg", "10 × 20 cm", "Trà® số 1", "OCOP 4*", "",
            "HTX Sơn Hà", "Tỏi đen", "© 2024", "100µg", "mie\u0302\u0301n dong", "Ô mai", "Ốc", "Hòa Bình", "thúy",
        ],
    )  # fmt: skip
    def test_unicode_is_left_alone(self, text: str) -> None:
        assert detect(unicodedata.normalize("NFC", text)) is None


@settings(max_examples=60, deadline=None)
@given(st.text(SMALL + PLAIN, max_size=40))
def test_tcvn3_round_trip(text: str) -> None:
    assert to_unicode(typed_for(text, TCVN3), TCVN3) == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SYLLABLES), max_size=8), st.sampled_from([str.lower, str.upper, str.title]))
def test_vni_round_trip(words: list[str], case: type[str]) -> None:
    text = case(" ".join(words))
    assert to_unicode(typed_for(text, VNI), VNI) == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SYLLABLES), min_size=3, max_size=8), st.sampled_from(LegacyFont))
def test_names_are_told(words: list[str], font: LegacyFont) -> None:
    """Where the typed text differs from Unicode at all, the column it stands in is converted."""
    names = ["Miến dong rượu ngô", "Nước mắm cá cơm", " ".join(words)]
    typed = [typed_for(name, font) for name in names]
    read = read_column(typed)
    assert [read[n].text if n in read else typed[n] for n in range(3)] == names


class TestSyllables:
    @pytest.mark.parametrize("word", [*SYLLABLES, "Hoà", "Hòa", "thúy", "thuý", "Ô", "ỷ", "NGHIÊNG"])
    def test_is_one(self, word: str) -> None:
        assert is_syllable(word)

    @pytest.mark.parametrize(
        "word", ["caù", "Mieán", "ChÌ", "ẵ", "đ", "cafộ", "àá", "Chaû", "brûlée", "miÕn"]
    )
    def test_is_none(self, word: str) -> None:
        assert not is_syllable(word)


def test_no_real_name_is_taken_for_it(samples: Path) -> None:
    for row in csv.reader((samples / "upload_sample_lao_cai.csv").read_text("utf-8-sig").splitlines()):
        for cell in row:
            assert [w for w in (cell, *cell.split()) if detect(unicodedata.normalize("NFC", w))] == []


class TestColumns:
    def test_column_decides_for_short_words(self) -> None:
        assert read_column(["chã", "ThÞt chã"])[0].text == "chó"
        assert read_column(["chã", "Thịt chó"]) == {}

    def test_unicode_header_over_typed_cells(self) -> None:
        read = read_column(["Tên sản phẩm", None, 5, "MiÕn dong", "ChÌ Tµ Xïa", "gao"])
        assert {n: each.text for n, each in read.items()} == {3: "Miến dong", 4: "Chè Tà Xùa"}

    def test_whole_file(self) -> None:
        lines = ["Tªn s¶n phÈm;Chñ thÓ", "MiÕn dong;HTX N«ng nghiÖp"]
        assert looks_legacy("\n".join(lines))
        assert not looks_legacy("Ten;Gia\nCà phê;5")
