"""Print runs over HTTP: planning, files for the printer, activating, blocking and voiding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep, SettingsDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.headers import saved_as
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.traceability import service
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.models import ActKind
from ocop_hub.traceability.labels.paper_routes import LayoutDep
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.models import PrintRun, RangeKind, RunKind

router = APIRouter(prefix="/api/v1", tags=["labels"], route_class=HubRoute)

NEVER_KEPT = {"Cache-Control": "no-store"}


class RunIn(BaseModel):
    """A run to print. ``mark``: true demands stars, false forbids them, absent takes them while they hold.

    ``pack_id``: the pack (variant) it is for, whose GTIN and weight the labels carry; absent for the product's own.
    """

    kind: RunKind = RunKind.LOT
    count: int
    mark: bool | None = None
    roll_size: int = 0
    pack_id: UUID | None = None


class RunOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lot_id: UUID
    kind: RunKind
    number: int
    count: int
    roll_size: int
    subject: str
    stars: int
    template: str
    printed: int
    created_by: str
    created_at: AwareDatetime
    voided_at: AwareDatetime | None
    void_reason: str


class RangeOut(BaseModel):
    """Labels ``first`` to ``last``, counted from 1."""

    kind: RangeKind
    first: int
    last: int
    note: str
    created_by: str
    created_at: AwareDatetime


class ActOut(BaseModel):
    """What somebody did with labels ``first`` to ``last``; ``count``: how many it changed."""

    model_config = ConfigDict(from_attributes=True)

    kind: ActKind
    first: int
    last: int
    count: int
    note: str
    file: str
    created_by: str
    created_at: AwareDatetime


class RunDetail(RunOut):
    """``ranges``: what is active and blocked now; ``acts``: who did what, the last first."""

    ranges: list[RangeOut]
    acts: list[ActOut]


class PartIn(BaseModel):
    """A part of a run, labels counted from 1: a range, a roll, one serial, from one serial to another; nothing:
    all of it. A serial may be the whole address that a scanner reads.
    """

    first: int | None = None
    last: int | None = None
    roll: int | None = None
    serial: Annotated[str, Field(max_length=300)] = ""
    from_serial: Annotated[str, Field(max_length=300)] = ""
    to_serial: Annotated[str, Field(max_length=300)] = ""
    note: Annotated[str, Field(max_length=500)] = ""

    def part(self) -> Part:
        return Part(self.first, self.last, self.roll, self.serial, self.from_serial, self.to_serial)


class VoidIn(BaseModel):
    reason: Annotated[str, Field(max_length=500)]


class SaidOut(BaseModel):
    """How many serials changed."""

    count: int


@router.post("/lots/{lot_id}/print-runs", status_code=status.HTTP_201_CREATED)
async def plan_run(
    session: SessionDep,
    actor: SignedInActorDep,
    settings: SettingsDep,
    lot_id: UUID,
    given: RunIn,
    response: Response,
) -> RunOut:
    """A new run of labels of a lot; one row whatever its size."""
    lot = await service.find_lot(session, actor, lot_id)
    plan = RunPlan(given.kind, given.count, mark=given.mark, roll_size=given.roll_size, pack_id=given.pack_id)
    run = await print_runs.plan_run(
        session, actor, lot, plan, public_url=settings.public_url, sealer=sealer_of(settings)
    )
    response.headers["Location"] = f"/api/v1/print-runs/{run.id}"
    return RunOut.model_validate(run)


@router.get("/lots/{lot_id}/print-runs")
async def list_runs(
    session: SessionDep, actor: SignedInActorDep, lot_id: UUID, params: PageDep
) -> Page[RunOut]:
    """The print runs of a lot, newest first."""
    lot = await service.find_lot(session, actor, lot_id)
    rows, next_cursor = await fetch_page(
        session,
        print_runs.visible_to(actor).where(PrintRun.lot_id == lot.id),
        sort=PrintRun.created_at,
        row_id=PrintRun.id,
        params=params,
        descending=True,
    )
    return Page(items=[RunOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/print-runs/{run_id}")
async def get_run(session: SessionDep, actor: SignedInActorDep, run_id: UUID) -> RunDetail:
    """One run with what was activated and blocked, by whom and when."""
    run = await print_runs.find_run(session, actor, run_id)
    ranges = [
        RangeOut(
            kind=each.kind,
            first=each.first + 1,
            last=each.last + 1,
            note=each.note,
            created_by=each.created_by,
            created_at=each.created_at,
        )
        for each in await activation.ranges_of(session, run)
    ]
    acts = [ActOut.model_validate(each) for each in await print_runs.acts_of(session, run)]
    return RunDetail(**RunOut.model_validate(run).model_dump(), ranges=ranges, acts=acts)


@router.get("/print-runs/{run_id}/manifest.json")
async def run_manifest(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID
) -> label_files.Manifest:
    """Count, first and last label, size and SHA-256 of the run's CSV, for the print house to check."""
    run = await print_runs.find_run(session, actor, run_id)
    return await label_files.manifest(await label_files.labels_of(session, run, sealer=sealer_of(settings)))


