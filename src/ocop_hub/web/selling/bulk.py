"""Làm hàng loạt: many products put up or taken down, seen before it is done, and watched while it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.places.finder import finder
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.models import Listing, MarketplaceRow
from ocop_hub.publishing.models_beside import BulkKind, BulkRow, BulkState
from ocop_hub.publishing.queries import marketplaces
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk.edit import own_producers
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang, moment, money
from ocop_hub.web.forms import Problem, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import listing_code
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.refusals import told
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.stalls import STALLS

router = APIRouter(include_in_schema=False)

BULK: Final = DESK + "/len-san-hang-loat"
_CARDS: Final = 12
_MOST_ROWS: Final = 200
_KINDS: Final = {BulkKind.PUBLISH: N_("Đưa lên sàn"), BulkKind.UNLIST: N_("Gỡ khỏi sàn")}
_FIELDS: Final = ("kind", "marketplace", "producer_id", "unit_id", "publish_at", "follows_season")
_ALL: Final = N_("Tất cả chủ thể của tôi")
_EVERYWHERE: Final = N_("Toàn tỉnh")


@router.get(BULK)
async def form(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep
) -> Response:
    """What to do, for whom, where, when."""
    return await _form(request, session, settings, actor, {}, [])


@router.post(BULK)
async def begin(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
) -> Response:
    """«Xem trước» shows the cards and changes nothing; the other button begins."""
    values = await typed(request)
    wish, errors = _wish(actor, values)
    if wish is None:
        return await _form(request, session, settings, actor, values, errors)
    if values.get("act") == "look":
        chosen = await bulk.choose(session, actor, wish)
        cards = await bulk.dry_run(session, outside, chosen[:_CARDS], wish.marketplace_key)
        return await _form(request, session, settings, actor, values, [], cards=cards, total=len(chosen))
    begun = await tried(session, lambda: bulk.begin(session, actor, wish))
    if isinstance(begun, HubError):
        return await _form(request, session, settings, actor, values, problems(begun, "marketplace"))
    return see(f"{BULK}/{begun.id}")


@router.get(BULK + "/{bulk_id}")
async def show(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    bulk_id: UUID,
    trang_thai: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """How far it is; the page asks for itself again until it is over.

    ``trang_thai``: the code of a badge, whose listings are shown by name.
    """
    lang = request_language(request)
    run, done = await bulk.get_run(session, bulk_id), await bulk.progress(session, bulk_id)
    floor = await session.get_one(MarketplaceRow, run.marketplace_key)
    rows = await session.execute(
        bulk.rows_of(bulk_id)
        .where(BulkRow.state == BulkState.REFUSED)
        .join(Product, Product.id == BulkRow.product_id)
        .add_columns(Product.name)
        .limit(_MOST_ROWS)
    )
    counts = _counts(done)
    chosen = trang_thai if trang_thai in counts else ""
    context = {
        "kind_label": translate(lang, _KINDS[run.kind]),
        "marketplace_name": floor.name,
        "scope_name": run.scope_name,
        "publish_at": moment(run.publish_at, lang=lang) if run.publish_at else "",
        "total": done.total,
        "waiting": done.waiting,
        "moving": done.moving,
        "held": done.held,
        "stalls_href": STALLS,
        "refused_count": done.refused,
        "states": [
            {"state": code, "count": count, "href": f"{BULK}/{bulk_id}?trang_thai={code}#tin-dang"}
            for code, count in counts.items()
        ],
        "chosen": chosen,
        "listings": await _listings(session, bulk_id, chosen, lang) if chosen else [],
        "refused": [
            {"name": name, "href": product_path(row.product_id), "problem": row.problem} for row, name in rows
        ],
        "over": done.over,
        "back_href": BULK,
    }
    response = render(request, "desk/publish_progress.html", context)
    if not done.over and not chosen:
        # Without a script and without a connection held open (Android 9, weak networks).
        response.headers["Refresh"] = "5"
    return response


def _counts(done: bulk.Progress) -> dict[str, int]:
    """How many listings bear each badge."""
    found = {state.value: count for state, count in sorted(done.by_state.items())}
    if done.not_sent:
        found[ListingState.REJECTED.value] -= done.not_sent
        found[listing_code(ListingState.REJECTED, not_sent=True)] = done.not_sent
    return {code: count for code, count in found.items() if count}


async def _listings(session: AsyncSession, bulk_id: UUID, code: str, lang: Lang) -> list[dict[str, str]]:
    """The run's listings under one badge, with why they stand so."""
    not_sent = code == listing_code(ListingState.REJECTED, not_sent=True)
    state = ListingState.REJECTED if not_sent else ListingState(code)
    rows = await session.execute(
        bulk.listings_in(bulk_id, state, not_sent=not_sent)
        .join(Product, Product.id == Listing.product_id)
        .add_columns(Product.name)
        .limit(_MOST_ROWS)
    )
    return [
        {
            "name": name,
            "href": f"{product_path(listing.product_id)}#tin-{listing.id}",
            "reason": told(listing.reason, lang),
        }
        for listing, name in rows
    ]


