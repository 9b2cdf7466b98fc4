"""Bringing the list of administrative units into the database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import Base, insert_rows, table_of
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.places.dataset import SuccessionRow, UnitRow, successions, units
from ocop_hub.places.finder import Finder, finder
from ocop_hub.places.models import AdminUnit, AdminUnitSuccession, Succession, UnitLevel

#: What follows a unit to its successor. The tables of rooms above are known here by name only.
_LYING: Final = (
    ("products", "province_id"),
    ("products", "current_unit_id"),
    ("producers", "province_id"),
    ("producers", "current_unit_id"),
    ("office_holders", "unit_id"),
)


async def load_units(session: AsyncSession) -> int:
    """Make the database's units and successions those of the shipped list; returns how many rows were written.

    Rows that are already so are left alone, and nothing is deleted: other rows may point to it. The province
    of a unit is the one in force today, so loading after a province changed brings that up to date too.
    """
    unit_rows, succession_rows = await asyncio.to_thread(_rows)
    written = await _write(session, AdminUnit, ["id"], unit_rows)
    written += await _write(session, AdminUnitSuccession, ["old_id", "new_id"], succession_rows)
    return written + await _follow(session)


async def _follow(session: AsyncSession) -> int:
    """Let what lies in a unit that ended lie in its successor; how many rows moved.

    Only where there is one: which part of a unit that was split something lies in is for people to say. What a
    recognition wrote down (``certified_unit_id``) stays.
    """
    moved = 0
    for table, column in _LYING:
        lying = await session.scalars(
            text(
                f"SELECT DISTINCT t.{column} FROM {table} t JOIN admin_units u ON u.id = t.{column}"  # noqa: S608 - names from above
                " WHERE u.valid_to IS NOT NULL"
            )
        )
        for old in lying.all():
            ends = finder().current_of(old)
            if len(ends) == 1:
                gone = await session.execute(
                    text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old RETURNING 1"),  # noqa: S608 - names from above
                    {"new": ends[0], "old": old},
                )
                moved += len(gone.all())
    return moved


def _rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    places = finder()
    listed, steps = list(units()), list(successions())
    words = _search_words(listed, steps)
    return [_unit(row, places, words[row.id]) for row in listed], [_step(step) for step in steps]


def _search_words(listed: Sequence[UnitRow], steps: Sequence[SuccessionRow]) -> dict[str, str]:
    """By unit, the folded words under which people look for what is made there.

    People go on saying the old names: so a unit is found by its own name, by every unit that became it, in
    whole or part, and by what stood above each, former districts and provinces among them.
    """
    by_id = {row.id: row for row in listed}
    before: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        before[step.new_id].append(step.old_id)

    def gather(unit_id: str, seen: set[str]) -> None:
        if unit_id in seen:
            return
        seen.add(unit_id)
        # What a province or district was made from says little about one commune in it.
        for old in before[unit_id] if unit_id.startswith("c-") else ():
            gather(old, seen)
        if parent := by_id[unit_id].parent_id:
            gather(parent, seen)

    found = {}
    for row in listed:
        around: set[str] = set()
        gather(row.id, around)
        found[row.id] = " ".join(sorted({word for each in around for word in fold(by_id[each].name).split()}))
    return found


def _unit(row: UnitRow, places: Finder, search_words: str) -> dict[str, Any]:
    province = places.province_of(row.id)
    return {
        "id": row.id,
        "level": UnitLevel(row.level),
        "code": row.code,
        "type_label": row.type_label,
        "name": row.name,
        "full_name": row.full_name,
        "folded": fold(row.name),
        "sort_key": sort_key(row.name),
        "parent_id": row.parent_id,
        "province_id": province.id if province else None,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "legal_basis": row.legal_basis,
        "search_words": search_words,
    }


def _step(row: SuccessionRow) -> dict[str, Any]:
    return {
        "old_id": row.old_id,
        "new_id": row.new_id,
        "relation": Succession(row.relation),
        "is_default": row.is_default,
        "effective": row.effective,
    }


async def _write(
    session: AsyncSession, model: type[Base], key: Sequence[str], rows: Sequence[dict[str, Any]]
) -> int:
    columns = table_of(model).c
    adding = insert_rows(model, rows)
    rest = [name for name in rows[0] if name not in key]
    changed = func.row(*(columns[name] for name in rest)).is_distinct_from(
        func.row(*(adding.excluded[name] for name in rest))
    )
    done = await session.execute(
        adding.on_conflict_do_update(
            index_elements=list(key), set_={name: adding.excluded[name] for name in rest}, where=changed
        ).returning(columns[key[0]])
    )
    return len(done.all())
