"""One print run on the desk: what became of its labels, and activating, blocking, reprinting, voiding them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.service import get_product_as_made
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit.sealing import Sealer
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability import service
from ocop_hub.traceability.errors import LabelRangeInvalid, RunRefuses
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.papers import sizes
from ocop_hub.traceability.labels.sheets import MOST_ON_SHEETS
from ocop_hub.traceability.models import PrintRun, RangeKind, RunKind
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.lots.labels import sheet_of, sheet_response
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

RUN: Final = DESK + "/dot-in/{run_id}"
#: Which labels are meant; the first is what a new form stands on.
CHOICES: Final = {
    "range": N_("Khoảng tem, theo số thứ tự"),
    "scan": N_("Từ tem này đến tem kia (quét tem đầu và tem cuối của cuộn)"),
    "roll": N_("Một cuộn"),
    "all": N_("Cả đợt"),
}
_SHOWN_BLOCKS: Final = 100
_FIELDS: Final = (
    *("first", "last", "roll", "from_serial", "to_serial", "note"),
    *("print_first", "print_last", "reason"),
)
_EMPTY: Final = dict.fromkeys(_FIELDS, "") | {"what": "range", "layout": "a4-3x8"}

Verb = Callable[[AsyncSession, Actor, PrintRun, Part, Sealer, str], Awaitable[int]]


@router.get(RUN)
async def show(request: Request, session: SessionDep, actor: SignedInActorDep, run_id: UUID) -> Response:
    """The run with all that was done to it."""
    run = await print_runs.find_run(session, actor, run_id)
    return await _page(request, session, actor, run, {}, [])


async def _activate(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, sealer: Sealer, note: str
) -> int:
    return await activation.activate(session, actor, run, part, sealer=sealer, note=note)


async def _block(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, sealer: Sealer, note: str
) -> int:
    return await activation.block(session, actor, run, part, sealer=sealer, reason=note)


async def _unblock(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, sealer: Sealer, note: str
) -> int:
    return await activation.unblock(session, actor, run, part, sealer=sealer, reason=note)


@router.post(RUN + "/kich-hoat")
async def activate(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, run_id: UUID
) -> Response:
    """Activate the labels meant; all of them when the form says nothing (the button on the lot's page)."""
    run = await _own(session, actor, run_id)
    values = await typed(request)
    if "what" not in values:
        said = await tried(session, lambda: _activate(session, actor, run, Part(), sealer_of(settings), ""))
        # Pressed twice: all of it is active, which is what was wanted.
        if isinstance(said, HubError) and not isinstance(said, RunRefuses):
            raise said
        return see(f"{DESK}/lo/{run.lot_id}", "kich-hoat")
    return await _said(request, session, actor, run, values, sealer_of(settings), _activate, "kich-hoat")


@router.post(RUN + "/khoa")
async def block(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, run_id: UUID
) -> Response:
    """Block the labels meant; the reason is on record."""
    run = await _own(session, actor, run_id)
    return await _said(
        request, session, actor, run, await typed(request), sealer_of(settings), _block, "khoa"
    )


@router.post(RUN + "/mo-khoa")
async def unblock(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, run_id: UUID
) -> Response:
    """Let the labels meant go again; the reason is on record."""
    run = await _own(session, actor, run_id)
    return await _said(
        request, session, actor, run, await typed(request), sealer_of(settings), _unblock, "mo-khoa"
    )


@router.post(RUN + "/huy")
async def void(request: Request, session: SessionDep, actor: SignedInActorDep, run_id: UUID) -> Response:
    """Void the run: it prints no more, and buyers who scan its serials are told."""
    run = await _own(session, actor, run_id)
    values = await typed(request)
    done = await tried(
        session, lambda: print_runs.void(session, actor, run, reason=values.get("reason", "")[:500])
    )
    if isinstance(done, HubError):
        return await _page(request, session, actor, run, values, problems(done, "reason"))
    return see(_path(run), "huy-dot-in")


@router.post(RUN + "/in-lai")
async def reprint(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    run_id: UUID,
) -> Response:
    """The same labels once more, all or some, as they were: serials, words and mark; each time on record."""
    run = await _own(session, actor, run_id)
    values = await typed(request)
    errors: list[Problem] = []
    first = _number(values, "print_first", errors) or 1
    last = _number(values, "print_last", errors) or min(run.count, first + MOST_ON_SHEETS - 1)
    if not errors:
        layout = values.get("layout", "")
        made = await tried(
            session, lambda: sheet_of(session, actor, settings, media, run, layout, first=first, last=last)
        )
        if not isinstance(made, HubError):
            return sheet_response(made)
        field = "print_first" if isinstance(made, LabelRangeInvalid) else "layout"
        errors = problems(made, field)
    return await _page(request, session, actor, run, values, errors)


async def _own(session: AsyncSession, actor: Actor, run_id: UUID) -> PrintRun:
    run = await print_runs.find_run(session, actor, run_id)
    print_runs.require_own(actor, run)
    return run


async def _said(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    run: PrintRun,
    values: Mapping[str, str],
    sealer: Sealer,
    verb: Verb,
    done: str,
) -> Response:
    errors: list[Problem] = []
    part = _part(values, errors)
    if part is not None and not errors:
        note = values.get("note", "")[:500]
        made = await tried(session, lambda: verb(session, actor, run, part, sealer, note))
        if not isinstance(made, HubError):
            return see(_path(run), done)
        field = "note" if not note and isinstance(made, LabelRangeInvalid) else "what"
        errors = problems(made, field)
    return await _page(request, session, actor, run, values, errors)


def _part(values: Mapping[str, str], errors: list[Problem]) -> Part | None:
    """The labels that the form means; what is missing goes to ``errors``."""
    what = values.get("what", "")
    if what == "all":
        return Part()
    if what == "range":
        first, last = _wanted(values, "first", errors), _wanted(values, "last", errors)
        return Part(first=first, last=last)
    if what == "roll":
        return Part(roll=_wanted(values, "roll", errors))
    if what == "scan":
        ends = [values.get(name, "")[:300] for name in ("from_serial", "to_serial")]
        for name, text in zip(("from_serial", "to_serial"), ends, strict=True):
            if not text:
                errors.append({"field": name, "problem": "Hãy quét hoặc gõ mã của tem này."})
        return Part(from_serial=ends[0], to_serial=ends[1])
    errors.append({"field": "what", "problem": "Hãy chọn những tem nào."})
    return None


def _wanted(values: Mapping[str, str], field: str, errors: list[Problem]) -> int | None:
    if not values.get(field):
        errors.append({"field": field, "problem": "Hãy ghi số."})
    return _number(values, field, errors)


def _number(values: Mapping[str, str], field: str, errors: list[Problem]) -> int | None:
    text = values.get(field, "").replace(".", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        errors.append({"field": field, "problem": f"“{text[:20]}” không phải số thứ tự của tem."})
        return None
    return int(text)


def _path(run: PrintRun) -> str:
    return f"{DESK}/dot-in/{run.id}"


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    run: PrintRun,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    if errors:
        await session.refresh(run)  # what was tried is taken back
    lot = await service.find_lot(session, actor, run.lot_id)
    product = await get_product_as_made(session, actor, lot.product_id)
    lang = request_language(request)
    standing = actor.may_change(run.producer_id) and run.voided_at is None
    context: dict[str, Any] = {
        "product_name": product.name,
        "lot_code": lot.code,
        **await _told(session, run, request),
        "actions": _actions(run, standing=standing),
        "files": _files(run) if standing else [],
        "what_options": [
            {"value": key, "label": translate(lang, text)}
            for key, text in CHOICES.items()
            if key != "roll" or run.roll_size
        ],
        "layout_options": await sizes(session, actor, run.producer_id),
        "values": _EMPTY | dict(values),
        "errors": errors,
        "lot_href": f"{DESK}/lo/{lot.id}",
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Lô %(code)s"), code=lot.code), f"{DESK}/lo/{lot.id}"),
        Link(print_runs.name_of(run), _path(run), current=True),
    ]
    return render(
        request,
        "desk/run.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


def _actions(run: PrintRun, *, standing: bool) -> dict[str, str]:
    """Where each form goes; empty where it is not offered."""
    path = _path(run)
    return {
        "activate": f"{path}/kich-hoat" if standing and run.kind is RunKind.SERIAL else "",
        "block": f"{path}/khoa",
        "unblock": f"{path}/mo-khoa",
        "void": f"{path}/huy" if standing else "",
        "reprint": f"{path}/in-lai" if standing else "",
    }


async def _told(session: AsyncSession, run: PrintRun, request: Request) -> dict[str, Any]:
    """The run, what is blocked in it, and what was done to it, with names."""
    acts = await print_runs.acts_of(session, run)
    ranges = await activation.ranges_of(session, run)
    blocked = [each for each in ranges if each.kind is RangeKind.BLOCKED]
    labels = [run.created_by, *(each.created_by for each in acts), *(each.created_by for each in blocked)]
    names = await names_of(session, labels, request_language(request))
    return {
        "run": {
            "name": print_runs.name_of(run),
            "serial": run.kind is RunKind.SERIAL,
            "count": run.count,
            "rolls": -(-run.count // run.roll_size) if run.roll_size else 0,
            "roll_size": run.roll_size,
            "stars": run.stars,
            "printed": run.printed,
            "created_at": run.created_at,
            "created_by": names[run.created_by],
            "voided_at": run.voided_at,
            "void_reason": run.void_reason,
            "active": sum(each.last - each.first + 1 for each in ranges if each.kind is RangeKind.ACTIVATED),
        },
        "blocked": [
            {
                "first": each.first + 1,
                "last": each.last + 1,
                "note": each.note,
                "who": names[each.created_by],
                "at": each.created_at,
            }
            for each in blocked[:_SHOWN_BLOCKS]
        ],
        "acts": [
            {
                "kind": each.kind.value,
                "first": each.first,
                "last": each.last,
                "count": each.count,
                "note": each.note or each.file,
                "who": names[each.created_by],
                "at": each.created_at,
            }
            for each in acts
        ],
    }


def _files(run: PrintRun) -> list[dict[str, str]]:
    base = f"/api/v1/print-runs/{run.id}"
    return [
        {"label": "CSV", "href": f"{base}/labels.csv"},
        {"label": N_("Bản kê của tệp"), "href": f"{base}/manifest.json"},
        {"label": "ZPL 70 × 40 mm", "href": f"{base}/labels.zpl?layout=cuon-70x40"},
    ]