def _wish(actor: Actor, values: dict[str, str]) -> tuple[bulk.Wish | None, list[Problem]]:
    """The wish, or what is wrong with it."""
    errors: list[Problem] = []
    key, kind = values.get("marketplace", ""), values.get("kind", BulkKind.PUBLISH.value)
    if key not in ADAPTERS:
        errors.append({"field": "marketplace", "problem": "Chưa chọn sàn."})
    if kind not in (each.value for each in BulkKind):
        errors.append({"field": "kind", "problem": "Chưa chọn việc cần làm."})
    # Only the province's officers choose by commune: others change their own producers' goods alone.
    unit_id = values.get("unit_id", "") if actor.is_office else ""
    unit = finder().unit(unit_id)
    if unit_id and (unit is None or unit.level != "commune" or unit.valid_to is not None):
        errors.append({"field": "unit_id", "problem": "Chưa chọn xã, phường, đặc khu hiện hành."})
    if unit_id and values.get("producer_id"):
        errors.append(
            {"field": "unit_id", "problem": "Hãy chọn một chủ thể, hoặc một xã, không chọn cả hai."}
        )
    producer, when = None, None
    try:
        producer = UUID(values["producer_id"]) if values.get("producer_id") else None
        if values.get("publish_at"):
            when = datetime.fromisoformat(values["publish_at"]).replace(tzinfo=clock.BUSINESS_ZONE)
    except ValueError:
        errors.append({"field": "publish_at", "problem": "Ghi ngày giờ như 2026-12-01 08:00."})
    if errors:
        return None, errors
    follows = values.get("follows_season") == "yes"
    return bulk.Wish(BulkKind(kind), key, producer, unit_id, when, follows), []


async def _form(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
    *,
    cards: list[bulk.Card] | None = None,
    total: int = 0,
) -> Response:
    lang = request_language(request)
    floors = [row for row in await session.scalars(marketplaces()) if row.key in ADAPTERS]
    own = await own_producers(session, actor)
    units = finder().communes_of(settings.home_province) if actor.is_office else []
    communes = [(unit.id, unit.full_name) for unit in units]
    context: dict[str, Any] = {
        "action": BULK,
        "values": {name: values.get(name, "") for name in _FIELDS},
        "kind_options": [{"value": each.value, "label": translate(lang, _KINDS[each])} for each in BulkKind],
        "marketplace_options": goods.marketplace_options(floors, lang),
        "producer_options": goods.options(own, lang, first=_ALL) if own or not actor.is_office else [],
        "unit_options": goods.options(communes, lang, first=_EVERYWHERE) if communes else [],
        "cards": None if cards is None else [_card(each, lang) for each in cards],
        "total": total,
        "errors": errors,
    }
    return render(request, "desk/publish_bulk.html", context, status=422 if errors else 200)


def _card(card: bulk.Card, lang: Lang) -> dict[str, Any]:
    draft = card.draft
    return {
        "title": draft.title,
        "price": money(draft.price_vnd, lang=lang),
        "description": draft.description,
        "picture": f"/media/{draft.pictures[0].url.partition('/media/')[2]}" if draft.pictures else "",
        "href": product_path(card.product_id),
        "problems": [each.text for each in card.problems],
    }
