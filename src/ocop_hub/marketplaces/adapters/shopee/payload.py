"""A draft as ``add_item`` and ``update_item`` want it: kilograms, centimetres, channels and categories by id."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import checks
from ocop_hub.marketplaces.adapters.shopee.metadata import Attribute
from ocop_hub.marketplaces.contract import ListingDraft, Reason, Unsupported

MAX_PICTURE_BYTES = 10_000_000
MAX_PICTURES = 9
MAX_HASHTAGS = 18
NO_BRAND = {"brand_id": 0, "original_brand_name": "NoBrand"}
#: Fields of ``draft.extra`` this adapter knows: package_mm = [length, width, height] in millimetres,
#: days_to_ship in days, condition NEW | USED.
EXTRA_FIELDS = frozenset({"package_mm", "days_to_ship", "condition"})


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What Shopee refuses in every category."""
    return checks.reasons(
        (
            checks.sku(draft),
            checks.title(draft),
            checks.description(draft),
            checks.price(draft),
            checks.stock(draft),
            checks.weight(draft, "Shopee"),
            checks.picture(draft),
            checks.picture_count(draft, "Shopee", MAX_PICTURES),
            checks.picture_bytes(draft, MAX_PICTURE_BYTES, "Mỗi ảnh nhiều nhất 10 MB."),
            checks.picture_kinds(draft, "Shopee"),
            (
                len(re.findall(r"(?<!\w)#\w", draft.description)) > MAX_HASHTAGS,
                "description",
                "hashtags",
                f"Mô tả có quá {MAX_HASHTAGS} từ bắt đầu bằng dấu #.",
            ),
            (
                bool(draft.gtin) and re.fullmatch(r"[0-9]{8,14}", draft.gtin) is None,
                "gtin",
                "form",
                "Mã vạch phải gồm 8 đến 14 chữ số.",
            ),
            checks.category_number(draft, "Shopee"),
        )
    )


def refuse_unknown_extra(draft: ListingDraft) -> None:
    """Raise :class:`Unsupported` for marketplace-only fields we cannot say to Shopee."""
    unknown = sorted(set(draft.extra) - EXTRA_FIELDS)
    if unknown:
        raise Unsupported(f"Shopee không có chỗ cho: {', '.join(unknown)}.", sent=False)


def attribute_list(
    draft: ListingDraft, known: Sequence[Attribute]
) -> tuple[list[dict[str, Any]], tuple[str, ...], tuple[Reason, ...]]:
    """The draft's attributes by id; names Shopee has no field for (warnings); mandatory ones left out."""
    ours = {fold(name): (name, value) for name, value in draft.attributes.items() if value.strip()}
    said: list[dict[str, Any]] = []
    missing: list[Reason] = []
    for attribute in known:
        given = ours.pop(fold(attribute.name), None)
        if given is None:
            if attribute.mandatory:
                text = f"Ngành hàng này trên Shopee cần “{attribute.name}”."
                missing.append(Reason(f"attributes.{attribute.name}", "missing", text))
            continue
        value_id = attribute.values.get(fold(given[1]), 0)
        said.append(
            {
                "attribute_id": attribute.attribute_id,
                "attribute_value_list": [{"value_id": value_id, "original_value_name": given[1]}],
            }
        )
    unused = tuple(f"Shopee không có ô “{name}” trong ngành hàng này." for name, _ in ours.values())
    return said, unused, tuple(missing)


def brand(draft: ListingDraft, known: Mapping[str, int]) -> Mapping[str, Any]:
    """The registered brand of that name, else none: an unregistered one is refused by Shopee."""
    brand_id = known.get(fold(draft.brand)) if draft.brand else None
    return NO_BRAND if not brand_id else {"brand_id": brand_id, "original_brand_name": draft.brand}


def content(draft: ListingDraft, category_id: str, picture_refs: Sequence[str]) -> dict[str, Any]:
    """The part that ``add_item`` and ``update_item`` share. Without new pictures the old ones stay."""
    body: dict[str, Any] = {
        "item_name": draft.title,
        "description": draft.description,
        "category_id": int(category_id),
        "weight": (draft.weight_g or 0) / 1000,
        "item_sku": draft.seller_sku,
        "condition": str(draft.extra.get("condition", "NEW")),
    }
    if picture_refs:
        body["image"] = {"image_id_list": list(picture_refs)}
    if draft.gtin:
        body["gtin_code"] = draft.gtin
    if "package_mm" in draft.extra:
        length, width, height = (math.ceil(int(side) / 10) for side in draft.extra["package_mm"])
        body["dimension"] = {"package_length": length, "package_width": width, "package_height": height}
    if "days_to_ship" in draft.extra:
        body["pre_order"] = {"is_pre_order": True, "days_to_ship": int(draft.extra["days_to_ship"])}
    return body


def offer(draft: ListingDraft) -> dict[str, Any]:
    """Price in đồng (Shopee's major unit) and stock of an item without variants."""
    return {"original_price": float(draft.price_vnd), "seller_stock": [{"stock": draft.stock}]}
