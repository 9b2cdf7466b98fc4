from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ocop_hub.places import dataset

UNIT_HEAD = "id,level,code,type,name,full_name,parent_id,valid_from,valid_to,legal_basis\n"
STEP_HEAD = "old_id,new_id,relation,is_default,effective\n"


class TestUnits:
    def test_counts(self) -> None:
        count = Counter((unit.level, unit.valid_from is None) for unit in dataset.units())
        assert count["province", True] == 63
        assert count["district", True] == 696
        assert count["commune", True] == 10_035
        now = Counter(unit.level for unit in dataset.units() if unit.valid_to is None)
        assert now == {"province": 34, "commune": 3_321}

    def test_parents_come_first_and_ids_are_unique(self) -> None:
        seen: set[str] = set()
        for unit in dataset.units():
            assert unit.id not in seen
            assert unit.parent_id is None or unit.parent_id in seen
            seen.add(unit.id)

    def test_a_reused_code_is_two_units(self) -> None:
        named = {
            unit.id: unit.full_name
            for unit in dataset.units()
            if unit.level == "province" and unit.code == "15"
        }
        assert named == {"p-15-00000000": "Tỉnh Yên Bái", "p-15-20250701": "Tỉnh Lào Cai"}

    def test_numbered_wards_say_their_kind_once(self) -> None:
        names = {unit.full_name for unit in dataset.units() if unit.name == "Phường 1"}
        assert names == {"Phường 1"}


class TestSuccessions:
    def test_steps_join_known_units_on_the_day_the_new_one_begins(self) -> None:
        known = {unit.id: unit for unit in dataset.units()}
        for step in dataset.successions():
            assert known[step.new_id].valid_from == step.effective == known[step.old_id].valid_to

    def test_each_old_unit_has_one_default(self) -> None:
        defaults = Counter(step.old_id for step in dataset.successions() if step.is_default)
        assert set(defaults.values()) == {1}


class TestPack:
    def test_full_tables_survive(self, tmp_path: Path) -> None:
        one, two = tmp_path / "units.csv", tmp_path / "steps.csv"
        one.write_text(
            UNIT_HEAD + "c-1-20250701,commune,1,xã,A,Xã A,p-2-20250701,2025-07-01,,19/2025/QĐ-TTg\n"
            "p-2-20250701,province,2,tỉnh,B,Tỉnh B,,2025-07-01,,\n"
        )
        two.write_text(STEP_HEAD + "c-9-00000000,c-1-20250701,whole,1,2025-07-01\n")
        dataset.pack(one, two, tmp_path)
        first = (tmp_path / dataset.UNITS).read_bytes()
        dataset.pack(one, two, tmp_path)
        assert (tmp_path / dataset.UNITS).read_bytes() == first
        units = list(dataset.units(tmp_path))
        assert [unit.id for unit in units] == ["p-2-20250701", "c-1-20250701"]
        assert units[1] == dataset.UnitRow(
            "c-1-20250701",
            "commune",
            "1",
            "xã",
            "A",
            "Xã A",
            "p-2-20250701",
            date(2025, 7, 1),
            None,
            "19/2025/QĐ-TTg",
        )
        assert list(dataset.successions(tmp_path)) == [
            dataset.SuccessionRow("c-9-00000000", "c-1-20250701", "whole", True, date(2025, 7, 1))
        ]

    @pytest.mark.parametrize(
        "unit",
        [
            "c-1-20250701,commune,1,xã,A,Phường A,,2025-07-01,,\n",
            "c-1-20250702,commune,1,xã,A,Xã A,,2025-07-01,,\n",
        ],
    )
    def test_what_could_not_be_derived_again_is_refused(self, tmp_path: Path, unit: str) -> None:
        one, two = tmp_path / "units.csv", tmp_path / "steps.csv"
        one.write_text(UNIT_HEAD + unit)
        two.write_text(STEP_HEAD)
        with pytest.raises(ValueError, match="does not follow"):
            dataset.pack(one, two, tmp_path)
