"""The shipped list of real OCOP products, with what a demo has to add to it. Pure.

Names, producers, stars and places are facts from public pages. Prices, packings, pictures, days where only a
year is known, and the two renewals of the home province are made up, and say so wherever they are shown.
"""

from __future__ import annotations

import calendar
import csv
import re
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ocop_hub.intake.places import RowPlace, RowPlaces
from ocop_hub.intake.vocabulary import group_code
from ocop_hub.places.finder import Finder, finder
from ocop_hub.producers.models import ProducerKind

_AS_OF = re.compile(r"~?(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_NUMBER = re.compile(r"QĐ (\d+/QĐ-[^\s,;]+)")

#: Lowest and highest price in đồng, sales unit, grams: what a demo shows where the list says nothing.
_INVENTED: dict[str, tuple[int, int, str, int | None]] = {
    "thuc_pham": (45_000, 250_000, "túi 500 g", 500),
    "do_uong": (40_000, 350_000, "chai 500 ml", 500),
    "duoc_lieu": (90_000, 400_000, "lọ 100 g", 100),
    "thu_cong_my_nghe": (120_000, 900_000, "chiếc", 300),
    "sinh_vat_canh": (100_000, 500_000, "chậu", 3_000),
    "du_lich": (200_000, 600_000, "lượt khách", None),
}
_DRY_DRINKS = ("trà", "chè")

#: Certificates of these rows had lapsed; a decision that is marked as made up renews them for the demo.
RENEWED = frozenset({"P055", "P057", "P060", "P061", "P062"})
RENEWED_ON = date(2025, 9, 15)
RENEWAL_NOTE = "Dữ liệu trình diễn: quyết định này không có thật."


@dataclass(frozen=True, slots=True)
class Recognition:
    """A decision and its day, as far as the public page told."""

    number: str
    on: date
    note: str


@dataclass(frozen=True, slots=True)
class DemoRow:
    """One product of the list."""

    code: str
    name: str
    producer: str
    kind: ProducerKind
    stars: int
    place: RowPlace
    content: dict[str, Any]
    recognitions: tuple[Recognition, ...]


def read_rows(path: Path) -> list[DemoRow]:
    """The rows of ``ocop_products.csv`` that have stars."""
    places = RowPlaces()
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(row, places) for row in csv.DictReader(file) if row["stars"] in ("3", "4", "5")]


def _row(row: dict[str, str], places: RowPlaces) -> DemoRow:
    place = _place(row, places, finder())
    producer = row["producer"] or f"Cơ sở minh hoạ ({_where(row)})"
    return DemoRow(
        code=row["id"],
        name=row["name"],
        producer=producer,
        kind=ProducerKind(row["entity_type"]) if row["entity_type"] else ProducerKind.HOUSEHOLD,
        stars=int(row["stars"]),
        place=place,
        content=_content(row, producer, place),
        recognitions=tuple(_recognitions(row)),
    )


def _where(row: dict[str, str]) -> str:
    return (row["commune"] or row["district"] or row["province"]).split(" ", 1)[-1]


def _place(row: dict[str, str], places: RowPlaces, known: Finder) -> RowPlace:
    province = known.find_province(row["province_now"])
    province_id = province.id if province else None
    district = places.district(row["district"], province_id)
    old = f"c-{row['old_ward_code']}-00000000"
    new = f"c-{row['new_ward_code']}-20250701"
    certified = next((unit for unit in (old, new) if known.unit(unit) is not None), None)
    now = known.current_of(new if known.unit(new) is not None else certified or district or "")
    return RowPlace(certified, now[0] if len(now) == 1 else None, district, province_id)


def _content(row: dict[str, str], producer: str, place: RowPlace) -> dict[str, Any]:
    group = group_code(row["group"])
    unit, grams = packing(group, row["name"])
    written = ", ".join(part for part in (row["commune"], row["district"]) if part)
    where = ", ".join(part for part in (written, row["province"]) if part)
    content: dict[str, Any] = {
        "group_code": group,
        "description": (
            f"{row['name']} của {producer} ({where}), sản phẩm OCOP {row['stars']} sao theo nguồn công khai.\n"
            "Giá bán, quy cách và ảnh là minh hoạ."
        ),
        "price_vnd": int(row["price_vnd"]) if row["price_vnd"] else price(group, row["id"]),
        "unit": row["unit"] or unit,
        "net_weight_g": 1_000 if row["unit"] == "kg" else grams,
        "external_code": row["id"],
        "commune_as_written": written,
        "certified_unit_id": place.certified_unit_id,
        "current_unit_id": place.current_unit_id,
        "province_id": place.province_id,
    }
    if group in ("thuc_pham", "do_uong", "duoc_lieu"):
        content["storage"] = "Nơi khô ráo, thoáng mát, tránh nắng."
    if not any(_recognitions(row)):
        content["declared_stars"] = int(row["stars"])
    return {name: value for name, value in content.items() if value is not None}


def packing(group: str, name: str) -> tuple[str, int | None]:
    """Sales unit and grams that a product of the group may have."""
    if group == "do_uong" and any(word in name.lower().split() for word in _DRY_DRINKS):
        return "hộp 200 g", 200
    _, _, unit, grams = _INVENTED[group]
    return unit, grams


def price(group: str, code: str) -> int:
    """A price that looks like one, and is the same in every demo."""
    low, high, _, _ = _INVENTED[group]
    steps = (high - low) // 5_000
    return low + zlib.crc32(code.encode()) % (steps + 1) * 5_000


def _recognitions(row: dict[str, str]) -> list[Recognition]:
    match = _AS_OF.match(row["as_of"])
    if match is None:
        return []
    year, month, day = int(match[1]), int(match[2] or 12), int(match[3] or 0)
    on = date(year, month, day or calendar.monthrange(year, month)[1])
    known = _NUMBER.search(row["note"])
    issuer = "cấp trung ương" if row["stars"] == "5" else "địa phương"
    number = known[1] if known else f"Chưa rõ số ({issuer}, {on:%m/%Y})"
    found = [Recognition(number, on, f"Theo nguồn công khai, {row['as_of']}; ngày là ước định.")]
    if row["id"] in RENEWED:
        issued_by = "QĐ-BNNMT" if row["stars"] == "5" else "QĐ-UBND"
        found.append(
            Recognition(f"Quyết định minh hoạ 01/{issued_by} (dữ liệu trình diễn)", RENEWED_ON, RENEWAL_NOTE)
        )
    return found
