"""What a public page tells of a product beside its name and price: what is in it, its packs, its story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.content import language_of, said
from ocop_hub.catalogue.models import Product, ProductSubGroup, ProductVariant
from ocop_hub.web.desk.product_words import season
from ocop_hub.web.format import Lang, money, weight
from ocop_hub.web.i18n import N_, translate

#: Texts of the label in its order; those that are translated are read in the page's language.
_TEXTS: Final = (
    ("ingredients", N_("Thành phần")),
    ("warnings", N_("Cảnh báo")),
    ("storage", N_("Bảo quản")),
    ("shelf_life", N_("Hạn sử dụng")),
)
_PAPERS: Final = (
    ("declaration_number", N_("Số công bố")),
    ("trademark", N_("Nhãn hiệu")),
)


async def facts(
    session: AsyncSession, product: Product, packs: Sequence[ProductVariant], lang: Lang
) -> dict[str, Any]:
    """``{rows: [{label, value, lang}], packs: [{label, text}], story, story_lang, videos: [href]}``, as far as said."""
    return {
        "rows": await _rows(session, product, lang),
        "packs": [_pack(pack, lang) for pack in packs],
        "story": said(product, lang, "story"),
        "story_lang": language_of(product, lang, "story"),
        "videos": product.video_links,
    }


async def _rows(session: AsyncSession, product: Product, lang: Lang) -> list[dict[str, str]]:
    rows = [(name, said(product, lang, field), language_of(product, lang, field)) for field, name in _TEXTS]
    rows.append((N_("Mùa vụ"), season(product.season_months, lang), lang))
    rows += [(name, getattr(product, field), "vi") for field, name in _PAPERS]
    if product.sub_group_code:
        below = await session.get_one(ProductSubGroup, product.sub_group_code)
        rows.insert(0, (N_("Phân nhóm"), below.name_en if lang == "en" else below.name_vi, lang))
        if below.restricted:
            told = translate(lang, N_("Mỗi sàn có quy định riêng."))
            rows.insert(1, (N_("Hàng hạn chế bán"), told, lang))
    return [
        {"label": translate(lang, name), "value": value, "lang": spoken}
        for name, value, spoken in rows
        if value
    ]


def _pack(pack: ProductVariant, lang: Lang) -> dict[str, str]:
    """A pack on sale; the main one stands above them already."""
    net = weight(pack.net_weight_g, lang=lang) if pack.net_weight_g else ""
    price = money(pack.price_vnd, lang=lang) if pack.price_vnd else ""
    return {"label": pack.label, "text": " · ".join(part for part in (net, price) if part)}
