"""One product on the desk: certificate, label, and how it stands on every marketplace."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.models import ProductStatus
from ocop_hub.catalogue.queries import same_product
from ocop_hub.catalogue.service import get_product_as_made
from ocop_hub.certificates.validity import certificate_state, end_day
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import board
from ocop_hub.desk.board import BoardRow, Question
from ocop_hub.desk.queries import Card, card_of
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import ListingState, Mode
from ocop_hub.marketplaces.registry import MARKETPLACES, Kind
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing import fees
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.models import Desired, Listing, MarketplaceAccount
from ocop_hub.publishing.readiness import lacking
from ocop_hub.settings import Settings
from ocop_hub.traceability.labels.label import is_loopback, trace_uri
from ocop_hub.traceability.models import Lot, LotState, Scan
from ocop_hub.traceability.queries import trace_code_of
from ocop_hub.traceability.queries import visible_to as lots_visible_to
from ocop_hub.web import goods, refusals
from ocop_hub.web.desk.lacking import told
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import listing_code
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.listing_text import because, sentence
from ocop_hub.web.shell import Link, Notice

router = APIRouter(include_in_schema=False)

#: States from which the product can be put up by asking for it.
_TO_PUT_UP = frozenset(
    {ListingState.NONE, ListingState.REJECTED, ListingState.UNLISTED, ListingState.DELETED}
)
#: States in which there is something to take down.
TO_TAKE_DOWN = frozenset({ListingState.LIVE, ListingState.IN_REVIEW, ListingState.SUSPENDED})
#: What keeps a product from the public, with the tone in which it is said.
_NOT_YET_SEEN: Final[dict[ProductStatus, tuple[str, Literal["wait", "act"]]]] = {
    ProductStatus.DRAFT: (
        N_(
            "Sản phẩm còn là bản nháp: khách chưa xem được, và chưa đưa lên sàn được. "
            "Bấm “Sửa sản phẩm” để làm tiếp và hoàn tất."
        ),
        "act",
    ),
    ProductStatus.SUBMITTED: (
        N_("Sản phẩm đang chờ cán bộ duyệt, duyệt xong mới đưa lên sàn được. Bạn không cần làm gì."),
        "wait",
    ),
    ProductStatus.RETURNED: (
        N_(
            "Cán bộ trả lại sản phẩm để sửa, nên chưa đưa lên sàn được. Bấm “Sửa sản phẩm” để xem cần sửa gì."
        ),
        "act",
    ),
}


def product_path(product_id: UUID) -> str:
    """The page of a product on the desk."""
    return f"{DESK}/san-pham/{product_id}"


@router.get(DESK + "/san-pham/{product_id}")
async def product(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    product_id: UUID,
) -> Response:
    """The product's page."""
    return await show(request, session, settings, actor, outside, product_id, notices=done_notices(request))


async def show(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    outside: OutsideDep,
    product_id: UUID,
    *,
    notices: list[Notice] | None = None,
    errors: list[Problem] | None = None,
    status: int = 200,
) -> Response:
    """The page as it is now, with ``errors`` of a form on it."""
    lang = request_language(request)
    card = await card_of(session, actor, product_id)
    if card is None:
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền xem.")
    may_change = actor.may_change(card.product.producer_id)
    path = product_path(product_id)
    rows = [row for row in await board.board_of(session, actor, card.product) if not is_posted(row)]
    questions = await board.questions_about(session, actor, product_id) if may_change else []
    photos = (await session.scalars(catalogue.photos_of(product_id))).all()
    context: dict[str, Any] = {
        "product": _told(card, lang, edit_href=f"{path}/sua" if may_change else ""),
        "pictures": [goods.picture(photo) for photo in photos],
        "photos_href": f"{path}/anh" if may_change else "",
        "story_href": f"{path}/ke-chuyen" if may_change else "",
        "share_href": f"{path}/chia-se" if may_change else "",
        "errors": errors or [],
        "certificate": await _certificate(session, product_id, lang),
        "missing": await _missing(session, settings, card, rows, outside, lang) if may_change else [],
        "label": await _label(session, settings, actor, card),
        "evidence_href": f"/api/v1/products/{product_id}/evidence-pack",
        "product_label_href": f"{path}/tem",
        "new_lot_href": f"{path}/lo" if may_change and card.group.ships else "",
        "listings": [
            _listing(row, row.account, card, lang, may_change=may_change)
            | {"net": await _net(session, row.listing, card)}
            for row in rows
            if row.account is not None
        ],
        "others": [_without_stall(row, card, may_change=may_change) for row in rows if row.account is None],
        "adopt": [_question(each, lang) for each in questions],
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(card.product.name, path, current=True),
    ]
    return render(
        request,
        "desk/product.html",
        context,
        status=status,
        breadcrumbs=crumbs,
        notices=[*(notices or []), *_standing(card, lang)],
        acting_for=card.producer_name if actor.role.value == "helper" else "",
    )


