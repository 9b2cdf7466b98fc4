"""What the Shopee-like marketplace knows and refuses: categories, limits, channels, the checks of an item.

The shapes follow the published schemas; the numbers are this sandbox's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CATEGORIES: tuple[tuple[int, int, str, bool], ...] = (
    # id, parent, name, has children
    (100629, 0, "Thực phẩm và đồ uống", True),
    (100780, 100629, "Đặc sản vùng miền", False),
    (100781, 100629, "Trà và đồ uống đặc sản", False),
    (100782, 100629, "Thực phẩm chức năng khác", False),
    (100001, 0, "Sức khỏe", True),
    (100010, 100001, "Thảo dược", False),
    (100636, 0, "Nhà cửa và đời sống", True),
    (100720, 100636, "Đồ thủ công mỹ nghệ", False),
    (100721, 100636, "Cây cảnh", False),
    (100900, 0, "Voucher và dịch vụ", True),
    (100901, 100900, "Du lịch và trải nghiệm", False),
)
#: Categories whose parcels must be measured.
DIMENSION_MANDATORY = {100721}

ATTRIBUTES: tuple[tuple[int, str, tuple[tuple[int, str], ...], frozenset[int]], ...] = (
    # id, name, listed values, categories where it is mandatory
    (100037, "Xuất xứ", ((871, "Việt Nam"), (872, "Khác")), frozenset()),
    (100974, "Hạn sử dụng", (), frozenset({100782})),
    (101015, "Tên tổ chức chịu trách nhiệm sản xuất", (), frozenset()),
)
BRANDS: tuple[tuple[int, str], ...] = ((0, "NoBrand"), (1170001, "Quang Hanh"), (1170002, "Quy Hoa"))
CHANNELS: tuple[tuple[int, str, bool, float], ...] = (
    # id, name, enabled, heaviest parcel in kg
    (5001, "Nhanh", True, 50.0),
    (5012, "Hàng cồng kềnh", True, 100.0),
    (5002, "Hỏa tốc", False, 15.0),
)

TITLE = (5, 120)
DESCRIPTION = (10, 5000)
PICTURES = (1, 9)
PRICE = (1_000, 120_000_000)
STOCK = (0, 999_998)
MAX_HASHTAGS = 18
MAX_SKU = 100


class ShopeeError(Exception):
    """A refusal as the envelope says it."""

    def __init__(self, code: str, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def bad(message: str) -> ShopeeError:
    return ShopeeError("error_param", message)


def category(category_id: int) -> dict[str, Any]:
    """The leaf category; refuses any other."""
    for known_id, parent, name, has_children in CATEGORIES:
        if known_id == category_id:
            if has_children:
                raise bad("Please use leaf category, category_id is not a leaf")
            return {"category_id": known_id, "parent": parent, "name": name}
    raise bad("category_id is invalid")


def category_list() -> list[dict[str, Any]]:
    return [
        {
            "category_id": category_id,
            "parent_category_id": parent,
            "original_category_name": name,
            "display_category_name": name,
            "has_children": has_children,
        }
        for category_id, parent, name, has_children in CATEGORIES
    ]


def limits(category_id: int) -> dict[str, Any]:
    def span(low_high: tuple[int, int]) -> dict[str, int]:
        return {"min_limit": low_high[0], "max_limit": low_high[1]}

    return {
        "price_limit": span(PRICE),
        "stock_limit": span(STOCK),
        "item_name_length_limit": span(TITLE),
        "item_description_length_limit": span(DESCRIPTION),
        "item_image_count_limit": span(PICTURES),
        "weight_limit": {"weight_mandatory": True},
        "dimension_limit": {"dimension_mandatory": category_id in DIMENSION_MANDATORY},
    }


def attribute_tree(category_id: int) -> list[dict[str, Any]]:
    return [
        {
            "attribute_id": attribute_id,
            "name": name,
            "mandatory": category_id in mandatory,
            "attribute_value_list": [{"value_id": value_id, "name": value} for value_id, value in values],
        }
        for attribute_id, name, values, mandatory in ATTRIBUTES
    ]


def channel_list() -> list[dict[str, Any]]:
    return [
        {
            "logistics_channel_id": channel_id,
            "logistics_channel_name": name,
            "enabled": enabled,
            "force_enable": False,
            "weight_limit": {"item_min_weight": 0.01, "item_max_weight": heaviest},
        }
        for channel_id, name, enabled, heaviest in CHANNELS
    ]


def _number(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad(f"{name} is required and must be a number")
    return float(value)


def _text(body: Mapping[str, Any], name: str, span: tuple[int, int]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad(f"{name} is required")
    if not span[0] <= len(value) <= span[1]:
        raise bad(f"{name} length must be between {span[0]} and {span[1]}")
    return value


def _records(value: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise bad(f"{name} must be a list of objects")
    return value


def price_of(body: Mapping[str, Any]) -> float:
    price = _number(body, "original_price")
    if not PRICE[0] <= price <= PRICE[1] or price != int(price):
        raise bad(f"original_price must be a whole amount between {PRICE[0]} and {PRICE[1]}")
    return price


def stock_of(body: Mapping[str, Any]) -> int:
    entries = _records(body.get("seller_stock"), "seller_stock")
    if not entries or not isinstance(entries[0].get("stock"), int):
        raise bad("seller_stock.stock is required")
    stock = int(entries[0]["stock"])
    if not STOCK[0] <= stock <= STOCK[1]:
        raise bad(f"stock must be between {STOCK[0]} and {STOCK[1]}")
    return stock


def _check_channels(body: Mapping[str, Any], weight: float) -> None:
    known = {channel_id: heaviest for channel_id, _, enabled, heaviest in CHANNELS if enabled}
    chosen = [
        entry.get("logistic_id") for entry in _records(body.get("logistic_info"), "logistic_info")
        if entry.get("enabled") is True
    ]  # fmt: skip
    if not chosen:
        raise bad("logistic_info: at least one channel must be enabled")
    if any(channel not in known for channel in chosen):
        raise bad("logistic_info: channel is invalid or not enabled in the shop")
    if all(weight > known[channel] for channel in chosen if isinstance(channel, int)):
        raise bad("weight exceeds the limit of every chosen channel")


def _check_attributes(body: Mapping[str, Any], category_id: int) -> None:
    entries = _records(body.get("attribute_list", []), "attribute_list")
    given = {entry.get("attribute_id") for entry in entries}
    known = {attribute_id: name for attribute_id, name, _, _ in ATTRIBUTES}
    if not given <= set(known):
        raise bad("attribute_id is invalid")
    for attribute_id, name, _, mandatory in ATTRIBUTES:
        if category_id in mandatory and attribute_id not in given:
            raise ShopeeError("product.error_attribute_mandatory", f"attribute {name} is mandatory")


def _check_brand(body: Mapping[str, Any]) -> None:
    brand = body.get("brand")
    if not isinstance(brand, Mapping):
        raise bad("brand is required")
    if brand.get("brand_id") not in {brand_id for brand_id, _ in BRANDS}:
        raise bad("brand_id is invalid")


def _check_dimension(body: Mapping[str, Any], category_id: int) -> None:
    dimension = body.get("dimension")
    if dimension is None:
        if category_id in DIMENSION_MANDATORY:
            raise bad("dimension is mandatory in this category")
        return
    sides = ("package_length", "package_width", "package_height")
    if not isinstance(dimension, Mapping) or any(
        not isinstance(dimension.get(side), int) or dimension[side] <= 0 for side in sides
    ):
        raise bad("dimension must have whole centimetres above 0")


def checked_content(body: Mapping[str, Any]) -> dict[str, Any]:
    """The descriptive part of an item, as it is kept; pictures are checked by the caller."""
    category_id = int(_number(body, "category_id"))
    category(category_id)
    description = _text(body, "description", DESCRIPTION)
    if len(re.findall(r"(?<!\w)#\w", description)) > MAX_HASHTAGS:
        raise bad(f"description has more than {MAX_HASHTAGS} hashtags")
    weight = _number(body, "weight")
    if weight <= 0:
        raise bad("weight must be above 0")
    gtin = str(body.get("gtin_code", ""))
    if gtin and re.fullmatch(r"[0-9]{8,14}", gtin) is None:
        raise bad("gtin_code must have 8 to 14 digits")
    if len(str(body.get("item_sku", ""))) > MAX_SKU:
        raise bad(f"item_sku is longer than {MAX_SKU}")
    _check_attributes(body, category_id)
    _check_brand(body)
    _check_dimension(body, category_id)
    return {
        "item_name": _text(body, "item_name", TITLE),
        "description": description,
        "category_id": category_id,
        "weight": weight,
        "gtin_code": gtin,
        "brand": body["brand"],
        "attribute_list": body.get("attribute_list", []),
        "dimension": body.get("dimension"),
        "condition": body.get("condition", "NEW"),
    }


def checked_item(body: Mapping[str, Any]) -> dict[str, Any]:
    """A whole item for ``add_item``."""
    content = checked_content(body)
    _check_channels(body, content["weight"])
    return content | {"original_price": price_of(body), "stock": stock_of(body)}
