"""Finding a place by the words people write, and where an old unit lies today. In memory, no database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol

from ocop_hub.kit.text import clean, fold, sort_key
from ocop_hub.places import dataset
from ocop_hub.places.dataset import SuccessionRow, UnitRow

# The kinds a person may write before a name, folded, and the kinds of units they can mean.
_COMMUNE_KINDS: Mapping[str, tuple[str, ...]] = {
    "xa": ("xã",), "x": ("xã",), "phuong": ("phường",), "p": ("phường",), "thi tran": ("thị trấn",),
    "tt": ("thị trấn",), "dac khu": ("đặc khu",), "dk": ("đặc khu",),
}  # fmt: skip
_DISTRICT_KINDS: Mapping[str, tuple[str, ...]] = {
    "huyen dao": ("huyện",), "huyen": ("huyện",), "h": ("huyện",), "thi xa": ("thị xã",), "tx": ("thị xã",),
    "thanh pho": ("thành phố",), "tp": ("thành phố",), "quan": ("quận",), "q": ("quận",),
}  # fmt: skip
_PROVINCE_KINDS: Mapping[str, tuple[str, ...]] = {"tinh": (), "thanh pho": (), "tp": (), "t": ()}
_EVERY_KIND = (*_COMMUNE_KINDS, *_DISTRICT_KINDS, *_PROVINCE_KINDS)
_PROVINCE_SHORT = {"hcm": "ho chi minh", "tphcm": "ho chi minh", "hn": "ha noi", "hue": "thua thien hue"}
_LEADING_ZERO = re.compile(r"\b0+(?=\d)")


class PlaceStatus(StrEnum):
    FOUND = "found"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    SPLIT = "split"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """What a written commune is.

    ``old_unit_id`` is the commune before 1/7/2025, None where a present one was meant or where it cannot be
    told; ``new_unit_id`` the unit in force today, None unless it is certain. ``candidates`` are the units to
    ask about: the successors of a split commune (the source's default first), or the communes of that name.
    """

    status: PlaceStatus
    old_unit_id: str | None = None
    new_unit_id: str | None = None
    candidates: tuple[str, ...] = ()


class PlaceFinder(Protocol):
    """What reading a spreadsheet asks about places."""

    def find_commune(self, text: str, district_text: str = "", province_text: str = "") -> PlaceMatch: ...

    def find_province(self, text: str) -> UnitRow | None: ...

    def unit(self, unit_id: str) -> UnitRow | None: ...


@cache
def finder() -> Finder:
    """The finder over the units that ship with the package, built on first use (0.3 s)."""
    return Finder(dataset.units(), dataset.successions())


class Finder:
    """Names and successions of the given units."""

    def __init__(self, units: Iterable[UnitRow], successions: Iterable[SuccessionRow]) -> None:
        self._units = {unit.id: unit for unit in units}
        self._next: dict[str, list[SuccessionRow]] = defaultdict(list)
        self._before: dict[str, list[str]] = defaultdict(list)
        for step in successions:
            self._next[step.old_id].append(step)
            self._before[step.new_id].append(step.old_id)
        self._named: dict[str, dict[str, list[UnitRow]]] = {"province": {}, "district": {}, "commune": {}}
        for unit in self._units.values():
            self._named[unit.level].setdefault(_name_key(unit.name), []).append(unit)
        self._current: dict[str, tuple[str, ...]] = {}
        self._communes: dict[str, tuple[UnitRow, ...]] = {}

    def unit(self, unit_id: str) -> UnitRow | None:
        """The unit of that id."""
        return self._units.get(unit_id)

    def current_of(self, unit_id: str) -> tuple[str, ...]:
        """The units in force today in which the unit lies: itself, its one successor through the whole chain,
        several where it was split (the source's default first), none for a district that ended.
        """
        known = self._current.get(unit_id)
        if known is None:
            known = self._current[unit_id] = tuple(dict.fromkeys(self._ends(unit_id)))
        return known

    def _ends(self, unit_id: str) -> Iterator[str]:
        steps = self._next.get(unit_id)
        if steps:
            for step in sorted(steps, key=lambda s: not s.is_default):
                yield from self._ends(step.new_id)
        elif unit_id in self._units and self._units[unit_id].valid_to is None:
            yield unit_id

    def province_of(self, unit_id: str) -> UnitRow | None:
        """Today's province of a unit, past or present; of a unit split between provinces, the default's."""
        unit = self._units.get(unit_id)
        if unit is None:
            return None
        ends = self.current_of(unit_id)
        top = self._units[ends[0]] if ends else unit
        while top.parent_id is not None:
            top = self._units[top.parent_id]
        ends = self.current_of(top.id)
        return self._units[ends[0]] if ends else None

    def communes_of(self, province_code: str) -> list[UnitRow]:
        """The communes in force in the province that has this code today, in Vietnamese order."""
        known = self._communes.get(province_code)
        if known is None:
            known = self._communes[province_code] = tuple(self._communes_in_force(province_code))
        return list(known)

    def _communes_in_force(self, province_code: str) -> list[UnitRow]:
        communes = [
            unit
            for unit in self._units.values()
            if unit.level == "commune"
            and unit.valid_to is None
            and (province := self.province_of(unit.id)) is not None
            and province.code == province_code
        ]
        return sorted(communes, key=lambda unit: sort_key(unit.name))

    def former_district_of(self, unit_id: str) -> UnitRow | None:
        """The district (before 1/7/2025) of a commune; None where a present commune joined several."""
        districts = dict.fromkeys(self._districts(unit_id))
        return self._units[next(iter(districts))] if len(districts) == 1 else None

    def main_former_district_of(self, unit_id: str) -> UnitRow | None:
        """The district (before 1/7/2025) that most old parts of a commune came from; of equals the first."""
        parts = Counter(self._districts(unit_id)).most_common(1)
        return self._units[parts[0][0]] if parts else None

    def _districts(self, unit_id: str) -> Iterator[str]:
        unit = self._units.get(unit_id)
        if unit is None:
            return
        if unit.level == "district":
            yield unit.id
        elif unit.parent_id is not None and self._units[unit.parent_id].level == "district":
            yield unit.parent_id
        else:
            for old_id in self._before.get(unit_id, ()):
                yield from self._districts(old_id)

    def find_province(self, text: str) -> UnitRow | None:
        """Today's province for a name, past or present, or for a two-digit code of today."""
        found = self._provinces(text)
        return self._units[found[0]] if found else None

    def _provinces(self, text: str) -> tuple[str, ...]:
        """Today's provinces meant by a name or code; a name in force today goes before a past one."""
        key = fold(text)
        if re.fullmatch(r"\d{2}", key):
            return tuple(
                u.id for named in self._named["province"].values() for u in named
                if u.code == key and u.valid_to is None
            )  # fmt: skip
        units = self._provinces_named(key)
        units = sorted(units, key=lambda u: u.valid_to is not None)
        return tuple(dict.fromkeys(end for unit in units for end in self.current_of(unit.id)))

    def _provinces_named(self, key: str) -> list[UnitRow]:
        named = self._named["province"]
        short = _PROVINCE_SHORT.get(key.removeprefix("tp "), "")
        return _without_kind(key, named, _PROVINCE_KINDS) or named.get(short, [])

    def find_commune(self, text: str, district_text: str = "", province_text: str = "") -> PlaceMatch:
        """The commune written as ``text``, with or without its kind, narrowed by district and province.

        Communes of before 1/7/2025 go first, then those since. An unknown province narrows nothing; a known
        district holds, an unknown one narrows nothing.
        """
        commune, *beyond = [part for part in clean(text).split(",") if fold(part)] or [""]
        if not commune:
            return PlaceMatch(PlaceStatus.BLANK)
        if beyond and not fold(district_text):
            district_text = beyond[0]
        named = _without_kind(_name_key(commune), self._named["commune"], _COMMUNE_KINDS)
        tiers: list[list[UnitRow]] = [named]
        if provinces := self._provinces(province_text):
            tiers = self._by_province(named, fold(province_text), provinces)
        for tier in tiers:
            past = self._in_district([u for u in tier if u.valid_from is None], district_text, provinces)
            if past:
                return self._match(past, old=True)
        for tier in tiers:
            present = [u for u in tier if u.valid_from is not None]
            if present:
                return self._match(present, old=False)
        return PlaceMatch(PlaceStatus.NOT_FOUND)

    def _by_province(
        self, units: Sequence[UnitRow], key: str, provinces: tuple[str, ...]
    ) -> list[list[UnitRow]]:
        """First the units of the past province of that very name, then those of the province of today."""
        past = {
            u.id for u in _without_kind(key, self._named["province"], _PROVINCE_KINDS) if u.valid_from is None
        }
        today = [u for u in units if (p := self.province_of(u.id)) is not None and p.id in provinces]
        return [[u for u in units if self._past_province(u) in past], today]

    def _past_province(self, unit: UnitRow) -> str | None:
        return self._units[unit.parent_id].parent_id if unit.parent_id else None

    def _in_district(self, communes: list[UnitRow], text: str, provinces: tuple[str, ...]) -> list[UnitRow]:
        key = _name_key(text)
        if not key or not communes:
            return communes
        named = _without_kind(key, self._named["district"], _DISTRICT_KINDS)
        # The district must be one of the province, else a namesake elsewhere would rule everything out.
        ids = {d.id for d in named if not provinces or self._district_province(d) in provinces}
        return [c for c in communes if c.parent_id in ids] if ids else communes

    def _district_province(self, district: UnitRow) -> str | None:
        ends = self.current_of(district.parent_id) if district.parent_id else ()
        return ends[0] if ends else None

    def _match(self, units: Sequence[UnitRow], *, old: bool) -> PlaceMatch:
        ends = dict.fromkeys(end for unit in units for end in self.current_of(unit.id))
        old_id = units[0].id if old and len(units) == 1 else None
        if len(ends) == 1:
            return PlaceMatch(PlaceStatus.FOUND, old_id, next(iter(ends)))
        if old_id is not None:
            return PlaceMatch(PlaceStatus.SPLIT, old_id, None, tuple(ends))
        return PlaceMatch(PlaceStatus.AMBIGUOUS, None, None, tuple(unit.id for unit in units))

    def search(self, text: str, limit: int = 20, *, province_code: str | None = None) -> list[UnitRow]:
        """Units whose name holds ``text``: exact names, then beginnings, then the rest; units in force first,
        those of ``province_code`` before others, then Vietnamese order. Districts are among them.
        """
        key = _name_key(text)
        bare = {key} | {key[len(kind) + 1 :] for kind in _EVERY_KIND if key.startswith(kind + " ")}
        if not key or limit < 1:
            return []
        hits: list[tuple[int, UnitRow]] = []
        for named in self._named.values():
            for name, units in named.items():
                ranks = [rank for k in bare if (rank := _rank(k, name)) is not None]
                if ranks:
                    hits += [(min(ranks) + (key not in (name, fold(u.full_name))), u) for u in units]
        order = self._order(province_code)
        return [unit for _, unit in sorted(hits, key=lambda hit: (hit[0], order(hit[1])))[:limit]]

    def _order(self, province_code: str | None) -> Callable[[UnitRow], tuple[bool, bool, str]]:
        def key(unit: UnitRow) -> tuple[bool, bool, str]:
            province = self.province_of(unit.id) if province_code else None
            elsewhere = province is None or province.code != province_code
            return unit.valid_to is not None, elsewhere, sort_key(unit.name)

        return key


def _rank(key: str, name: str) -> int | None:
    if name.startswith(key):
        return 0 if name == key else 2
    return 4 if f" {key}" in name else None


def _name_key(text: str) -> str:
    return _LEADING_ZERO.sub("", fold(text))


def _without_kind(
    key: str, named: Mapping[str, list[UnitRow]], kinds: Mapping[str, tuple[str, ...]]
) -> list[UnitRow]:
    """The units called ``key``, or called so after the word for their kind is taken off.

    The whole first: in "Xà Phìn" the first word is no kind. Where a kind is written and no unit of that name
    is of it, the others stand: kinds changed over the years.
    """
    if key in named:
        return named[key]
    for words, labels in kinds.items():
        if not key.startswith(words + " "):
            continue
        name = key[len(words) + 1 :]
        units = named.get(name) or [u for label in labels for u in named.get(f"{fold(label)} {name}", [])]
        exact = [unit for unit in units if unit.type_label in labels]
        return exact or units
    return []
