"""The other numbers of the province as JSON, each with its definition and the list behind it; for officers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.indicators.definitions import (
    Counted,
    Measured,
    Year,
    find,
    measure_all,
    page_behind,
    years,
)
from ocop_hub.reporting.indicators.values import (
    NewValue,
    enter_value,
    latest_values,
    named,
    percent_of_target,
)
from ocop_hub.reporting.models import IndicatorValue
from ocop_hub.reporting.question import Question

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=HubRoute)

AsOf = Annotated[date | None, Query(description="End of this day in Vietnam; today when left out")]


class PartOut(BaseModel):
    name: str
    value: int


class IndicatorOut(BaseModel):
    """A counted number. ``parts`` may sum to more: one thing can stand in several."""

    code: str
    name: str
    unit: str
    value: int
    as_of: date
    counted: Counted
    part: str = Field(description="What the parts are; empty for none")
    parts: list[PartOut]
    definition: str
    source: str


class EnteredOut(BaseModel):
    """A typed number with what the paper says of its target."""

    code: str
    name: str
    unit: str
    marketplace_key: str
    as_of: date
    value: float
    target: float | None
    percent_of_target: float | None
    source: str
    entered_at: datetime


class YearOut(BaseModel):
    as_of: date
    participating: int
    certified_ever: int
    certified_valid: int


class IndicatorsOut(BaseModel):
    as_of: date
    rule_number: int = Field(description="The rule by which products are counted as listed")
    indicators: list[IndicatorOut]
    years: list[YearOut]
    entered: list[EnteredOut]


class IndicatorRowOut(BaseModel):
    id: UUID
    name: str
    part: str
    amount: int


class IndicatorValueIn(BaseModel):
    code: str = Field("", max_length=60, description="A known code, or empty with a name of your own")
    name: str = Field("", max_length=300)
    unit: str = Field("", max_length=300)
    as_of: date
    value: Decimal
    target: Decimal | None = None
    target_percent: Decimal | None = Field(None, description="As the paper gives it: percent of the plan")
    marketplace_key: str = Field("", max_length=100)
    source: str = Field("", max_length=300)

    def new(self) -> NewValue:
        """The same as the service takes it."""
        return NewValue(**self.model_dump())


def indicators_out(
    question: Question, measured: tuple[Measured, ...], series: tuple[Year, ...], typed: list[IndicatorValue]
) -> IndicatorsOut:
    """Everything as JSON shape; what the API answers and the command prints."""
    return IndicatorsOut(
        as_of=question.as_of,
        rule_number=question.rule.number,
        indicators=[_indicator(each) for each in measured],
        years=[YearOut.model_validate(each, from_attributes=True) for each in series],
        entered=[entered_out(row) for row in typed],
    )


def _indicator(found: Measured) -> IndicatorOut:
    what = found.indicator
    return IndicatorOut(
        code=what.code,
        name=what.name,
        unit=what.unit,
        value=found.value,
        as_of=found.as_of,
        counted=what.counted,
        part=what.part,
        parts=[PartOut(name=each.name, value=each.value) for each in found.parts],
        definition=what.definition,
        source=what.source,
    )


def entered_out(row: IndicatorValue) -> EnteredOut:
    """A typed figure as JSON shape."""
    name, unit = named(row)
    share = percent_of_target(row)
    return EnteredOut(
        code=row.code,
        name=name,
        unit=unit,
        marketplace_key=row.marketplace_key,
        as_of=row.as_of,
        value=float(row.value),
        target=None if row.target is None else float(row.target),
        percent_of_target=None if share is None else float(share),
        source=row.source,
        entered_at=row.entered_at,
    )


@router.get("/reports/indicators")
async def get_indicators(
    session: SessionDep, settings: SettingsDep, actor: ReportsActorDep, as_of: AsOf = None
) -> IndicatorsOut:
    """Every counted number, the years, and what was typed up to the day."""
    question = await question_for(session, province=settings.home_province, as_of=as_of)
    typed = list(await session.scalars(latest_values(settings.home_province, question.as_of)))
    measured = await measure_all(session, actor, question)
    return indicators_out(question, measured, await years(session, actor, question), typed)


@router.get("/reports/indicators/{indicator}/rows")
async def get_indicator_rows(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    indicator: str,
    page: PageDep,
    as_of: AsOf = None,
) -> Page[IndicatorRowOut]:
    """The list a number is the sum of."""
    question = await question_for(session, province=settings.home_province, as_of=as_of)
    found, after = await page_behind(
        session, actor, question, find(indicator), cursor=page.cursor or "", limit=page.limit
    )
    items = [IndicatorRowOut.model_validate(row, from_attributes=True) for row in found]
    return Page(items=items, next_cursor=after)


@router.post("/indicator-values", status_code=201)
async def put_indicator_value(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, body: IndicatorValueIn
) -> EnteredOut:
    """Type a figure that nothing here can count; another of the same day takes its place."""
    return entered_out(await enter_value(session, actor, settings.home_province, body.new()))
