"""What everyone may look through: the products, and one product with where to buy it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.content import language_of, said
from ocop_hub.catalogue.models import Product, ProductPhoto, ProductVariant
from ocop_hub.catalogue.variants import variants_of
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import queries
from ocop_hub.desk.queries import Card, Wanted, Window
from ocop_hub.errors import NotFound
from ocop_hub.producers.models import Producer
from ocop_hub.producers.queries import shown_publicly
from ocop_hub.settings import Settings
from ocop_hub.traceability.models import LinkType, ResolverLink
from ocop_hub.traceability.queries import links_of
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import STARS, Choice, Cursor, Words
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public import makers
from ocop_hub.web.public.front import CATALOGUE, PublicViewDep, code_of_product
from ocop_hub.web.public.product_facts import facts
from ocop_hub.web.render import request_language
from ocop_hub.web.seo import CardPicture, PageHead, PublicPage
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

#: Divides by two, three and four columns.
PER_PAGE = 24


def page_of(request: Request, settings: Settings, lang: Lang) -> PublicPage:
    """This page under the public address."""
    return PublicPage(settings.public_url.rstrip("/"), request.url.path, lang)


@router.get(CATALOGUE)
async def products(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    everyone: PublicViewDep,
    q: Words = "",
    group: Choice = "",
    unit: Choice = "",
    sao: Choice = "",
    sau: Cursor = "",
    truoc: Cursor = "",
) -> Response:
    """Search and browse, the home province first."""
    lang = request_language(request)
    stars = int(sao) if sao in STARS else None
    wanted = Wanted(words=q, group=group, unit_id=unit, stars=stars)
    window = Window(after=sau, before=truoc, limit=PER_PAGE)
    home = settings.home_province
    page = await queries.page(session, everyone, wanted, window, home_province=home)
    groups = [(g.code, goods.group_name(g, lang)) for g in await session.scalars(catalogue.groups())]
    query = {"q": q, "group": group, "unit": unit, "sao": sao if stars else ""}
    title = translate(lang, N_("Tìm sản phẩm"))
    context: dict[str, Any] = {
        "query": query,
        "group_options": goods.options(groups, lang),
        "unit_options": goods.options(await queries.units_with_products(session, everyone, home), lang),
        "star_options": goods.options([(n, translate(lang, N_("%(n)s sao"), n=n)) for n in STARS], lang),
        "action": CATALOGUE,
        "total": await queries.count(session, everyone, wanted),
        "products": [goods.shelf(card, lang) for card in page.cards],
        "head": page_of(request, settings, lang).head(
            title,
            translate(lang, N_("Sản phẩm OCOP, nơi sản xuất và chỗ mua trên các sàn.")),
            index=not any((*query.values(), sau, truoc)),
        ),
        **goods.page_links(CATALOGUE, query, page),
    }
    return render(request, "catalogue/products.html", context)


@router.get(CATALOGUE + "/{product_id}")
async def product(
    request: Request, session: SessionDep, settings: SettingsDep, everyone: PublicViewDep, product_id: UUID
) -> Response:
    """One product: who makes it, its stars while its certificate holds, where to buy it."""
    lang = request_language(request)
    card = await queries.card_of(session, everyone, product_id)
    if card is None:
        return await _moved(session, product_id)
    photos = (await session.scalars(catalogue.photos_of(product_id))).all()
    shops = await session.scalars(
        links_of(product_id, None).where(ResolverLink.link_type == LinkType.RETAILERS)
    )
    maker = await session.get_one(Producer, card.product.producer_id)
    packs = await variants_of(session, product_id, retired=False)
    crumbs = _crumbs(request, card, lang)
    context = {
        "product": _told(card, lang),
        "facts": await facts(session, card.product, packs, lang),
        "certificate": _certificate(card),
        "pictures": [goods.picture(photo, goods.LARGE) for photo in photos],
        "shops": [{"marketplace_name": shop.title, "href": shop.href} for shop in shops],
        "contacts": makers.contacts(await shown_publicly(session, maker), lang),
        "trace_href": await _trace_href(session, card),
        "head": _head(page_of(request, settings, lang), card, photos, packs, crumbs),
    }
    return render(request, "catalogue/product.html", context, breadcrumbs=crumbs)


async def _moved(session: AsyncSession, product_id: UUID) -> Response:
    """To the product that this one was merged into. Raises :class:`NotFound`."""
    kept = await session.scalar(select(Product.merged_into_id).where(Product.id == product_id))
    if kept is None:
        raise NotFound("Không có sản phẩm này. Hãy tìm theo tên sản phẩm hoặc nơi sản xuất.")
    return RedirectResponse(f"{CATALOGUE}/{kept}", status_code=301)


def _crumbs(request: Request, card: Card, lang: Lang) -> list[Link]:
    place = card.product.current_unit_id
    return [
        Link(translate(lang, N_("Tìm sản phẩm")), CATALOGUE),
        *([Link(card.place, makers.unit_path(place))] if place and card.place else []),
        Link(goods.product_name(card.product, lang), request.url.path, current=True),
    ]


def _told(card: Card, lang: Lang) -> dict[str, Any]:
    product = card.product
    return {
        "name": goods.product_name(product, lang),
        "name_lang": language_of(product, lang, "name"),
        "group": card.group.name_vi,
        "group_name": goods.group_name(card.group, lang),
        "ships": card.group.ships,
        "producer_name": card.producer_name,
        "producer_href": makers.maker_path(product.producer_id),
        "place": card.place,
        "place_href": makers.unit_path(product.current_unit_id) if product.current_unit_id else "",
        "variant": goods.variant(product, lang),
        "price_vnd": product.price_vnd,
        "description": said(product, lang, "description"),
        "description_lang": language_of(product, lang, "description"),
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


def _head(
    page: PublicPage,
    card: Card,
    photos: Sequence[ProductPhoto],
    packs: Sequence[ProductVariant],
    crumbs: list[Link],
) -> PageHead:
    product, lang = card.product, page.lang
    name = goods.product_name(product, lang)
    parts = [said(product, lang, "description"), card.producer_name, card.place]
    if card.certificate is not None and card.certificate.holds:
        parts.insert(
            0, translate(lang, N_("Sản phẩm OCOP đạt %(n)s sao"), n=str(card.certificate.stars)) + "."
        )
    return page.head(
        name,
        " · ".join(part for part in parts if part),
        picture=card_picture(page, photos[0], name) if photos else None,
        about=[_schema(page, card, photos, packs)],
        crumbs=crumbs,
    )


def card_picture(page: PublicPage, photo: ProductPhoto, alt: str) -> CardPicture:
    """The whole photo: a share card of Facebook or Zalo wants at least 600 pixels across."""
    return CardPicture(page.absolute(f"/media/{photo.media_key}"), photo.width, photo.height, alt)


def _schema(
    page: PublicPage, card: Card, photos: Sequence[ProductPhoto], packs: Sequence[ProductVariant]
) -> dict[str, Any]:
    """schema.org of the product. Without offers: what a marketplace asks today is not ours to promise."""
    product, lang = card.product, page.lang
    maker = {
        "@type": "Organization",
        "@id": page.absolute(makers.maker_path(product.producer_id)),
        "name": card.producer_name,
    }
    told: dict[str, Any] = {
        "@type": "Product" if card.group.ships else "Service",
        "@id": page.absolute(page.path),
        "name": goods.product_name(product, lang),
        "alternateName": product.name if goods.product_name(product, lang) != product.name else "",
        "url": page.absolute(page.path),
        "category": goods.group_name(card.group, lang),
        "description": said(product, lang, "description"),
        "image": [page.absolute(f"/media/{photo.media_key}") for photo in photos],
        "subjectOf": [
            {"@type": "VideoObject", "url": link, "name": goods.product_name(product, lang)}
            for link in product.video_links
        ],
        "award": f"OCOP {card.certificate.stars}/5" if card.certificate and card.certificate.holds else "",
    }
    if card.group.ships:
        brand = {"@type": "Brand", "name": product.trademark} if product.trademark else None
        told |= {"manufacturer": maker, "brand": brand, "gtin14": product.gtin, "countryOfOrigin": "VN"}
        if packs:
            # A group of goods is what has variants at schema.org; it goes on being a product.
            told |= {
                "@type": ["Product", "ProductGroup"],
                "hasVariant": [_pack(pack, product) for pack in packs],
            }
    else:
        told |= {"provider": maker, "areaServed": card.place}
    return {name: value for name, value in told.items() if value}


def _pack(pack: ProductVariant, product: Product) -> dict[str, Any]:
    """schema.org of one pack; GRM is the gram (UN/CEFACT Recommendation 20)."""
    grams = pack.net_weight_g
    told = {
        "@type": "Product",
        "name": f"{product.name} – {pack.label}",
        "size": pack.label,
        "weight": {"@type": "QuantitativeValue", "value": grams, "unitCode": "GRM"} if grams else None,
        "gtin14": pack.gtin,
    }
    return {name: value for name, value in told.items() if value}


async def _trace_href(session: AsyncSession, card: Card) -> str:
    if card.product.gtin:
        return f"/01/{card.product.gtin}"
    code = await code_of_product(session, card.product.id)
    return f"/t/{code}" if code else ""
