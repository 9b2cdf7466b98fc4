"""A draft as ``/product/create`` and ``/product/update`` want it: one SKU, kilograms, centimetres, HTML."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import checks
from ocop_hub.marketplaces.adapters.lazada import answers
from ocop_hub.marketplaces.adapters.lazada.metadata import Attribute
from ocop_hub.marketplaces.contract import ListingDraft, Reason, Unsupported
from ocop_hub.marketplaces.rich import to_html

#: Of the retired Seller Center interface; what holds today is not published, so we stay within it.
MAX_PICTURES = 8
MAX_PICTURE_BYTES = 3_145_728
#: Smallest and largest side in pixels.
PICTURE_SIDE = (330, 5000)
#: "No Brand" in Lazada's own sample.
NO_BRAND = "30768"
#: package_mm = [length, width, height] in millimetres.
EXTRA_FIELDS = frozenset({"package_mm"})
#: Sides in centimetres that are sent where nobody measured the parcel.
DEFAULT_PACKAGE_CM = (20, 15, 10)
#: Filled from fields of the draft, so never asked of ``draft.attributes``.
OWN_ATTRIBUTES = frozenset({"name", "description", "short_description", "brand", "brand_id"})


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What Lazada refuses in every category."""
    return checks.reasons(
        (
            checks.sku(draft),
            checks.title(draft),
            checks.description(draft),
            checks.price(draft),
            checks.stock(draft),
            checks.weight(draft, "Lazada"),
            checks.picture(draft),
            checks.picture_count(draft, "Lazada", MAX_PICTURES),
            checks.picture_bytes(draft, MAX_PICTURE_BYTES, "Lazada nhận ảnh nhiều nhất 3 MB."),
            checks.picture_sides(draft, *PICTURE_SIDE),
            checks.picture_kinds(draft, "Lazada"),
            checks.category_number(draft, "Lazada"),
        )
    )


def refuse_unknown_extra(draft: ListingDraft) -> None:
    """Raise :class:`Unsupported` for marketplace-only fields we cannot say to Lazada."""
    unknown = sorted(set(draft.extra) - EXTRA_FIELDS)
    if unknown:
        raise Unsupported(f"Lazada không có chỗ cho: {', '.join(unknown)}.", sent=False)


def asked_for(attribute: Attribute) -> bool:
    """Whether it is for people to fill in; the others are made from the draft."""
    made = ("package_", "SellerSku", "price", "quantity")
    return attribute.name not in OWN_ATTRIBUTES and not attribute.name.startswith(made)


def attributes(
    draft: ListingDraft, known: Sequence[Attribute], brand_id: str
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...], tuple[Reason, ...]]:
    """Attributes of the item; of its SKU; what Lazada has no field for (warnings); what is mandatory and missing.

    A listed value is sent with Lazada's own spelling of it.
    """
    ours = {fold(name): (name, value) for name, value in draft.attributes.items() if value.strip()}
    item = {
        "name": draft.title,
        "description": to_html(draft.description),
        "brand_id": brand_id,
    }
    sku: dict[str, str] = {}
    missing: list[Reason] = []
    for attribute in known:
        if attribute.name in OWN_ATTRIBUTES:
            continue
        given = ours.pop(fold(attribute.label), None) or ours.pop(fold(attribute.name), None)
        if given is not None:
            (sku if attribute.of_sku else item)[attribute.name] = attribute.options.get(
                fold(given[1]), given[1]
            )
        elif attribute.mandatory and asked_for(attribute):
            text = f"Ngành hàng này trên Lazada cần “{attribute.label}”."
            missing.append(Reason(f"attributes.{attribute.label}", "missing", text))
    unused = tuple(f"Lazada không có ô “{name}” trong ngành hàng này." for name, _ in ours.values())
    return item, sku, unused, tuple(missing)


def package(draft: ListingDraft) -> dict[str, str]:
    """Kilograms and whole centimetres."""
    sides = DEFAULT_PACKAGE_CM
    if "package_mm" in draft.extra:
        length, width, height = (math.ceil(int(side) / 10) for side in draft.extra["package_mm"])
        sides = (length, width, height)
    return {
        "package_length": str(sides[0]),
        "package_width": str(sides[1]),
        "package_height": str(sides[2]),
        "package_weight": f"{(draft.weight_g or 0) / 1000:g}",
    }


def creation(
    draft: ListingDraft,
    category_id: str,
    picture_refs: Sequence[str],
    item: Mapping[str, str],
    sku: Mapping[str, str],
) -> dict[str, Any]:
    """The product of a create."""
    one = {
        "SellerSku": draft.seller_sku,
        "quantity": str(draft.stock),
        "price": str(draft.price_vnd),
        **package(draft),
        **sku,
    }
    return {
        "PrimaryCategory": category_id,
        "Images": {"Image": list(picture_refs)},
        "Attributes": dict(item),
        "Skus": {"Sku": [one]},
    }


def change(
    record: Mapping[str, Any],
    draft: ListingDraft,
    picture_refs: Sequence[str],
    item: Mapping[str, str],
    sku: Mapping[str, str],
) -> dict[str, Any] | None:
    """The product of an update; None where the words and pictures stand already, so that no review is caused."""
    standing, there = answers.attributes_in(record), answers.sku_of(record)
    same = (
        answers.description_of(record) == draft.description.strip()
        # What an answer leaves out is not compared.
        and all(str(standing.get(name, said)) == said for name, said in item.items() if name != "description")
        and (not picture_refs or tuple(picture_refs) == answers.pictures_of(record))
        and _grams(there.get("package_weight")) == draft.weight_g
    )
    if same:
        return None
    product: dict[str, Any] = {
        "ItemId": str(record.get("item_id", "")),
        "Attributes": dict(item),
        "Skus": {"Sku": [{**sku_key(record, draft), **package(draft), **sku}]},
    }
    if picture_refs:
        product["Images"] = {"Image": list(picture_refs)}
    return product


def _grams(kilograms: Any) -> int | None:
    try:
        return round(float(kilograms) * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def sku_key(record: Mapping[str, Any], draft: ListingDraft | None = None) -> dict[str, str]:
    """What names the SKU in an update."""
    there = answers.sku_of(record)
    seller_sku = draft.seller_sku if draft is not None else str(there.get("SellerSku", ""))
    return {"SkuId": str(there.get("SkuId", "")), "SellerSku": seller_sku}


def offer(record: Mapping[str, Any], draft: ListingDraft) -> dict[str, Any]:
    """Price and stock of the item, for ``/product/price_quantity/update``."""
    one = {
        "ItemId": str(record.get("item_id", "")),
        **sku_key(record, draft),
        "Price": str(draft.price_vnd),
        "Quantity": str(draft.stock),
    }
    return {"Skus": {"Sku": [one]}}


def form(product: Mapping[str, Any]) -> dict[str, str]:
    """The one form field of a change."""
    return {"payload": json.dumps({"Request": {"Product": product}}, ensure_ascii=False)}
