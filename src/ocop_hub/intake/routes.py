"""Spreadsheets over the API: send, look at what it would do, store."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile, status

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.intake import runs
from ocop_hub.intake.errors import UnreadableFile
from ocop_hub.intake.runs import Policy
from ocop_hub.intake.schemas import ImportOut
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1/imports", tags=["intake"], route_class=HubRoute)


@router.post("", status_code=status.HTTP_201_CREATED)
async def send_file(
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    file: Annotated[UploadFile, File(description="xlsx, xls, ods or csv")],
    dry_run: Annotated[bool, Form(description="Only check and count; store later")] = False,
    policy: Annotated[Policy, Form(description="What to do when rows are wrong")] = Policy.REFUSE_ALL,
    producer_id: Annotated[UUID | None, Form(description="For whom a member or helper sends it")] = None,
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
        filename=file.filename or "",
        content=content,
        home_province=settings.home_province,
        producer_id=producer_id,
        policy=None if dry_run else policy,
    )
    return ImportOut.model_validate(run)


@router.get("/{import_id}")
async def get_import(session: SessionDep, actor: SignedInActorDep, import_id: UUID) -> ImportOut:
    """A file that was sent, and what became of it."""
    return ImportOut.model_validate(await runs.get_run(session, actor, import_id))


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
