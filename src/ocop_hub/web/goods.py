"""Products as templates take them: from a card of the desk to the shape that a template's head promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from ocop_hub.catalogue.content import language_of, said
from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto
from ocop_hub.certificates.models import IssuerLevel
from ocop_hub.desk.queries import Card, CardPage
from ocop_hub.media import THUMBNAIL_EDGES
from ocop_hub.publishing.models import MarketplaceKind, MarketplaceRow
from ocop_hub.web.format import Lang, weight
from ocop_hub.web.i18n import N_, translate

SMALL: Final = min(THUMBNAIL_EDGES)
LARGE: Final = max(THUMBNAIL_EDGES)
ALL: Final = N_("Tất cả")
#: Social media and own websites (glossary 23).
CHANNELS: Final = N_("Kênh khác")
#: Who recognises products, by the level that signed.
ISSUERS: Final = {
    IssuerLevel.DISTRICT: N_("Ủy ban nhân dân cấp huyện"),
    IssuerLevel.PROVINCE: N_("Ủy ban nhân dân cấp tỉnh"),
    IssuerLevel.CENTRAL: N_("Bộ Nông nghiệp và Môi trường"),
}


def picture(photo: ProductPhoto | None, edge: int = SMALL) -> dict[str, Any] | None:
    """The copy of a photo with its longest edge of ``edge`` pixels; ``srcset`` names every copy by its width."""
    if photo is None:
        return None
    longest = max(photo.width, photo.height)
    scale = min(1.0, edge / longest)
    address = f"/media/{photo.media_key}"
    copies = [
        f"{address}?w={each} {round(photo.width * each / longest)}w"
        for each in THUMBNAIL_EDGES
        if each < longest
    ]
    return {
        "src": f"{address}?w={edge}",
        "srcset": ", ".join([*copies, f"{address} {photo.width}w"]),
        "width": round(photo.width * scale),
        "height": round(photo.height * scale),
    }


def product_name(product: Product, lang: Lang) -> str:
    """The name in the page's language, where the product has one."""
    return said(product, lang, "name")


def group_name(group: ProductGroup, lang: Lang) -> str:
    """The group's name in the page's language."""
    return group.name_en if lang == "en" else group.name_vi


def variant(product: Product, lang: Lang) -> str:
    """The unit of sale with the net weight: ``hộp 500 g``; neither is said twice."""
    grams = weight(product.net_weight_g, lang=lang) if product.net_weight_g else ""
    if not grams or grams in product.unit:
        return product.unit
    return grams if product.unit in grams else f"{product.unit} {grams}"


def shelf(card: Card, lang: Lang) -> dict[str, Any]:
    """A card on a public shelf; stars only while a certificate holds."""
    certificate = card.certificate
    return {
        "name": product_name(card.product, lang),
        "name_lang": language_of(card.product, lang, "name"),
        "href": f"/san-pham/{card.product.id}",
        "producer_name": card.producer_name,
        "place": card.place,
        "stars": certificate.stars if certificate is not None and certificate.holds else None,
        # The drawing is found by the Vietnamese name.
        "group": card.group.name_vi,
        "picture": picture(card.photo),
    }


def options(pairs: Sequence[tuple[str, str]], lang: Lang, *, first: str = ALL) -> list[dict[str, str]]:
    """Choices of a select, with one for "all" before them; ``first`` empty leaves that out."""
    head = [{"value": "", "label": translate(lang, first)}] if first else []
    return [*head, *({"value": value, "label": text} for value, text in pairs)]


def marketplace_options(rows: Iterable[MarketplaceRow], lang: Lang) -> list[dict[str, str]]:
    """Choices of a select of marketplaces; channels, which are no sàn, stand under a heading of their own."""
    elsewhere = translate(lang, CHANNELS)
    return [
        {
            "value": row.key,
            "label": row.name,
            "group": elsewhere if row.kind is MarketplaceKind.CHANNEL else "",
        }
        for row in rows
    ]


def page_links(path: str, query: dict[str, str], page: CardPage) -> dict[str, str]:
    """``previous`` and ``next`` as addresses that keep the query."""
    kept = {name: value for name, value in query.items() if value}
    return {
        "previous": f"{path}?{urlencode({**kept, 'truoc': page.previous})}" if page.previous else "",
        "next": f"{path}?{urlencode({**kept, 'sau': page.next})}" if page.next else "",
    }
