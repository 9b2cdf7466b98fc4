"""What people give about a product, made ready to store: plain text, known codes, one form for each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.content import LINE_FIELDS, TEXT_FIELDS, name_keys, plain, plain_lines
from ocop_hub.catalogue.errors import (
    BadLink,
    PlaceWasSplit,
    ProductIncomplete,
    UnknownGroup,
    UnknownPlace,
    UnknownSubGroup,
)
from ocop_hub.catalogue.models import Product, ProductGroup, ProductSubGroup
from ocop_hub.errors import FieldProblem, HubError
from ocop_hub.gs1.identifiers import gtin14
from ocop_hub.places.finder import finder


async def ready(
    session: AsyncSession, sent: Mapping[str, Any], product: Product | None = None
) -> dict[str, Any]:
    """The values to store, with those that follow from them. ``product`` is the one they change.

    Raises :class:`ProductIncomplete`, :class:`UnknownGroup`, :class:`UnknownSubGroup`, :class:`BadLink`,
    :class:`UnknownPlace`, :class:`PlaceWasSplit`, and what ``gs1.identifiers.gtin14`` raises.
    """
    values = dict(sent)
    values |= {name: plain(values[name]) for name in LINE_FIELDS if name in values}
    values |= {name: plain_lines(values[name]) for name in TEXT_FIELDS if name in values}
    if "name" in values:
        if not values["name"]:
            raise ProductIncomplete(
                "Tên sản phẩm đang trống. Hãy ghi tên sản phẩm.",
                fields=[FieldProblem("name", "missing", "Chưa có tên sản phẩm.")],
            )
        values |= name_keys(values["name"])
    if "gtin" in values:
        values["gtin"] = stored_gtin(values["gtin"])
    if "season_months" in values:
        values["season_months"] = sorted(set(values["season_months"]))
    if "video_links" in values:
        values["video_links"] = _links(values["video_links"])
    if "external_codes" in values:
        pairs = ((plain(system), plain(code)) for system, code in values["external_codes"].items())
        values["external_codes"] = {system: code for system, code in pairs if system and code}
    if "translations" in values:
        values["translations"] = _translations(values["translations"])
    values |= await _groups(session, values, product)
    if values.get("certified_unit_id"):
        values |= place_today(values["certified_unit_id"])
    return values


def stored_gtin(typed: str | None) -> str | None:
    """The GTIN with 14 digits, None for none; blanks and hyphens do not count."""
    bare = (typed or "").replace(" ", "").replace("-", "")
    try:
        return gtin14(bare) if bare else None
    except HubError as wrong:
        wrong.fields = wrong.fields or (FieldProblem("gtin", wrong.code, wrong.detail),)
        raise


def _links(typed: Sequence[str]) -> list[str]:
    links = list(dict.fromkeys(plain(each) for each in typed if each.strip()))
    for link in links:
        try:
            parts = urlsplit(link)
            fine = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            fine = False
        if not fine:
            problem = f"“{link}” không phải địa chỉ https; hãy chép lại đường dẫn của phim, ví dụ https://…"
            raise BadLink(problem, fields=[FieldProblem("video_links", "not-https", problem)])
    return links


def _translations(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    cleaned = {}
    for language, texts in sorted(given.items()):
        kept = {n: plain_lines(t) if n in TEXT_FIELDS else plain(t) for n, t in texts.items() if t.strip()}
        if kept := {name: text for name, text in kept.items() if text}:
            cleaned[language] = kept
    return cleaned


async def _groups(
    session: AsyncSession, values: Mapping[str, Any], product: Product | None
) -> dict[str, str | None]:
    """The sub-group after the change: one of the group's own, else none."""
    group = values.get("group_code") or (product.group_code if product is not None else None)
    if "group_code" in values and await session.get(ProductGroup, values["group_code"]) is None:
        raise UnknownGroup(
            "Không có nhóm sản phẩm này. Hãy chọn một nhóm trong danh sách.",
            fields=[FieldProblem("group_code", "unknown", "Chọn một nhóm trong /api/v1/groups.")],
        )
    if values.get("sub_group_code"):
        found = await session.get(ProductSubGroup, values["sub_group_code"])
        if found is None or found.group_code != group:
            problem = "Phân nhóm này không thuộc nhóm sản phẩm đã chọn. Hãy chọn lại phân nhóm."
            raise UnknownSubGroup(problem, fields=[FieldProblem("sub_group_code", "unknown", problem)])
        return {}
    if "sub_group_code" in values:
        return {"sub_group_code": None}
    moved = product is not None and product.group_code != group
    return {"sub_group_code": None} if moved else {}


def place_today(unit_id: str) -> dict[str, str | None]:
    """The unit and province that hold a unit today.

    Raises :class:`UnknownPlace`, and :class:`PlaceWasSplit` where a person must say which of several it is.
    """
    places = finder()
    if places.unit(unit_id) is None:
        raise UnknownPlace(
            "Không có đơn vị hành chính này trong danh mục. Hãy chọn lại xã, phường hoặc đặc khu."
        )
    ends = places.current_of(unit_id)
    if len(ends) > 1:
        names = ", ".join(unit.full_name for end in ends if (unit := places.unit(end)) is not None)
        raise PlaceWasSplit(f"Địa bàn cũ này nay thuộc nhiều đơn vị: {names}. Hãy chọn đúng một đơn vị.")
    province = places.province_of(unit_id)
    return {
        "current_unit_id": ends[0] if ends else None,
        "province_id": province.id if province else None,
    }
