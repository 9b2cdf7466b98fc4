"""The journal of a lot: what was written down, the usual next steps, and the form for one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.service import get_product_as_made
from ocop_hub.db import SessionDep, SettingsDep, aside
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.media import THUMBNAIL_EDGES, Media, MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.traceability import papers, queries, service
from ocop_hub.traceability.details import AttachmentIn, InputIn
from ocop_hub.traceability.errors import (
    EventInvalid,
    LotNotFound,
    QuantityExceeded,
    UnitMismatch,
)
from ocop_hub.traceability.labels import lookup as label_lookup
from ocop_hub.traceability.models import EventKind, Lot, LotState, TraceEvent
from ocop_hub.traceability.schemas import EventIn
from ocop_hub.traceability.story.events import story_events
from ocop_hub.traceability.templates import step_for, template_for
from ocop_hub.web import goods
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import label
from ocop_hub.web.lots import event_form
from ocop_hub.web.lots.event_form import Source
from ocop_hub.web.lots.minute import unit_options
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link
from ocop_hub.web.trace.page import event_told

router = APIRouter(include_in_schema=False)

#: Own lots offered as sources, the newest first; older ones are named by their label.
MOST_SOURCES: Final = 60
_MOST_FILES: Final = 10
MIDNIGHT: Final = time(0)
_FIELDS: Final = (
    *("kind", "corrects", "at", "zone", "unit_id", "place", "plot", "gln", "latitude", "longitude"),
    *("quantity", "quantity_unit", "temperature", "humidity", "party_from", "party_to", "inspector"),
    *("test_number", "note", "over_reason", "kept", "paper_title", "papers_public"),
    *(
        f"source{part}_{n}"
        for n in (*range(1, event_form.SOURCE_ROWS + 1), "other")
        for part in ("", "_quantity", "_unit")
    ),
)


@router.get(DESK + "/lo/{lot_id}/nhat-ky")
async def journal(request: Request, session: SessionDep, actor: SignedInActorDep, lot_id: UUID) -> Response:
    """Everything that stands in the lot's journal, and the buttons for what comes next."""
    lot = await service.find_lot(session, actor, lot_id)
    product = await get_product_as_made(session, actor, lot.product_id)
    lang = request_language(request)
    mine = actor.may_change(lot.producer_id)
    told = {each.id: each for each in await story_events(session, lot.id, every_paper=mine)}
    rows = list((await session.scalars(queries.standing_events_of(lot.id))).all())
    names = await names_of(session, [row.recorded_by for row in rows], lang)
    every = list((await session.scalars(queries.events_of(lot.id))).all())
    writes = mine and lot.state is not LotState.CLOSED
    context: dict[str, Any] = {
        "product_name": product.name,
        "lot": {"code": lot.code, "state": lot.state.value},
        "events": [
            event_told(told[row.id], lang)
            | {
                # A harvest often has no hour; one written as midnight was not at midnight.
                "whole_day": row.occurred_at.astimezone(clock.BUSINESS_ZONE).time() == MIDNIGHT,
                "recorded_at": row.recorded_at,
                "recorded_by": names.get(row.recorded_by, row.recorded_by),
                "edit_href": f"{_form_path(lot)}?sua={row.id}"
                if writes and row.kind in event_form.KINDS
                else "",
            }
            for row in rows
        ],
        "replaced": len(every) - len(rows),
        "steps": _steps(product, rows, lot, lang) if writes else [],
        "kinds": _kinds(lot, lang) if writes else [],
        "label_href": f"{DESK}/lo/{lot.id}",
    }
    return render(
        request,
        "desk/journal.html",
        context,
        breadcrumbs=_crumbs(lang, product, lot),
        notices=done_notices(request),
    )


@router.get(DESK + "/lo/{lot_id}/cong-doan")
async def new(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    lot_id: UUID,
    loai: EventKind = EventKind.PROCESSING,
    sua: UUID | None = Query(None, description="The event to correct"),
) -> Response:
    """The form of one step, with today's time and the place of the step before; or with the event to correct."""
    lot, product = await _own(session, actor, lot_id)
    if sua is not None:
        event = await _standing(session, lot, sua)
        values = event_form.values_of(event)
    else:
        values = await _as_before(session, lot, product, loai)
    return await _form(request, session, settings, actor, lot, product, values, [])


