"""Sheets of lots over the API: send, look at what it would do, say what columns hold, store, have it back."""

from __future__ import annotations

import asyncio
from pathlib import PurePath
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Json
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.intake import lot_runs
from ocop_hub.intake.errors import UnreadableFile
from ocop_hub.intake.lot_sheet import LotField
from ocop_hub.intake.marked import marked_workbook
from ocop_hub.intake.models import ImportKind, ImportRun, ImportState
from ocop_hub.intake.routes import XLSX, attachment
from ocop_hub.intake.runs import SentFile, file_of, get_run
from ocop_hub.intake.schemas import ColumnOut, ProblemOut
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1/lot-imports", tags=["intake"], route_class=HubRoute)

Columns = Annotated[
    dict[str, LotField | None], Field(description="Header → field; null: not to be read", max_length=200)
]


class LotCountsOut(BaseModel):
    """What became of the data rows, or would."""

    created: int
    updated: int
    unchanged: int
    wrong: int


class LotReportOut(BaseModel):
    rows: int
    header_row: int
    columns: list[ColumnOut]
    errors: list[ProblemOut]


class LotImportOut(BaseModel):
    """A sheet of lots; ``report`` says what is wrong and how its columns were understood."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    state: ImportState
    created_at: AwareDatetime
    stored_at: AwareDatetime | None
    counts: LotCountsOut
    report: LotReportOut


class LotColumnsIn(BaseModel):
    columns: Columns


@router.post("", status_code=status.HTTP_201_CREATED)
async def send_lots(
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    file: Annotated[UploadFile, File(description="xlsx, xls, ods or csv")],
    dry_run: Annotated[bool, Form(description="Only check and count; store later")] = False,
    columns: Annotated[
        Json[Columns] | None, Form(description='What headers mean, as JSON: {"Mẻ số": "lot"}')
    ] = None,
) -> LotImportOut:
    """Check a sheet of lots and steps and store its good rows. The same sheet twice changes nothing."""
    limit = settings.max_upload_mb * 1_000_000
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFile("too_big", f"Tệp nặng quá {settings.max_upload_mb} MB; chia thành nhiều tệp.")
    run = await lot_runs.take(
        session, actor, media, SentFile(file.filename or "", content), keep=not dry_run, given=columns or {}
    )
    return await _told(session, run)


@router.get("/{lot_import_id}")
async def get_lot_import(session: SessionDep, actor: SignedInActorDep, lot_import_id: UUID) -> LotImportOut:
    """A sheet that was sent, and what became of it."""
    return LotImportOut.model_validate(await get_run(session, actor, lot_import_id, kind=ImportKind.LOTS))


@router.get("/{lot_import_id}/marked.xlsx", response_class=Response)
async def get_marked_lots(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_import_id: UUID
) -> Response:
    """The sheet that was sent, with what is wrong beside each row."""
    run = await get_run(session, actor, lot_import_id, kind=ImportKind.LOTS)
    content = await file_of(session, actor, media, lot_import_id, kind=ImportKind.LOTS)
    workbook = await asyncio.to_thread(marked_workbook, content, run.report)
    return attachment(workbook, f"{PurePath(run.filename).stem}-can-sua.xlsx", XLSX)


@router.post("/{lot_import_id}/columns")
async def match_lot_columns(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_import_id: UUID, given: LotColumnsIn
) -> LotImportOut:
    """Say what headers of a checked sheet mean and check it again."""
    return await _told(
        session, await lot_runs.match_columns(session, actor, media, lot_import_id, given.columns)
    )


@router.post("/{lot_import_id}/store")
async def store_lots(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_import_id: UUID
) -> LotImportOut:
    """Store the good rows of a sheet that was checked before."""
    return await _told(session, await lot_runs.decide(session, actor, media, lot_import_id, keep=True))


async def _told(session: AsyncSession, run: ImportRun) -> LotImportOut:
    await session.flush()
    await session.refresh(run)
    return LotImportOut.model_validate(run)
