"""Periods (kỳ số liệu): opened, confirmed by communes, closed under a document number, corrected beside it.

A period can be confirmed and closed once its day is over, so what is frozen is the figure of the whole day. A
commune that never answers, or says that its list is wrong, does not hold up the province: it is kept by name,
with what it said, in what is closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.db import SYSTEM, apply_scope, insert_rows
from ocop_hub.errors import FieldProblem
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, require_office, require_reports
from ocop_hub.reporting import coverage
from ocop_hub.reporting.coverage import WITHOUT, stars_label
from ocop_hub.reporting.errors import (
    DocumentIncomplete,
    NothingToCorrect,
    ObjectionMissing,
    PeriodClosed,
    PeriodExists,
    PeriodNotClosed,
    PeriodNotFound,
    PeriodNotOver,
    UnitNotInPeriod,
)
from ocop_hub.reporting.figures import By, Row, Standing
from ocop_hub.reporting.models import (
    ClosedFigure,
    ClosedProduct,
    PeriodConfirmation,
    PeriodState,
    ReportPeriod,
)
from ocop_hub.reporting.periods.closing import (
    Frozen,
    counts_json,
    cuts_json,
    freeze,
    moved_between,
    rule_json,
    rule_of,
)
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import AppliedRule, rule_in_force

#: Periods may be announced this long before their day.
AHEAD: Final = timedelta(days=366)
LONGEST_TEXT: Final = 300
LONGEST_OBJECTION: Final = 1_000
_CLOSED: Final = (PeriodState.CLOSED, PeriodState.ADJUSTED)


@dataclass(frozen=True, slots=True)
class Paper:
    """The document under which a figure is reported."""

    number: str
    date: date


@dataclass(frozen=True, slots=True)
class PeriodDetail:
    """A period with who confirmed and, the newest last, what was closed and corrected."""

    period: ReportPeriod
    confirmations: tuple[PeriodConfirmation, ...]
    figures: tuple[ClosedFigure, ...]


def periods(province: str) -> Select[ReportPeriod]:
    """The province's periods, the newest first; no tenant's data stands in them."""
    return select(ReportPeriod).where(ReportPeriod.province == province).order_by(ReportPeriod.as_of.desc())


async def open_period(
    session: AsyncSession, actor: Actor, *, province: str, as_of: date, name: str = ""
) -> ReportPeriod:
    """Open the period whose figure is that of the end of ``as_of``, at most a year ahead.

    Raises :class:`PeriodExists`, ``AsOfOutOfRange``, and Forbidden unless an office acts.
    """
    require_office(actor)
    coverage.check_day(as_of - AHEAD if as_of > clock.today() else as_of)
    adding = (
        insert(ReportPeriod)
        .values(
            id=new_id(),
            province=province,
            as_of=as_of,
            name=clean(name)[:LONGEST_TEXT] or _named(as_of),
            state=PeriodState.OPEN,
            created_by=actor.label,
        )
        .on_conflict_do_nothing(constraint="uq_report_periods_as_of")
        .returning(ReportPeriod)
    )
    period = await session.scalar(adding)
    if period is None:
        raise PeriodExists(f"Đã có kỳ số liệu tính đến ngày {as_of:%d/%m/%Y}. Hãy mở kỳ đó trong danh sách.")
    _record(session, actor, "open_period", period.id, as_of=as_of.isoformat())
    return period


def _named(as_of: date) -> str:
    if (as_of + timedelta(days=1)).day == 1:
        return f"Tháng {as_of.month}/{as_of.year}"
    return f"Đến ngày {as_of.day}/{as_of.month}/{as_of.year}"


def _record(session: AsyncSession, actor: Actor, verb: str, period_id: UUID, **details: Any) -> None:
    subject = f"report_period:{period_id}"
    audit.record(session, actor=actor.label, action=f"reporting.{verb}", subject=subject, **details)


async def find(session: AsyncSession, period_id: UUID, *, lock: bool = False) -> ReportPeriod:
    """The period; with ``lock`` nobody else changes it until the transaction ends. Raises :class:`PeriodNotFound`."""
    period = await session.get(ReportPeriod, period_id, with_for_update=lock, populate_existing=lock)
    if period is None:
        raise PeriodNotFound("Không tìm thấy kỳ số liệu này.")
    return period


async def detail(session: AsyncSession, period_id: UUID) -> PeriodDetail:
    """The period with its confirmations and closed figures. Raises :class:`PeriodNotFound`."""
    period = await find(session, period_id)
    confirmed = await session.scalars(
        select(PeriodConfirmation).where(PeriodConfirmation.period_id == period_id)
    )
    figures = await session.scalars(
        select(ClosedFigure).where(ClosedFigure.period_id == period_id).order_by(ClosedFigure.number)
    )
    return PeriodDetail(period, tuple(confirmed), tuple(figures))


async def closed_figure(session: AsyncSession, period_id: UUID, number: int | None = None) -> ClosedFigure:
    """A closed figure of the period, the last unless ``number`` says which.

    Raises :class:`PeriodNotFound` and, where nothing is closed yet, :class:`PeriodNotClosed`.
    """
    period = await find(session, period_id)
    query = select(ClosedFigure).where(ClosedFigure.period_id == period_id)
    if number is not None:
        query = query.where(ClosedFigure.number == number)
    closed = await session.scalar(query.order_by(ClosedFigure.number.desc()).limit(1))
    if closed is None:
        raise PeriodNotClosed(f"{period.name} chưa có số liệu đã chốt này.")
    return closed


async def closed_on(
    session: AsyncSession, province: str, as_of: date
) -> tuple[ReportPeriod, ClosedFigure] | None:
    """The last closed figure of a day, if the day was reported."""
    row = (
        await session.execute(
            select(ReportPeriod, ClosedFigure)
            .join(ClosedFigure, ClosedFigure.period_id == ReportPeriod.id)
            .where(ReportPeriod.province == province, ReportPeriod.as_of == as_of)
            .order_by(ClosedFigure.number.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def question_of(
    session: AsyncSession, period: ReportPeriod, rule: AppliedRule | None = None
) -> Question:
    """What the period asks: its day, by the rule in force that day unless another is given. Raises ``NoRuleYet``."""
    await coverage.prepare(session)
    return Question(period.as_of, rule or await rule_in_force(session, period.as_of), period.province)


async def confirm(
    session: AsyncSession, actor: Actor, period_id: UUID, unit_id: str = ""
) -> PeriodConfirmation:
    """A commune's officer says that her commune's list is right; an office may say it for ``unit_id``.

    Saying it again keeps the numbers seen now, and takes an objection back. Raises :class:`PeriodNotFound`,
    :class:`PeriodNotOver`, :class:`PeriodClosed`, :class:`UnitNotInPeriod`.
    """
    return await _answer(session, actor, period_id, unit_id, verb="confirm_period", objection="")


async def object_to(
    session: AsyncSession, actor: Actor, period_id: UUID, objection: str, unit_id: str = ""
) -> PeriodConfirmation:
    """A commune's officer says what is wrong with her commune's list; a confirmation given before is taken back.

    Raises :class:`ObjectionMissing` and what :func:`confirm` raises.
    """
    said = clean(objection)
    if not said or len(said) > LONGEST_OBJECTION:
        problem = FieldProblem(
            "objection",
            "missing",
            "Hãy ghi điều chưa đúng (sản phẩm nào, sai ở đâu), tối đa 1.000 ký tự.",
        )
        raise ObjectionMissing(problem.problem, fields=[problem])
    return await _answer(session, actor, period_id, unit_id, verb="object_to_period", objection=said)


async def _answer(
    session: AsyncSession, actor: Actor, period_id: UUID, unit_id: str, *, verb: str, objection: str
) -> PeriodConfirmation:
    require_reports(actor)
    period = await find(session, period_id, lock=True)
    _check_over(period)
    if period.state in _CLOSED:
        raise PeriodClosed(f"{period.name} đã chốt nên không nhận xác nhận nữa.")
    unit = unit_id if actor.is_office else actor.unit_id
    units = await _units(session, actor, period)
    if unit not in units or (unit_id and unit_id != unit):
        raise UnitNotInPeriod("Hãy chọn một xã, phường, đặc khu của kỳ này.")
    counts = units[unit].counts
    seen = {
        "numerator": counts.numerator,
        "denominator": counts.denominator,
        "objection": objection,
        "confirmed_by": actor.label,
    }
    adding = insert(PeriodConfirmation).values(period_id=period_id, unit_id=unit, **seen)
    kept: PeriodConfirmation | None = await session.scalar(
        adding.on_conflict_do_update(
            index_elements=["period_id", "unit_id"], set_={**seen, "confirmed_at": clock.now()}
        ).returning(PeriodConfirmation),
        execution_options={"populate_existing": True},
    )
    if kept is None:  # pragma: no cover - an upsert gives its row
        raise RuntimeError("confirmation not stored")
    answers = await _answers(session, period_id, units.values())
    period.state = PeriodState.CONFIRMED if answers.all_confirmed else PeriodState.OPEN
    _record(session, actor, verb, period_id, unit=unit, **seen)
    return kept


async def _units(session: AsyncSession, actor: Actor, period: ReportPeriod) -> dict[str, Row]:
    """Every commune of the period with its counts, whoever asks: who is still silent is nobody's secret."""
    await apply_scope(session, SYSTEM)
    rows = await coverage.rows(session, SYSTEM_ACTOR, await question_of(session, period), By.UNIT)
    await apply_scope(session, actor.scope)
    return {row.key: row for row in rows if row.key}


