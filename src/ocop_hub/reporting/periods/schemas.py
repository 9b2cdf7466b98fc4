"""Shapes of periods and closed figures in JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.reporting.figures import By, Standing
from ocop_hub.reporting.models import ClosedFigure, PeriodState, ReportPeriod
from ocop_hub.reporting.periods.closing import closed_report
from ocop_hub.reporting.periods.service import LONGEST_OBJECTION, LONGEST_TEXT, Moved, Paper, PeriodDetail
from ocop_hub.reporting.schemas import CoverageOut, coverage_out


class PeriodOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    province: str
    as_of: date
    name: str
    state: PeriodState
    created_at: datetime


class ConfirmationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    unit_id: str
    numerator: int
    denominator: int
    objection: str = Field(description="What is wrong with the commune's list; empty: it is right")
    confirmed_at: datetime


class SilentOut(BaseModel):
    id: str
    name: str


class ObjectingOut(SilentOut):
    objection: str = Field(description="What the commune said is wrong with its list")


class MovedOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    unit_name: str
    was: Standing | None = Field(description="Standing before; null: was not counted")
    now: Standing | None = Field(description="Standing after; null: is not counted any more")
    reason: str


class ClosedFigureOut(BaseModel):
    """Number 0 is what was closed; 1, 2 … are corrections beside it, each explained against the one before."""

    id: UUID
    number: int
    document_number: str
    document_date: date
    reason: str
    silent: list[SilentOut] = Field(description="Communes with products that had not confirmed")
    objecting: list[ObjectingOut] = Field(description="Communes that had said their list is wrong")
    coverage: CoverageOut
    moved: list[MovedOut]


class PeriodDetailOut(PeriodOut):
    confirmations: list[ConfirmationOut]
    figures: list[ClosedFigureOut]


class PeriodIn(BaseModel):
    as_of: date
    name: str = Field("", max_length=LONGEST_TEXT)


class ConfirmIn(BaseModel):
    unit_id: str = Field("", max_length=40, description="For an office: on behalf of this commune")


class ObjectIn(ConfirmIn):
    objection: str = Field(max_length=LONGEST_OBJECTION, description="What is wrong with the list")


class PaperIn(BaseModel):
    document_number: str = Field(max_length=LONGEST_TEXT)
    document_date: date

    def paper(self) -> Paper:
        """The same as the service takes it."""
        return Paper(self.document_number, self.document_date)


class CorrectionIn(PaperIn):
    reason: str = Field(max_length=LONGEST_TEXT)


class ClosedProductOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    name: str
    producer_id: UUID
    producer_name: str
    unit_id: str | None
    unit_name: str
    stars: int | None
    standing: Standing
    grade: str | None
    reason_code: str
    reason: str


class ClosedProductsOut(BaseModel):
    items: list[ClosedProductOut]
    next_cursor: str | None


def closed_out(
    period: ReportPeriod, closed: ClosedFigure, by: By = By.UNIT, moved: tuple[Moved, ...] = ()
) -> ClosedFigureOut:
    """The closed figure with its rows by one frozen cut."""
    return ClosedFigureOut(
        id=closed.id,
        number=closed.number,
        document_number=closed.document_number,
        document_date=closed.document_date,
        reason=closed.reason,
        silent=[SilentOut.model_validate(each) for each in closed.silent],
        objecting=[ObjectingOut.model_validate(each) for each in closed.objecting],
        coverage=coverage_out(closed_report(period, closed, by)),
        moved=[MovedOut.model_validate(each) for each in moved],
    )


def detail_out(
    found: PeriodDetail, by: By = By.UNIT, moved: dict[int, tuple[Moved, ...]] | None = None
) -> PeriodDetailOut:
    """The period with everything closed; ``moved`` by the number of the correction."""
    shared: dict[str, Any] = PeriodOut.model_validate(found.period).model_dump()
    return PeriodDetailOut(
        **shared,
        confirmations=[ConfirmationOut.model_validate(each) for each in found.confirmations],
        figures=[
            closed_out(found.period, each, by, (moved or {}).get(each.number, ())) for each in found.figures
        ],
    )