@router.post(DESK + "/lo/{lot_id}/cong-doan")
async def record(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    lot_id: UUID,
) -> Response:
    """Write the step down; what is wrong comes back with everything typed, files that were good included."""
    lot, product = await _own(session, actor, lot_id)
    values = await typed(request)
    if values.get("kind") not in {kind.value for kind in event_form.KINDS}:
        raise EventInvalid("Chưa chọn công đoạn. Hãy chọn một công đoạn trong nhật ký của lô.")
    errors: list[Problem] = []
    keys = [*event_form.kept(values), *await _uploaded(request, session, media, errors)][:_MOST_FILES]
    values["kept"] = " ".join(keys)
    attachments = [
        AttachmentIn(
            key=key, title=values.get("paper_title", "")[:200], public=bool(values.get("papers_public"))
        )
        for key in keys
    ]
    inputs = await _inputs(session, actor, event_form.sources(values, errors), errors)
    event = event_form.event_of(values, inputs, attachments, errors)
    if event is not None and not errors:
        done = await attempted(_record(session, actor, media, lot, event))
        if not isinstance(done, HubError):
            return see(f"{DESK}/lo/{lot.id}/nhat-ky", "cong-doan")
        errors = problems(done, _field_of(done))
    return await _form(request, session, settings, actor, lot, product, values, errors)


async def _record(session: AsyncSession, actor: Actor, media: Media, lot: Lot, event: EventIn) -> TraceEvent:
    async with aside(session):
        await papers.require_kept(media, event.details.attachments)
    async with session.begin_nested():
        return await service.record_event(session, actor, lot, event)


def _field_of(refused: HubError) -> str:
    """The field where a refusal of the whole event stands."""
    if isinstance(refused, QuantityExceeded):
        return "over_reason"
    if isinstance(refused, UnitMismatch):
        return "quantity_unit"
    return "source_1" if isinstance(refused, LotNotFound) else "at"


async def _uploaded(
    request: Request, session: AsyncSession, media: Media, errors: list[Problem]
) -> list[str]:
    """Keys of the files that came with the form; a file that cannot be taken is told by its name."""
    found = []
    for given in (await request.form()).getlist("files"):
        if isinstance(given, str) or not given.filename:
            continue
        try:
            async with aside(session):
                found.append(await papers.keep(media, await given.read()))
        except HubError as refused:
            errors.append({"field": "files", "problem": f"{given.filename[:80]}: {refused.detail}"})
        finally:
            await given.close()
    return found


async def _inputs(
    session: AsyncSession, actor: Actor, given: Sequence[Source], errors: list[Problem]
) -> list[InputIn]:
    found = []
    for each in given:
        try:
            lot_id = UUID(each.lot)
        except ValueError:
            try:
                lot_id = await label_lookup.published_lot(session, actor, each.lot)
            except LotNotFound as refused:
                errors.append({"field": each.field, "problem": refused.detail})
                continue
        found.append(InputIn(lot_id=lot_id, quantity=each.quantity, unit=each.unit))
    return found


async def _own(session: AsyncSession, actor: Actor, lot_id: UUID) -> tuple[Lot, Product]:
    lot = await service.find_lot(session, actor, lot_id)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Lô này không thuộc chủ thể của bạn nên bạn không ghi công đoạn được.")
    return lot, await get_product_as_made(session, actor, lot.product_id)


async def _standing(session: AsyncSession, lot: Lot, event_id: UUID) -> TraceEvent:
    found = await session.scalar(queries.standing_events_of(lot.id).where(TraceEvent.id == event_id))
    if found is None or found.kind not in event_form.KINDS:
        raise EventInvalid("Công đoạn này không còn, hoặc đã được sửa một lần. Hãy mở lại nhật ký của lô.")
    return found


