"""The first page's numbers in one reading of history: the figure, its communes, producers, groups and stars, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, case, cast, func, literal, null, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductGroup
from ocop_hub.kit.text import sort_key
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import coverage
from ocop_hub.reporting.figures import GRADES, By, Change, Counts, CoverageFigure, Geo, Row, Standing
from ocop_hub.reporting.queries import count_columns, standings
from ocop_hub.reporting.question import Question

_CUTS = (By.UNIT, By.PRODUCER, By.GROUP, By.STARS)
_MOVES = ("newly_listed", "dropped", "newly_counted", "no_longer_counted")


@dataclass(frozen=True, slots=True)
class Overview:
    """``units``, ``groups``, ``stars`` as the rows of these cuts; ``producers`` the counts of each producer that has
    counted products."""

    figure: CoverageFigure
    units: tuple[Row, ...]
    producers: Mapping[UUID, Counts]
    groups: tuple[Row, ...]
    stars: tuple[Row, ...]
    change: Change


async def overview(session: AsyncSession, actor: Actor, question: Question, since: date) -> Overview:
    """Everything at once; the same numbers as asking one by one. Raises ``AsOfOutOfRange`` for ``since``."""
    found = await session.execute(_statement(actor, question, coverage.check_day(since)))
    units: list[Row] = []
    producers: dict[UUID, Counts] = {}
    of_groups: dict[str, Counts] = {}
    of_stars: dict[int | None, Counts] = {}
    change: Change | None = None
    for row in found.mappings():
        counts = coverage.counts_of_row(row)
        if row["part"] == "unit":
            units.append(_unit(row["unit"], counts))
        elif row["part"] == "producer":
            producers[row["producer"]] = counts
        elif row["part"] == "group":
            of_groups[row["group"]] = counts
        elif row["part"] == "stars":
            of_stars[row["stars"]] = counts
        else:
            change = Change(since=since, before=counts, **{name: row[name] for name in _MOVES})
    if change is None:  # pragma: no cover - an aggregate without groups gives its row
        raise RuntimeError("no comparison")
    units.sort(key=_place)
    if question.geo is Geo.CURRENT and question.province and not question.narrowed:
        units = coverage.with_empty_communes(units, question.province, actor)
    figure = coverage.figure_of(question, _sum(producers.values()))
    groups = await _groups(session, of_groups)
    return Overview(figure, tuple(units), producers, groups, _stars(of_stars), change)


async def _groups(session: AsyncSession, counts: Mapping[str, Counts]) -> tuple[Row, ...]:
    named = select(ProductGroup.code, ProductGroup.name_vi).order_by(ProductGroup.position)
    return tuple(
        Row(code, name, counts[code]) for code, name in (await session.execute(named)).all() if code in counts
    )


def _stars(counts: Mapping[int | None, Counts]) -> tuple[Row, ...]:
    """The fewest first, those without at the end."""
    return tuple(
        Row("" if stars is None else str(stars), coverage.stars_label(stars), counts[stars])
        for stars in sorted(counts, key=lambda one: one or 9)
    )


def _unit(key: str | None, counts: Counts) -> Row:
    unit = finder().unit(key) if key else None
    return Row(key or "", unit.full_name if unit else coverage.WITHOUT[By.UNIT], counts)


def _place(row: Row) -> tuple[bool, str]:
    """Vietnamese order of names without their kind, those without a commune last."""
    unit = finder().unit(row.key) if row.key else None
    return (unit is None, sort_key(unit.name) if unit else "")


def _sum(parts: Any) -> Counts:
    each = list(parts)

    def of(name: str) -> int:
        return sum(getattr(counts, name) for counts in each)

    grades = {grade: sum(counts.grades.get(grade, 0) for counts in each) for grade in GRADES}
    names = ("numerator", "denominator", "unverified", "unknown", "not_listable", "off_season")
    return Counts(**{name: of(name) for name in names}, grades=grades)


def _statement(actor: Actor, question: Question, since: date) -> CompoundSelect[*tuple[Any, ...]]:
    now = standings(actor, question, *_CUTS).cte("now")
    then = standings(actor, question.on(since)).cte("then")
    keys = [now.c[cut.value] for cut in _CUTS]
    nothing = [null().label(name) for name in _MOVES]
    cut = (
        select(
            case(*((func.grouping(key) == 0, key.name) for key in keys)).label("part"),
            *keys,
            *count_columns(now.c.standing, now.c.rank),
            *nothing,
        )
        .select_from(now)
        .group_by(func.grouping_sets(*(tuple_(key) for key in keys)))
    )
    listed = Standing.LISTED.value
    both = then.c.product_id.is_not(None) & now.c.product_id.is_not(None)
    was, is_ = then.c.standing == listed, now.c.standing == listed
    moved = select(
        literal("then").label("part"),
        *(cast(null(), key.type).label(key.name) for key in keys),
        *count_columns(then.c.standing, then.c.rank),
        func.count().filter(both, ~was, is_).label("newly_listed"),
        func.count().filter(both, was, ~is_).label("dropped"),
        func.count().filter(then.c.product_id.is_(None)).label("newly_counted"),
        func.count().filter(now.c.product_id.is_(None)).label("no_longer_counted"),
    ).select_from(then.outerjoin(now, now.c.product_id == then.c.product_id, full=True))
    return union_all(moved, cut)
