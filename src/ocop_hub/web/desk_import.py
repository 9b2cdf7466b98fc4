"""A spreadsheet in, as a wizard: send it, look at what it would do, then take the good rows or none."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.intake.columns import Field, name_of
from ocop_hub.intake.models import ImportRun, ImportState
from ocop_hub.intake.runs import Policy, decide, get_run, preview, put_aside
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk_edit import own_producers
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, problems, see, tried
from ocop_hub.web.front import DESK
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

IMPORT: Final = DESK + "/nhap-tep"
#: More is not read on a page.
MOST_PROBLEMS = 100


@router.get(IMPORT)
async def start(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep
) -> Response:
    """Choose a file."""
    return await _upload_page(request, session, settings, actor, [])


@router.post(IMPORT)
async def send(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    file: Annotated[UploadFile | None, File()] = None,
    producer_id: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Check the file and go on to its preview; nothing of it is stored yet."""
    if file is None or not file.filename:
        errors = [{"field": "file", "problem": "Chưa chọn tệp. Hãy chọn một tệp Excel hoặc CSV."}]
        return await _upload_page(request, session, settings, actor, errors)
    content, filename = await file.read(), file.filename
    run = await tried(
        session,
        lambda: preview(
            session,
            actor,
            media,
            filename=filename,
            content=content,
            home_province=settings.home_province,
            producer_id=_uuid(producer_id),
        ),
    )
    if isinstance(run, HubError):
        if run.status in (403, 404):
            raise run
        return await _upload_page(request, session, settings, actor, problems(run, "file"))
    return see(f"{IMPORT}/{run.id}")


@router.get(IMPORT + "/{import_id}")
async def look(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, import_id: UUID
) -> Response:
    """What the file would do, or what it did."""
    run = await get_run(session, actor, import_id)
    lang = request_language(request)
    told = _done(run) if run.state is ImportState.STORED else None
    shown = _preview(run, lang) if run.state is ImportState.CHECKED else None
    context = {**_base(settings, f"{IMPORT}/{run.id}"), "preview": shown, "done": told}
    context["refused"] = run.filename if run.state is ImportState.REFUSED else ""
    return render(request, "desk/import.html", context, breadcrumbs=_crumbs(lang, run.filename))


@router.post(IMPORT + "/{import_id}")
async def choose(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    import_id: UUID,
    choice: Annotated[Policy, Form()] = Policy.GOOD_ROWS,
) -> Response:
    """Store the good rows, or nothing."""
    if choice is Policy.REFUSE_ALL:
        run = await put_aside(session, actor, import_id)
    else:
        run = await decide(session, actor, media, import_id, choice)
    return see(f"{IMPORT}/{run.id}")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _base(settings: Settings, action: str) -> dict[str, Any]:
    return {
        "action": action,
        "errors": [],
        "max_mb": settings.max_upload_mb,
        "sample_href": "",
        "producer_options": [],
        "may_send": True,
        "preview": None,
        "done": None,
        "refused": "",
        "again_href": IMPORT,
    }


async def _upload_page(
    request: Request, session: AsyncSession, settings: Settings, actor: Actor, errors: list[Problem]
) -> Response:
    lang = request_language(request)
    producers = [] if actor.is_office else await own_producers(session, actor)
    context = _base(settings, IMPORT) | {
        "errors": errors,
        "producer_options": goods.options(producers, lang, first=""),
        "may_send": actor.is_office or bool(producers),
    }
    status = 422 if errors else 200
    return render(request, "desk/import.html", context, status=status, breadcrumbs=_crumbs(lang))


def _crumbs(lang: Lang, filename: str = "") -> list[Link]:
    found = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Nhập từ Excel")), IMPORT, current=not filename),
    ]
    return [*found, Link(filename, "", current=True)] if filename else found


def _preview(run: ImportRun, lang: Lang) -> dict[str, Any]:
    report, counts = run.report, run.counts
    return {
        "file_name": run.filename,
        "token": "",
        "rows": report["rows"],
        "to_create": counts["created"],
        "to_update": counts["updated"],
        "unchanged": counts["unchanged"],
        "to_fix": counts["wrong"],
        "duplicates": counts["duplicates"],
        "columns": [
            {
                "header": column["header"],
                "field_label": name_of(Field(column["field"])) if column["field"] else "",
            }
            for column in report["columns"]
        ],
        "problems": [_problem(each) for each in report["errors"][:MOST_PROBLEMS]],
        "problem_total": len(report["errors"]),
        "warnings": [_problem(each) for each in report["warnings"][:MOST_PROBLEMS]],
        "marked_href": f"/api/v1/imports/{run.id}/marked.xlsx",
    }


def _problem(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": each["row"],
        "field_label": each["field"],
        "value": each.get("value", ""),
        "problem": each["problem"],
    }


def _done(run: ImportRun) -> dict[str, Any]:
    counts = run.counts
    return {
        "stored": counts["created"] + counts["updated"],
        "unchanged": counts["unchanged"],
        "refused": counts["wrong"],
        "without_decision": counts["without_decision"],
        "list_href": DESK,
    }
