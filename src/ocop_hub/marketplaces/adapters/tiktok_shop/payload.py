"""A draft as TikTok Shop wants it: HTML, kilograms, whole centimetres, amounts as text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import checks
from ocop_hub.marketplaces.adapters.tiktok_shop import answers
from ocop_hub.marketplaces.adapters.tiktok_shop.metadata import VERSION, Attribute
from ocop_hub.marketplaces.contract import ListingDraft, Reason, Unsupported
from ocop_hub.marketplaces.rich import to_html, to_text

MAX_PICTURES = 9
MAX_PICTURE_BYTES = 10_000_000
#: Smallest and largest side of a main picture in pixels.
PICTURE_SIDE = (300, 4000)
TITLE = (25, 255)
#: Of the HTML.
MAX_DESCRIPTION = 10_000
MAX_SKU = 50
STOCK = (1, 99_999)
#: package_mm = [length, width, height] in millimetres.
EXTRA_FIELDS = frozenset({"package_mm"})


def static_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What TikTok Shop refuses in every category."""
    title, sku = len(draft.title.strip()), draft.seller_sku
    return checks.reasons(
        (
            checks.sku(draft),
            (
                len(sku) > MAX_SKU or bool(re.search(r"\s", sku)),
                "seller_sku",
                "form",
                f"Mã sản phẩm (SKU) trên TikTok Shop có nhiều nhất {MAX_SKU} ký tự, không có dấu cách.",
            ),
            checks.title(draft),
            (
                bool(title) and not TITLE[0] <= title <= TITLE[1],
                "title",
                "title_length",
                f"Tên sản phẩm có {title} ký tự; TikTok Shop nhận từ {TITLE[0]} đến {TITLE[1]} ký tự.",
            ),
            checks.description(draft),
            (
                len(to_html(draft.description)) > MAX_DESCRIPTION,
                "description",
                "description_length",
                f"Mô tả quá dài; TikTok Shop nhận nhiều nhất {MAX_DESCRIPTION} ký tự.",
            ),
            checks.price(draft),
            (not 0 <= draft.stock <= STOCK[1], "stock", "stock_range", f"Số lượng phải từ 0 đến {STOCK[1]}."),
            checks.weight(draft, "TikTok Shop"),
            checks.picture(draft),
            checks.picture_count(draft, "TikTok Shop", MAX_PICTURES),
            checks.picture_bytes(draft, MAX_PICTURE_BYTES, "Mỗi ảnh nhiều nhất 10 MB."),
            checks.picture_sides(draft, *PICTURE_SIDE),
            checks.category_number(draft, "TikTok Shop"),
        )
    )


def creation_reasons(draft: ListingDraft) -> tuple[Reason, ...]:
    """What is refused of a new product only: what stands already may run out of stock."""
    if draft.stock >= STOCK[0]:
        return ()
    return (Reason("stock", "none", "TikTok Shop chỉ nhận sản phẩm mới khi còn ít nhất một đơn vị để bán."),)


def refuse_unknown_extra(draft: ListingDraft) -> None:
    """Raise :class:`Unsupported` for marketplace-only fields we cannot say to TikTok Shop."""
    unknown = sorted(set(draft.extra) - EXTRA_FIELDS)
    if unknown:
        raise Unsupported(f"TikTok Shop không có chỗ cho: {', '.join(unknown)}.", sent=False)


def attributes(
    draft: ListingDraft, known: Sequence[Attribute]
) -> tuple[list[dict[str, Any]], tuple[str, ...], tuple[Reason, ...]]:
    """The draft's attributes by id; what has no field (warnings); mandatory ones that are missing."""
    ours = {fold(name): (name, value) for name, value in draft.attributes.items() if value.strip()}
    said: list[dict[str, Any]] = []
    unused: list[str] = []
    missing: list[Reason] = []
    for attribute in known:
        given = ours.pop(fold(attribute.name), None)
        value_id = attribute.values.get(fold(given[1]), "") if given is not None else ""
        if given is not None and (value_id or attribute.customisable):
            value = {"id": value_id} if value_id else {"name": given[1]}
            said.append({"id": attribute.attribute_id, "values": [value]})
        elif attribute.mandatory:
            text = f"Ngành hàng này trên TikTok Shop cần “{attribute.name}”."
            missing.append(Reason(f"attributes.{attribute.name}", "missing", text))
        elif given is not None:
            unused.append(f"TikTok Shop không có giá trị “{given[1]}” cho “{attribute.name}”.")
    unused += [f"TikTok Shop không có ô “{name}” trong ngành hàng này." for name, _ in ours.values()]
    return said, tuple(unused), tuple(missing)


def content(
    draft: ListingDraft,
    category_id: str,
    brand_id: str,
    picture_refs: Sequence[str],
    product_attributes: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What is audited. Without new pictures the old ones stay."""
    body: dict[str, Any] = {
        "title": draft.title,
        "description": to_html(draft.description),
        "category_id": category_id,
        "category_version": VERSION,
        "product_attributes": list(product_attributes),
        "package_weight": {"value": f"{(draft.weight_g or 0) / 1000:g}", "unit": "KILOGRAM"},
    }
    if brand_id:
        body["brand_id"] = brand_id
    if picture_refs:
        body["main_images"] = [{"uri": uri} for uri in picture_refs]
    if "package_mm" in draft.extra:
        length, width, height = (str(math.ceil(int(side) / 10)) for side in draft.extra["package_mm"])
        body["package_dimensions"] = {
            "length": length,
            "width": width,
            "height": height,
            "unit": "CENTIMETER",
        }
    return body


def price(draft: ListingDraft) -> dict[str, str]:
    return {"amount": str(draft.price_vnd), "currency": "VND"}


def sku(draft: ListingDraft, warehouse_id: str) -> dict[str, Any]:
    """The only SKU of a product."""
    one: dict[str, Any] = {
        "seller_sku": draft.seller_sku,
        "price": price(draft),
        "inventory": [{"warehouse_id": warehouse_id, "quantity": draft.stock}],
    }
    if draft.gtin:
        one["identifier_code"] = {"code": draft.gtin, "type": "EAN" if len(draft.gtin) == 13 else "GTIN"}
    return one


def changed(body: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The top-level properties of ``body`` that do not stand so already; each that is sent causes an audit."""
    weight = answers.mapping(record.get("package_weight"))
    images = [image.get("uri") for image in answers.mappings(record.get("main_images"))]
    same = {
        "title": record.get("title") == body["title"],
        "description": to_text(str(record.get("description", ""))) == to_text(body["description"]),
        "product_attributes": _pairs(record) >= _pairs(body),
        "package_weight": _number(weight.get("value")) == _number(body["package_weight"]["value"]),
        "main_images": images == [image["uri"] for image in body.get("main_images", ())],
        "package_dimensions": answers.mapping(record.get("package_dimensions"))
        == body.get("package_dimensions"),
        "brand_id": str(answers.mapping(record.get("brand")).get("id", "")) == body.get("brand_id", ""),
        # A product stays in its category: only a person moves it.
        "category_id": True,
        "category_version": True,
    }
    return {name: value for name, value in body.items() if not same[name]}


def _pairs(product: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(attribute id, value id or name) of a body or a record."""
    return {
        (str(attribute.get("id", "")), str(said))
        for attribute in answers.mappings(product.get("product_attributes"))
        for value in answers.mappings(attribute.get("values"))
        for said in (value.get("id"), value.get("name"))
        if said
    }


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
