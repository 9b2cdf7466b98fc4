"""The steps of a product's form: which field is asked where, what fields are called, and how each reads.

A form's texts and a product's values are turned into each other here, one function for each way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.season import parse_months, season_text
from ocop_hub.kit.values import parse_grams, parse_price
from ocop_hub.web.forms import Problem, read
from ocop_hub.web.i18n import N_
from ocop_hub.web.public.front import DESK

#: What may be written in other languages on the form; translations into others are kept as they are.
LANGUAGES: Final = {"en": N_("tiếng Anh"), "zh": N_("tiếng Trung")}
SAID_ABROAD: Final = ("name", "description", "story", "ingredients", "warnings")


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form: its address's end, its title, the product's fields it asks for."""

    slug: str
    title: str
    fields: tuple[str, ...]
    hint: str = ""


STEPS: Final = (
    Step("ten", N_("Sản phẩm là gì"), ("name", "group_code", "sub_group_code")),
    Step("gia", N_("Quy cách và giá bán"), ("price_vnd", "unit", "net_weight_g")),
    Step(
        "thanh-phan",
        N_("Bên trong có gì, giữ thế nào"),
        ("ingredients", "warnings", "storage", "shelf_life", "season_months"),
    ),
    Step("cau-chuyen", N_("Câu chuyện sản phẩm"), ("description", "story", "video_links")),
    Step(
        "giay-to",
        N_("Giấy tờ và mã số"),
        (
            "declaration_number",
            "trademark",
            "trademark_number",
            "gtin",
            "external_code",
            "external_codes",
        ),
        N_("Phần nào chưa có thì để trống."),
    ),
    Step("ngon-ngu", N_("Tiếng nước ngoài"), ("translations",), N_("Không bắt buộc.")),
)
BY_SLUG: Final = {step.slug: step for step in STEPS}
_STEP_OF: Final = {name: step.slug for step in STEPS for name in step.fields}

#: Fields as people call them, in the order in which they are read.
FIELD_NAMES: Final = {
    "name": N_("Tên sản phẩm"),
    "group_code": N_("Nhóm sản phẩm"),
    "sub_group_code": N_("Phân nhóm"),
    "status": N_("Tình trạng duyệt"),
    "price_vnd": N_("Giá bán"),
    "unit": N_("Đơn vị tính"),
    "net_weight_g": N_("Khối lượng tịnh"),
    "variants": N_("Quy cách khác"),
    "ingredients": N_("Thành phần"),
    "warnings": N_("Cảnh báo, ai không nên dùng"),
    "storage": N_("Bảo quản"),
    "shelf_life": N_("Hạn sử dụng"),
    "season_months": N_("Mùa vụ"),
    "description": N_("Mô tả"),
    "story": N_("Câu chuyện sản phẩm"),
    "video_links": N_("Đường dẫn phim"),
    "declaration_number": N_("Số công bố, tự công bố"),
    "trademark": N_("Nhãn hiệu"),
    "trademark_number": N_("Số đăng ký nhãn hiệu"),
    "gtin": N_("Mã vạch GTIN"),
    "external_code": N_("Mã sản phẩm của bạn"),
    "external_codes": N_("Mã ở hệ thống khác"),
    "translations": N_("Tiếng nước ngoài"),
    "declared_stars": N_("Sao do chủ thể khai"),
    "commune_as_written": N_("Nơi sản xuất như đã ghi"),
    "certified_unit_id": N_("Nơi sản xuất"),
    "current_unit_id": N_("Đơn vị hành chính hiện nay"),
    "province_id": N_("Tỉnh, thành phố"),
    "photos": N_("Ảnh"),
}


def step_href(product_id: UUID, slug: str = "") -> str:
    """The page of a step, or that of all of them."""
    return f"{DESK}/san-pham/{product_id}/sua" + (f"/{slug}" if slug else "")


def field_href(product_id: UUID, field: str) -> str:
    """Where a field of the product is filled in."""
    if field == "photos":
        return f"{DESK}/san-pham/{product_id}/anh"
    if field == "variants":
        return step_href(product_id, "gia") + "#quy-cach"
    slug = _STEP_OF.get(field)
    return f"{step_href(product_id, slug)}#f-{_ASKED_AS.get(field, field)}" if slug else step_href(product_id)


