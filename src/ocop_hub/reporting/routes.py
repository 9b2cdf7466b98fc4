"""The percentage, the list behind it, and the rules, as JSON; for officers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import PageDep
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.reporting import service
from ocop_hub.reporting.asking import AskedDep
from ocop_hub.reporting.behind import products_behind
from ocop_hub.reporting.comparing import compare
from ocop_hub.reporting.comparison_schemas import ComparisonOut, comparison_out
from ocop_hub.reporting.coverage import report
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.reasons import ReasonCode
from ocop_hub.reporting.rules import rules
from ocop_hub.reporting.schemas import CoverageOut, ProductsBehindOut, RuleIn, RuleOut, coverage_out

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=HubRoute)


@router.get("/reports/coverage")
async def get_coverage(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    by: By = By.TOTAL,
) -> CoverageOut:
    """The share of OCOP products listed, as of a day, with its rows by one cut."""
    question = await asked.question(session, settings.home_province)
    return coverage_out(await report(session, actor, question, by))


@router.get("/reports/coverage/products")
async def get_products_behind(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    page: PageDep,
    part: Part = Part.NOT_LISTED,
    reason: ReasonCode | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> ProductsBehindOut:
    """The products behind a number, each not listed one with the reason and who acts next."""
    question = await asked.question(session, settings.home_province)
    found = await products_behind(
        session,
        actor,
        question,
        part,
        words=q,
        reason=reason,
        cursor=page.cursor or "",
        limit=page.limit,
    )
    return ProductsBehindOut.model_validate(found, from_attributes=True)


@router.get("/reports/coverage/compare")
async def compare_days(
    session: SessionDep,
    settings: SettingsDep,
    actor: ReportsActorDep,
    asked: AskedDep,
    since: Annotated[date, Query(description="The earlier day; its end in Vietnam")],
    by: By = By.TOTAL,
) -> ComparisonOut:
    """Two days compared by the rule of the later one: figures, rows, and every product that moved, with why."""
    question = await asked.question(session, settings.home_province)
    return comparison_out(await compare(session, actor, question, since, by))


@router.get("/coverage-rules")
async def list_rules(session: SessionDep, _actor: ReportsActorDep) -> list[RuleOut]:
    """Every rule the province has reported by, the newest first."""
    return [RuleOut.model_validate(row) for row in await session.scalars(rules())]


@router.post("/coverage-rules", status_code=201)
async def follow_rule(session: SessionDep, actor: OfficeActorDep, body: RuleIn) -> RuleOut:
    """Follow the rule in force by the next one, from a day on."""
    return RuleOut.model_validate(await service.follow_rule(session, actor, body.decision()))
