"""What a product lacks, as pages say it: the target by its name, each thing with the way to where it is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from ocop_hub.marketplaces.contract import Marketplace, Reason
from ocop_hub.web.format import Lang
from ocop_hub.web.front import DESK
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.product_steps import field_href

PAPER_NAMES: Final = {
    "passport": N_("hộ chiếu số sản phẩm"),
    "portal": N_("cổng truy xuất nguồn gốc quốc gia"),
    "label": N_("nhãn hàng hóa"),
}
#: Fields as people call them, in the order of the form.
FIELD_NAMES: Final = {
    "name": N_("Tên sản phẩm"),
    "pictures": N_("Ảnh"),
    "price_vnd": N_("Giá bán"),
    "net_weight_g": N_("Khối lượng tịnh"),
    "description": N_("Mô tả"),
    "ingredients": N_("Thành phần"),
    "warnings": N_("Cảnh báo"),
    "storage": N_("Bảo quản"),
    "shelf_life": N_("Hạn sử dụng"),
    "declaration_number": N_("Số công bố"),
    "trademark": N_("Nhãn hiệu"),
    "gtin": N_("Mã GTIN"),
    "lot_code": N_("Lô sản xuất"),
    "producer_address": N_("Địa chỉ chủ thể"),
}
#: Fields that are mended elsewhere than on the product's form: the end of the product's own address.
_ELSEWHERE: Final = {"pictures": "/anh", "lot_code": "/lo"}
#: Not the product's but its producer's.
_PRODUCERS: Final = ("producer_address", "producer_identifier")


def mend_href(product_id: UUID, producer_id: UUID, field: str) -> str:
    """Where the field is filled in; empty for what no form of the producer holds."""
    path = f"{DESK}/san-pham/{product_id}"
    if field in _PRODUCERS:
        return f"{DESK}/co-so/{producer_id}"
    if field in _ELSEWHERE:
        return path + _ELSEWHERE[field]
    return field_href(product_id, field)


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
