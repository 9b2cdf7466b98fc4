"""A spreadsheet in, as a wizard: send it, look at what it would do, then take the good rows or none."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.certificates.models import RecognitionDecision
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.intake.given import read_columns
from ocop_hub.intake.models import ImportRun, ImportState
from ocop_hub.intake.runs import Policy, Said, SentFile, decide, get_run, look_again, put_aside, take
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk import spreadsheet_forms as import_forms
from ocop_hub.web.desk.edit import own_producers
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

IMPORT: Final = DESK + "/nhap-tep"


@router.get(IMPORT)
async def start(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    quyet_dinh: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Choose a file; an office may have come from a decision whose appendix it is."""
    chosen = _uuid(quyet_dinh)
    decision = await session.get(RecognitionDecision, chosen) if chosen and actor.is_office else None
    values = import_forms.decision_values(decision) if decision is not None else {}
    return await _upload_page(request, session, settings, actor, values, [])


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
    values = await typed(request)
    wrong: list[Problem] = []
    decision = import_forms.decision_of(values, wrong)
    if wrong:
        return await _upload_page(request, session, settings, actor, values, wrong)
    if file is None or not file.filename:
        errors = [{"field": "file", "problem": "Chưa chọn tệp. Hãy chọn một tệp Excel hoặc CSV."}]
        return await _upload_page(request, session, settings, actor, values, errors)
    content, filename = await file.read(), file.filename
    run = await attempted(
        take(
            session,
            actor,
            media,
            SentFile(filename, content),
            home_province=settings.home_province,
            producer_id=_uuid(producer_id),
            ask_columns=True,
            said=Said(decision=decision),
        )
    )
    if isinstance(run, HubError):
        if run.status in (403, 404):
            raise run
        return await _upload_page(request, session, settings, actor, values, problems(run, "file"))
    return see(f"{IMPORT}/{run.id}")


@router.get(IMPORT + "/{import_id}")
async def look(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    import_id: UUID,
    trang: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What the file would do, or what it did."""
    run = await get_run(session, actor, import_id)
    return _run_page(request, settings, actor, run, [], page=trang)


@router.post(IMPORT + "/{import_id}/noi-lai")
async def say(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    import_id: UUID,
) -> Response:
    """What the person says of the file: its columns, unsure rows, old fonts, the decision; checked again."""
    run = await get_run(session, actor, import_id)
    values = await typed(request)
    errors: list[Problem] = []
    said = await tried(session, lambda: _said(run, values, errors))
    if not errors and isinstance(said, Said):
        done = await attempted(look_again(session, actor, media, import_id, said))
        if not isinstance(done, HubError):
            return see(f"{IMPORT}/{import_id}", "xem-lai")
        if done.status in (403, 404, 409):
            raise done
        await session.refresh(run)
        errors = problems(done, "cot-0")
    elif isinstance(said, HubError):
        errors = problems(said, "cot-0")
    return _run_page(request, settings, actor, run, errors)


async def _said(run: ImportRun, values: dict[str, str], errors: list[Problem]) -> Said:
    """The forms of the preview, whichever of them was sent."""
    given = import_forms.columns_of(run, values)
    convert = values.get("phong")
    return Said(
        columns=read_columns(given) if given else None,
        answers=import_forms.answers_of(values) or None,
        decision=import_forms.decision_of(values, errors),
        convert=None if convert is None else convert == "doi",
        group=import_forms.group_of(values),
    )


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
        "sample_href": "/api/v1/imports/sample.xlsx",
        "producer_options": [],
        "may_send": True,
        "preview": None,
        "done": None,
        "refused": "",
        "again_href": IMPORT,
        "decision": None,
    }


def _run_page(
    request: Request,
    settings: Settings,
    actor: Actor,
    run: ImportRun,
    errors: list[Problem],
    *,
    page: int = 1,
) -> Response:
    lang = request_language(request)
    context = _base(settings, f"{IMPORT}/{run.id}") | {
        "errors": errors,
        "preview": None,
        "done": _done(run) if run.state is ImportState.STORED else None,
        "refused": run.filename if run.state is ImportState.REFUSED else "",
    }
    if run.state is ImportState.CHECKED:
        context["preview"] = import_forms.preview(run, lang, page=page, path=f"{IMPORT}/{run.id}")
        if actor.is_office:
            context["decision"] = import_forms.decision_fields(run.report.get("decision"), lang)
    status = 422 if errors else 200
    notices = [] if errors else done_notices(request)
    return render(
        request,
        "desk/import.html",
        context,
        status=status,
        breadcrumbs=_crumbs(lang, run.filename),
        notices=notices,
    )


async def _upload_page(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    producers = [] if actor.is_office else await own_producers(session, actor)
    context = _base(settings, IMPORT) | {
        "errors": errors,
        "producer_options": goods.options(producers, lang, first=""),
        "may_send": actor.is_office or bool(producers),
        "decision": import_forms.decision_fields(values, lang) if actor.is_office else None,
    }
    status = 422 if errors else 200
    return render(request, "desk/import.html", context, status=status, breadcrumbs=_crumbs(lang))


def _crumbs(lang: Lang, filename: str = "") -> list[Link]:
    found = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Nhập từ Excel")), IMPORT, current=not filename),
    ]
    return [*found, Link(filename, "", current=True)] if filename else found


def _done(run: ImportRun) -> dict[str, Any]:
    counts = run.counts
    return {
        "stored": counts["created"] + counts["updated"],
        "unchanged": counts["unchanged"],
        "refused": counts["wrong"],
        "without_decision": counts["without_decision"],
        "marked_href": f"/api/v1/imports/{run.id}/marked.xlsx" if counts["wrong"] else "",
        "list_href": DESK,
    }
