"""Khác với hệ thống: what stands otherwise on the marketplaces, and one decision per field."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.drift import service as drift
from ocop_hub.publishing.models import Listing, MarketplaceRow
from ocop_hub.publishing.models_beside import DriftAuthor, ListingDrift
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang, moment, money
from ocop_hub.web.forms import done_notices, see, tried
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

DRIFT: Final = DESK + "/khac-he-thong"
_MOST_SHOWN = 200
_FIELDS: Final = {"title": N_("Tên sản phẩm"), "description": N_("Mô tả"), "price_vnd": N_("Giá bán")}
_AUTHORS: Final = {
    DriftAuthor.BEFORE: N_("Có sẵn trên sàn trước khi nhận tin đăng"),
    DriftAuthor.MARKETPLACE: N_("Có lẽ ai đó đã sửa trên trang của sàn"),
    DriftAuthor.NOT_TAKEN: N_("Có lẽ sàn chưa nhận lần sửa gần nhất"),
}


@router.get(DRIFT)
async def list_drift(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """Every difference that waits, the oldest first."""
    lang = request_language(request)
    rows = await session.execute(
        drift.open_drifts(actor)
        .join(Listing, Listing.id == ListingDrift.listing_id)
        .join(Product, Product.id == Listing.product_id)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .add_columns(Product.id, Product.name, MarketplaceRow.name, Listing.public_url)
        .order_by(ListingDrift.found_at, ListingDrift.id)
        .limit(_MOST_SHOWN)
    )
    shown = [_row(each, product, name, floor, url, lang) for each, product, name, floor, url in rows]
    return render(request, "desk/drift.html", {"rows": shown}, notices=done_notices(request))


@router.post(DRIFT + "/{drift_id}/lay-lai")
async def take_ours(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, drift_id: UUID
) -> Response:
    """Lấy lại theo hệ thống."""
    done = await tried(
        session,
        lambda: drift.take_ours(session, actor, outside.adapters.capabilities(), drift_id=drift_id),
    )
    return _after(request, done, "lay-lai")


@router.post(DRIFT + "/{drift_id}/giu")
async def keep_theirs(
    request: Request, session: SessionDep, actor: SignedInActorDep, drift_id: UUID
) -> Response:
    """Giữ theo sàn."""
    done = await tried(session, lambda: drift.keep_theirs(session, actor, drift_id=drift_id))
    return _after(request, done, "giu-theo-san")


def _after(request: Request, done: Listing | HubError, word: str) -> Response:
    if isinstance(done, NotFound):
        raise done
    if isinstance(done, HubError):
        notice = Notice(done.detail, "bad", done.title)
        return render(request, "desk/drift.html", {"rows": []}, status=done.status, notices=[notice])
    return see(DRIFT, word)


def _row(each: ListingDrift, product_id: UUID, name: str, floor: str, url: str, lang: Lang) -> dict[str, Any]:
    price = each.field == "price_vnd"
    return {
        "product_name": name,
        "product_href": product_path(product_id),
        "marketplace_name": floor,
        "public_url": url,
        "field_label": translate(lang, _FIELDS[each.field]),
        "ours": money(int(each.ours), lang=lang) if price else each.ours,
        "theirs": money(int(each.theirs), lang=lang) if price else each.theirs,
        "author": translate(lang, _AUTHORS[each.author]),
        "since": moment(each.found_at, lang=lang),
        "take_href": f"{DRIFT}/{each.id}/lay-lai",
        "keep_href": f"{DRIFT}/{each.id}/giu",
    }
