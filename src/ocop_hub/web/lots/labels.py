"""Labels of a lot on paper: a new print run, as a sheet to print at once or as a run for a print house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import Media, MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.errors import LotNotFound
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels import papers as label_papers
from ocop_hub.traceability.labels import print_runs
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.labels.serials import MOST_LABELS
from ocop_hub.traceability.models import PrintRun, RunKind
from ocop_hub.web.forms import Problem, problems, see, tried, typed
from ocop_hub.web.lots.minute import label_page
from ocop_hub.web.public.front import DESK

router = APIRouter(include_in_schema=False)

_MOST_AT_ONCE: Final = 5_000


@router.post(DESK + "/lo/{lot_id}/tem")
async def print_labels(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    lot_id: UUID,
) -> Response:
    """A new run: its labels as PDF, or its page for a print house; what is wrong comes back on the lot's page."""
    lot = await service.find_lot(session, actor, lot_id)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Lô này không thuộc chủ thể của bạn nên bạn không in tem được.")
    values = await typed(request)
    for_house = values.get("for") == "house"
    errors: list[Problem] = []
    plan = _plan(values, MOST_LABELS if for_house else _MOST_AT_ONCE, errors)

    async def planned() -> tuple[PrintRun, bytes]:
        run = await print_runs.plan_run(
            session, actor, lot, plan, public_url=settings.public_url, sealer=sealer_of(settings)
        )
        if for_house:
            return run, b""
        return run, await sheet_of(session, actor, settings, media, run, values.get("layout", ""))

    if not errors:
        made = await tried(session, planned)
        if not isinstance(made, HubError):
            run, sheet = made
            return see(f"{DESK}/dot-in/{run.id}", "dot-in") if for_house else sheet_response(sheet)
        errors = problems(made, "count" if for_house else "layout")
    return await label_page(request, session, settings, actor, lot, values=values, errors=errors)


async def sheet_of(
    session: AsyncSession,
    actor: Actor,
    settings: Settings,
    media: Media,
    run: PrintRun,
    layout: str,
    *,
    first: int = 1,
    last: int | None = None,
) -> bytes:
    """Labels of a run as PDF on the paper of that key, with its own mark; counted as a printing."""
    paper = await label_papers.layout_named(session, actor, layout)
    as_what = f"pdf, {paper.name}"
    await print_runs.record_printing(session, actor, run, as_what=as_what, first=first, last=last)
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    mark = await label_marks.artwork_of(session, media, run)
    return await label_files.pdf(labels, paper, first=first, last=last, mark=mark)


def sheet_response(sheet: bytes) -> Response:
    """A sheet as a download that nobody keeps."""
    headers = {**saved_as("tem.pdf"), "Cache-Control": "no-store"}
    return Response(sheet, media_type="application/pdf", headers=headers)


def _plan(values: Mapping[str, str], most: int, errors: list[Problem]) -> RunPlan:
    count = _count(values.get("count", ""))
    if not 1 <= count <= most:
        written = f"{most:,}".replace(",", ".")
        errors.append({"field": "count", "problem": f"Số tem mỗi lần in từ 1 đến {written}."})
    text = values.get("roll_size", "")
    roll_size = _count(text)
    if text and not 1 <= roll_size <= max(count, 1):
        errors.append({"field": "roll_size", "problem": "Số tem mỗi cuộn từ 1 đến số tem của đợt in."})
    kind = RunKind.SERIAL if values.get("kind") == "serial" else RunKind.LOT
    return RunPlan(kind, count, roll_size=roll_size, pack_id=_pack(values.get("pack", ""), errors))


def _pack(text: str, errors: list[Problem]) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        errors.append({"field": "pack", "problem": "Hãy chọn quy cách trên tem."})
        return None


def _count(text: str) -> int:
    """The number typed; 0 for what is none."""
    digits = text.replace(".", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
