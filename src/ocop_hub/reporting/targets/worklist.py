"""What is missing, as work per commune: a text ready to paste into a group, and rows for a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.reporting.lists import Part, products
from ocop_hub.reporting.papers.workbook import table_xlsx
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import Acts, ReasonCode, Why, say

NO_UNIT: Final = "Chưa rõ xã, phường, đặc khu"
WHO: Final = {
    Acts.PRODUCER: "Chủ thể",
    Acts.HELPER: "Người hỗ trợ",
    Acts.OFFICER: "Cán bộ",
    Acts.MARKETPLACE: "Sàn",
    Acts.NOBODY: "",
}
_HEAD: Final = ("Đơn vị", "Sản phẩm", "Chủ thể", "Điện thoại", "Vì sao", "Việc tiếp theo", "Ai làm")


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One product that is counted and not listed, and what to do about it."""

    unit_id: str
    unit_name: str
    product_name: str
    producer_name: str
    phone: str
    why: Why


@dataclass(frozen=True, slots=True)
class CommuneWork:
    """The items of one commune."""

    unit_id: str
    unit_name: str
    items: tuple[WorkItem, ...]


async def work(session: AsyncSession, actor: Actor, question: Question) -> tuple[CommuneWork, ...]:
    """Everything missing, by commune in Vietnamese order; only what the actor may see."""
    listed = products(actor, question, Part.NOT_LISTED).subquery("listed")
    found = await session.execute(
        select(
            listed,
            Product.name,
            Producer.name.label("producer_name"),
            func.coalesce(Producer.phone, "").label("phone"),
            func.coalesce(AdminUnit.full_name, NO_UNIT).label("unit_name"),
        )
        .join(Product, Product.id == listed.c.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .join(AdminUnit, AdminUnit.id == listed.c.unit, isouter=True)
        .where(listed.c.reason_code.not_in([ReasonCode.NOT_LISTABLE.value, ReasonCode.OFF_SEASON.value]))
        .order_by(
            AdminUnit.sort_key.nulls_last(), listed.c.unit, Producer.sort_key, Product.sort_key, Product.id
        )
    )
    items = [
        WorkItem(
            unit_id=row["unit"] or "",
            unit_name=row["unit_name"],
            product_name=row["name"],
            producer_name=row["producer_name"],
            phone=row["phone"],
            why=say(
                ReasonCode(row["reason_code"]),
                marketplace=row["marketplace"],
                day=row["since"],
                reason=row["reason"],
            ),
        )
        for row in found.mappings()
    ]
    return tuple(
        CommuneWork(unit_id, name, tuple(group))
        for (unit_id, name), group in groupby(items, key=lambda item: (item.unit_id, item.unit_name))
    )


def work_text(heading: Sequence[str], communes: Sequence[CommuneWork], link: str) -> str:
    """Plain lines for a message: what is asked, then each commune's products, then where to see them."""
    lines = [*heading]
    for commune in communes:
        lines += ["", f"{commune.unit_name} ({len(commune.items)} sản phẩm):"]
        for number, item in enumerate(commune.items, start=1):
            lines.append(f"{number}. {item.product_name} ({item.producer_name}): {item.why.sentence}")
            if item.why.next_step:
                lines.append(f"   Việc tiếp theo: {item.why.next_step}")
    return "\n".join([*lines, "", f"Xem danh sách: {link}", ""])


def work_xlsx(heading: Sequence[str], communes: Sequence[CommuneWork], link: str) -> bytes:
    """One row per product, to be filtered by commune and by who acts."""
    rows = [
        [
            item.unit_name,
            item.product_name,
            item.producer_name,
            item.phone,
            item.why.sentence,
            item.why.next_step,
            WHO[item.why.acts],
        ]
        for commune in communes
        for item in commune.items
    ]
    return table_xlsx("Việc cần làm để sản phẩm lên sàn", [*heading, link], _HEAD, rows)
