"""The reports of each month: made by the worker when the month is over, kept as files, made once.

After a time without a worker the months missed are made up for. The figure is the closed one where the month was
closed before; else it is the live one and says so.
"""

from __future__ import annotations

import asyncio
import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.db import SYSTEM
from ocop_hub.jobs import JobContext, SweepKind
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.media import Media, MediaNotFound
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, require_office
from ocop_hub.reporting import coverage
from ocop_hub.reporting.coverage import Report, month_ends
from ocop_hub.reporting.errors import NoRuleYet, PaperNotFound, PeriodNotOver
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.models import MonthlyReport
from ocop_hub.reporting.papers import templates
from ocop_hub.reporting.papers.content import PaperReport
from ocop_hub.reporting.papers.export import rows_csv
from ocop_hub.reporting.papers.making import MEDIA_TYPES, PaperKind, paper, written
from ocop_hub.reporting.periods.closing import closed_report, correction_of
from ocop_hub.reporting.periods.service import closed_on
from ocop_hub.reporting.schemas import coverage_out
from ocop_hub.settings import Settings

log = structlog.get_logger(__name__)

#: Key of this room's part of the job context's resources.
MONTHLY: Final = "reporting.monthly"
#: More months than these are not made up for.
LONGEST_GAP: Final = 24
#: The page on which the figure of a day is seen again.
PAGE: Final = "/bao-cao"
#: How long a new report is told of on the officers' first page.
TOLD: Final = timedelta(days=10)
_LOCK: Final = 0x6D6E7468  # "mnth" in ASCII


@dataclass(frozen=True, slots=True)
class MonthlyMaking:
    """What making the papers asks for."""

    settings: Settings
    media: Media


def monthly_reports(province: str) -> Select[MonthlyReport]:
    """The province's monthly reports, the newest first; no tenant's data stands in them."""
    return (
        select(MonthlyReport).where(MonthlyReport.province == province).order_by(MonthlyReport.as_of.desc())
    )


async def find_file(
    session: AsyncSession, report_id: UUID, name: str
) -> tuple[MonthlyReport, Mapping[str, Any]]:
    """One file of a month. Raises :class:`PaperNotFound`."""
    report = await session.get(MonthlyReport, report_id)
    found = next((file for file in report.files if file["name"] == name), None) if report else None
    if report is None or found is None:
        raise PaperNotFound("Không có tệp báo cáo này. Hãy chọn trong danh sách báo cáo tháng.")
    return report, found


async def due(session: AsyncSession, province: str, today: date) -> list[date]:
    """The month ends that have no report yet, the oldest first: since the last one made, or only last month's."""
    last = month_ends(today, 2)[0]
    made = await session.scalar(
        select(func.max(MonthlyReport.as_of)).where(MonthlyReport.province == province)
    )
    if made is None:
        return [last]
    return [day for day in month_ends(today, LONGEST_GAP + 1)[:-1] if day > made]


async def make_now(
    session: AsyncSession, making: MonthlyMaking, actor: Actor, month: date | None = None
) -> MonthlyReport:
    """The report of the month in which ``month`` lies, made now if it was not yet; last month's when none is given.

    Earlier months that are still due are made with it, for the sweep goes on from the latest. Raises
    :class:`PeriodNotOver`, ``NoRuleYet``, ``AsOfOutOfRange``, and Forbidden unless an office acts.
    """
    require_office(actor)
    today, province = clock.today(), making.settings.home_province
    day = month_ends(today, 2)[0] if month is None else _month_end(month)
    if day >= today:
        raise PeriodNotOver(
            f"Tháng {day.month}/{day.year} chưa hết; báo cáo lập được từ ngày {day + timedelta(days=1):%d/%m/%Y}."
        )
    # One at a time, as in the sweep.
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    known: MonthlyReport | None = await session.scalar(
        monthly_reports(province).where(MonthlyReport.as_of == day)
    )
    if known is not None:
        return known
    for earlier in await due(session, province, today):
        if earlier < day:
            await make(session, making, earlier, actor)
    made = await make(session, making, day, actor)
    if made is None:
        raise NoRuleYet(f"Ngày {day:%d/%m/%Y} chưa có cách tính nào áp dụng. Hãy chọn ngày muộn hơn.")
    return made


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


