from __future__ import annotations

import random
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_hub.kit import text
from ocop_hub.kit.text import clean, fold, sort_key

VIETNAMESE = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẩẫấệỗợứỳ ĐÂ-.,3", max_size=20)


def _sorted_from_any_order(names: list[str]) -> list[str]:
    shuffled = random.Random(7).sample(names, len(names))
    return sorted(shuffled, key=sort_key)


class TestClean:
    def test_composes_trims_and_joins_white_space(self) -> None:
        assert clean(unicodedata.normalize("NFD", "  Hợp\u00a0tác \n xã\t")) == "Hợp tác xã"

    def test_drops_invisible_characters(self) -> None:
        assert clean("\ufeffMật\u200b ong\x00") == "Mật ong"

    @given(st.text())
    def test_is_stable(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)


class TestFold:
    @pytest.mark.parametrize(
        "other",
        [
            "hoà bình",
            "HÒA BÌNH",
            "Hoa Binh",
            unicodedata.normalize("NFD", "Hòa Bình"),
            " hòa-bình. ",
            "Hòa_Bình",
        ],
    )
    def test_spellings_of_one_name_agree(self, other: str) -> None:
        assert fold(other) == fold("Hòa Bình") == "hoa binh"

    def test_dd_is_d_also_as_eth(self) -> None:
        assert fold("Đắk Ðoa") == "dak doa"

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_all_134_letters_with_marks(self, form: Literal["NFC", "NFD"]) -> None:
        tones = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
        made = {
            unicodedata.normalize("NFC", vowel + tone): plain
            for vowel, plain in zip("aăâeêioôơuưy", "aaaeeiooouuy", strict=True)
            for tone in tones
        } | {"đ": "d"}
        marked = {letter: plain for letter, plain in made.items() if letter != plain}
        marked |= {letter.upper(): plain for letter, plain in marked.items()}
        assert len(marked) == 134
        wrong = [each for each in marked if fold(unicodedata.normalize(form, each)) != marked[each]]
        assert wrong == []

    @pytest.mark.parametrize(("old", "new"), [("xóa", "xoá"), ("thủy", "thuỷ"), ("khỏe", "khoẻ")])
    def test_old_and_new_places_of_the_tone(self, old: str, new: str) -> None:
        assert fold(old) == fold(new)
        assert sort_key(old) == sort_key(new)

    def test_horns_and_breves_go(self) -> None:
        assert fold("Mường Khương, ẮẤ") == "muong khuong aa"

    def test_nothing_left_is_empty(self) -> None:
        assert fold(" —… ") == ""

    def test_different_names_stay_different(self) -> None:
        assert fold("Cao Sơn") != fold("Cao Sao")

    def test_the_key_of_a_whole_page_is_not_kept(self) -> None:
        name, page = "Trà hoa vàng Ba Chẽ", "Trà hoa vàng Ba Chẽ. " * 1_000
        kept = text._folded_name.cache_info
        fold(name)
        before = kept().currsize
        assert fold(page) == " ".join([fold(name)] * 1_000)
        assert kept().currsize == before

    @given(st.text())
    def test_is_stable_and_ignores_composition(self, text: str) -> None:
        key = fold(text)
        assert fold(key) == key
        assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == key

    @given(VIETNAMESE)
    def test_ignores_case(self, text: str) -> None:
        assert fold(text.upper()) == fold(text)


class TestSortKey:
    def test_letters_come_in_the_order_of_the_alphabet(self) -> None:
        alphabet = list("aăâbcdđeêghiklmnoôơpqrstuưvxy")
        assert _sorted_from_any_order(alphabet) == alphabet
        followed = [letter + "z" for letter in alphabet]
        assert _sorted_from_any_order(followed) == followed

    def test_tones_come_in_their_order(self) -> None:
        tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
        assert _sorted_from_any_order(tones) == tones

    def test_tones_count_only_where_letters_agree(self) -> None:
        names = ["Bàn Mai", "Bạn Na", "Bản Thẳm", "Băng"]
        assert _sorted_from_any_order(names) == names

    def test_letters_with_shape_and_tone(self) -> None:
        names = ["Ân", "Ấn", "Ba", "Da", "Đa", "Đà", "Ô Quý Hồ", "Ơn"]
        assert _sorted_from_any_order(names) == names

    def test_a_shorter_name_comes_first(self) -> None:
        assert sort_key("An") < sort_key("An Ba") < sort_key("Ana")
        assert sort_key("Án") < sort_key("An Ba")

    def test_place_of_tone_case_and_composition_do_not_count(self) -> None:
        assert sort_key("Hòa") == sort_key("HOÀ") == sort_key(unicodedata.normalize("NFD", "hòa"))

    @given(st.text())
    def test_is_printable_ascii(self, text: str) -> None:
        key = sort_key(text)
        assert key.isascii()
        assert key.isprintable()

    @given(VIETNAMESE, VIETNAMESE)
    def test_same_letters_and_tones_agree_with_fold(self, one: str, two: str) -> None:
        if sort_key(one) == sort_key(two):
            assert fold(one) == fold(two)