@router.get("/print-runs/{run_id}/sheet.pdf", response_class=Response)
async def run_sheet(
    session: SessionDep,
    actor: SignedInActorDep,
    settings: SettingsDep,
    media: MediaDep,
    run_id: UUID,
    layout: LayoutDep,
    first: int = 1,
    last: int | None = None,
) -> Response:
    """Labels of the run as PDF, each symbol read back; counted as a printing."""
    run = await print_runs.find_run(session, actor, run_id)
    as_what = f"pdf, {layout.name}"
    print_runs.require_own(actor, run)
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    printed_with = await label_marks.mark_of(session, run)
    async with aside(session):
        mark = await label_marks.artwork(media, printed_with) if printed_with else None
        made = await label_files.pdf(labels, layout, first=first, last=last, mark=mark)
    await print_runs.record_printing(session, actor, run, as_what=as_what, first=first, last=last)
    return Response(made, media_type="application/pdf", headers=_download(labels, "pdf"))


@router.get("/print-runs/{run_id}/labels.csv", response_class=StreamingResponse)
async def run_csv(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID
) -> StreamingResponse:
    """The run for a print house: number, serial, address; streamed, and counted as a printing."""
    run = await print_runs.find_run(session, actor, run_id)
    await print_runs.record_printing(session, actor, run, as_what="csv")
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    return _stream(labels.csv(), labels, "csv", "text/csv; charset=us-ascii")


@router.get("/print-runs/{run_id}/labels.zpl", response_class=StreamingResponse)
async def run_zpl(
    session: SessionDep,
    actor: SignedInActorDep,
    settings: SettingsDep,
    run_id: UUID,
    layout: LayoutDep,
    dpi: Annotated[int, Query(ge=150, le=1200)] = 203,
) -> StreamingResponse:
    """The run for a thermal printer (ZPL II); counted as a printing."""
    run = await print_runs.find_run(session, actor, run_id)
    await print_runs.record_printing(session, actor, run, as_what=f"zpl, {layout.name}")
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    return _stream(label_files.zpl(labels, layout, dpi=dpi), labels, "zpl", "application/zpl")


@router.post("/print-runs/{run_id}/activate")
async def activate(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID, given: PartIn
) -> SaidOut:
    """Activate a range, a roll, one serial, or the whole run."""
    run = await print_runs.find_run(session, actor, run_id)
    count = await activation.activate(
        session, actor, run, given.part(), sealer=sealer_of(settings), note=given.note
    )
    return SaidOut(count=count)


@router.post("/print-runs/{run_id}/block")
async def block(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID, given: PartIn
) -> SaidOut:
    """Block a range, a roll, one serial, or the whole run; ``note`` says why."""
    run = await print_runs.find_run(session, actor, run_id)
    count = await activation.block(
        session, actor, run, given.part(), sealer=sealer_of(settings), reason=given.note
    )
    return SaidOut(count=count)


@router.post("/print-runs/{run_id}/unblock")
async def unblock(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID, given: PartIn
) -> SaidOut:
    """Let a blocked range, roll or serial go again; ``note`` says why."""
    run = await print_runs.find_run(session, actor, run_id)
    count = await activation.unblock(
        session, actor, run, given.part(), sealer=sealer_of(settings), reason=given.note
    )
    return SaidOut(count=count)


@router.post("/print-runs/{run_id}/void")
async def void(session: SessionDep, actor: SignedInActorDep, run_id: UUID, given: VoidIn) -> RunOut:
    """Void the run: it prints no more, and buyers who scan its serials are told."""
    run = await print_runs.find_run(session, actor, run_id)
    return RunOut.model_validate(await print_runs.void(session, actor, run, reason=given.reason))


def _stream(
    pieces: Iterator[bytes], labels: label_files.RunLabels, suffix: str, media_type: str
) -> StreamingResponse:
    return StreamingResponse(pieces, media_type=media_type, headers=_download(labels, suffix))


def _download(labels: label_files.RunLabels, suffix: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", labels.lot_code).strip("-") or "lo"
    name = f"tem-{plain}-{labels.kind.value}-{labels.number}.{suffix}"
    return {**NEVER_KEPT, **saved_as(name)}
