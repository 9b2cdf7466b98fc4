"""What offices, helpers and producers of the demo did: periods under documents, a target, typed figures, sessions.

Every document number and source says that it is made up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.models import Office
from ocop_hub.accounts.service import OfficeSeat, register_user
from ocop_hub.catalogue.models import Product
from ocop_hub.cli.demo_people import COTO, PASSPHRASE
from ocop_hub.cli.demo_plan import PROVINCE
from ocop_hub.db import insert_rows
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Mandate, Producer
from ocop_hub.publishing.live_sessions import NewSession, enter_session
from ocop_hub.reporting import coverage
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.indicators.values import NewValue, enter_value
from ocop_hub.reporting.models import PeriodConfirmation, ReportPeriod
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.targets.service import NewTarget, set_target

MADE_UP: Final = "dữ liệu trình diễn"
#: Communes that said nothing before the second period was closed, and those whose word the open one still wants.
SILENT: Final = ("Xã Lương Minh", "Phường Hà An")
AWAITED: Final = ("Đặc khu Cô Tô", "Xã Ba Chẽ", "Phường Bãi Cháy", "Xã Tiên Yên", "Phường Yên Tử")

#: Code, value, target, marketplace: figures of kinds that provinces publish.
_TYPED: Final = (
    ("helper_teams", 452, 452, ""),
    ("helper_team_members", 2_318, 2_260, ""),
    ("points_of_sale", 37, 40, ""),
    ("fairs", 11, 12, ""),
    ("orders", 18_640, 20_000, "postmart"),
    ("orders", 9_215, None, "shopee"),
    ("visits", 126_300, None, "postmart"),
)
#: Days ago, channel, title, viewers, orders.
_SESSIONS: Final = (
    (244, "TikTok", "Phiên chợ hải sản đầu năm", 12_400, 310),
    (181, "Facebook", "Chào hè Cô Tô", 5_150, 124),
    (96, "TikTok", "Tuần lễ sản phẩm OCOP", 18_900, 462),
    (47, "Shopee Live", "Mực khô giảm giá", 3_260, 88),
    (12, "Facebook", "Giới thiệu sản phẩm mới", 2_040, None),
)
#: Communes that have a helper.
_HELPERS: Final = ("Ba Chẽ", "Tiên Yên", "Bình Liêu", "Vân Đồn")
#: Producers who agreed to each helper's acting for them.
_EACH_HELPS: Final = 9


async def load(session: AsyncSession, recognise_late: Callable[[], Awaitable[None]]) -> None:
    """Two closed periods and an open one, and all the rest. ``recognise_late`` enters the decision that came in
    after the first period was closed, so that its figure had to be corrected.
    """
    first, second, third = _month_ends()
    await _closed(session, first, "31/BC-UBND", silent=())
    await recognise_late()
    await _corrected(session, first, "34/BC-UBND")
    await _closed(session, second, "38/BC-UBND", silent=SILENT)
    await _open(session, third)
    await _targets(session)
    for code, value, target, market in _TYPED:
        await enter_value(
            session,
            SYSTEM_ACTOR,
            PROVINCE,
            NewValue(
                code,
                third,
                Decimal(value),
                target=Decimal(target) if target else None,
                marketplace_key=market,
                source=f"Số minh hoạ ({MADE_UP})",
            ),
        )
    await _sessions(session)
    await _helpers(session)


def _month_ends() -> tuple[date, date, date]:
    """The last days of the three months before this one."""
    *_, first, second, third, _ = coverage.month_ends(clock.today(), 4)
    return first, second, third


async def _open(session: AsyncSession, as_of: date, *, without: Sequence[str] = AWAITED) -> ReportPeriod:
    """A period that every commune but those has confirmed, with the numbers of its day."""
    period = await periods.open_period(session, SYSTEM_ACTOR, province=PROVINCE, as_of=as_of)
    rows = await coverage.rows(session, SYSTEM_ACTOR, await periods.question_of(session, period), By.UNIT)
    confirmed = [
        {
            "period_id": period.id,
            "unit_id": row.key,
            "numerator": row.counts.numerator,
            "denominator": row.counts.denominator,
            "confirmed_by": f"Cán bộ xã ({MADE_UP})",
        }
        for row in rows
        if row.key and row.counts.denominator and row.label not in without
    ]
    await session.execute(insert_rows(PeriodConfirmation, confirmed))
    return period


async def _closed(session: AsyncSession, as_of: date, number: str, *, silent: Sequence[str]) -> None:
    period = await _open(session, as_of, without=silent)
    await periods.close(session, SYSTEM_ACTOR, period.id, _paper(number, as_of, 5))


async def _corrected(session: AsyncSession, as_of: date, number: str) -> None:
    period = (await session.scalars(select(ReportPeriod).where(ReportPeriod.as_of == as_of))).one()
    reason = "Nhập bổ sung một quyết định công nhận đã ban hành trước ngày chốt."
    await periods.correct(session, SYSTEM_ACTOR, period.id, _paper(number, as_of, 16), reason=reason)


def _paper(number: str, as_of: date, days_after: int) -> periods.Paper:
    on = min(as_of + timedelta(days=days_after), clock.today())
    return periods.Paper(f"{number} ({MADE_UP})", on)


async def _targets(session: AsyncSession) -> None:
    due = date(clock.today().year, 12, 31)
    for target in (
        NewTarget(due, Decimal(75), document_number=f"12/KH-UBND ({MADE_UP})"),
        NewTarget(due, Decimal(100), cut=By.STARS, key="5", document_number=f"12/KH-UBND ({MADE_UP})"),
    ):
        await set_target(session, SYSTEM_ACTOR, PROVINCE, target)


async def _sessions(session: AsyncSession) -> None:
    """Of the year's sessions those of one producer; earlier ones than this year's count for the last."""
    producer = (await session.scalars(select(Producer).where(Producer.name == COTO))).one()
    shown = tuple(await session.scalars(select(Product.id).where(Product.producer_id == producer.id)))
    for days_ago, channel, title, viewers, orders in _SESSIONS:
        await enter_session(
            session,
            SYSTEM_ACTOR,
            producer.id,
            NewSession(
                held_on=clock.today() - timedelta(days=days_ago),
                channel=channel,
                title=f"{title} ({MADE_UP})",
                product_ids=shown,
                viewers=viewers,
                orders=orders,
            ),
        )


async def _helpers(session: AsyncSession) -> None:
    """A helper in each of those communes, and the producers there who agreed."""
    now = clock.now()
    for number, place in enumerate(_HELPERS, start=1):
        user = await register_user(
            session,
            display_name=f"Tổ viên minh hoạ {number} ({place})",
            passphrase=PASSPHRASE,
            email=f"hotro{number}@ocop.example",
            offices=(OfficeSeat(Office.HELPER),),
        )
        helped: Sequence[UUID] = (
            await session.scalars(
                select(Producer.id)
                .where(Producer.name.contains("minh hoạ"), Producer.name.contains(f"({place})"))
                .order_by(Producer.sort_key)
                .limit(_EACH_HELPS)
            )
        ).all()
        session.add_all(
            Mandate(
                id=new_id(),
                producer_id=producer_id,
                helper_id=user.id,
                valid=Range(now - timedelta(days=150), now + timedelta(days=215)),
                agreed_how=f"Đồng ý bằng văn bản ({MADE_UP})",
            )
            for producer_id in helped
        )
