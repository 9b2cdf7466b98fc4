"""Whether a lot's dates and events can have happened in that order: pure checks over plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ocop_hub.kit.clock import business_day
from ocop_hub.traceability.errors import EventInvalid, LotDatesInvalid
from ocop_hub.traceability.models import EventKind

#: A phone's clock may run ahead of ours by this much.
CLOCK_LEEWAY = timedelta(minutes=10)
#: Nothing that is still sold was harvested before; an older date is a slip of the pen.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

#: What can only happen once the lot has been harvested, and what only once it is packed.
AFTER_HARVEST = frozenset(
    {
        EventKind.FIRST_PROCESSING,
        EventKind.PROCESSING,
        EventKind.PACKING,
        EventKind.SHIPPING,
        EventKind.RECEIVING,
        EventKind.SALE,
    }
)

NAMES = {
    EventKind.HARVEST: "thu hoạch",
    EventKind.PURCHASE: "mua nguyên liệu",
    EventKind.FIRST_PROCESSING: "sơ chế",
    EventKind.PROCESSING: "chế biến",
    EventKind.INSPECTION: "kiểm tra",
    EventKind.PACKING: "đóng gói",
    EventKind.PRODUCTION_PLACE: "nơi sản xuất",
    EventKind.SHIPPING: "xuất hàng",
    EventKind.RECEIVING: "nhận hàng",
    EventKind.SALE: "bán hàng",
    EventKind.RECALL: "thu hồi",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened, and when."""

    kind: EventKind
    at: datetime


def check_moment(moment: Moment, *, now: datetime) -> None:
    """Refuse what lies in the future or before anything sold today (:class:`EventInvalid`)."""
    day = written(business_day(moment.at))
    if moment.at > now + CLOCK_LEEWAY:
        raise EventInvalid(
            f"Công đoạn {NAMES[moment.kind]} ghi ngày {day}, là thời điểm chưa tới. Hãy sửa ngày giờ."
        )
    if moment.at < EARLIEST:
        raise EventInvalid(f"Công đoạn {NAMES[moment.kind]} ghi ngày {day}. Hãy xem lại năm.")


def check_order(moments: Iterable[Moment]) -> None:
    """Refuse a step dated before its harvest; days are compared, since a harvest often has no hour.

    Raises :class:`EventInvalid`.
    """
    known = list(moments)
    harvests = [business_day(each.at) for each in known if each.kind is EventKind.HARVEST]
    if not harvests:
        return
    harvest = min(harvests)
    for each in known:
        day = business_day(each.at)
        if each.kind in AFTER_HARVEST and day < harvest:
            raise EventInvalid(
                f"Công đoạn {NAMES[each.kind]} ngày {written(day)} đứng trước thu hoạch ngày "
                f"{written(harvest)}. Hãy sửa một trong hai ngày."
            )


def check_lot_dates(produced_on: date | None, best_before: date | None, *, today: date) -> None:
    """Refuse production in the future and a shelf life over before it began (:class:`LotDatesInvalid`)."""
    if produced_on is not None and produced_on > today:
        raise LotDatesInvalid(f"Ngày sản xuất {written(produced_on)} chưa tới. Hãy sửa ngày sản xuất.")
    if produced_on is not None and best_before is not None and best_before <= produced_on:
        raise LotDatesInvalid(
            f"Hạn sử dụng {written(best_before)} không sau ngày sản xuất {written(produced_on)}. "
            "Hãy sửa một trong hai ngày."
        )


def written(day: date) -> str:
    """A day as Vietnamese labels write it: ``30/9/2026``."""
    return f"{day.day}/{day.month}/{day.year}"
