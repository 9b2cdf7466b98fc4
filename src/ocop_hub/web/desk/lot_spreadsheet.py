"""Lots and steps from a spreadsheet: send, look, store. The page of the product sheets, with other rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.intake import lot_runs
from ocop_hub.intake.lot_sheet import HEADERS, LotField
from ocop_hub.intake.marked import marked_workbook
from ocop_hub.intake.models import ImportKind, ImportRun, ImportState
from ocop_hub.intake.runs import SentFile, file_of, get_run
from ocop_hub.kit.headers import saved_as
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, attempted, problems, see, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

LOTS: Final = DESK + "/nhap-lo"
SAMPLE: Final = LOTS + "/mau.csv"
#: More is not read on a page.
MOST_PROBLEMS: Final = 100
#: Reports name a field by its first header.
_NAME_OF: Final = {words[0]: name.value for name, words in HEADERS.items()}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(LOTS)
async def start(request: Request, settings: SettingsDep, actor: SignedInActorDep) -> Response:
    """Choose a file."""
    return _page(request, settings.max_upload_mb, None, [])


@router.get(SAMPLE)
async def sample(actor: SignedInActorDep) -> Response:
    """An empty sheet with our own headers, as spreadsheet programs open it."""
    text = "\ufeff" + ";".join(words[0] for words in HEADERS.values()) + "\r\n"
    return Response(text, media_type="text/csv; charset=utf-8", headers=saved_as("lo.csv"))


@router.post(LOTS)
async def send(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Check the file and go on to its preview; nothing of it is stored yet."""
    if file is None or not file.filename:
        errors = [{"field": "file", "problem": "Chưa chọn tệp. Hãy chọn một tệp Excel hoặc CSV."}]
        return _page(request, settings.max_upload_mb, None, errors)
    content, name = await file.read(), file.filename
    run = await attempted(lot_runs.take(session, actor, media, SentFile(name, content), ask_columns=True))
    if isinstance(run, HubError):
        if run.status == 403:
            raise run
        return _page(request, settings.max_upload_mb, None, problems(run, "file"))
    return see(f"{LOTS}/{run.id}")


@router.get(LOTS + "/{lot_import_id}")
async def look(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, lot_import_id: UUID
) -> Response:
    """What the file would do, or what it did."""
    run = await get_run(session, actor, lot_import_id, kind=ImportKind.LOTS)
    return _page(request, settings.max_upload_mb, run, [])


@router.post(LOTS + "/{lot_import_id}")
async def choose(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    lot_import_id: UUID,
) -> Response:
    """Store the good rows, or nothing; or read the columns as the person says."""
    values = await typed(request)
    if values.get("choice") == "columns":
        given = await _said_columns(session, actor, lot_import_id, values)
        said = await attempted(lot_runs.match_columns(session, actor, media, lot_import_id, given))
        if isinstance(said, HubError):
            if said.status in (403, 404, 409):
                raise said
            run = await get_run(session, actor, lot_import_id, kind=ImportKind.LOTS)
            await session.refresh(run)
            return _page(request, settings.max_upload_mb, run, problems(said, "cot-0"))
        return see(f"{LOTS}/{lot_import_id}")
    keep = values.get("choice") == "good_rows"
    run = await lot_runs.decide(session, actor, media, lot_import_id, keep=keep)
    return see(f"{LOTS}/{run.id}")


@router.get(LOTS + "/{lot_import_id}/ghi-chu.xlsx")
async def marked(
    session: SessionDep, actor: SignedInActorDep, media: MediaDep, lot_import_id: UUID
) -> Response:
    """The sheet given back with what is wrong beside each row."""
    run = await get_run(session, actor, lot_import_id, kind=ImportKind.LOTS)
    content = await file_of(session, actor, media, lot_import_id, kind=ImportKind.LOTS)
    workbook = await asyncio.to_thread(marked_workbook, content, run.report)
    return Response(workbook, media_type=XLSX, headers=saved_as("lo-can-sua.xlsx"))


async def _said_columns(
    session: AsyncSession, actor: Actor, run_id: UUID, values: Mapping[str, str]
) -> dict[str, LotField | None]:
    """What the form says of each header; a field nobody knows counts as not to be read."""
    run = await get_run(session, actor, run_id, kind=ImportKind.LOTS)
    known = {name.value: name for name in LotField}
    return {
        each["header"]: known.get(values.get(f"cot-{n}", ""))
        for n, each in enumerate(run.report["columns"])
        if f"cot-{n}" in values
    }


def _page(request: Request, max_mb: int, run: ImportRun | None, errors: list[Problem]) -> Response:
    lang = request_language(request)
    context: dict[str, Any] = {
        "action": request.url.path,
        "errors": errors,
        "max_mb": max_mb,
        "sample_href": SAMPLE,
        "again_href": LOTS,
        "run": _told(run, lang) if run is not None else None,
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Nhập lô từ Excel")), LOTS, current=run is None),
    ]
    return render(
        request, "desk/import_lots.html", context, status=422 if errors else 200, breadcrumbs=crumbs
    )


def _told(run: ImportRun, lang: Lang) -> dict[str, Any]:
    report = run.report
    return {
        "file_name": run.filename,
        "state": run.state.value,
        "waits": run.state is ImportState.CHECKED,
        "unclear": report.get("unclear", ""),
        "counts": run.counts,
        "problems": report["errors"][:MOST_PROBLEMS],
        "problem_total": len(report["errors"]),
        "columns": [
            {"header": each["header"], "field": each["field"], "name": _NAME_OF.get(each["field"], "")}
            for each in report["columns"]
        ],
        "field_options": [
            {"value": "", "label": translate(lang, N_("không dùng"))},
            *({"value": name.value, "label": words[0]} for name, words in HEADERS.items()),
        ],
        "marked_href": f"{LOTS}/{run.id}/ghi-chu.xlsx" if report["errors"] else "",
    }
