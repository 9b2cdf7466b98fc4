"""The other numbers of the province: what each means, where it comes from, how much it is on a day.

An indicator counted from our rows opens the list it is the sum of; one that no row can count is typed by an office
(``indicator_values``). Nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, cast, func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.certificates.models import Certificate
from ocop_hub.kit import clock
from ocop_hub.kit.paging import BadCursor, cut, read_cursor
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting.errors import IndicatorNotFound
from ocop_hub.reporting.indicators import rows
from ocop_hub.reporting.indicators.rows import RowsOf
from ocop_hub.reporting.models import Denominator
from ocop_hub.reporting.queries import population
from ocop_hub.reporting.question import Question

#: The years of the series: what is shown at most.
MOST_YEARS: Final = 15


class Counted(StrEnum):
    """What a value counts: things, each once however often it stands in the list; or the amounts beside them."""

    THINGS = "things"
    AMOUNTS = "amounts"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted. ``part`` names the breakdown; ``today_only``: no other day can be asked."""

    code: str
    name: str
    unit: str
    definition: str
    source: str
    rows: RowsOf
    counted: Counted = Counted.THINGS
    part: str = ""
    today_only: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a breakdown and how many stand behind it."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator's value on a day. Parts may sum to more than the value: a thing can have several."""

    indicator: Indicator
    value: int
    parts: tuple[Part, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One line of the list behind a value."""

    id: UUID
    name: str
    part: str
    amount: int


@dataclass(frozen=True, slots=True)
class Year:
    """The products of a year's last day, or of the day asked about in its own year."""

    as_of: date
    participating: int
    certified_ever: int
    certified_valid: int


_DECISIONS: Final = "Quyết định công nhận do cán bộ nhập"
_HUB: Final = "Dữ liệu trên hệ thống"
_KIND: Final = "Loại hình chủ thể"
_GROUP: Final = "Nhóm sản phẩm"
_MARKETPLACE: Final = "Sàn"

INDICATORS: Final[Mapping[str, Indicator]] = {
    each.code: each
    for each in (
        Indicator(
            "participating", "Sản phẩm tham gia Chương trình OCOP", "sản phẩm",
            "Sản phẩm đã nhập, kể cả chưa có sao, hoặc đã từng được công nhận, tính đến hết ngày.",
            _HUB, rows.participating, part=_GROUP,
        ),
        Indicator(
            "certified", "Sản phẩm OCOP còn hạn giấy chứng nhận", "sản phẩm",
            "Giấy chứng nhận từ 3 sao trở lên, còn hiệu lực vào ngày tính.",
            _DECISIONS, rows.certified, part="Hạng sao",
        ),
        Indicator(
            "certified_producers", "Chủ thể có sản phẩm OCOP", "chủ thể",
            "Chủ thể có ít nhất một sản phẩm còn hạn giấy chứng nhận.",
            _DECISIONS, rows.certified_producers, part=_KIND,
        ),
        Indicator(
            "listed_producers", "Chủ thể có sản phẩm trên sàn", "chủ thể",
            "Chủ thể có ít nhất một sản phẩm đã lên sàn theo cách tính đang áp dụng.",
            "Minh chứng trên sàn", rows.listed_producers, part=_KIND,
        ),
        Indicator(
            "products_on_marketplaces", "Sản phẩm trên từng sàn", "sản phẩm",
            "Sản phẩm được tính và đã lên sàn, kể riêng từng sàn; một sản phẩm có thể ở nhiều sàn.",
            "Minh chứng trên sàn", rows.products_on_marketplaces, part=_MARKETPLACE,
        ),
        Indicator(
            "stalls", "Gian hàng", "gian hàng",
            "Gian hàng đã nối và chưa đóng.", _HUB, rows.stalls, part=_MARKETPLACE,
        ),
        Indicator(
            "trace_products", "Sản phẩm có tem truy xuất nguồn gốc", "sản phẩm",
            "Sản phẩm có ít nhất một lô đã công bố, tem dẫn đến trang của lô.",
            "Nhật ký sản xuất", rows.trace_products, part=_GROUP,
        ),
        Indicator(
            "trace_producers", "Chủ thể có tem truy xuất nguồn gốc", "chủ thể",
            "Chủ thể có ít nhất một lô đã công bố.", "Nhật ký sản xuất", rows.trace_producers, part=_KIND,
        ),
        Indicator(
            "labels_printed", "Tem đã in", "tem",
            "Số tem của các đợt in đã tải về để in từ đầu năm đến ngày tính, trừ đợt đã hủy.",
            "Đợt in tem", rows.labels_printed, Counted.AMOUNTS, part=_GROUP,
        ),
        Indicator(
            "scans", "Lượt quét tem", "lượt quét",
            "Lượt mở trang từ tem từ đầu năm đến ngày tính; không phải số khách hàng.",
            "Đếm mỗi giờ, xếp theo ngày; không lưu người quét", rows.scans, Counted.AMOUNTS, part=_GROUP,
        ),
        Indicator(
            "payment_qr", "Chủ thể có mã QR thanh toán", "chủ thể",
            "Chủ thể đã ghi tài khoản ngân hàng để in mã QR thanh toán; chỉ biết được của hôm nay.",
            "Hồ sơ chủ thể", rows.payment_qr, part=_KIND, today_only=True,
        ),
        Indicator(
            "assisted", "Chủ thể được làm hộ", "chủ thể",
            "Chủ thể đang đồng ý cho một người hỗ trợ làm hộ.",
            "Đồng ý cho làm hộ", rows.assisted, part="Người hỗ trợ",
        ),
        Indicator(
            "helpers", "Người hỗ trợ đang làm hộ", "người",
            "Người đang có ít nhất một chủ thể đồng ý cho làm hộ.", "Đồng ý cho làm hộ", rows.helpers,
        ),
        Indicator(
            "live_sessions", "Phiên bán hàng trực tuyến", "phiên",
            "Phiên do người nhập từ đầu năm đến ngày tính.", "Người nhập", rows.live_sessions, part="Kênh",
        ),
        Indicator(
            "live_viewers", "Lượt xem các phiên trực tuyến", "lượt xem",
            "Tổng lượt xem của các phiên có ghi số.", "Người nhập",
            rows.live_viewers, Counted.AMOUNTS, part="Kênh",
        ),
        Indicator(
            "live_orders", "Đơn hàng từ các phiên trực tuyến", "đơn",
            "Tổng đơn hàng của các phiên có ghi số.", "Người nhập",
            rows.live_orders, Counted.AMOUNTS, part="Kênh",
        ),
    )
}  # fmt: skip


def find(code: str) -> Indicator:
    """The indicator. Raises :class:`IndicatorNotFound`."""
    found = INDICATORS.get(code)
    if found is None:
        raise IndicatorNotFound("Không có số liệu này. Hãy chọn trong danh sách các chỉ tiêu khác.")
    return found


async def measure(session: AsyncSession, actor: Actor, question: Question, indicator: Indicator) -> Measured:
    """The value and its parts, of the rows the actor may see."""
    asked = question.on(clock.today()) if indicator.today_only else question
    listed = indicator.rows(actor, asked).subquery("listed")
    things, amounts = func.count(listed.c.id.distinct()), func.coalesce(func.sum(listed.c.amount), 0)
    amount: ColumnElement[int] = things if indicator.counted is Counted.THINGS else amounts
    found = await session.execute(
        select(func.grouping(listed.c.part), listed.c.part, amount)
        .group_by(func.grouping_sets(tuple_(), tuple_(listed.c.part)))
        .order_by(amount.desc(), listed.c.part)
    )
    value, parts = 0, []
    for whole, name, count in found:
        if whole:
            value = int(count)
        elif name:
            parts.append(Part(name, int(count)))
    return Measured(indicator, value, tuple(parts), asked.as_of)


async def measure_all(session: AsyncSession, actor: Actor, question: Question) -> tuple[Measured, ...]:
    """Every counted indicator, in order; one statement each."""
    return tuple([await measure(session, actor, question, each) for each in INDICATORS.values()])


async def page_behind(
    session: AsyncSession,
    actor: Actor,
    question: Question,
    indicator: Indicator,
    *,
    cursor: str = "",
    limit: int = 50,
) -> tuple[list[IndicatorRow], str | None]:
    """One page of the list behind a value, in Vietnamese order, and the next cursor. Raises ``BadCursor``."""
    asked = question.on(clock.today()) if indicator.today_only else question
    listed = indicator.rows(actor, asked).subquery("listed")
    place = tuple_(listed.c.sort_key, listed.c.part, listed.c.id)
    query = select(listed).order_by(listed.c.sort_key, listed.c.part, listed.c.id).limit(limit + 1)
    if cursor:
        key, part, row_id = read_cursor(cursor, 3)
        try:
            mark = literal(UUID(row_id), Uuid())
        except ValueError:
            raise BadCursor(cursor) from None
        query = query.where(place > tuple_(literal(key, String(collation="C")), literal(part), mark))
    found = (await session.execute(query)).mappings().all()
    shown, after = cut(found, limit, lambda row: (row["sort_key"], row["part"], str(row["id"])))
    return [IndicatorRow(row["id"], row["name"], row["part"], int(row["amount"])) for row in shown], after


async def years(session: AsyncSession, actor: Actor, question: Question) -> tuple[Year, ...]:
    """Taking part, ever recognised and still recognised, at the end of each year up to the day; newest last."""
    first = await session.scalar(select(func.min(func.lower(Certificate.valid))))
    begins = clock.business_day(first).year if first else question.as_of.year
    begins = max(begins, question.as_of.year - MOST_YEARS + 1)
    days = [date(year, 12, 31) for year in range(begins, question.as_of.year)] + [question.as_of]
    found = await session.execute(_by_year(actor, question, days))
    counts: dict[tuple[date, str], int] = {(row[0], row[1]): row[2] for row in found}
    return tuple(Year(day, *(counts[day, each.value] for each in _SERIES)) for day in days)


_SERIES: Final = (Denominator.PARTICIPATING, Denominator.CERTIFIED_EVER, Denominator.CERTIFIED_VALID)


def _by_year(actor: Actor, question: Question, days: Sequence[date]) -> Any:
    parts = []
    for day in days:
        for each in _SERIES:
            counted = population(actor, rows.counting(question.on(day), each)).subquery()
            parts.append(
                select(literal(day), cast(literal(each.value), String()), func.count()).select_from(counted)
            )
    return union_all(*parts)