async def _as_before(session: AsyncSession, lot: Lot, product: Product, kind: EventKind) -> dict[str, str]:
    """Now, the place of the step written before, and the lot's own unit of amount."""
    now = clock.now().astimezone(clock.BUSINESS_ZONE)
    last = (await session.scalars(queries.chain_of(lot.id))).all()
    chosen = kind if kind in event_form.KINDS else EventKind.PROCESSING
    return {
        "kind": chosen.value,
        "at": f"{now:%Y-%m-%dT%H:%M}",
        "unit_id": (last[-1].unit_id if last else None) or product.current_unit_id or "",
        "place": last[-1].place_text if last else "",
        "quantity_unit": lot.quantity_unit,
        "papers_public": "1",
    }


def _steps(product: Product, rows: Sequence[TraceEvent], lot: Lot, lang: Lang) -> list[dict[str, Any]]:
    """The usual steps of the product's group; ``done`` where the journal has one."""
    found = template_for(product.group_code, clock.today())
    written = {row.kind for row in rows}
    return [
        {
            "label": label("event", step.kind, lang=lang).text,
            "href": f"{_form_path(lot)}?loai={step.kind.value}",
            "done": step.kind in written,
        }
        for step in (found.steps if found is not None else ())
    ]


def _kinds(lot: Lot, lang: Lang) -> list[dict[str, str]]:
    return [
        {"label": label("event", kind, lang=lang).text, "href": f"{_form_path(lot)}?loai={kind.value}"}
        for kind in event_form.KINDS
    ]


def _form_path(lot: Lot) -> str:
    return f"{DESK}/lo/{lot.id}/cong-doan"


def _crumbs(lang: Lang, product: Product, lot: Lot, here: str = "") -> list[Link]:
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Lô %(code)s"), code=lot.code), f"{DESK}/lo/{lot.id}"),
        Link(translate(lang, N_("Nhật ký")), f"{DESK}/lo/{lot.id}/nhat-ky", current=not here),
    ]
    return [*crumbs, Link(here, "", current=True)] if here else crumbs


async def _form(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    lot: Lot,
    product: Product,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    kind = EventKind(values["kind"])
    name = label("event", kind, lang=lang).text
    keys = event_form.kept(values)
    context: dict[str, Any] = {
        "action": _form_path(lot),
        "back_href": f"{DESK}/lo/{lot.id}/nhat-ky",
        "product_name": product.name,
        "lot_code": lot.code,
        "kind_name": name,
        "values": {field: values.get(field, "") for field in _FIELDS},
        "ask": step_for(product.group_code, kind, clock.today()).ask,
        "errors": errors,
        "unit_options": unit_options(settings, product, lang),
        "zone_options": [{"value": zone, "label": translate(lang, text)} for zone, text in event_form.ZONES],
        "source_options": await _source_options(session, actor, lot, lang),
        "source_rows": list(range(1, event_form.SOURCE_ROWS + 1)),
        "kept": len(keys),
        "shots": [f"/media/{key}?w={min(THUMBNAIL_EDGES)}" for key in keys if key.startswith("pictures/")],
        "max_mb": settings.max_upload_mb,
    }
    status = 422 if errors else 200
    crumbs = _crumbs(lang, product, lot, name)
    return render(request, "desk/event.html", context, status=status, breadcrumbs=crumbs)


async def _source_options(session: AsyncSession, actor: Actor, lot: Lot, lang: Lang) -> list[dict[str, str]]:
    """The producer's other lots, the newest first."""
    rows = await session.execute(
        queries.visible_to(actor)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.producer_id == lot.producer_id, Lot.id != lot.id, Lot.state != LotState.RECALLED)
        .with_only_columns(Lot.id, Lot.code, Product.name, Lot.quantity, Lot.quantity_unit)
        .order_by(Lot.created_at.desc(), Lot.id.desc())
        .limit(MOST_SOURCES)
    )
    pairs = [
        (
            str(row.id),
            f"{row.code} · {row.name}" + (f" ({row.quantity} {row.quantity_unit})" if row.quantity else ""),
        )
        for row in rows
    ]
    return goods.options(pairs, lang, first=N_("Không có"))
