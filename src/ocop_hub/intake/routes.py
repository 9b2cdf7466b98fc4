"""Spreadsheets over the API: send, look at what it would do, store, have it back; and the products out."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import PurePath
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile, status
from pydantic import Json

from ocop_hub.certificates.errors import DecisionIncomplete
from ocop_hub.certificates.models import IssuerLevel
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import FieldProblem
from ocop_hub.idempotency import HubRoute
from ocop_hub.intake import runs
from ocop_hub.intake.errors import SinceWithoutZone, UnreadableFile
from ocop_hub.intake.export import (
    ColumnNames,
    ExportFormat,
    exported,
    last_export,
    mark_export,
    written,
)
from ocop_hub.intake.given import GivenDecision, read_columns
from ocop_hub.intake.marked import marked_workbook
from ocop_hub.intake.runs import Policy, Said, SentFile
from ocop_hub.intake.sample import sample_workbook
from ocop_hub.intake.schemas import AnswersIn, ColumnsIn, ImportOut
from ocop_hub.kit import clock
from ocop_hub.kit.headers import saved_as
from ocop_hub.kit.spreadsheet import SpreadsheetProblem
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1/imports", tags=["intake"], route_class=HubRoute)
#: Goes before the catalogue's routes, where "export" would be read as a product's id.
export_router = APIRouter(prefix="/api/v1", tags=["intake"], route_class=HubRoute)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


async def _given_decision(
    decision_number: Annotated[
        str, Form(max_length=100, description="An office's decision for rows that name none")
    ] = "",
    decision_issued_on: Annotated[date | None, Form()] = None,
    decision_issuer_level: Annotated[IssuerLevel | None, Form()] = None,
    decision_issuer_name: Annotated[str, Form(max_length=300)] = "",
) -> GivenDecision | None:
    """The decision typed beside the file. Raises :class:`DecisionIncomplete` without its day."""
    if not decision_number.strip():
        return None
    if decision_issued_on is None:
        raise DecisionIncomplete(
            "Quyết định chưa có ngày. Hãy ghi ngày ký của quyết định.",
            fields=[FieldProblem("decision_issued_on", "missing", "Chưa có ngày ký.")],
        )
    return GivenDecision(decision_number, decision_issued_on, decision_issuer_level, decision_issuer_name)


@router.post("", status_code=status.HTTP_201_CREATED)
async def send_file(
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    decision: Annotated[GivenDecision | None, Depends(_given_decision)],
    file: Annotated[UploadFile, File(description="xlsx, xls, ods or csv")],
    dry_run: Annotated[bool, Form(description="Only check and count; store later")] = False,
    policy: Annotated[Policy, Form(description="What to do when rows are wrong")] = Policy.REFUSE_ALL,
    producer_id: Annotated[UUID | None, Form(description="For whom a member or helper sends it")] = None,
    columns: Annotated[
        Json[dict[str, str]] | None,
        Form(description='What headers mean, as JSON: {"Tên hàng": "name"}; empty: not to be read'),
    ] = None,
) -> ImportOut:
    """Check a list of products and store it. Counts say what was done, or would be."""
    limit = settings.max_upload_mb * 1_000_000
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFile(
            "too_big",
            f"Tệp nặng quá {settings.max_upload_mb} MB; chia thành nhiều tệp hoặc bỏ ảnh trong tệp.",
        )
    run = await runs.take(
        session,
        actor,
        media,
        SentFile(file.filename or "", content),
        home_province=settings.home_province,
        producer_id=producer_id,
        policy=None if dry_run else policy,
        said=Said(columns=read_columns(columns) if columns else None, decision=decision),
    )
    return ImportOut.model_validate(run)


@router.get("/sample.xlsx", response_class=Response)
async def get_sample(actor: SignedInActorDep) -> Response:
    """A sheet to begin with: our headers and two products."""
    return attachment(await asyncio.to_thread(sample_workbook), "mau-nhap-san-pham.xlsx", XLSX)


@router.get("/{import_id}")
async def get_import(session: SessionDep, actor: SignedInActorDep, import_id: UUID) -> ImportOut:
    """A file that was sent, and what became of it."""
    return ImportOut.model_validate(await runs.get_run(session, actor, import_id))


@router.get("/{import_id}/marked.xlsx", response_class=Response)
async def get_marked(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, import_id: UUID
) -> Response:
    """The sheet that was sent, with what is wrong beside each row and on each cell."""
    run = await runs.get_run(session, actor, import_id)
    content = await runs.file_of(session, actor, media, import_id)
    try:
        workbook = await asyncio.to_thread(marked_workbook, content, run.report)
    except SpreadsheetProblem as problem:
        raise UnreadableFile(problem.code, problem.problem) from None
    return attachment(workbook, f"{PurePath(run.filename).stem}-can-sua.xlsx", XLSX)


@router.post("/{import_id}/columns")
async def match_columns(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, import_id: UUID, given: ColumnsIn
) -> ImportOut:
    """Say what headers of a checked file mean and check it again; remembered for your next files."""
    run = await runs.match_columns(session, actor, media, import_id, read_columns(given.columns))
    await session.flush()
    await session.refresh(run)
    return ImportOut.model_validate(run)


@router.post("/{import_id}/answers")
async def answer_questions(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, import_id: UUID, given: AnswersIn
) -> ImportOut:
    """Say which known ones unsure rows mean, or that they are new, and check the file again."""
    run = await runs.look_again(session, actor, media, import_id, runs.Said(answers=given.answers))
    await session.flush()
    await session.refresh(run)
    return ImportOut.model_validate(run)


@router.post("/{import_id}/store")
async def store_import(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    import_id: UUID,
    policy: Annotated[Policy, Form()] = Policy.GOOD_ROWS,
) -> ImportOut:
    """Store a file that was checked before."""
    run = await runs.decide(session, actor, media, import_id, policy)
    await session.flush()
    await session.refresh(run)
    return ImportOut.model_validate(run)


@export_router.get("/products/export", response_class=Response)
async def export_products(
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    format: Annotated[ExportFormat, Query()] = ExportFormat.XLSX,
    names: Annotated[
        ColumnNames, Query(description="Our headers, or the national system's")
    ] = ColumnNames.OURS,
    since: Annotated[
        datetime | Literal["last"] | None,
        Query(description="Only what changed since; last: your last export"),
    ] = None,
) -> Response:
    """Your products in the columns that an import reads; imported again as they are, they change nothing."""
    asked_at = clock.now()
    after = await last_export(session, actor) if since == "last" else since
    if after is not None and after.tzinfo is None:
        raise SinceWithoutZone("Ghi thời điểm kèm múi giờ, ví dụ 2026-11-01T00:00:00+07:00, hoặc last.")
    rows = await exported(session, actor, home_province=settings.home_province, since=after)
    content = await asyncio.to_thread(written, rows, format, names)
    await mark_export(session, actor, asked_at, rows=len(rows))
    name = f"san-pham-{clock.today():%Y-%m-%d}.{format.value}"
    return attachment(content, name, XLSX if format is ExportFormat.XLSX else CSV)


def attachment(content: bytes, filename: str, media_type: str) -> Response:
    """A file to be saved, never kept on the way."""
    headers = {**saved_as(filename), "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
