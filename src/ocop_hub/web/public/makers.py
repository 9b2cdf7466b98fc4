"""Public pages of those who make the products: one per producer, one per commune."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import queries
from ocop_hub.desk.queries import CardPage, Wanted, Window
from ocop_hub.errors import NotFound
from ocop_hub.places.finder import finder
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.producers.queries import PublicProducer, shown_publicly
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import CATALOGUE, PublicViewDep
from ocop_hub.web.render import request_language
from ocop_hub.web.seo import PublicPage
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

MAKERS: Final = "/co-so"
UNITS: Final = "/xa"
PER_PAGE: Final = 24
KIND_NAMES: Final = {
    ProducerKind.ENTERPRISE: N_("Doanh nghiệp"),
    ProducerKind.COOPERATIVE: N_("Hợp tác xã"),
    ProducerKind.COOPERATIVE_GROUP: N_("Tổ hợp tác"),
    ProducerKind.HOUSEHOLD: N_("Hộ kinh doanh"),
}


def maker_path(producer_id: UUID) -> str:
    """The public page of a producer."""
    return f"{MAKERS}/{producer_id}"


def unit_path(unit_id: str) -> str:
    """The public page of a commune."""
    return f"{UNITS}/{unit_id}"


def contacts(shown: PublicProducer, lang: Lang) -> list[dict[str, str]]:
    """``{label, text, href}`` of what may be shown of a producer."""
    known = (
        (N_("Điện thoại"), shown.phone, "tel:"),
        (N_("Thư điện tử"), shown.email, "mailto:"),
        (N_("Địa chỉ"), shown.address, ""),
    )
    return [
        {"label": translate(lang, label), "text": text, "href": way + text if way else ""}
        for label, text, way in known
        if text
    ]


@router.get(MAKERS + "/{producer_id}")
async def maker(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    everyone: PublicViewDep,
    producer_id: UUID,
    sau: Cursor = "",
    truoc: Cursor = "",
) -> Response:
    """A producer with a product to show, and all of them."""
    lang = request_language(request)
    found = await session.get(Producer, producer_id)
    if found is not None and found.merged_into_id is not None:
        return RedirectResponse(maker_path(found.merged_into_id), status_code=301)
    wanted = Wanted(producer_id=producer_id)
    window = Window(after=sau, before=truoc, limit=PER_PAGE)
    page = await queries.page(session, everyone, wanted, window, home_province=settings.home_province)
    if found is None or not page.cards:
        raise NotFound("Không có chủ thể này, hoặc chủ thể chưa có sản phẩm nào được giới thiệu.")
    unit = await session.get(AdminUnit, found.current_unit_id) if found.current_unit_id else None
    place = unit.full_name if unit is not None else ""
    kind = translate(lang, KIND_NAMES[found.kind])
    shown = await shown_publicly(session, found)
    crumbs = [
        Link(translate(lang, N_("Tìm sản phẩm")), CATALOGUE),
        *([Link(place, unit_path(unit.id))] if unit is not None else []),
        Link(found.name, request.url.path, current=True),
    ]
    here = PublicPage(settings.public_url.rstrip("/"), request.url.path, lang)
    about: dict[str, Any] = {
        "@type": "Organization",
        "@id": here.absolute(here.path),
        "name": found.name,
        "url": here.absolute(here.path),
        **_schema_contacts(shown, place),
    }
    context: dict[str, Any] = {
        "title": found.name,
        "title_lang": "vi",
        "lead": " · ".join(part for part in (kind, place) if part),
        "contacts": contacts(shown, lang),
        **_shelf(page, lang, here),
        "head": here.head(
            found.name,
            " · ".join([kind, place, *(card.product.name for card in page.cards)]),
            about=[about],
            crumbs=crumbs,
            index=not (sau or truoc),
        ),
    }
    return render(request, "catalogue/shelf.html", context, breadcrumbs=crumbs)


@router.get(UNITS + "/{unit_id}")
async def unit(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    everyone: PublicViewDep,
    unit_id: str,
    sau: Cursor = "",
    truoc: Cursor = "",
) -> Response:
    """A commune of today and what is made in it; one that has ended leads to what became of it."""
    lang = request_language(request)
    places = finder()
    found = places.unit(unit_id)
    if found is None or not unit_id.startswith("c-"):
        raise NotFound("Không có xã, phường hoặc đặc khu này. Hãy tìm theo tên.")
    today = places.current_of(unit_id)
    if len(today) == 1 and today[0] != unit_id:
        return RedirectResponse(unit_path(today[0]), status_code=301)
    wanted = Wanted(unit_id=unit_id)
    window = Window(after=sau, before=truoc, limit=PER_PAGE)
    page = await queries.page(session, everyone, wanted, window, home_province=settings.home_province)
    province = places.province_of(unit_id)
    above = province.full_name if province is not None else ""
    title = translate(lang, N_("Sản phẩm OCOP của %(place)s"), place=found.full_name)
    crumbs = [
        Link(translate(lang, N_("Tìm sản phẩm")), CATALOGUE),
        Link(found.full_name, request.url.path, current=True),
    ]
    here = PublicPage(settings.public_url.rstrip("/"), request.url.path, lang)
    about: dict[str, Any] = {
        "@type": "AdministrativeArea",
        "@id": here.absolute(here.path),
        "name": found.full_name,
        "containedInPlace": {"@type": "AdministrativeArea", "name": above},
    }
    context: dict[str, Any] = {
        "title": title,
        "title_lang": lang,
        "lead": above,
        "contacts": [],
        **_shelf(page, lang, here),
        "head": here.head(
            title,
            " · ".join([above, *(card.product.name for card in page.cards)]),
            about=[about],
            crumbs=crumbs,
            index=bool(page.cards) and not (sau or truoc),
        ),
    }
    return render(request, "catalogue/shelf.html", context, breadcrumbs=crumbs)


def _schema_contacts(shown: PublicProducer, place: str) -> dict[str, Any]:
    told: dict[str, Any] = {"telephone": shown.phone, "email": shown.email}
    if place:
        told["address"] = {
            "@type": "PostalAddress",
            "addressCountry": "VN",
            "addressLocality": place,
            **({"streetAddress": shown.address} if shown.address else {}),
        }
    return {name: value for name, value in told.items() if value}


def _shelf(page: CardPage, lang: Lang, here: PublicPage) -> dict[str, Any]:
    return {
        "products": [goods.shelf(card, lang) for card in page.cards],
        **goods.page_links(here.path, {}, page),
    }