@dataclass(frozen=True, slots=True)
class Answers:
    """Communes with products that have not answered, and those that called their list wrong, as they are kept."""

    silent: list[dict[str, str]]
    objecting: list[dict[str, str]]

    @property
    def all_confirmed(self) -> bool:
        """Whether nobody is silent and nobody objects."""
        return not self.silent and not self.objecting


async def _answers(session: AsyncSession, period_id: UUID, units: Iterable[Row]) -> Answers:
    given = select(PeriodConfirmation).where(PeriodConfirmation.period_id == period_id)
    return answers_of(await session.scalars(given), units)


def answers_of(given: Iterable[PeriodConfirmation], units: Iterable[Row]) -> Answers:
    """Who of ``units`` is silent and who objects; an objection stands even when the commune's last product left."""
    said = {each.unit_id: each.objection for each in given}
    asked = [row for row in units if row.key]
    return Answers(
        silent=[
            {"id": row.key, "name": row.label}
            for row in asked
            if row.counts.denominator and row.key not in said
        ],
        objecting=[
            {"id": row.key, "name": row.label, "objection": said[row.key]}
            for row in asked
            if said.get(row.key)
        ],
    )


def _check_over(period: ReportPeriod) -> None:
    if clock.today() <= period.as_of:
        after = period.as_of + timedelta(days=1)
        raise PeriodNotOver(
            f"{period.name} tính đến hết ngày {period.as_of:%d/%m/%Y}; "
            f"xác nhận và chốt được từ ngày {after:%d/%m/%Y}."
        )