#: Where the form asks under another name than the product has: group and sub-group are one choice.
_ASKED_AS: Final = {
    "sub_group_code": "group_code",
    "translations": "en_name",
}


def asked(step: Step) -> tuple[str, ...]:
    """The names of a step's inputs."""
    if step.slug == "ngon-ngu":
        return tuple(f"{language}_{name}" for language in LANGUAGES for name in SAID_ABROAD)
    return tuple(dict.fromkeys(_ASKED_AS.get(name, name) for name in step.fields))


def asked_as(step: Step, field: str) -> str:
    """The input of a step at which a problem of a product's field is shown."""
    name = _ASKED_AS.get(field, field)
    return name if name in asked(step) else asked(step)[0]


def to_form(product: Product) -> dict[str, str]:
    """The product as its form writes it, every step's inputs."""
    values = {name: getattr(product, name) for name in _TEXTS}
    values |= {
        "group_code": "/".join(filter(None, (product.group_code, product.sub_group_code))),
        "price_vnd": "" if product.price_vnd is None else str(product.price_vnd),
        "net_weight_g": "" if product.net_weight_g is None else str(product.net_weight_g),
        "gtin": product.gtin or "",
        "season_months": season_text(product.season_months),
        "video_links": "\n".join(product.video_links),
        "external_codes": "\n".join(f"{system}: {code}" for system, code in product.external_codes.items()),
    }
    for language in LANGUAGES:
        said = product.translations.get(language, {})
        values |= {f"{language}_{name}": said.get(name, "") for name in SAID_ABROAD}
    return values


def from_form(
    step: Step, values: Mapping[str, str], errors: list[Problem], product: Product | None = None
) -> dict[str, Any]:
    """What a step's inputs say, under the product's names; what cannot be read goes to ``errors``."""
    given: dict[str, Any] = {n: values[n] for n in step.fields if n in _TEXTS and n in values}
    for name, reads in _READ.items():
        if name in step.fields:
            given[name] = read(values, name, reads, errors)
    if "group_code" in step.fields:
        given["group_code"], _, sub_group = values.get("group_code", "").partition("/")
        given["sub_group_code"] = sub_group or None
    if "season_months" in step.fields:
        given["season_months"] = list(given["season_months"] or ())
    if "gtin" in step.fields:
        given["gtin"] = values.get("gtin") or None
    if "video_links" in step.fields:
        given["video_links"] = _lines(values.get("video_links", ""))
    if "external_codes" in step.fields:
        given["external_codes"] = _codes(values.get("external_codes", ""), errors)
    if "translations" in step.fields:
        given["translations"] = _abroad(values, product)
    return given


_TEXTS: Final = (
    "name",
    "unit",
    "description",
    "story",
    "ingredients",
    "warnings",
    "storage",
    "shelf_life",
    "declaration_number",
    "trademark",
    "trademark_number",
    "external_code",
)
_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "price_vnd": parse_price,
    "net_weight_g": parse_grams,
    "season_months": parse_months,
}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _codes(text: str, errors: list[Problem]) -> dict[str, str]:
    codes = {}
    for line in _lines(text):
        system, colon, code = line.rpartition(":")
        if not colon or not system.strip() or not code.strip():
            problem = f"Dòng “{line}” chưa đúng; mỗi dòng ghi tên hệ thống, dấu hai chấm, rồi mã."
            errors.append({"field": "external_codes", "problem": problem})
            continue
        codes[system.strip()] = code.strip()
    return codes


def _abroad(values: Mapping[str, str], product: Product | None) -> dict[str, dict[str, str]]:
    kept = {language: dict(texts) for language, texts in (product.translations if product else {}).items()}
    for language in LANGUAGES:
        texts = {name: values.get(f"{language}_{name}", "") for name in SAID_ABROAD}
        kept[language] = {n: t for n, t in {**kept.get(language, {}), **texts}.items() if t}
    return {language: texts for language, texts in kept.items() if texts}


def in_reading_order(fields: Iterable[str]) -> list[str]:
    """The fields in the order in which people read them, unknown ones last."""
    order = list(FIELD_NAMES)
    return sorted(fields, key=lambda name: (order.index(name) if name in FIELD_NAMES else len(order), name))
