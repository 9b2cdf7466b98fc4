"""Asking: from a reader's wishes to figures and rows. Each function is one statement but for names and rules."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit import clock
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting import queries, snapshots
from ocop_hub.reporting.errors import AsOfOutOfRange, CutDoesNotFit
from ocop_hub.reporting.figures import GRADES, By, Change, Counts, CoverageFigure, Geo, Row
from ocop_hub.reporting.parts import PARAMETERS, check_parts, one_of
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import Overrides, rule_in_force, try_out

#: No record of the programme is older (it began in 2013 in the first province).
FIRST_DAY: Final = date(2010, 1, 1)
TREND_MONTHS: Final = 12
#: How a question's statements are planned; see :func:`prepare`.
PLANNING: Final[Mapping[str, str]] = {
    "plan_cache_mode": "force_custom_plan",
    "work_mem": "64MB",  # enough to group the sightings of 20,000 products; the default of 4 MB spills to disk
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "parallel_setup_cost": "100",
    "parallel_tuple_cost": "0.01",
}
KIND_LABELS: Final[Mapping[str, str]] = {
    ProducerKind.ENTERPRISE: "Doanh nghiệp",
    ProducerKind.COOPERATIVE: "Hợp tác xã",
    ProducerKind.COOPERATIVE_GROUP: "Tổ hợp tác",
    ProducerKind.HOUSEHOLD: "Hộ kinh doanh",
}
FORMER: Final = "(trước 01/7/2025)"
#: What products without a key in the cut are called.
WITHOUT: Final[Mapping[By, str]] = {
    By.UNIT: "Chưa rõ xã, phường, đặc khu",
    By.DISTRICT: f"Không theo huyện {FORMER}",
    By.STARS: "Chưa có hạng sao",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A figure, and its rows by one cut (none for the total)."""

    question: Question
    by: By
    figure: CoverageFigure
    rows: tuple[Row, ...]


async def question_for(
    session: AsyncSession,
    *,
    province: str,
    as_of: date | None = None,
    overrides: Overrides | None = None,
    geo: Geo = Geo.CURRENT,
    narrowed: Mapping[By, str] | None = None,
) -> Question:
    """What a reader asks, with the rule in force that day; today when no day is given.

    ``province`` is a code of today, "" for every province. Raises :class:`AsOfOutOfRange`, ``NoRuleYet``,
    ``UnknownPart`` and what :func:`~ocop_hub.reporting.rules.try_out` raises.
    """
    day = check_day(as_of or clock.today())
    await prepare(session)
    rule = await try_out(session, await rule_in_force(session, day), overrides or Overrides())
    wanted = dict(narrowed or {})
    marketplace = wanted.pop(By.MARKETPLACE, None)
    if marketplace is not None:
        one_of(PARAMETERS[By.MARKETPLACE], "sàn được tính", marketplace, rule.marketplaces)
        rule = replace(rule, marketplaces=(marketplace,))
    question = Question(day, rule, province, geo, wanted)
    await check_parts(session, question)
    return question


async def prepare(session: AsyncSession) -> None:
    """Let this transaction's statements over history be planned for their own day, and by what they really cost.

    A prepared statement is planned for any value after five runs; for "any instant" the index on ``during`` looks
    useless and the answer takes three times as long (tried: 0.13 s, then 0.38 s). The planner overrates the walls
    and what is looked up product by product, a thousand times and more: it would compile the statement for longer
    than the answer takes. One process beside the first is worth its start; more of them wait for each other.
    """
    settings = [
        func.set_config(name, value, True) for name, value in PLANNING.items()
    ]  # for this transaction
    await session.execute(select(*settings))


def check_day(day: date) -> date:
    """The day itself, or :class:`AsOfOutOfRange` for one that has not come or lies before any record."""
    today = clock.today()
    if day > today:
        raise AsOfOutOfRange(
            f"Ngày {day:%d/%m/%Y} chưa đến nên chưa có số liệu. Hãy chọn ngày đến hết {today:%d/%m/%Y}."
        )
    if day < FIRST_DAY:
        raise AsOfOutOfRange(f"Hãy chọn ngày từ {FIRST_DAY:%d/%m/%Y}; trước đó không có số liệu.")
    return day


async def figure(session: AsyncSession, actor: Actor, question: Question) -> CoverageFigure:
    """The percentage itself."""
    row = (await session.execute(queries.total(actor, question))).mappings().one()
    return figure_of(question, counts_of_row(row))


def figure_of(question: Question, counts: Counts) -> CoverageFigure:
    """The counts as the question's figure, computed now."""
    return CoverageFigure(
        counts=counts,
        rule_number=question.rule.number,
        rule_valid_from=question.rule.valid_from,
        rule_official=question.rule.official,
        as_of=question.as_of,
        computed_at=clock.now(),
    )


