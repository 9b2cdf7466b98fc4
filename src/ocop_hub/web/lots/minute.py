"""A new lot in one minute: four facts, then its label."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import same_product
from ocop_hub.catalogue.service import get_product, get_product_as_made
from ocop_hub.catalogue.variants import variants_of
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.qr import qr_svg
from ocop_hub.kit.values import ValueProblem, parse_date
from ocop_hub.places.finder import finder
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.settings import Settings
from ocop_hub.traceability import queries, service
from ocop_hub.traceability.errors import LotCodeInvalid, LotCodeTaken
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels.label import label_facts
from ocop_hub.traceability.labels.papers import sizes
from ocop_hub.traceability.models import EventKind, Lot, LotState, PrintRun, RunKind
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.web import goods
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

_FIELDS: Final = (
    "code",
    "harvested_on",
    "processed_on",
    "packed_at",
    "unit_id",
    "display_name",
    "place",
    "best_before",
)
_DAYS: Final = {"harvested_on": "Chưa ghi ngày thu hoạch.", "processed_on": "Chưa ghi ngày sơ chế."}


@router.get(DESK + "/san-pham/{product_id}/lo")
async def new(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """The form, filled as the last lot was where that cannot be wrong."""
    product = await _own(session, actor, product_id)
    values = await _as_last_time(session, actor, product)
    return await _form(request, session, settings, product, values, [])


@router.post(DESK + "/san-pham/{product_id}/lo")
async def create(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """The lot with its four facts, shown to buyers at once."""
    product = await _own(session, actor, product_id)
    values = await typed(request)
    errors: list[Problem] = []
    facts = _facts(values, errors)
    best_before = read(values, "best_before", parse_date, errors)
    if facts is not None and not errors:
        given = LotIn(
            code=values.get("code", "")[:100],
            display_name=values.get("display_name", "")[:200],
            best_before=best_before,
        )
        made = await tried(session, lambda: _record(session, actor, product, given, facts))
        if not isinstance(made, HubError):
            return see(f"{DESK}/lo/{made.id}", "lo")
        of_code = isinstance(made, LotCodeInvalid | LotCodeTaken)
        errors = problems(made, "code" if of_code else "packed_at")
    return await _form(request, session, settings, product, values, errors)


@router.get(DESK + "/lo/{lot_id}")
async def label(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, lot_id: UUID
) -> Response:
    """The lot's label, to look at, download or print."""
    lot = await service.find_lot(session, actor, lot_id)
    return await label_page(request, session, settings, actor, lot, values={}, errors=[])


