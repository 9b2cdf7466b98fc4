"""Where a row's product is made: the unit as certified, the one that holds it today, the former district."""

from __future__ import annotations

from dataclasses import dataclass

from ocop_hub.intake.check import ProductRow
from ocop_hub.kit.text import fold
from ocop_hub.places.finder import Finder, finder


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Ids of administrative units; None where the row does not say, or a person must."""

    certified_unit_id: str | None
    current_unit_id: str | None
    district_id: str | None
    province_id: str | None


class RowPlaces:
    """Places of the rows of one file. The same words are looked up once."""

    def __init__(self, places: Finder | None = None) -> None:
        self._places = places or finder()
        self._provinces: dict[str, str | None] = {}
        self._districts: dict[tuple[str, str | None], str | None] = {}

    def of(self, row: ProductRow) -> RowPlace:
        """The place of a row."""
        match = row.place
        certified = match.old_unit_id or match.new_unit_id
        province = (
            self._province_of(certified) if certified else self._named_province(row.province_as_written)
        )
        return RowPlace(certified, match.new_unit_id, self._district(row, certified, province), province)

    def _province_of(self, unit_id: str) -> str | None:
        province = self._places.province_of(unit_id)
        return province.id if province else None

    def _named_province(self, text: str) -> str | None:
        if text not in self._provinces:
            province = self._places.find_province(text)
            self._provinces[text] = province.id if province else None
        return self._provinces[text]

    def _district(self, row: ProductRow, certified: str | None, province: str | None) -> str | None:
        if certified and (district := self._places.former_district_of(certified)) is not None:
            return district.id
        return self.district(row.district_as_written or "", province)

    def district(self, text: str, province_id: str | None) -> str | None:
        """The former district of that name in what is the province today; None unless there is just one."""
        key = text, province_id
        if fold(text) and key not in self._districts:
            found = [
                unit.id
                for unit in self._places.search(text, 50)
                if unit.level == "district"
                and fold(text).endswith(fold(unit.name))
                and self._province_of(unit.id) == province_id
            ]
            self._districts[key] = found[0] if len(found) == 1 else None
        return self._districts.get(key)