def _checked(paper: Paper, period: ReportPeriod) -> Paper:
    number = clean(paper.number)
    problems = []
    if not number or len(number) > LONGEST_TEXT:
        problems.append(
            FieldProblem("document_number", "missing", "Hãy ghi số văn bản báo cáo, tối đa 300 ký tự.")
        )
    if not period.as_of <= paper.date <= clock.today():
        problems.append(
            FieldProblem(
                "document_date", "range", f"Ngày văn bản phải từ {period.as_of:%d/%m/%Y} đến hôm nay."
            )
        )
    if problems:
        raise DocumentIncomplete(" ".join(each.problem for each in problems), fields=problems)
    return Paper(number, paper.date)


async def close(session: AsyncSession, actor: Actor, period_id: UUID, paper: Paper) -> ClosedFigure:
    """Freeze the figure of the period's day, its list and the rule in force, under a document number.

    Raises :class:`PeriodNotFound`, :class:`PeriodNotOver`, :class:`PeriodClosed` the second time,
    :class:`DocumentIncomplete`, ``NoRuleYet``, and Forbidden unless an office acts.
    """
    require_office(actor)
    period = await find(session, period_id, lock=True)
    if period.state in _CLOSED:
        first = (await detail(session, period_id)).figures[0]
        raise PeriodClosed(
            f"{period.name} đã chốt theo văn bản {first.document_number} "
            f"ngày {first.document_date:%d/%m/%Y}. Muốn sửa số liệu, hãy lập điều chỉnh sau chốt."
        )
    _check_over(period)
    paper = _checked(paper, period)
    question = await question_of(session, period)
    frozen = await freeze(session, question)
    answers = await _answers(session, period_id, frozen.cuts[By.UNIT])
    closed = await _keep(session, actor, period, 0, paper, question.rule, frozen, answers=answers)
    period.state = PeriodState.CLOSED
    counts = frozen.figure.counts
    _record(
        session, actor, "close_period", period_id, document=paper.number,
        numerator=counts.numerator, denominator=counts.denominator,
        silent=[each["id"] for each in answers.silent],
        objecting=[each["id"] for each in answers.objecting],
    )  # fmt: skip
    return closed


