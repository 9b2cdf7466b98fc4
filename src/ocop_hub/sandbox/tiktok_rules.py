"""What the TikTok-Shop-like marketplace knows and refuses: categories, attributes, warehouses, the checks of a product.

Lengths, counts and units are the published ones; categories and ids are made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: (id, parent, name, is leaf)
CATEGORIES: tuple[tuple[str, str, str, bool], ...] = (
    ("600001", "0", "Thực phẩm và đồ uống", False),
    ("600010", "600001", "Đặc sản vùng miền", True),
    ("600011", "600001", "Trà", True),
    ("600002", "0", "Sức khỏe", False),
    ("600020", "600002", "Thực phẩm bảo vệ sức khỏe", True),
    ("600003", "0", "Nhà cửa", False),
    ("600030", "600003", "Đồ thủ công", True),
)
#: Words of a title by which a category is recommended; else specialities.
_WORDS = (("trà", "600011"), ("giỏ", "600030"), ("cao ", "600020"))
#: (id, name, free text, listed values, categories where it is required)
ATTRIBUTES: tuple[tuple[str, str, bool, tuple[tuple[str, str], ...], frozenset[str]], ...] = (
    ("100107", "Xuất xứ", False, (("1000041", "Việt Nam"), ("1000042", "Khác")), frozenset()),
    ("100199", "Hạn sử dụng", True, (), frozenset({"600020"})),
)
BRANDS: tuple[tuple[str, str], ...] = (("7082001", "Quang Hanh"), ("7082002", "Quy Hoa"))
WAREHOUSES: tuple[dict[str, Any], ...] = (
    {"id": "7400002", "name": "Kho trả hàng", "type": "RETURN_WAREHOUSE", "effect_status": "ENABLED"},
    {
        "id": "7400001",
        "name": "Kho tại nhà",
        "type": "SALES_WAREHOUSE",
        "effect_status": "ENABLED",
        "is_default": True,
    },
)
SALES_WAREHOUSE = "7400001"

TITLE = (25, 255)
DESCRIPTION = 10_000
PICTURES = 9
PICTURE_SIDE = (300, 4000)
SKU = re.compile(r"\S{1,50}")
STOCK = (1, 99_999)
PRICE = (1_000, 500_000_000)
BATCH = 20
#: Words for which the audit fails: food that claims to heal.
FORBIDDEN = re.compile(r"chữa khỏi|trị dứt điểm", re.IGNORECASE)
FAILED = {
    "position": "Product description",
    "reasons": ["Mô tả nói quá công dụng của thực phẩm."],
    "suggestions": ["Bỏ những câu nói là chữa khỏi bệnh."],
}


class TikTokError(Exception):
    """A refusal as the envelope says it."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def bad(message: str) -> TikTokError:
    """A refusal of the product; the number is of the published range, not a published number."""
    return TikTokError(12052001, message)


def version(said: Mapping[str, Any]) -> None:
    """Refuses categories of another version."""
    if said.get("category_version") != "v2":
        raise bad("category_version v2 is mandatory in this market")


def recommended(title: str) -> str:
    lowered = title.lower()
    return next((leaf for word, leaf in _WORDS if word in lowered), "600010")


def chain(category_id: str) -> list[dict[str, Any]]:
    """A leaf and those above it; refuses anything else."""
    known = {one: (above, name, leaf) for one, above, name, leaf in CATEGORIES}
    if category_id not in known or not known[category_id][2]:
        raise bad("category_id is not a leaf category")
    found, one = [], category_id
    while one in known:
        above, name, leaf = known[one]
        found.append({"id": one, "parent_id": above, "local_name": name, "is_leaf": leaf})
        one = above
    return found


def categories() -> list[dict[str, Any]]:
    return [
        {"id": one, "parent_id": above, "local_name": name, "is_leaf": leaf}
        for one, above, name, leaf in CATEGORIES
    ]


def attributes(category_id: str) -> list[dict[str, Any]]:
    """Spelt as published: ``is_requried``."""
    chain(category_id)
    variant = {"id": "100000", "name": "Màu sắc", "type": "SALES_PROPERTY", "is_customizable": True}
    return [variant] + [
        {
            "id": one,
            "name": name,
            "type": "PRODUCT_PROPERTY",
            "is_requried": category_id in required,
            "is_customizable": free,
            "values": [{"id": value_id, "name": value} for value_id, value in values],
        }
        for one, name, free, values, required in ATTRIBUTES
    ]


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, Mapping):
        raise bad(f"{name} is required")
    return value


