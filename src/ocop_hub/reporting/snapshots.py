"""Nightly counts of commune × marketplace × stars: they carry the trend, so that a year costs no more than a day.

A snapshot holds what was known when it was made, by the rule in force on its day. Every night yesterday's is made
and those of the trend's month ends are made again, so what came in late stands in the trend after one night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Date, Select, and_, delete, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.actor import SEES_ALL, SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.errors import NoRuleYet
from ocop_hub.reporting.figures import GRADES, By, Counts, Geo
from ocop_hub.reporting.models import CoverageRule, CoverageSnapshot
from ocop_hub.reporting.queries import (
    apart,
    apart_and_seen,
    count_columns,
    not_seen,
    population,
    standing_columns,
    standings,
)
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import rule_in_force
from ocop_hub.reporting.sightings import counting_marketplaces, sightings

_COUNTS: Final = (
    "denominator",
    "numerator",
    "unverified",
    "unknown",
    "not_listable",
    "off_season",
    *(f"grade_{grade.value}" for grade in GRADES),
)
_KEYS: Final = ("day", "province_id", "unit_id", "marketplace_key", "stars", "rule_number")
#: What a stored row can be narrowed by.
_STORED_CUTS: Final = frozenset({By.UNIT, By.STARS})


async def refresh(session: AsyncSession, day: date) -> int:
    """Make the day's snapshot anew, of every province; the number of rows, 0 where no rule was in force.

    The session must be under the scope of the service.
    """
    try:
        rule = await rule_in_force(session, day)
    except NoRuleYet:
        return 0
    question = Question(day, rule, "")
    await session.execute(delete(CoverageSnapshot).where(CoverageSnapshot.day == day))
    made = 0
    for rows in (_together(question), _by_marketplace(question)):
        adding = insert(CoverageSnapshot).from_select([*_KEYS, *_COUNTS], rows)
        made += len((await session.execute(adding.returning(CoverageSnapshot.stars))).all())
    await session.execute(_nothing(question))
    return made


def _together(question: Question) -> Select[*tuple[Any, ...]]:
    """All counting marketplaces as one."""
    each = standings(SYSTEM_ACTOR, question, By.UNIT, By.STARS).subquery("each")
    counts = {column.name: column for column in count_columns(each.c.standing, each.c.rank)}
    keys = _keys(each.c)
    return (
        select(*_row(question, keys, literal("")), *(counts[name] for name in _COUNTS))
        .join(Product, Product.id == each.c.product_id)
        .group_by(*keys)
    )


def _keys(each: Any) -> list[Any]:
    """Province, commune and stars of a counted product."""
    return [
        func.coalesce(Product.province_id, "").label("province"),
        func.coalesce(each[By.UNIT.value], "").label("unit"),
        func.coalesce(each[By.STARS.value], 0).label("stars"),
    ]


def _row(question: Question, keys: Sequence[Any], marketplace: Any) -> list[Any]:
    """The first columns of a stored row, in the order of ``_KEYS``."""
    province, unit, stars = keys
    day, rule = literal(question.as_of, Date()), literal(question.rule.number)
    return [day, province, unit, marketplace, stars, rule]


def _by_marketplace(question: Question) -> Select[*tuple[Any, ...]]:
    """Each counting marketplace by itself, over the same products.

    Only what was seen is joined; products never seen on a marketplace are the rest of their commune's.
    """
    counted = population(SYSTEM_ACTOR, question, By.UNIT, By.STARS).cte("counted")
    placed = (
        select(counted.c.product_id, counted.c.ships, counted.c.off_season, *_keys(counted.c))
        .join(Product, Product.id == counted.c.product_id)
        .cte("placed")
    )
    seen = sightings(question, per_marketplace=True)
    standing, rank = standing_columns(question, seen, placed)
    each = (
        select(placed, seen.c.marketplace_key, standing, rank)
        .join_from(seen, placed, placed.c.product_id == seen.c.product_id)
        .subquery("each")
    )
    of_each = [each.c.province, each.c.unit, each.c.stars]
    columns = count_columns(each.c.standing, each.c.rank)
    found = (
        select(*of_each, each.c.marketplace_key, *apart_and_seen(each), *columns)
        .group_by(*of_each, each.c.marketplace_key)
        .cte("found")
    )
    of_placed = [placed.c.province, placed.c.unit, placed.c.stars]
    whole = (
        select(*of_placed, func.count().label("products"), *apart(placed)).group_by(*of_placed).cte("whole")
    )
    counting = select(MarketplaceRow.key).where(MarketplaceRow.key.in_(counting_marketplaces(question)))
    key = counting.subquery("counting").c.key
    keys = [whole.c.province, whole.c.unit, whole.c.stars]
    derived = not_seen(whole, found)
    same = (found.c.marketplace_key == key) & and_(
        *(found.c[name] == whole.c[name] for name in ("province", "unit", "stars"))
    )
    return select(
        *_row(question, keys, key),
        *(derived.get(name, func.coalesce(found.c[name], 0)) for name in _COUNTS),
    ).select_from(whole.join(key.table, true()).outerjoin(found, same))


def _nothing(question: Question) -> Any:
    """A day on which nothing was counted is known too: a row of noughts per province with products."""
    zeros = [literal(0)] * len(_COUNTS)
    rows = select(
        literal(question.as_of, Date()),
        func.coalesce(Product.province_id, ""),
        literal(""),
        literal(""),
        literal(0),
        literal(question.rule.number),
        *zeros,
    ).distinct()
    return insert(CoverageSnapshot).from_select([*_KEYS, *_COUNTS], rows).on_conflict_do_nothing()


async def due(session: AsyncSession, days: Iterable[date]) -> list[date]:
    """Those of the days whose snapshot was not made since midnight."""
    wanted = list(days)
    fresh = await session.scalars(
        select(CoverageSnapshot.day)
        .where(
            CoverageSnapshot.day.in_(wanted),
            CoverageSnapshot.computed_at >= clock.day_start(clock.today()),
        )
        .distinct()
    )
    done = set(fresh)
    return [day for day in wanted if day not in done]


def nightly_days(today: date, month_ends: Sequence[date]) -> list[date]:
    """Yesterday, and the month ends that the trend shows."""
    yesterday = today - timedelta(days=1)
    return sorted({yesterday, *(day for day in month_ends if day < today)})


async def stored(
    session: AsyncSession, actor: Actor, question: Question, days: Sequence[date]
) -> Mapping[date, Counts]:
    """Counts of those days that a snapshot answers: the same rule, today's communes, whole rows the actor may see."""
    part = await _part(session, question)
    if part is None or not (actor.role in SEES_ALL or actor.role is Role.OFFICER_COMMUNE):
        return {}
    sums = [func.sum(getattr(CoverageSnapshot, name)).label(name) for name in _COUNTS]
    if part:
        days = await _open_days(session, question, part, days)
    query = (
        select(CoverageSnapshot.day, *sums)
        .where(
            CoverageSnapshot.day.in_(days),
            CoverageSnapshot.rule_number == question.rule.number,
            # The row of noughts is nobody's marketplace: it says only that the day was counted.
            or_(CoverageSnapshot.marketplace_key == part, CoverageSnapshot.denominator == 0),
        )
        .group_by(CoverageSnapshot.day)
    )
    if question.province:
        query = query.where(CoverageSnapshot.province_id == province_in_force(question.province))
    narrowed = dict(question.narrowed)
    if actor.role is Role.OFFICER_COMMUNE and narrowed.setdefault(By.UNIT, actor.unit_id) != actor.unit_id:
        return {}
    known_zero = CoverageSnapshot.denominator == 0
    if By.UNIT in narrowed:
        query = query.where(or_(CoverageSnapshot.unit_id == narrowed[By.UNIT], known_zero))
    if By.STARS in narrowed:
        stars = int(narrowed[By.STARS]) if narrowed[By.STARS].isdecimal() else 0
        query = query.where(or_(CoverageSnapshot.stars == stars, known_zero))
    return {row["day"]: _counts(row) for row in (await session.execute(query)).mappings()}


async def _part(session: AsyncSession, question: Question) -> str | None:
    """Which marketplace rows answer: "" for all together; None where no snapshot can."""
    if not question.rule.official or question.geo is not Geo.CURRENT or set(question.narrowed) - _STORED_CUTS:
        return None
    whole: list[str] | None = await session.scalar(
        select(CoverageRule.marketplaces).where(CoverageRule.number == question.rule.number)
    )
    if whole is None:
        return None
    if tuple(whole) == question.rule.marketplaces:
        return ""
    return question.rule.marketplaces[0] if len(question.rule.marketplaces) == 1 else None


async def _open_days(
    session: AsyncSession, question: Question, marketplace: str, days: Sequence[date]
) -> list[date]:
    """Days on which the marketplace was open; of the others it has no rows, though products were counted then."""
    during = await session.scalar(select(MarketplaceRow.open_during).where(MarketplaceRow.key == marketplace))
    return [day for day in days if during is not None and question.on(day).instant in during]


def _counts(row: Any) -> Counts:
    plain = {name: int(row[name]) for name in _COUNTS if not name.startswith("grade_")}
    return Counts(**plain, grades={Grade(grade): int(row[f"grade_{grade.value}"]) for grade in GRADES})
