"""What the Lazada-like marketplace knows and refuses: categories, attributes, brands, the checks of an item.

Field names follow the published create call; the numbers are this sandbox's own unless a comment says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

#: (id, parent, name, takes products)
CATEGORIES: tuple[tuple[int, int, str, bool], ...] = (
    (11001, 0, "Bách hóa", False),
    (11010, 11001, "Đặc sản vùng miền", True),
    (11011, 11001, "Trà và đồ uống đặc sản", True),
    (11002, 0, "Sức khỏe", False),
    (11020, 11002, "Thảo dược", True),
    (11021, 11002, "Thực phẩm chức năng khác", True),
    (11003, 0, "Nhà cửa", False),
    (11030, 11003, "Đồ thủ công mỹ nghệ", True),
    (11031, 11003, "Cây cảnh", True),
    (11040, 11003, "Du lịch và trải nghiệm", True),
)
#: (name, label, of the SKU, listed values, categories where it is mandatory)
ATTRIBUTES: tuple[tuple[str, str, bool, tuple[str, ...], frozenset[int]], ...] = (
    ("country_origin", "Xuất xứ", False, ("Việt Nam", "Khác"), frozenset()),
    ("expiry_months", "Hạn sử dụng", False, (), frozenset({11021})),
    ("responsible_person", "Tên tổ chức chịu trách nhiệm sản xuất", False, (), frozenset()),
)
#: 30768 is "No Brand" in the published sample.
BRANDS: tuple[tuple[int, str], ...] = ((30768, "No Brand"), (98001, "Quang Hanh"), (98002, "Quy Hoa"))
TITLE = (5, 255)
PRICE = (1_000, 500_000_000)
STOCK = (0, 999_999)
PICTURES = (1, 8)
#: Published: bytes, and pixels of each side.
PICTURE_BYTES = 3_145_728
PICTURE_SIDE = (330, 5000)
#: Words for which the review refuses: food that claims to heal.
FORBIDDEN = re.compile(r"chữa khỏi|trị dứt điểm", re.IGNORECASE)
REFUSAL = "Mô tả nói quá công dụng: thực phẩm không được nói là chữa khỏi bệnh."


class LazadaError(Exception):
    """A refusal as the envelope says it; ``fields`` are (field, message) of ``detail``."""

    def __init__(self, code: str, message: str, *fields: tuple[str, str]) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, fields


def refused(field: str, message: str) -> LazadaError:
    """A business refusal of one field: 500 with ``detail``."""
    return LazadaError("500", "E0: product is invalid", (field, message))


def category(category_id: int) -> None:
    """Refuses anything but a category that takes products."""
    if not any(one == category_id and takes for one, _, _, takes in CATEGORIES):
        raise refused("PrimaryCategory", "category is not a leaf or does not exist")


def tree(parent: int = 0) -> list[dict[str, Any]]:
    return [
        {"category_id": one, "name": name, "leaf": takes, "var": False, "children": tree(one)}
        for one, above, name, takes in CATEGORIES
        if above == parent
    ]


def suggested(name: str) -> list[dict[str, Any]]:
    """One that always fits something: specialities."""
    return [
        {"categoryId": 11010, "categoryName": "Đặc sản vùng miền", "categoryPath": f"Bách hóa>{name[:20]}"}
    ]


def attributes(category_id: int) -> list[dict[str, Any]]:
    own = [
        {"name": name, "label": label, "is_mandatory": 1, "attribute_type": "normal", "options": []}
        for name, label in (("name", "Tên sản phẩm"), ("description", "Mô tả"), ("brand", "Thương hiệu"))
    ]
    return own + [
        {
            "name": name,
            "label": label,
            "is_mandatory": int(category_id in mandatory),
            "attribute_type": "sku" if of_sku else "normal",
            "options": [{"name": option} for option in options],
        }
        for name, label, of_sku, options, mandatory in ATTRIBUTES
    ]


def brands(start: int, size: int) -> list[dict[str, Any]]:
    return [{"brand_id": one, "name": name} for one, name in BRANDS[start : start + size]]


def product_in(payload: str) -> Mapping[str, Any]:
    """``Request.Product`` of the form field."""
    try:
        said = json.loads(payload)
        product = said["Request"]["Product"]
    except (ValueError, KeyError, TypeError) as error:
        raise LazadaError("MissingParameter", "payload is not a product request") from error
    if not isinstance(product, Mapping):
        raise LazadaError("MissingParameter", "payload is not a product request")
    return product


def sku_in(product: Mapping[str, Any]) -> Mapping[str, Any]:
    """The only SKU; items with variants are not simulated."""
    skus = product.get("Skus")
    inner = skus.get("Sku") if isinstance(skus, Mapping) else None
    if not isinstance(inner, list) or len(inner) != 1 or not isinstance(inner[0], Mapping):
        raise refused("Skus", "exactly one Sku is expected")
    return inner[0]


def number(sku: Mapping[str, Any], name: str, span: tuple[float, float]) -> float:
    try:
        value = float(str(sku.get(name, "")))
    except ValueError:
        raise refused(name, f"{name} is required and must be a number") from None
    if not span[0] <= value <= span[1]:
        raise refused(name, f"{name} must be between {span[0]:g} and {span[1]:g}")
    return value


def attributes_of(product: Mapping[str, Any], category_id: int, *, whole: bool) -> dict[str, str]:
    """The texts of an item; ``whole`` for a create, else only what is given is checked."""
    given = product.get("Attributes")
    if not isinstance(given, Mapping):
        raise refused("Attributes", "Attributes node is required, even if empty")
    said = {str(name): str(value) for name, value in given.items()}
    known = {name for name, *_ in ATTRIBUTES} | {"name", "description", "short_description", "brand_id"}
    for name in said:
        if name not in known:
            raise refused(name, f"attribute {name} does not exist in this category")
    if (whole or "name" in said) and not TITLE[0] <= len(said.get("name", "").strip()) <= TITLE[1]:
        raise refused("name", f"name must have {TITLE[0]} to {TITLE[1]} characters")
    if (whole or "description" in said) and not said.get("description", "").strip():
        raise refused("description", "description is required")
    if (whole or "brand_id" in said) and said.get("brand_id") not in {str(one) for one, _ in BRANDS}:
        raise refused("brand_id", "brand is invalid")
    for name, label, of_sku, _, mandatory in ATTRIBUTES:
        if whole and category_id in mandatory and not of_sku and not said.get(name):
            raise refused(name, f"attribute {label} is mandatory")
    return said


def package_of(sku: Mapping[str, Any]) -> float:
    """Kilograms; the sides are checked."""
    for side in ("package_length", "package_width", "package_height"):
        number(sku, side, (0.1, 300))
    return number(sku, "package_weight", (0.001, 300))


def verdict(data: Mapping[str, Any]) -> str:
    """Why the review refuses an item; empty when it does not."""
    return REFUSAL if FORBIDDEN.search(f"{data['item_name']} {data['description']}") else ""
