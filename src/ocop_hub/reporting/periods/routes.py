"""Periods as JSON: open, confirm, close, correct, read again; for officers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import PageDep, fetch_page
from ocop_hub.producers.access import OfficeActorDep, ReportsActorDep
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import ClosedProduct
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.closing import products_of
from ocop_hub.reporting.periods.schemas import (
    ClosedFigureOut,
    ClosedProductOut,
    ClosedProductsOut,
    ConfirmationOut,
    ConfirmIn,
    CorrectionIn,
    ObjectIn,
    PaperIn,
    PeriodDetailOut,
    PeriodIn,
    PeriodOut,
    closed_out,
    detail_out,
)

router = APIRouter(prefix="/api/v1/report-periods", tags=["reports"], route_class=HubRoute)


@router.get("")
async def list_periods(
    session: SessionDep, settings: SettingsDep, _actor: ReportsActorDep
) -> list[PeriodOut]:
    """Every period of the province, the newest first."""
    found = await session.scalars(periods.periods(settings.home_province))
    return [PeriodOut.model_validate(row) for row in found]


@router.post("", status_code=201)
async def open_period(
    session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, body: PeriodIn
) -> PeriodOut:
    """Open a period; its figure will be that of the end of the day."""
    made = await periods.open_period(
        session, actor, province=settings.home_province, as_of=body.as_of, name=body.name
    )
    return PeriodOut.model_validate(made)


@router.get("/{period_id}")
async def get_period(
    session: SessionDep, _actor: ReportsActorDep, period_id: UUID, by: By = By.UNIT
) -> PeriodDetailOut:
    """A period: who confirmed, what was closed, and each correction with the products that make the difference."""
    found = await periods.detail(session, period_id)
    moved = {
        after.number: await periods.difference(session, before, after)
        for before, after in zip(found.figures, found.figures[1:], strict=False)
    }
    return detail_out(found, by, moved)


@router.post("/{period_id}/confirm")
async def confirm_period(
    session: SessionDep, actor: ReportsActorDep, period_id: UUID, body: ConfirmIn | None = None
) -> ConfirmationOut:
    """A commune says that its list is right."""
    unit_id = body.unit_id if body else ""
    return ConfirmationOut.model_validate(await periods.confirm(session, actor, period_id, unit_id))


@router.post("/{period_id}/object")
async def object_to_period(
    session: SessionDep, actor: ReportsActorDep, period_id: UUID, body: ObjectIn
) -> ConfirmationOut:
    """A commune says what is wrong with its list; the province reads it beside the commune's name."""
    said = await periods.object_to(session, actor, period_id, body.objection, body.unit_id)
    return ConfirmationOut.model_validate(said)


@router.post("/{period_id}/close")
async def close_period(
    session: SessionDep, actor: OfficeActorDep, period_id: UUID, body: PaperIn
) -> ClosedFigureOut:
    """Freeze the figure, its list and the rule under a document number."""
    closed = await periods.close(session, actor, period_id, body.paper())
    return closed_out(await periods.find(session, period_id), closed)


@router.post("/{closed_id}/correct")
async def correct_period(
    session: SessionDep, actor: OfficeActorDep, closed_id: UUID, body: CorrectionIn
) -> ClosedFigureOut:
    """Put a corrected figure beside the closed one, with the difference explained."""
    closed = await periods.correct(session, actor, closed_id, body.paper(), reason=body.reason)
    return closed_out(await periods.find(session, closed_id), closed)


@router.get("/{closed_id}/products")
async def get_closed_products(
    session: SessionDep,
    _actor: ReportsActorDep,
    closed_id: UUID,
    page: PageDep,
    part: Part | None = None,
    number: Annotated[int | None, Query(ge=0, description="Which closing; the last when left out")] = None,
) -> ClosedProductsOut:
    """The frozen list behind a closed figure, page by page."""
    closed = await periods.closed_figure(session, closed_id, number)
    rows, after = await fetch_page(
        session,
        products_of(closed.id, part).order_by(None),
        sort=ClosedProduct.sort_key,
        row_id=ClosedProduct.product_id,
        params=page,
    )
    return ClosedProductsOut(items=[ClosedProductOut.model_validate(row) for row in rows], next_cursor=after)
