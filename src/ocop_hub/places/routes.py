"""Places over the API: open to everyone, answered from memory."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ocop_hub.db import SettingsDep
from ocop_hub.errors import NotFound
from ocop_hub.places.dataset import UnitRow
from ocop_hub.places.finder import Finder, finder
from ocop_hub.places.schemas import UnitDetail, UnitOut

router = APIRouter(prefix="/api/v1/places", tags=["places"])

#: Districts ended on this day; the glossary wants it beside each of their names.
DISTRICTS_UNTIL = "trước 01/7/2025"


@router.get("/search")
def search_places(
    settings: SettingsDep,
    q: Annotated[str, Query(min_length=1, max_length=100, description="Part of a name; marks do not matter")],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> list[UnitOut]:
    """Units whose name holds the words: in force first, the home province before others."""
    places = finder()
    found = places.search(q, limit, province_code=settings.home_province)
    return [_out(unit, places) for unit in found]


@router.get("/{unit_id}")
def get_place(unit_id: str) -> UnitDetail:
    """One unit, past or present, with what became of it."""
    places = finder()
    unit = places.unit(unit_id)
    if unit is None:
        raise NotFound("Không có đơn vị hành chính này trong danh mục.")
    ends = [found for end in places.current_of(unit_id) if (found := places.unit(end)) is not None]
    district = places.former_district_of(unit_id) if unit.level == "commune" else None
    return UnitDetail(
        **_out(unit, places).model_dump(),
        legal_basis=unit.legal_basis,
        former_district=_out(district, places) if district else None,
        current=_out(ends[0], places) if len(ends) == 1 else None,
        successors=[_out(end, places) for end in ends],
    )


def _out(unit: UnitRow, places: Finder) -> UnitOut:
    province = places.province_of(unit.id)
    return UnitOut(
        id=unit.id,
        level=unit.level,
        code=unit.code,
        type_label=unit.type_label,
        name=unit.name,
        full_name=unit.full_name,
        parent_id=unit.parent_id,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        in_force=unit.valid_to is None,
        province_id=province.id if province else None,
        province_name=province.full_name if province else "",
        label=label(unit, places),
    )


def label(unit: UnitRow, places: Finder) -> str:
    """The unit with what it lay in at its time: a former district always with its bracket."""
    parts = []
    above: UnitRow | None = unit
    while above is not None:
        parts.append(
            f"{above.full_name} ({DISTRICTS_UNTIL})" if above.level == "district" else above.full_name
        )
        above = places.unit(above.parent_id) if above.parent_id else None
    return ", ".join(parts)
