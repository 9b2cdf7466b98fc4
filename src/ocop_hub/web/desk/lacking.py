"""What a product lacks, as pages say it: the target by its name, each thing with the way to where it is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from ocop_hub.marketplaces.contract import Marketplace, Reason
from ocop_hub.web.desk import product_steps
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.public.front import DESK

PAPER_NAMES: Final = {
    "passport": N_("hộ chiếu số sản phẩm"),
    "portal": N_("cổng truy xuất nguồn gốc quốc gia"),
    "label": N_("nhãn hàng hóa"),
}
#: Fields by which a list may be narrowed to what lacks them, as people call them.
FIELD_NAMES: Final = {
    **{
        name: product_steps.FIELD_NAMES[name]
        for name in (
            "name",
            "price_vnd",
            "net_weight_g",
            "description",
            "ingredients",
            "warnings",
            "storage",
            "shelf_life",
            "declaration_number",
            "trademark",
            "gtin",
        )
    },
    "pictures": N_("Ảnh"),
    "lot_code": N_("Lô sản xuất"),
    "producer_address": N_("Địa chỉ chủ thể"),
}
#: Not the product's but its producer's.
_PRODUCERS: Final = ("producer_address", "producer_identifier", "place")


def mend_href(product_id: UUID, producer_id: UUID, field: str) -> str:
    """Where the field is filled in: a step of the product's form, its photos, a new lot, or its producer's page."""
    if field in _PRODUCERS:
        return f"{DESK}/co-so/{producer_id}"
    if field == "lot_code":
        return f"{DESK}/san-pham/{product_id}/lo"
    return product_steps.field_href(product_id, "photos" if field == "pictures" else field)


def told(
    lacks: Mapping[str, Sequence[Reason]],
    adapters: Mapping[str, Marketplace],
    product_id: UUID,
    producer_id: UUID,
    lang: Lang,
) -> list[dict[str, Any]]:
    """``{name, paper, things: [{text, href}]}`` for each target that lacks something."""
    return [
        {
            "name": adapters[target].name
            if target in adapters
            else translate(lang, PAPER_NAMES.get(target, target)),
            "paper": target not in adapters,
            "things": [
                {"text": translate(lang, each.text), "href": mend_href(product_id, producer_id, each.field)}
                for each in reasons
            ],
        }
        for target, reasons in lacks.items()
    ]