def objects(body: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    value = body.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise bad(f"{name} must have 1 to {most} entries")
    if not all(isinstance(entry, Mapping) for entry in value):
        raise bad(f"{name} must have objects")
    return value


def title_of(body: Mapping[str, Any]) -> str:
    title = body.get("title")
    if not isinstance(title, str) or not TITLE[0] <= len(title.strip()) <= TITLE[1]:
        raise bad(f"title must have {TITLE[0]} to {TITLE[1]} characters")
    return title


def description_of(body: Mapping[str, Any]) -> str:
    said = body.get("description")
    if not isinstance(said, str) or not said.strip() or len(said) > DESCRIPTION:
        raise bad(f"description must have 1 to {DESCRIPTION} characters")
    return said


def weight_of(body: Mapping[str, Any]) -> dict[str, str]:
    weight = _object(body, "package_weight")
    value = weight.get("value")
    if weight.get("unit") != "KILOGRAM" or not isinstance(value, str):
        raise bad("package_weight must be a text in KILOGRAM")
    if re.fullmatch(r"[0-9]+(\.[0-9]{1,3})?", value) is None or float(value) <= 0:
        raise bad("package_weight must be above 0 with at most 3 decimals")
    return {"value": value, "unit": "KILOGRAM"}


def dimensions_of(body: Mapping[str, Any]) -> dict[str, str]:
    said = _object(body, "package_dimensions")
    sides = {name: said.get(name) for name in ("length", "width", "height")}
    if said.get("unit") != "CENTIMETER" or not all(
        isinstance(side, str) and re.fullmatch(r"[1-9][0-9]{0,3}", side) for side in sides.values()
    ):
        raise bad("package_dimensions must be whole CENTIMETER as text")
    return {**{name: str(side) for name, side in sides.items()}, "unit": "CENTIMETER"}


def attributes_of(body: Mapping[str, Any], category_id: str) -> list[dict[str, Any]]:
    """Checked and with the names of listed values, as a product shows them."""
    given = body.get("product_attributes", [])
    if not isinstance(given, list):
        raise bad("product_attributes must be a list")
    known = {one: (name, free, dict(values)) for one, name, free, values, _ in ATTRIBUTES}
    shown = []
    for entry in given:
        one = str(entry.get("id", "")) if isinstance(entry, Mapping) else ""
        if one not in known:
            raise bad("product_attributes: attribute id is invalid")
        name, free, values = known[one]
        for value in objects(entry, "values", 10):
            value_id, text = str(value.get("id", "")), str(value.get("name", ""))
            if not (value_id in values or (free and text and not value_id)):
                raise bad(f"product_attributes: value of {name} is invalid")
            value = {"id": value_id, "name": values.get(value_id, text)}
            shown.append({"id": one, "name": name, "values": [value]})
    for one, name, _, _, required in ATTRIBUTES:
        if category_id in required and one not in {entry["id"] for entry in shown}:
            raise bad(f"product_attributes: attribute {name} is required")
    return shown


def brand_of(body: Mapping[str, Any]) -> str:
    brand_id = str(body.get("brand_id", ""))
    if brand_id and brand_id not in {one for one, _ in BRANDS}:
        raise bad("brand_id is invalid")
    return brand_id


def price_of(sku: Mapping[str, Any]) -> int:
    price = _object(sku, "price")
    amount = price.get("amount")
    if price.get("currency") != "VND" or not isinstance(amount, str) or not amount.isdigit():
        raise bad("price must be a whole amount in VND as text")
    if not PRICE[0] <= int(amount) <= PRICE[1]:
        raise bad(f"price must be between {PRICE[0]} and {PRICE[1]}")
    return int(amount)


def stock_of(sku: Mapping[str, Any], *, least: int) -> int:
    entries = objects(sku, "inventory", 10)
    quantity = entries[0].get("quantity")
    if entries[0].get("warehouse_id") != SALES_WAREHOUSE:
        raise bad("inventory: warehouse_id is invalid")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not least <= quantity <= STOCK[1]:
        raise bad(f"inventory: quantity must be between {least} and {STOCK[1]}")
    return quantity


def seller_sku_of(sku: Mapping[str, Any]) -> str:
    said = str(sku.get("seller_sku", ""))
    if SKU.fullmatch(said) is None:
        raise bad("seller_sku must have 1 to 50 characters without spaces")
    return said


def fails(data: Mapping[str, Any]) -> bool:
    """Whether the audit refuses a product."""
    return FORBIDDEN.search(f"{data['item_name']} {data['description']}") is not None
