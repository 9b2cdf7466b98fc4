"""Indicators that an office types: value and percent of target, each with its day and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.errors import FieldProblem
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.errors import IndicatorInvalid
from ocop_hub.reporting.models import IndicatorValue

#: What provinces report and no row of ours can count: code → (name, unit). Any other is given a name when typed.
KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "orders": ("Đơn hàng trên sàn", "đơn"),
    "visits": ("Lượt truy cập sàn", "lượt"),
    "helper_teams": ("Tổ công nghệ số cộng đồng", "tổ"),
    "helper_team_members": ("Thành viên tổ công nghệ số cộng đồng", "người"),
    "cashless_accounts": ("Tài khoản thanh toán không dùng tiền mặt", "tài khoản"),
    "cashless_rate": ("Tỷ lệ thanh toán không dùng tiền mặt", "%"),
    "fairs": ("Hội chợ, phiên chợ OCOP", "lượt"),
    "fair_revenue": ("Doanh thu hội chợ, phiên chợ OCOP", "triệu đồng"),
    "points_of_sale": ("Điểm giới thiệu và bán sản phẩm OCOP", "điểm"),
    "women_led": ("Chủ thể do phụ nữ làm chủ", "chủ thể"),
}
_TENTH: Final = Decimal("0.1")
_LARGEST: Final = Decimal(10) ** 15
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class NewValue:
    """What an office types. Of ``target`` and ``target_percent`` one, both or none."""

    code: str
    as_of: date
    value: Decimal
    name: str = ""
    unit: str = ""
    target: Decimal | None = None
    target_percent: Decimal | None = None
    marketplace_key: str = ""
    source: str = ""


def named(row: IndicatorValue) -> tuple[str, str]:
    """What is counted, and in which unit."""
    name, unit = KNOWN.get(row.code, (row.name, row.unit))
    return name, row.unit or unit


def percent_of_target(row: IndicatorValue) -> Decimal | None:
    """The percent of the target as the paper gives it, else out of the target's number; half up, one decimal."""
    if row.target_percent is not None:
        return row.target_percent
    if row.target is None:
        return None
    return (row.value * 100 / row.target).quantize(_TENTH, ROUND_HALF_UP)


def latest_values(province: str, as_of: date) -> Select[IndicatorValue]:
    """Of every typed indicator the value of the day, or the last one before it."""
    key = (IndicatorValue.code, IndicatorValue.marketplace_key)
    return (
        select(IndicatorValue)
        .where(IndicatorValue.province == province, IndicatorValue.as_of <= as_of)
        .ext(distinct_on(*key))
        .order_by(*key, IndicatorValue.as_of.desc())
    )


async def enter_value(session: AsyncSession, actor: Actor, province: str, new: NewValue) -> IndicatorValue:
    """Keep a typed figure; another of the same indicator, marketplace and day takes its place.

    Raises :class:`IndicatorInvalid` with the fields that are wrong, and Forbidden unless an office acts.
    """
    require_office(actor)
    name = clean(new.name)
    code = new.code or "_".join(fold(name).split())[:60]
    problems = _problems(new, code, name)
    known = select(MarketplaceRow.key).where(MarketplaceRow.key == new.marketplace_key)
    if new.marketplace_key and await session.scalar(known) is None:
        problems.append(FieldProblem("marketplace_key", "unknown", "Không có sàn này trong danh mục."))
    if problems:
        raise IndicatorInvalid(" ".join(each.problem for each in problems), fields=problems)
    said = {
        "name": "" if code in KNOWN else name,
        "unit": clean(new.unit),
        "value": new.value,
        "target": new.target,
        "target_percent": new.target_percent,
        "source": clean(new.source),
        "entered_by": actor.label,
        "entered_at": clock.now(),
    }
    keys = {"province": province, "code": code, "marketplace_key": new.marketplace_key, "as_of": new.as_of}
    adding = insert(IndicatorValue).values(id=new_id(), **keys, **said)
    kept: IndicatorValue = (
        await session.execute(
            adding.on_conflict_do_update(constraint="uq_indicator_values_day", set_=said).returning(
                IndicatorValue
            ),
            execution_options={"populate_existing": True},
        )
    ).scalar_one()
    audit.record(
        session,
        actor=actor.label,
        action="reporting.enter_indicator",
        subject=f"indicator_value:{kept.id}",
        code=code,
        as_of=new.as_of.isoformat(),
        value=str(new.value),
    )
    return kept


def _problems(new: NewValue, code: str, name: str) -> list[FieldProblem]:
    found = []

    def wrong(field: str, problem: str) -> None:
        found.append(FieldProblem(field, "invalid", problem))

    if not code or (code not in KNOWN and not name):
        wrong("name", "Hãy chọn một chỉ tiêu, hoặc ghi tên chỉ tiêu khác.")
    if max(len(name), len(new.unit), len(new.source)) > _LONGEST:
        wrong("name", f"Tên, đơn vị tính và nguồn mỗi ô tối đa {_LONGEST} ký tự.")
    if new.as_of > clock.today():
        wrong("as_of", "Ngày này chưa đến. Hãy ghi ngày của số liệu.")
    if not new.value.is_finite() or not 0 <= new.value < _LARGEST:
        wrong("value", "Hãy ghi một số từ 0 trở lên.")
    if new.target is not None and not (new.target.is_finite() and 0 < new.target < _LARGEST):
        wrong("target", "Chỉ tiêu phải là một số lớn hơn 0.")
    if new.target_percent is not None and not (
        new.target_percent.is_finite() and 0 <= new.target_percent < 1_000_000
    ):
        wrong("target_percent", "Phần trăm chỉ tiêu phải là một số từ 0 trở lên.")
    return found