async def correct(
    session: AsyncSession, actor: Actor, period_id: UUID, paper: Paper, *, reason: str
) -> ClosedFigure:
    """Put a corrected figure beside the closed one: the same day by the same rule, as it is known now.

    Raises :class:`PeriodNotClosed`, :class:`NothingToCorrect` when every product stands where it was reported,
    :class:`DocumentIncomplete`, and what :func:`close` raises.
    """
    require_office(actor)
    period = await find(session, period_id, lock=True)
    if period.state not in _CLOSED:
        raise PeriodNotClosed(f"{period.name} chưa chốt. Hãy chốt số liệu trước khi điều chỉnh.")
    if not clean(reason):
        problem = FieldProblem("reason", "missing", "Hãy ghi lý do điều chỉnh.")
        raise DocumentIncomplete(problem.problem, fields=[problem])
    paper = _checked(paper, period)
    last = (await detail(session, period_id)).figures[-1]
    rule = rule_of(last.rule)
    frozen = await freeze(session, await question_of(session, period, rule))
    closed = await _keep(session, actor, period, last.number + 1, paper, rule, frozen, reason=clean(reason))
    moved = (await session.execute(moved_between(last.id, closed.id))).mappings().all()
    if not moved:
        raise NothingToCorrect(
            f"Danh sách sản phẩm của {period.name} vẫn như đã chốt, không có gì để điều chỉnh."
        )
    period.state = PeriodState.ADJUSTED
    _record(session, actor, "correct_period", period_id, document=paper.number, moved=len(moved))
    return closed


async def _keep(
    session: AsyncSession,
    actor: Actor,
    period: ReportPeriod,
    number: int,
    paper: Paper,
    rule: AppliedRule,
    frozen: Frozen,
    *,
    answers: Answers | None = None,
    reason: str = "",
) -> ClosedFigure:
    closed = ClosedFigure(
        id=new_id(),
        period_id=period.id,
        number=number,
        document_number=paper.number,
        document_date=paper.date,
        rule=rule_json(rule),
        counts=counts_json(frozen.figure.counts),
        cuts=cuts_json(frozen.cuts),
        silent=answers.silent if answers else [],
        objecting=answers.objecting if answers else [],
        reason=reason[:LONGEST_TEXT],
        created_by=actor.label,
    )
    session.add(closed)
    await session.flush()  # its products refer to it
    if frozen.products:
        rows = [{"figure_id": closed.id, **product} for product in frozen.products]
        await session.execute(insert_rows(ClosedProduct, rows))
    return closed


@dataclass(frozen=True, slots=True)
class Moved:
    """A product that stands elsewhere, or for another commune or stars, than before; None: not counted."""

    name: str
    unit_name: str
    was: Standing | None
    now: Standing | None
    reason: str


async def difference(session: AsyncSession, before: ClosedFigure, after: ClosedFigure) -> tuple[Moved, ...]:
    """Which products make the difference between two figures, as far as the reader may see them."""
    found = await session.execute(moved_between(before.id, after.id))
    return tuple(
        Moved(
            row["name"],
            row["unit_name"],
            Standing(row["was"]) if row["was"] else None,
            Standing(row["now"]) if row["now"] else None,
            _why_moved(row),
        )
        for row in found.mappings()
    )


def _why_moved(row: RowMapping) -> str:
    """Where it came from and which stars it had, if it is counted in both; then why it is not listed."""
    said = []
    if row["was"] and row["now"]:
        if row["unit_before"] != row["unit_name"]:
            said.append(f"Trước đây tính cho {row['unit_before'] or WITHOUT[By.UNIT].lower()}.")
        if row["stars_before"] != row["stars_now"]:
            said.append(f"Trước đây ghi {stars_label(row['stars_before']).lower()}.")
    return " ".join([*said, row["reason"]]).strip()