def is_posted(row: BoardRow) -> bool:
    """Known by the link of a post alone: it stands on the page for sharing, not among the marketplaces."""
    channel = MARKETPLACES[row.marketplace_key].kind is Kind.CHANNEL
    return channel and (row.account is None or row.account.mode is not Mode.API)


def _standing(card: Card, lang: Lang) -> list[Notice]:
    """Why buyers do not see the product yet, where that is so."""
    known = _NOT_YET_SEEN.get(card.product.status)
    return [Notice(translate(lang, known[0]), known[1])] if known is not None else []


def _told(card: Card, lang: Lang, *, edit_href: str) -> dict[str, Any]:
    product = card.product
    return {
        "id": str(product.id),
        "name": product.name,
        "state": product.status.value,
        "group": card.group.name_vi,
        "group_name": goods.group_name(card.group, lang),
        "variant": goods.variant(product, lang),
        "price_vnd": product.price_vnd,
        "description": product.description,
        "storage": product.storage,
        "gtin": product.gtin or "",
        "producer_name": card.producer_name,
        "place": card.place or product.commune_as_written,
        "picture": goods.picture(card.photo, goods.LARGE),
        "edit_href": edit_href,
        "history_href": f"{product_path(product.id)}/lich-su",
    }


async def _certificate(session: AsyncSession, product_id: UUID, lang: Lang) -> dict[str, Any] | None:
    found = await board.certificate_with_decision(session, product_id)
    if found is None:
        return None
    certificate, decision = found
    state = certificate_state(certificate, clock.now())
    return {
        "number": certificate.number,
        "decision_number": decision.number,
        "stars": certificate.stars,
        "proposed_five": certificate.proposed_five,
        "state": state.value if state is not None else "",
        "valid_from": certificate.valid.lower,
        "valid_until": end_day(certificate),
        "issuer": decision.issuer_name or translate(lang, goods.ISSUERS[decision.issuer_level]),
    }


async def _missing(
    session: AsyncSession,
    settings: Settings,
    card: Card,
    rows: list[BoardRow],
    outside: OutsideDep,
    lang: Lang,
) -> list[dict[str, Any]]:
    done = {
        row.marketplace_key
        for row in rows
        if row.listing is not None and row.listing.state is ListingState.LIVE
    }
    adapters = await lacking.open_adapters(session, outside.adapters)
    asked = {key: adapter for key, adapter in adapters.items() if key not in done}
    product = card.product
    found = await lacking.lacks_of(session, [product.id], asked, public_url=settings.public_url)
    return told(found[product.id], asked, product.id, product.producer_id, lang)


async def _label(
    session: AsyncSession, settings: Settings, actor: Actor, card: Card
) -> dict[str, Any] | None:
    lot = await session.scalar(
        lots_visible_to(actor)
        .where(Lot.product_id.in_(same_product(card.product.id)))
        .order_by(Lot.created_at.desc(), Lot.id.desc())
        .limit(1)
    )
    if lot is None:
        return None
    # A label keeps the GTIN and code that it was printed with.
    made = await get_product_as_made(session, actor, lot.product_id)
    code = await session.scalar(trace_code_of(made.id, lot.id))
    scans = await session.scalar(select(func.count()).select_from(Scan).where(Scan.lot_id == lot.id))
    uri = trace_uri(settings.public_url, made, lot, code.code if code else "")
    printable = lot.state in (LotState.DRAFT, LotState.RELEASED)
    return {
        "lot_code": lot.code,
        "lot_state": lot.state.value,
        "qr_src": f"{DESK}/lo/{lot.id}/qr.svg" if printable else "",
        "href": f"{DESK}/lo/{lot.id}",
        "png_href": f"/api/v1/lots/{lot.id}/label.png" if printable else "",
        "svg_href": f"/api/v1/lots/{lot.id}/label.svg" if printable else "",
        "sheet_href": f"{DESK}/lo/{lot.id}" if printable else "",
        "scans": scans or 0,
        "trial": is_loopback(uri),
    }


def _question(question: Question, lang: Lang) -> dict[str, Any]:
    item = question.item
    return {
        "marketplace_name": question.marketplace_name,
        "title": item.title,
        "price_vnd": item.price_vnd,
        "link": item.public_url,
        "because": because(item, lang),
        "adopt_href": f"{DESK}/muc/{item.id}/nhan",
        "ignore_href": f"{DESK}/muc/{item.id}/bo-qua",
    }


