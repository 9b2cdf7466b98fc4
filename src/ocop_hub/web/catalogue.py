"""What everyone may look through: the products, and one product with where to buy it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.content import said
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import queries
from ocop_hub.desk.queries import Card, Wanted, Window
from ocop_hub.errors import NotFound
from ocop_hub.traceability.models import LinkType, ResolverLink
from ocop_hub.traceability.queries import links_of
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.front import CATALOGUE, PublicViewDep, code_of_product
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

#: Divides by two, three and four columns.
PER_PAGE = 24

Words = Annotated[str, Query(max_length=100)]
Choice = Annotated[str, Query(max_length=60)]
Cursor = Annotated[str, Query(max_length=1_000)]


@router.get(CATALOGUE)
async def products(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    everyone: PublicViewDep,
    q: Words = "",
    group: Choice = "",
    unit: Choice = "",
    sau: Cursor = "",
    truoc: Cursor = "",
) -> Response:
    """Search and browse, the home province first."""
    lang = request_language(request)
    wanted = Wanted(words=q, group=group, unit_id=unit)
    window = Window(after=sau, before=truoc, limit=PER_PAGE)
    home = settings.home_province
    page = await queries.page(session, everyone, wanted, window, home_province=home)
    groups = [(g.code, goods.group_name(g, lang)) for g in await session.scalars(catalogue.groups())]
    query = {"q": q, "group": group, "unit": unit}
    context: dict[str, Any] = {
        "query": query,
        "group_options": goods.options(groups, lang),
        "unit_options": goods.options(await queries.units_with_products(session, everyone, home), lang),
        "action": CATALOGUE,
        "total": await queries.count(session, everyone, wanted),
        "products": [goods.shelf(card, lang) for card in page.cards],
        **goods.page_links(CATALOGUE, query, page),
    }
    return render(request, "catalogue/products.html", context)


@router.get(CATALOGUE + "/{product_id}")
async def product(
    request: Request, session: SessionDep, everyone: PublicViewDep, product_id: UUID
) -> Response:
    """One product: who makes it, its stars while its certificate holds, where to buy it."""
    lang = request_language(request)
    card = await queries.card_of(session, everyone, product_id)
    if card is None:
        raise NotFound("Không có sản phẩm này. Hãy tìm theo tên sản phẩm hoặc nơi sản xuất.")
    photos = (await session.scalars(catalogue.photos_of(product_id))).all()
    shops = await session.scalars(
        links_of(product_id, None).where(ResolverLink.link_type == LinkType.RETAILERS)
    )
    name = goods.product_name(card.product, lang)
    context = {
        "product": _told(card, lang),
        "certificate": _certificate(card),
        "pictures": [goods.picture(photo, goods.LARGE) for photo in photos],
        "shops": [{"marketplace_name": shop.title, "href": shop.href} for shop in shops],
        "trace_href": await _trace_href(session, card),
    }
    crumbs = [
        Link(translate(lang, N_("Tìm sản phẩm")), CATALOGUE),
        Link(name, request.url.path, current=True),
    ]
    return render(request, "catalogue/product.html", context, breadcrumbs=crumbs)


def _told(card: Card, lang: Lang) -> dict[str, Any]:
    product = card.product
    return {
        "name": goods.product_name(product, lang),
        "group": card.group.name_vi,
        "group_name": goods.group_name(card.group, lang),
        "producer_name": card.producer_name,
        "place": card.place,
        "variant": goods.variant(product, lang),
        "price_vnd": product.price_vnd,
        "description": said(product, lang, "description"),
        "storage": product.storage,
    }


def _certificate(card: Card) -> dict[str, Any] | None:
    mark = card.certificate
    if mark is None:
        return None
    return {
        "stars": mark.stars,
        "state": mark.state.value,
        "valid_until": mark.valid_until,
        "holds": mark.holds,
    }


async def _trace_href(session: SessionDep, card: Card) -> str:
    if card.product.gtin:
        return f"/01/{card.product.gtin}"
    code = await code_of_product(session, card.product.id)
    return f"/t/{code}" if code else ""