async def make(
    session: AsyncSession, making: MonthlyMaking, day: date, actor: Actor = SYSTEM_ACTOR
) -> MonthlyReport | None:
    """Make the month's files and keep them; None where no rule was in force on the day. ``actor``: who asked."""
    settings = making.settings
    try:
        question = await coverage.question_for(session, province=settings.home_province, as_of=day)
    except NoRuleYet:
        return None
    closed = await closed_on(session, settings.home_province, day)
    found = (
        closed_report(*closed) if closed else await coverage.report(session, SYSTEM_ACTOR, question, By.UNIT)
    )
    path = f"{PAGE}/ky/{closed[0].id}" if closed else f"{PAGE}?as_of={day.isoformat()}"
    wanted = await paper(
        session,
        settings,
        found,
        path=path,
        day=closed[1].document_date if closed else clock.today(),
        correction=correction_of(closed[1]) if closed else "",
    )
    files = [await _kept(making.media, *each) for each in await _files(session, making, found, wanted)]
    report = MonthlyReport(
        id=new_id(),
        province=settings.home_province,
        as_of=day,
        rule_number=found.question.rule.number,
        numerator=found.figure.counts.numerator,
        denominator=found.figure.counts.denominator,
        document_number=found.figure.document_number,
        files=files,
    )
    session.add(report)
    await session.flush()
    subject, names = f"monthly_report:{report.id}", [file["name"] for file in files]
    audit.record(
        session,
        actor=actor.label,
        action="reporting.make_month",
        subject=subject,
        as_of=day.isoformat(),
        files=names,
    )
    return report


async def _files(
    session: AsyncSession, making: MonthlyMaking, found: Report, wanted: PaperReport
) -> list[tuple[str, str, bytes]]:
    """Name, media type and content of each file: the house's own papers, the data, the province's templates."""
    stem = f"bao-cao-len-san-{wanted.as_of.isoformat()}"
    files = [(f"{stem}.{kind.value}", MEDIA_TYPES[kind], await written(wanted, kind)) for kind in PaperKind]
    data = coverage_out(found).model_dump_json(indent=2).encode()
    files.append((f"{stem}.csv", "text/csv; charset=utf-8", rows_csv(found)))
    files.append((f"{stem}.json", "application/json", data))
    in_use = list(await session.scalars(templates.templates(found.question.province)))
    for number, template in enumerate(in_use, start=1):
        kind = PaperKind(template.kind)
        try:
            content = await making.media.read(template.media_key)
        except MediaNotFound:
            # A template whose file was lost must not hold up the month.
            log.warning("template without its file", template=str(template.id))
            continue
        filled = await asyncio.to_thread(templates.fill, content, kind, wanted)
        files.append((f"mau-{number}-{wanted.as_of.isoformat()}.{kind.value}", MEDIA_TYPES[kind], filled))
    return files


async def _kept(media: Media, name: str, media_type: str, content: bytes) -> dict[str, str]:
    key = await media.put_file(content, "reports", suffix=f".{name.rpartition('.')[2]}")
    return {"name": name, "media_type": media_type, "media_key": key}


async def make_due(context: JobContext, today: Callable[[], date] = clock.today) -> None:
    """Make what is due, each month in a transaction of its own; one worker at a time, each month once."""
    making: MonthlyMaking | None = context.resources.get(MONTHLY)
    if making is None:
        return  # a worker that was not given a place for files
    province = making.settings.home_province
    async with context.database.session(SYSTEM) as session:
        days = await due(session, province, today())
    for day in days:
        async with context.database.session(SYSTEM) as session:
            if not await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                return  # another worker is at it
            if day in await due(session, province, today()):
                await make(session, making, day)


SWEEPS = (SweepKind("reporting.monthly", make_due, every=timedelta(minutes=30)),)