def _without_stall(row: BoardRow, card: Card, *, may_change: bool) -> dict[str, str]:
    query = f"?san={row.marketplace_key}&chu-the={card.product.producer_id}"
    return {
        "marketplace_name": row.marketplace_name,
        "href": f"{DESK}/gian-hang{query}" if may_change else "",
    }


def _listing(
    row: BoardRow, account: MarketplaceAccount, card: Card, lang: Lang, *, may_change: bool
) -> dict[str, Any]:
    listing = row.listing
    shows_link = listing is not None and listing.state in (ListingState.LIVE, ListingState.UNKNOWN)
    waits_for_link = (
        may_change
        and listing is not None
        and account.mode is not Mode.API
        and listing.desired is Desired.LIVE
        and listing.state is not ListingState.LIVE
    )
    step = sentence(row, lang)
    why = refusals.told(listing.reason, lang) if listing is not None else ""
    return {
        "id": str(listing.id) if listing is not None else "",
        "marketplace_name": row.marketplace_name,
        "account_name": account.name,
        "mode": account.mode.value,
        "state": ListingState.NONE.value
        if listing is None
        else listing_code(listing.state, not_sent=listing.not_sent),
        "in_stock": not (listing is not None and listing.out_of_stock),
        "sentence": step,
        # How it was proved to stand there: of a page that nobody could open there is no proof.
        "grade": listing.grade.value
        if listing is not None and listing.state is ListingState.LIVE and listing.grade
        else None,
        "checked_at": listing.observed_at if listing is not None and shows_link else None,
        "link": listing.public_url if listing is not None and shows_link else "",
        "drift": False,
        "calls_href": f"{DESK}/tin-dang/{listing.id}" if listing is not None else "",
        "reason": "" if why in step else why,
        "link_action": f"{DESK}/tin-dang/{listing.id}/duong-dan" if listing and waits_for_link else "",
        "actions": _actions(row, account, card, lang) if may_change else [],
    }


async def _net(session: AsyncSession, listing: Listing | None, card: Card) -> dict[str, Any] | None:
    """Giá nhận về of a listing, where a fee was entered for its marketplace and category."""
    if listing is None:
        return None
    product = card.product
    price = int(listing.overrides.get("price_vnd") or product.price_vnd or 0)
    own = str(listing.overrides.get("category_id") or "")
    category = own or await mapping.category_of(
        session, listing.marketplace_key, product.group_code, product.sub_group_code or ""
    )
    fee = fees.fee_of(await fees.fees_on(session, clock.today()), listing.marketplace_key, category)
    if fee is None or price <= 0:
        return None
    net = fees.net_of(price, fee)
    return {"net_vnd": net.net_vnd, "fee_vnd": net.fee_vnd, "source": net.source}


def _actions(row: BoardRow, account: MarketplaceAccount, card: Card, lang: Lang) -> list[dict[str, str]]:
    """What can be done with a row of the board now."""
    product, listing = card.product, row.listing
    put_up = f"{product_path(product.id)}/len-san/{account.id}"
    approved = product.status is ProductStatus.APPROVED
    if listing is None:
        return [_change(lang, N_("Đưa lên sàn"), put_up)] if approved else []
    base = f"{DESK}/tin-dang/{listing.id}"
    found = []
    if listing.state in _TO_PUT_UP and approved:
        found.append(_change(lang, N_("Đưa lên sàn"), put_up))
    if account.mode is not Mode.API and listing.state is not ListingState.LIVE:
        found.append(_way(lang, N_("Tải bộ hồ sơ"), f"/api/v1/listings/{listing.id}/pack.zip"))
    if listing.remote_id or listing.public_url:
        found.append(_change(lang, N_("Kiểm tra lại"), f"{base}/kiem-tra", look="quiet"))
    if listing.state in TO_TAKE_DOWN:
        ask = translate(lang, N_("Gỡ sản phẩm này khỏi %(name)s?"), name=row.marketplace_name)
        found.append(_change(lang, N_("Gỡ khỏi sàn"), f"{base}/go", look="danger", confirm=ask))
    return found


def _way(lang: Lang, label: str, href: str, *, look: str = "") -> dict[str, str]:
    return {"label": translate(lang, label), "href": href, "method": "get", "look": look, "confirm": ""}


def _change(lang: Lang, label: str, href: str, *, look: str = "", confirm: str = "") -> dict[str, str]:
    return _way(lang, label, href, look=look) | {"method": "post", "confirm": confirm}