async def rows(session: AsyncSession, actor: Actor, question: Question, by: By) -> tuple[Row, ...]:
    """The lines of one cut. Communes of the province without a product are among them, with nothing counted."""
    if by is By.TOTAL:
        return ()
    if by is By.MONTH:
        return await trend(session, actor, question)
    if by is By.MARKETPLACE:
        found = await session.execute(queries.by_marketplace(actor, question))
        return tuple(Row(row["key"], row["label"], counts_of_row(row)) for row in found.mappings())
    found = await session.execute(queries.by_cut(actor, question, by))
    lines = [Row(row["key"] or "", _label(by, row), counts_of_row(row)) for row in found.mappings()]
    if by is By.UNIT and question.geo is Geo.CURRENT and question.province and not question.narrowed:
        lines = with_empty_communes(lines, question.province, actor)
    return tuple(lines)


def _label(by: By, row: RowMapping) -> str:
    key, label = row["key"], row["label"]
    if key is None:
        return WITHOUT.get(by, "–")
    if by is By.DISTRICT:
        return f"{label} {FORMER}"
    if by is By.STARS:
        return stars_label(int(key))
    return KIND_LABELS.get(key, str(label)) if by is By.KIND else str(label)


def stars_label(stars: int | None) -> str:
    """``4 sao``, or what products without a star are called."""
    return f"{stars} sao" if stars else WITHOUT[By.STARS]


def with_empty_communes(lines: list[Row], province: str, actor: Actor) -> list[Row]:
    """The lines with those communes of the province added that have no product, in Vietnamese order."""
    found = {line.key: line for line in lines}
    communes = finder().communes_of(province)
    if actor.role is Role.OFFICER_COMMUNE:
        communes = [unit for unit in communes if unit.id == actor.unit_id]
    ordered = [found.pop(unit.id, Row(unit.id, unit.full_name, Counts())) for unit in communes]
    return [*ordered, *found.values()]


async def report(session: AsyncSession, actor: Actor, question: Question, by: By) -> Report:
    """The figure and its rows. Raises :class:`CutDoesNotFit`."""
    if by is By.MONTH and question.as_of.year <= FIRST_DAY.year:
        raise CutDoesNotFit(f"Xem theo tháng chỉ được từ năm {FIRST_DAY.year + 1}.")
    return Report(
        question=question,
        by=by,
        figure=await figure(session, actor, question),
        rows=await rows(session, actor, question, by),
    )


async def days(
    session: AsyncSession, actor: Actor, question: Question, wanted: Sequence[date]
) -> tuple[Row, ...]:
    """The same question, by the same rule, on several days in order."""
    found = await session.execute(queries.by_day(actor, question, wanted))
    return tuple(
        Row(row["key"].isoformat(), f"{row['key']:%m/%Y}", counts_of_row(row)) for row in found.mappings()
    )


async def trend(
    session: AsyncSession, actor: Actor, question: Question, today: Counts | None = None
) -> tuple[Row, ...]:
    """The month ends before the day, and the day itself: from the nightly snapshots where they can answer.

    ``today`` are the day's counts where they are known already.
    """
    wanted = month_ends(question.as_of, TREND_MONTHS)
    known = dict(await snapshots.stored(session, actor, question, wanted[:-1]))
    if today is not None:
        known[question.as_of] = today
    asked = [day for day in wanted if day not in known]
    found = {row.key: row for row in await days(session, actor, question, asked)} if asked else {}
    return tuple(
        found.get(day.isoformat()) or Row(day.isoformat(), f"{day:%m/%Y}", known[day]) for day in wanted
    )


def month_ends(day: date, months: int) -> tuple[date, ...]:
    """The last days of the months before ``day``'s, and ``day`` itself at the end; ``months`` in all."""
    ends = []
    for back in range(months - 1, 0, -1):
        year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
        ends.append(date(year, month + 1, calendar.monthrange(year, month + 1)[1]))
    return (*ends, day)


async def change(session: AsyncSession, actor: Actor, question: Question, since: date) -> Change:
    """What moved from the end of ``since`` to the day asked about, by the rule of that day."""
    row = (await session.execute(queries.compared(actor, question, check_day(since)))).mappings().one()
    return Change(
        since=since,
        before=counts_of_row(row),
        newly_listed=row["newly_listed"],
        dropped=row["dropped"],
        newly_counted=row["newly_counted"],
        no_longer_counted=row["no_longer_counted"],
    )


def counts_of_row(row: RowMapping) -> Counts:
    """The counts out of the columns of ``queries.count_columns``."""
    return Counts(
        numerator=row["numerator"],
        denominator=row["denominator"],
        unverified=row["unverified"],
        unknown=row["unknown"],
        not_listable=row["not_listable"],
        off_season=row["off_season"],
        grades={grade: row[f"grade_{grade.value}"] for grade in GRADES},
    )
