"""Questions about places that other rooms put into their statements."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, case, select
from sqlalchemy.orm import InstrumentedAttribute

from ocop_hub.places.models import AdminUnit, UnitLevel


def province_in_force(code: str) -> ScalarSelect[str]:
    """The id of the province that has ``code`` now."""
    return (
        select(AdminUnit.id)
        .where(
            AdminUnit.level == UnitLevel.PROVINCE,
            AdminUnit.code == code,
            AdminUnit.province_id == AdminUnit.id,
        )
        .scalar_subquery()
    )


def away_from(province_id: InstrumentedAttribute[str | None], home_code: str) -> ColumnElement[int]:
    """0 for rows of the home province, 1 for others: what a list is ordered by before anything else."""
    return case((province_id == province_in_force(home_code), 0), else_=1)


def away(province_id: str | None, home_id: str | None) -> int:
    """What :func:`away_from` says of one row, given the id of the home province."""
    return 0 if province_id is not None and province_id == home_id else 1
