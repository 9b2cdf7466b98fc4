"""Questions about places that other rooms put into their statements."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, case, select

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


def away_from(province_id: ColumnElement[str | None], home_code: str) -> ColumnElement[int]:
    """0 for rows of the home province, 1 for others: what a list is ordered by before anything else."""
    return case((province_id == province_in_force(home_code), 0), else_=1)
