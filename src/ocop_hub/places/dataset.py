"""The administrative units that ship with the package, and what became of each.

``data/units.csv.gz`` and ``data/successions.csv.gz`` leave out what follows from other columns; ``pack``
makes them from the two full tables, whose columns and rules are told in ``data/NOTICE``:

    python -m ocop_hub.places.dataset admin_units.csv admin_unit_succession.csv
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

#: The folder of the package with the two files and their NOTICE.
SHIPPED: Traversable = resources.files("ocop_hub.places").joinpath("data")
UNITS = "units.csv.gz"
SUCCESSIONS = "successions.csv.gz"
#: The start of a unit that stood before the records begin.
UNKNOWN_START = "00000000"

_LEVELS = {"p": "province", "d": "district", "c": "commune"}
_UNIT_COLUMNS = ("id", "type", "name", "parent_id", "valid_to", "legal_basis")
_SUCCESSION_COLUMNS = ("old_id", "new_id", "relation", "is_default")
_RELATIONS = ("whole", "part", "type_change")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A province, former district or commune over the time it exists.

    ``level`` is province, district or commune; ``type_label`` the lower-case kind (xã, phường, thị trấn, đặc
    khu, huyện, quận, thị xã, thành phố, tỉnh). ``valid_from`` is None where unknown, ``valid_to`` exclusive and
    None while in force. ``parent_id`` is the parent in force on ``valid_from``.
    """

    id: str
    level: str
    code: str
    type_label: str
    name: str
    full_name: str
    parent_id: str | None
    valid_from: date | None
    valid_to: date | None
    legal_basis: str


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """One step from a unit to a successor: ``whole``, ``part`` (one of several) or ``type_change``.

    ``is_default`` among parts is a convention of the source, not an official choice: ask the person.
    """

    old_id: str
    new_id: str
    relation: str
    is_default: bool
    effective: date


def units(folder: Traversable = SHIPPED) -> Iterator[UnitRow]:
    """All units, provinces first, then districts, then communes: parents before children."""
    for unit_id, type_label, name, parent_id, valid_to, legal_basis in _rows(folder / UNITS):
        yield UnitRow(
            id=unit_id,
            level=_LEVELS[unit_id[0]],
            code=unit_id[2:-9],
            type_label=type_label,
            name=name,
            full_name=_full_name(type_label, name),
            parent_id=parent_id or None,
            valid_from=_start(unit_id),
            valid_to=_day(valid_to),
            legal_basis=legal_basis,
        )


def successions(folder: Traversable = SHIPPED) -> Iterator[SuccessionRow]:
    """All steps; a unit still in force has none. Districts mostly ended without a successor."""
    for old_id, new_id, relation, is_default in _rows(folder / SUCCESSIONS):
        effective = _start(new_id)
        if effective is None:
            raise ValueError(f"{new_id} follows {old_id} but has no known start")
        yield SuccessionRow(old_id, new_id, _RELATIONS[int(relation)], is_default == "1", effective)


def pack(units_csv: Path, successions_csv: Path, folder: Path) -> None:
    """Write the two compact files into ``folder`` from the full tables; the same input gives the same bytes.

    Raises ``ValueError`` where a left-out column could not be derived again.
    """
    with units_csv.open(encoding="utf-8-sig", newline="") as file:
        full = sorted(csv.DictReader(file), key=lambda row: "pdc".index(row["id"][0]))
    for row in full:
        start = (row["valid_from"] or UNKNOWN_START).replace("-", "")
        if row["id"] != f"{row['level'][0]}-{row['code']}-{start}" or (
            row["full_name"] != _full_name(row["type"], row["name"])
        ):
            raise ValueError(f"id or full name of {row['id']} does not follow from its other columns")
    with successions_csv.open(encoding="utf-8-sig", newline="") as file:
        steps = list(csv.DictReader(file))
    for step in steps:
        if step["effective"].replace("-", "") != step["new_id"][-8:]:
            raise ValueError(f"{step['new_id']} does not begin when {step['old_id']} ends")
        step["relation"] = str(_RELATIONS.index(step["relation"]))
    _write(folder / UNITS, _UNIT_COLUMNS, full)
    _write(folder / SUCCESSIONS, _SUCCESSION_COLUMNS, steps)


def _full_name(type_label: str, name: str) -> str:
    # Numbered units carry their kind in the name: "Phường 1".
    kind = type_label.capitalize()
    return name if name.startswith(kind + " ") and name[len(kind) + 1 :].isdigit() else f"{kind} {name}"


@cache
def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None


@cache
def _written(start: str) -> date | None:
    return None if start == UNKNOWN_START else date(int(start[:4]), int(start[4:6]), int(start[6:]))


def _start(unit_id: str) -> date | None:
    return _written(unit_id[-8:])


def _rows(file: Traversable) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(gzip.decompress(file.read_bytes()).decode(), newline=""))
    next(rows)
    return rows


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).parent / "data")
