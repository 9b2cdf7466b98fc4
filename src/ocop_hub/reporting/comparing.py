"""Two days compared: the figures and rows of both, and product by product who came, who went, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.reporting import coverage
from ocop_hub.reporting.behind import Held, Sighting, held_by, sightings_of
from ocop_hub.reporting.errors import AsOfOutOfRange, CutDoesNotFit
from ocop_hub.reporting.figures import By, Change, Counts, CoverageFigure, Standing
from ocop_hub.reporting.lists import Part, products
from ocop_hub.reporting.queries import standings
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import ReasonCode, Why, say

#: Products named one by one; the counts are of all of them.
MOST_MOVED: Final = 2_000


class Way(StrEnum):
    """How a product moved between the two days; as in :class:`~ocop_hub.reporting.figures.Change`."""

    NEWLY_LISTED = "newly_listed"
    DROPPED = "dropped"
    NEWLY_COUNTED = "newly_counted"
    NO_LONGER_COUNTED = "no_longer_counted"


@dataclass(frozen=True, slots=True)
class MovedProduct:
    """One product that moved. ``was`` and ``now`` are None where it was, or is, not counted."""

    product_id: UUID
    name: str
    producer_name: str
    unit_name: str
    way: Way
    was: Standing | None
    now: Standing | None
    #: Why it is not listed, or not counted, on the later day.
    why: Why | None
    #: Where it is seen on the later day, of those marketplaces that count.
    live_on: tuple[Sighting, ...]
    #: Its certificate on the later day.
    certificate: Held | None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of a cut on both days; a side without the line has nothing counted."""

    key: str
    label: str
    before: Counts
    after: Counts


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both days by the rule of the later one."""

    question: Question
    by: By
    figure: CoverageFigure
    change: Change
    rows: tuple[ComparedRow, ...]
    moved: tuple[MovedProduct, ...]


async def compare(
    session: AsyncSession, actor: Actor, question: Question, since: date, by: By = By.TOTAL
) -> Comparison:
    """What moved from the end of ``since`` to the end of the question's day.

    Raises :class:`AsOfOutOfRange` unless ``since`` is the earlier day, :class:`CutDoesNotFit` for rows by month.
    """
    if since >= question.as_of:
        raise AsOfOutOfRange(
            f"Ngày so sánh {since:%d/%m/%Y} phải trước ngày {question.as_of:%d/%m/%Y}. Hãy chọn ngày sớm hơn."
        )
    if by is By.MONTH:
        raise CutDoesNotFit("So hai ngày thì không chia theo tháng. Hãy chọn cách chia khác.")
    coverage.check_day(since)
    return Comparison(
        question=question,
        by=by,
        figure=await coverage.figure(session, actor, question),
        change=await coverage.change(session, actor, question, since),
        rows=await _rows(session, actor, question, since, by),
        moved=await moved_products(session, actor, question, since),
    )


async def _rows(
    session: AsyncSession, actor: Actor, question: Question, since: date, by: By
) -> tuple[ComparedRow, ...]:
    before = {row.key: row for row in await coverage.rows(session, actor, question.on(since), by)}
    after = await coverage.rows(session, actor, question, by)
    lines = [
        ComparedRow(row.key, row.label, before[row.key].counts if row.key in before else Counts(), row.counts)
        for row in after
    ]
    still = {row.key for row in after}
    gone = [
        ComparedRow(key, row.label, row.counts, Counts()) for key, row in before.items() if key not in still
    ]
    return tuple(line for line in [*lines, *gone] if line.before.denominator or line.after.denominator)


async def moved_products(
    session: AsyncSession, actor: Actor, question: Question, since: date
) -> tuple[MovedProduct, ...]:
    """The products that moved, by way and then in Vietnamese order of names, at most :data:`MOST_MOVED`."""
    found = (await session.execute(_moved(actor, question, since))).mappings().all()
    by_way: dict[Way, list[UUID]] = {way: [] for way in Way}
    for row in found:
        by_way[Way(row["way"])].append(row["product_id"])
    listed = [*by_way[Way.NEWLY_LISTED], *by_way[Way.NEWLY_COUNTED]]
    missing = [*by_way[Way.DROPPED], *by_way[Way.NEWLY_COUNTED]]
    why = await _reasons(session, actor, question, Part.NOT_LISTED, missing)
    why |= await _reasons(session, actor, question, Part.NOT_COUNTED, by_way[Way.NO_LONGER_COUNTED])
    seen = await sightings_of(session, question, listed)
    held = await held_by(session, question, by_way[Way.NEWLY_COUNTED])
    return tuple(_one(row, why, seen, held) for row in found)


def _one(
    row: Any,
    why: Mapping[UUID, Why],
    seen: Mapping[UUID, Sequence[Sighting]],
    held: Mapping[UUID, Held],
) -> MovedProduct:
    product_id = row["product_id"]
    live = [one for one in seen.get(product_id, ()) if one.counts and one.state == ListingState.LIVE]
    return MovedProduct(
        product_id=product_id,
        name=row["name"],
        producer_name=row["producer_name"],
        unit_name=row["unit_name"] or "",
        way=Way(row["way"]),
        was=Standing(row["was"]) if row["was"] else None,
        now=Standing(row["now"]) if row["now"] else None,
        why=why.get(product_id),
        live_on=tuple(live),
        certificate=held.get(product_id),
    )


def _moved(actor: Actor, question: Question, since: date) -> Select[*tuple[Any, ...]]:
    then = standings(actor, question.on(since), By.UNIT).subquery("then")
    now = standings(actor, question, By.UNIT).subquery("now")
    product_id = func.coalesce(now.c.product_id, then.c.product_id)
    way = _way(then.c, now.c)
    order = case(*((way == each.value, place) for place, each in enumerate(Way)), else_=9)
    return (
        select(
            product_id.label("product_id"),
            way.label("way"),
            then.c.standing.label("was"),
            now.c.standing.label("now"),
            Product.name,
            Producer.name.label("producer_name"),
            AdminUnit.full_name.label("unit_name"),
        )
        .select_from(then.outerjoin(now, now.c.product_id == then.c.product_id, full=True))
        .join(Product, Product.id == product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .join(
            AdminUnit,
            AdminUnit.id == func.coalesce(now.c[By.UNIT.value], then.c[By.UNIT.value]),
            isouter=True,
        )
        .where(way.is_not(None))
        .order_by(order, Product.sort_key, Product.id)
        .limit(MOST_MOVED)
    )


def _way(then: Any, now: Any) -> ColumnElement[str]:
    listed = Standing.LISTED.value
    was = func.coalesce(then.standing == listed, false())
    is_ = func.coalesce(now.standing == listed, false())
    moved: ColumnElement[str] = case(
        (then.product_id.is_(None), Way.NEWLY_COUNTED.value),
        (now.product_id.is_(None), Way.NO_LONGER_COUNTED.value),
        ((was != true()) & is_, Way.NEWLY_LISTED.value),
        (was & (is_ != true()), Way.DROPPED.value),
    )
    return moved


async def _reasons(
    session: AsyncSession, actor: Actor, question: Question, part: Part, ids: Sequence[UUID]
) -> dict[UUID, Why]:
    if not ids:
        return {}
    listed = products(actor, question, part).subquery("listed")
    found = await session.execute(select(listed).where(listed.c.product_id.in_(ids)))
    return {
        row["product_id"]: say(
            ReasonCode(row["reason_code"]),
            marketplace=row["marketplace"],
            day=row["since"],
            reason=row["reason"],
        )
        for row in found.mappings()
    }
