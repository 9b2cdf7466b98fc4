"""Labels of a lot on paper: a sheet to print, and activating the runs whose labels carry serials."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.media import Media, MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.traceability import activation, label_files, label_marks, label_papers, print_runs, service
from ocop_hub.traceability.activation import Part
from ocop_hub.traceability.errors import LotNotFound, RunRefuses
from ocop_hub.traceability.lot_keys import sealer_of
from ocop_hub.traceability.models import Lot, RunKind
from ocop_hub.traceability.print_runs import RunPlan
from ocop_hub.web.desk_lots import label_page
from ocop_hub.web.forms import Problem, problems, see, tried, typed
from ocop_hub.web.front import DESK

router = APIRouter(include_in_schema=False)

_MOST_AT_ONCE: Final = 5_000


@router.post(DESK + "/lo/{lot_id}/tem")
async def print_sheet(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    lot_id: UUID,
) -> Response:
    """A new run of labels as PDF; what is wrong comes back on the lot's page."""
    lot = await service.find_lot(session, actor, lot_id)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Lô này không thuộc chủ thể của bạn nên bạn không in tem được.")
    values = await typed(request)
    errors: list[Problem] = []
    text = values.get("count", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= count <= _MOST_AT_ONCE:
        errors.append({"field": "count", "problem": "Số tem mỗi lần in từ 1 đến 5.000."})
    else:
        kind = RunKind.SERIAL if values.get("kind") == "serial" else RunKind.LOT
        plan = RunPlan(kind, count)
        made = await tried(
            session, lambda: _sheet(session, actor, settings, media, lot, plan, values.get("layout", ""))
        )
        if not isinstance(made, HubError):
            headers = {"Content-Disposition": 'attachment; filename="tem.pdf"', "Cache-Control": "no-store"}
            return Response(made, media_type="application/pdf", headers=headers)
        errors = problems(made, "layout")
    return await label_page(request, session, settings, actor, lot, values=values, errors=errors)


@router.post(DESK + "/dot-in/{run_id}/kich-hoat")
async def activate(
    session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, run_id: UUID
) -> Response:
    """Activate all labels of a run."""
    run = await print_runs.find_run(session, actor, run_id)
    said = await tried(
        session, lambda: activation.activate(session, actor, run, Part(), sealer=sealer_of(settings))
    )
    # Pressed twice: all of it is active, which is what was wanted.
    if isinstance(said, HubError) and not isinstance(said, RunRefuses):
        raise said
    return see(f"{DESK}/lo/{run.lot_id}", "kich-hoat")


async def _sheet(
    session: AsyncSession,
    actor: Actor,
    settings: Settings,
    media: Media,
    lot: Lot,
    plan: RunPlan,
    layout: str,
) -> bytes:
    sealer = sealer_of(settings)
    paper = await label_papers.layout_named(session, actor, layout)
    run = await print_runs.plan_run(session, actor, lot, plan, public_url=settings.public_url, sealer=sealer)
    await print_runs.record_printing(session, actor, run, as_what=f"pdf, {paper.name}")
    labels = await label_files.labels_of(session, run, sealer=sealer)
    mark = await label_marks.artwork_of(session, media, run)
    return await label_files.pdf(labels, paper, mark=mark)
