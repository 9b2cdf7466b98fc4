"""What the API says of an administrative unit."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class UnitOut(BaseModel):
    """A province, former district or commune. ``valid_to`` is the first day it no longer exists."""

    id: str
    level: str
    code: str
    type_label: str
    name: str
    full_name: str
    parent_id: str | None
    valid_from: date | None
    valid_to: date | None
    in_force: bool
    province_id: str | None = Field(description="The province in force today in which the unit lies")
    province_name: str
    #: "Xã Nậm Đét, Huyện Bắc Hà (trước 01/7/2025), Tỉnh Lào Cai"
    label: str


class UnitDetail(UnitOut):
    """A unit with what became of it. ``current`` is null when it was split, or ended without a successor."""

    legal_basis: str
    former_district: UnitOut | None
    current: UnitOut | None
    successors: list[UnitOut] = Field(description="Units in force today that took it over; the default first")
