"""Print runs over HTTP: planning, files for the printer, activating, blocking and voiding."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.traceability import label_files, print_runs, service
from ocop_hub.traceability.errors import LayoutInvalid
from ocop_hub.traceability.label_layouts import Layout, layout_on, layouts, own_layout
from ocop_hub.traceability.lot_keys import sealer_of
from ocop_hub.traceability.models import PrintRun, RangeKind, RunKind
from ocop_hub.traceability.print_runs import TEMPLATE, Part, RunPlan
from ocop_hub.traceability.sheets import Mark, test_page

router = APIRouter(prefix="/api/v1", tags=["labels"], route_class=HubRoute)

NEVER_KEPT = {"Cache-Control": "no-store"}


class RunIn(BaseModel):
    """A run to print. ``mark``: true demands stars, false forbids them, absent takes them while they hold."""

    kind: RunKind = RunKind.LOT
    count: int
    mark: bool | None = None
    roll_size: int = 0


class RunOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lot_id: UUID
    kind: RunKind
    number: int
    count: int
    roll_size: int
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


class RunDetail(RunOut):
    ranges: list[RangeOut]


class PartIn(BaseModel):
    """A part of a run, labels counted from 1: a range, a roll, one serial; nothing: all of it."""

    first: int | None = None
    last: int | None = None
    roll: int | None = None
    serial: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=500)] = ""

    def part(self) -> Part:
        return Part(first=self.first, last=self.last, roll=self.roll, serial=self.serial)


class VoidIn(BaseModel):
    reason: Annotated[str, Field(max_length=500)]


class SaidOut(BaseModel):
    """How many serials changed."""

    count: int


class LayoutOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    page: tuple[float, float]
    columns: int
    rows: int
    label: tuple[float, float]
    first: tuple[float, float]
    pitch: tuple[float, float]
    valid_from: date


def _layout(
    layout: str = "a4-3x8",
    label_width: Annotated[float | None, Query(gt=0, le=1000)] = None,
    label_height: Annotated[float | None, Query(gt=0, le=1000)] = None,
    columns: Annotated[int, Query(ge=1, le=50)] = 1,
    rows: Annotated[int, Query(ge=1, le=100)] = 1,
    page_width: Annotated[float, Query(gt=0, le=1000)] = 210.0,
    page_height: Annotated[float, Query(gt=0, le=1000)] = 297.0,
    left: Annotated[float, Query(ge=0, le=1000)] = 0.0,
    top: Annotated[float, Query(ge=0, le=1000)] = 0.0,
    gap_x: Annotated[float, Query(ge=0, le=1000)] = 0.0,
    gap_y: Annotated[float, Query(ge=0, le=1000)] = 0.0,
    offset_x: Annotated[float, Query(ge=-20, le=20)] = 0.0,
    offset_y: Annotated[float, Query(ge=-20, le=20)] = 0.0,
) -> Layout:
    """A shipped layout by key, or one's own when the label's size is given; millimetres throughout."""
    if label_width is None or label_height is None:
        return layout_on(layout, clock.today()).shifted(offset_x, offset_y)
    own = own_layout(
        page=(page_width, page_height),
        columns=columns,
        rows=rows,
        label=(label_width, label_height),
        first=(left, top),
        pitch=(label_width + gap_x, label_height + gap_y),
    )
    return own.shifted(offset_x, offset_y)


LayoutDep = Annotated[Layout, Depends(_layout)]


@router.get("/label-layouts")
async def list_layouts() -> list[LayoutOut]:
    """The sizes of label paper that are known, in millimetres, as they hold today."""
    today = clock.today()
    return [LayoutOut.model_validate(layout_on(key, today)) for key in layouts()]


@router.get("/label-layouts/test.pdf", response_class=Response)
async def test_sheet(layout: LayoutDep) -> Response:
    """One page of outlines, to hold against the label paper before printing."""
    made = await asyncio.to_thread(test_page, layout, template=TEMPLATE)
    return Response(made, media_type="application/pdf", headers=NEVER_KEPT)


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
    plan = RunPlan(given.kind, given.count, mark=given.mark, roll_size=given.roll_size)
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
        for each in await print_runs.ranges_of(session, run)
    ]
    return RunDetail(**RunOut.model_validate(run).model_dump(), ranges=ranges)


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
    run_id: UUID,
    layout: LayoutDep,
    first: int = 1,
    last: int | None = None,
) -> Response:
    """Labels of the run as PDF, each symbol read back; counted as a printing."""
    run = await print_runs.find_run(session, actor, run_id)
    await print_runs.record_printing(session, actor, run, as_what="pdf")
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    mark = await asyncio.to_thread(read_mark, settings.label_mark)
    made = await label_files.pdf(labels, layout, first=first, last=last, mark=mark)
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
    await print_runs.record_printing(session, actor, run, as_what="zpl")
    labels = await label_files.labels_of(session, run, sealer=sealer_of(settings))
    return _stream(label_files.zpl(labels, layout, dpi=dpi), labels, "zpl", "application/zpl")


@router.post("/print-runs/{run_id}/activate")
async def activate(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID, given: PartIn
) -> SaidOut:
    """Activate a range, a roll, one serial, or the whole run."""
    run = await print_runs.find_run(session, actor, run_id)
    count = await print_runs.activate(
        session, actor, run, given.part(), sealer=sealer_of(settings), note=given.note
    )
    return SaidOut(count=count)


@router.post("/print-runs/{run_id}/block")
async def block(
    session: SessionDep, actor: SignedInActorDep, settings: SettingsDep, run_id: UUID, given: PartIn
) -> SaidOut:
    """Block a range, a roll, one serial, or the whole run; ``note`` says why."""
    run = await print_runs.find_run(session, actor, run_id)
    count = await print_runs.block(
        session, actor, run, given.part(), sealer=sealer_of(settings), reason=given.note
    )
    return SaidOut(count=count)


@router.post("/print-runs/{run_id}/void")
async def void(session: SessionDep, actor: SignedInActorDep, run_id: UUID, given: VoidIn) -> RunOut:
    """Void the run: it prints no more, and buyers who scan its serials are told."""
    run = await print_runs.find_run(session, actor, run_id)
    return RunOut.model_validate(await print_runs.void(session, actor, run, reason=given.reason))


def read_mark(path: Path | None) -> Mark | None:
    """The artwork the province put in place; None when there is none. Raises LayoutInvalid for another format."""
    if path is None:
        return None
    if path.suffix.lower() not in (".svg", ".png") or not path.is_file():
        raise LayoutInvalid(
            "Tệp hình dấu OCOP (OCOP_HUB_LABEL_MARK) không đọc được: cần một tệp SVG hoặc PNG có trên máy chủ."
        )
    return Mark(path.read_bytes(), path.suffix.lower())


def _stream(
    pieces: Iterator[bytes], labels: label_files.RunLabels, suffix: str, media_type: str
) -> StreamingResponse:
    return StreamingResponse(pieces, media_type=media_type, headers=_download(labels, suffix))


def _download(labels: label_files.RunLabels, suffix: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", labels.lot_code).strip("-") or "lo"
    name = f"tem-{plain}-{labels.kind.value}-{labels.number}.{suffix}"
    return {**NEVER_KEPT, "Content-Disposition": f'attachment; filename="{name}"'}