async def label_page(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    lot: Lot,
    *,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    """The lot's page: its label, sheets to print, and the runs that carry serials."""
    product = await get_product_as_made(session, actor, lot.product_id)
    lang = request_language(request)
    printable = lot.state in (LotState.DRAFT, LotState.RELEASED)
    trial, uri = False, ""
    if printable:
        facts = await label_facts(session, actor, product, lot, public_url=settings.public_url)
        trial, uri = facts.trial, facts.uri
    context: dict[str, Any] = {
        "product_name": product.name,
        "lot": {"code": lot.code, "state": lot.state.value, "packed_at": lot.packed_at},
        "uri": uri,
        "trial": trial,
        "label_src": f"/api/v1/lots/{lot.id}/label.svg" if printable else "",
        "png_href": f"/api/v1/lots/{lot.id}/label.png" if printable else "",
        "errors": errors,
        **await _printing(session, actor, lot, values, lang, printable=printable),
        "product_href": product_path(product.id),
        "journal_href": f"{DESK}/lo/{lot.id}/nhat-ky",
        "recall_href": f"{DESK}/lo/{lot.id}/thu-hoi"
        if printable and actor.may_change(lot.producer_id)
        else "",
        "new_lot_href": f"{product_path(product.id)}/lo" if actor.may_change(product.producer_id) else "",
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Lô %(code)s"), code=lot.code), request.url.path, current=True),
    ]
    status = 422 if errors else 200
    return render(
        request,
        "desk/label.html",
        context,
        status=status,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


async def _packs(session: AsyncSession, lot: Lot, lang: Lang) -> list[dict[str, str]]:
    """The packs to print for, the product's own first; empty where there is only that."""
    packs = await variants_of(session, lot.product_id, retired=False)
    own = {"value": "", "label": translate(lang, N_("Quy cách chính"))}
    return [own, *({"value": str(each.id), "label": each.label} for each in packs)] if packs else []


async def _printing(
    session: AsyncSession, actor: Actor, lot: Lot, values: Mapping[str, str], lang: Lang, *, printable: bool
) -> dict[str, Any]:
    """The form for a sheet, and the runs of labels, newest first."""
    mine = actor.may_change(lot.producer_id)
    runs = await session.scalars(
        print_runs.visible_to(actor).where(PrintRun.lot_id == lot.id).order_by(PrintRun.created_at.desc())
    )
    return {
        "sheet_action": f"{DESK}/lo/{lot.id}/tem" if printable and mine else "",
        "sheet": {"count": "24", "layout": "a4-3x8", "kind": "lot", "roll_size": "", "pack": ""}
        | dict(values),
        "pack_options": await _packs(session, lot, lang),
        "layout_options": await sizes(session, actor, lot.producer_id),
        "studio_href": f"{DESK}/kho-tem",
        "runs": [await _run(session, run, mine=mine) for run in runs],
    }


async def _run(session: AsyncSession, run: PrintRun, *, mine: bool) -> dict[str, Any]:
    serial = run.kind is RunKind.SERIAL
    activated = await activation.activated_count(session, run) if serial else 0
    waiting = mine and serial and run.voided_at is None and activated < run.count
    return {
        "name": print_runs.name_of(run),
        "href": f"{DESK}/dot-in/{run.id}",
        "serial": serial,
        "voided": run.voided_at is not None,
        "count": run.count,
        "created_at": run.created_at,
        "activated": activated,
        "activate_action": f"{DESK}/dot-in/{run.id}/kich-hoat" if waiting else "",
    }


@router.get(DESK + "/lo/{lot_id}/qr.svg")
async def lot_qr(
    session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, lot_id: UUID
) -> Response:
    """The QR code of the lot alone."""
    lot = await service.find_lot(session, actor, lot_id)
    product = await get_product_as_made(session, actor, lot.product_id)
    facts = await label_facts(session, actor, product, lot, public_url=settings.public_url)
    return Response(qr_svg(facts.uri), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def _record(
    session: AsyncSession, actor: Actor, product: Product, given: LotIn, facts: FourFactsIn
) -> Lot:
    lot = await service.create_lot(session, actor, product, given)
    await service.record_four_facts(session, actor, lot, facts)
    return await service.release_lot(session, actor, lot)


async def _own(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    product = await get_product(session, actor, product_id)
    if not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    return product


def _facts(values: Mapping[str, str], errors: list[Problem]) -> FourFactsIn | None:
    """The four facts; what is missing or cannot be read goes to ``errors``."""
    days = {}
    for field, text in _DAYS.items():
        day = read(values, field, parse_date, errors)
        days[field] = day
        if not values.get(field):
            errors.append({"field": field, "problem": text})
    packed_at = read(values, "packed_at", local_moment, errors)
    if not values.get("packed_at"):
        errors.append({"field": "packed_at", "problem": "Chưa ghi ngày giờ đóng gói."})
    harvested, processed = days["harvested_on"], days["processed_on"]
    if errors or harvested is None or processed is None or packed_at is None:
        return None
    return FourFactsIn(
        harvest=StepIn(at=_midnight(harvested)),
        first_processing=StepIn(at=_midnight(processed)),
        packing=StepIn(at=packed_at),
        place=PlaceIn(unit_id=values.get("unit_id") or None, text=values.get("place", "")[:200]),
    )


def local_moment(text: str) -> datetime:
    """A moment as ``<input type=datetime-local>`` sends it, on Vietnamese clocks. Raises ValueProblem."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueProblem(
            "moment_unreadable", f"Không hiểu “{text[:30]}”; ghi ngày giờ như 2026-09-30 08:30."
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=clock.BUSINESS_ZONE)


def _midnight(day: date) -> datetime:
    # Known to the day only; the start of it is never in the future.
    return datetime(day.year, day.month, day.day, tzinfo=clock.BUSINESS_ZONE)


async def _as_last_time(session: AsyncSession, actor: Actor, product: Product) -> dict[str, str]:
    """Today's dates, a lot code that is free, and place and shelf life as the lot before had them."""
    now = clock.now().astimezone(clock.BUSINESS_ZONE)
    lots = (
        await session.scalars(
            queries.visible_to(actor)
            .where(Lot.product_id.in_(same_product(product.id)))
            .order_by(Lot.created_at.desc(), Lot.id.desc())
        )
    ).all()
    producer = await session.get_one(Producer, product.producer_id)
    values = {
        "code": _free_code(f"L{now:%y%m%d}", {lot.code for lot in lots}),
        "harvested_on": now.date().isoformat(),
        "processed_on": now.date().isoformat(),
        "packed_at": f"{now:%Y-%m-%dT%H:%M}",
        "unit_id": product.current_unit_id or producer.current_unit_id or "",
        "place": "",
        "best_before": "",
        "like": "",
    }
    if not lots:
        return values
    last = lots[0]
    values["like"] = last.code
    events = {each.kind: each for each in await session.scalars(queries.standing_events_of(last.id))}
    if (packing := events.get(EventKind.PACKING)) is not None:
        values |= {"unit_id": packing.unit_id or "", "place": packing.place_text}
        packed_on = clock.business_day(packing.occurred_at)
        for field, kind in (
            ("harvested_on", EventKind.HARVEST),
            ("processed_on", EventKind.FIRST_PROCESSING),
        ):
            if kind in events:
                ago = packed_on - clock.business_day(events[kind].occurred_at)
                values[field] = (now.date() - max(ago, timedelta())).isoformat()
        if last.best_before is not None:
            values["best_before"] = (now.date() + (last.best_before - packed_on)).isoformat()
    return values


def _free_code(stem: str, taken: set[str]) -> str:
    numbered = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)


def unit_options(settings: Settings, product: Product, lang: Lang) -> list[dict[str, str]]:
    """The communes of the product's province, or of the installation's, to choose from."""
    province = finder().province_of(product.current_unit_id or "")
    units = finder().communes_of(province.code if province is not None else settings.home_province)
    pairs = [(unit.id, unit.full_name) for unit in units]
    return goods.options(pairs, lang, first=N_("Chọn xã, phường, đặc khu"))


async def _form(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    product: Product,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    units = unit_options(settings, product, lang)
    picked = values.get("unit_id", "")
    producer_name = await session.scalar(select(Producer.name).where(Producer.id == product.producer_id))
    context: dict[str, Any] = {
        "action": f"{product_path(product.id)}/lo",
        "product_name": product.name,
        "producer_name": producer_name or "",
        "values": {name: values.get(name, "") for name in _FIELDS},
        "like": values.get("like", ""),
        "unit_options": units,
        "errors": errors,
        "back_href": product_path(product.id),
        "unit_known": any(picked == unit["value"] for unit in units),
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Lô mới")), request.url.path, current=True),
    ]
    status = 422 if errors else 200
    return render(request, "desk/lot.html", context, status=status, breadcrumbs=crumbs)
