"""Targets as JSON, each with how it stands; for officers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.targets.service import (
    NewTarget,
    Progress,
    progress,
    progresses,
    set_target,
    targets,
    withdraw_target,
)

router = APIRouter(prefix="/api/v1/coverage-targets", tags=["reports"], route_class=HubRoute)


class TargetIn(BaseModel):
    due_on: date
    share: Decimal = Field(gt=0, le=100, description="In percent")
    cut: Literal[By.TOTAL, By.UNIT, By.STARS, By.GROUP] = By.TOTAL
    key: str = Field("", max_length=100, description="The row of the cut; empty for the whole")
    document_number: str = Field("", max_length=300)

    def target(self) -> NewTarget:
        """The same as the service takes it."""
        return NewTarget(self.due_on, self.share, self.cut, self.key, self.document_number)


class TargetOut(BaseModel):
    """A target with how it stands today."""

    id: UUID
    cut: By
    key: str
    due_on: date
    share: float = Field(description="The goal in percent")
    document_number: str
    numerator: int
    denominator: int
    percent: float | None
    reached: float | None = Field(description="The share as a part of the goal; 1 is reached")
    lacking: int = Field(description="Products still to be listed")
    forecast: float | None = Field(description="Percent on the due day on the trend of the last 90 days")


def target_out(found: Progress) -> TargetOut:
    """The target and its progress as JSON shape."""
    target, share = found.target, found.counts.percent
    return TargetOut(
        id=target.id,
        cut=By(target.cut),
        key=target.key,
        due_on=target.due_on,
        share=float(found.goal),
        document_number=target.document_number,
        numerator=found.counts.numerator,
        denominator=found.counts.denominator,
        percent=None if share is None else float(share),
        reached=None if found.reached is None else round(float(found.reached), 4),
        lacking=found.lacking,
        forecast=None if found.forecast is None else float(found.forecast),
    )


@router.get("")
async def list_targets(session: SessionDep, settings: SettingsDep, actor: ReportsActorDep) -> list[TargetOut]:
    """Every target of the province, the next due first."""
    question = await question_for(session, province=settings.home_province)
    found = list(await session.scalars(targets(settings.home_province)))
    return [target_out(each) for each in await progresses(session, actor, question, found)]


@router.post("", status_code=201)
async def put_target(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, body: TargetIn
) -> TargetOut:
    """Set a target; another one for the same part and day takes its place."""
    made = await set_target(session, actor, settings.home_province, body.target())
    question = await question_for(session, province=settings.home_province)
    return target_out(await progress(session, actor, question, made))


@router.delete("/{target_id}", status_code=204)
async def drop_target(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, target_id: UUID
) -> None:
    """Take a target back."""
    await withdraw_target(session, actor, settings.home_province, target_id)
