from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.places.dataset import UnitRow
from ocop_hub.places.finder import Finder, PlaceStatus, finder

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def places() -> Finder:
    return finder()


#: Today's communes of one province, whose names are each their own in it.
COMMUNES = finder().communes_of("22")
#: Ways in which people write the same words.
SPELLINGS = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: f"  {text.replace(' ', '  ')} ",
        lambda text: f"{text}, tỉnh Quảng Ninh",
    ]
)


class TestAnySpelling:
    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(COMMUNES), SPELLINGS)
    def test_of_a_commune_of_today_leads_to_it(self, commune: UnitRow, spelled: Callable[[str], str]) -> None:
        match = finder().find_commune(spelled(commune.full_name), "", "Quảng Ninh")
        # Where an older commune of the name was divided, the person is asked, and this is among the answers.
        assert commune.id in (match.new_unit_id, *match.candidates)
        assert match == finder().find_commune(commune.full_name, "", "Quảng Ninh")

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
    def test_any_text_is_a_place_or_is_not_found(self, commune: str, district: str, province: str) -> None:
        match = finder().find_commune(commune, district, province)
        assert (match.status == PlaceStatus.FOUND) == (match.new_unit_id is not None)


class TestFindCommune:
    @pytest.mark.parametrize(
        "text",
        [
            "Xã Thái Niên",
            "thái niên",
            "X. Thái Niên",
            "XÃ THÁI NIÊN ",
            unicodedata.normalize("NFD", "Xã Thái Niên"),
        ],
    )
    def test_spellings_of_one_commune(self, places: Finder, text: str) -> None:
        match = places.find_commune(text, "H. Bảo Thắng", "Tỉnh Lào Cai")
        assert match.status == PlaceStatus.FOUND
        assert match.old_unit_id == "c-02917-00000000"
        assert match.new_unit_id == "c-02905-20250701"

    def test_the_whole_address_in_one_cell(self, places: Finder) -> None:
        match = places.find_commune("Xã Tả Phìn, TX. Sa Pa", "", "Lào Cai")
        assert match.new_unit_id == "c-03013-20250701"

    def test_a_name_that_begins_like_a_kind(self, places: Finder) -> None:
        for written in ("Xà Hồ", "Xã Xà Hồ"):
            match = places.find_commune(written, "Trạm Tấu", "Yên Bái")
            assert match.old_unit_id == "c-04594-00000000"

    def test_the_kind_decides_between_namesakes_of_one_district(self, places: Finder) -> None:
        town = places.find_commune("Thị trấn Mường Tè", "Mường Tè", "Lai Châu")
        village = places.find_commune("Xã Mường Tè", "Mường Tè", "Lai Châu")
        assert (town.old_unit_id, village.old_unit_id) == ("c-03433-00000000", "c-03445-00000000")

    def test_numbered_wards(self, places: Finder) -> None:
        written = [places.find_commune(t, "Q. Gò Vấp", "TP.HCM") for t in ("P.1", "Phường 1", "Phường 01")]
        assert {match.old_unit_id for match in written} == {"c-26890-00000000"}

    def test_namesakes_are_asked_about(self, places: Finder) -> None:
        match = places.find_commune("Cô Tô")
        assert match.status == PlaceStatus.AMBIGUOUS
        assert match.new_unit_id is None
        assert set(match.candidates) == {"c-07192-00000000", "c-30580-00000000"}
        assert places.find_commune("Cô Tô", "", "Quảng Ninh").new_unit_id == "c-07192-20250701"

    def test_a_split_commune_is_asked_about_with_the_default_first(self, places: Finder) -> None:
        match = places.find_commune("Phường Cống Vị", "Ba Đình", "Hà Nội")
        assert match.status == PlaceStatus.SPLIT
        assert match.old_unit_id == "c-00007-00000000"
        assert match.new_unit_id is None
        assert match.candidates == ("c-00008-20250701", "c-00025-20250701")

    def test_a_present_commune_has_no_old_one(self, places: Finder) -> None:
        match = places.find_commune("Đặc khu Vân Đồn", "", "22")
        assert (match.status, match.old_unit_id) == (PlaceStatus.FOUND, None)

    def test_a_commune_of_a_province_that_was_joined_to_another(self, places: Finder) -> None:
        old = places.find_commune("Xã Lâm Giang", "Văn Yên", "Yên Bái")
        assert old.old_unit_id is not None
        assert places.find_commune("Xã Lâm Giang", "Văn Yên", "Lào Cai") == old

    def test_a_known_district_holds(self, places: Finder) -> None:
        assert places.find_commune("Xã Thái Niên", "Bắc Hà", "Lào Cai").status == PlaceStatus.NOT_FOUND

    @pytest.mark.parametrize("text", ["", "  ", " , "])
    def test_blank(self, places: Finder, text: str) -> None:
        assert places.find_commune(text, "Bắc Hà", "Lào Cai").status == PlaceStatus.BLANK

    def test_merged_away_before_the_records(self, places: Finder) -> None:
        assert places.find_commune("Tà Chải", "Bắc Hà", "Lào Cai").status == PlaceStatus.NOT_FOUND

    def test_the_products_of_the_sample(self, places: Finder) -> None:
        with (SAMPLES / "ocop_products.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["old_ward_code"]]
        assert len(rows) > 50
        for row in rows:
            match = places.find_commune(row["commune"], row["district"], row["province"])
            assert match.old_unit_id == f"c-{row['old_ward_code']}-00000000", row["id"]
            new = places.unit(match.new_unit_id or "")
            assert new is not None, row["id"]
            assert (new.code, new.full_name) == (row["new_ward_code"], row["new_ward_name"]), row["id"]


class TestFindProvince:
    @pytest.mark.parametrize("text", ["Quảng Ninh", "TỈNH QUẢNG NINH", "thành phố Quảng Ninh", "22"])
    def test_by_name_and_code(self, places: Finder, text: str) -> None:
        found = places.find_province(text)
        assert found is not None
        assert (found.id, found.type_label) == ("p-22-20260901", "thành phố")

    def test_a_reused_code_means_the_province_of_today(self, places: Finder) -> None:
        found = places.find_province("15")
        assert found is not None
        assert found.name == "Lào Cai"

    def test_a_past_name_gives_the_province_of_today(self, places: Finder) -> None:
        found = places.find_province("Yên Bái")
        assert found is not None
        assert found.name == "Lào Cai"

    def test_unknown(self, places: Finder) -> None:
        assert places.find_province("Atlantis") is None


class TestSuccession:
    def test_chain_of_two_steps(self, places: Finder) -> None:
        assert places.current_of("p-22-00000000") == ("p-22-20260901",)

    def test_province_of_a_commune_whose_province_changed_kind(self, places: Finder) -> None:
        for unit_id in ("c-07192-00000000", "c-07192-20250701"):
            province = places.province_of(unit_id)
            assert province is not None
            assert province.id == "p-22-20260901"

    def test_a_district_ended(self, places: Finder) -> None:
        assert places.current_of("d-086-00000000") == ()
        assert places.current_of("d-207-00000000") == ("c-07192-20250701",)

    def test_former_district(self, places: Finder) -> None:
        for unit_id in ("c-07192-20250701", "c-07192-00000000"):
            district = places.former_district_of(unit_id)
            assert district is not None
            assert district.full_name == "Huyện Cô Tô"

    def test_communes_of_a_province_are_in_vietnamese_order(self, places: Finder) -> None:
        names = [unit.name for unit in places.communes_of("22")]
        assert len(names) == 54
        assert (
            names.index("Ba Chẽ") < names.index("Bãi Cháy") < names.index("Cô Tô") < names.index("Đông Triều")
        )

    def test_every_commune_of_the_past_ends_somewhere(self, places: Finder) -> None:
        for code in {"01", "22", "15", "91"}:
            for unit in places.communes_of(code):
                assert places.current_of(unit.id) == (unit.id,)


class TestSearch:
    def test_home_province_and_units_in_force_first(self, places: Finder) -> None:
        found = places.search("co to", 2, province_code="22")
        assert [unit.id for unit in found] == ["c-07192-20250701", "c-30580-20250701"]

    def test_with_the_kind_before_the_name(self, places: Finder) -> None:
        assert places.search("đặc khu cô tô", 1)[0].id == "c-07192-20250701"

    def test_beginnings_and_inner_words(self, places: Finder) -> None:
        names = [unit.name for unit in places.search("bảo th", 20)]
        assert "Bảo Thắng" in names
        assert any(unit.name == "Pa Cheo" for unit in places.search("cheo", 50))

    def test_nothing_for_nothing(self, places: Finder) -> None:
        assert places.search(" ", 5) == []
        assert places.search("x", 0) == []
