"""What a closing freezes: the figure, its cuts, its rule and the list with standing and reason; and reading it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ocop_hub.catalogue.models import Product
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Producer
from ocop_hub.reporting import coverage, lists
from ocop_hub.reporting.coverage import Report
from ocop_hub.reporting.figures import GRADES, By, Counts, CoverageFigure, Row, Standing
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import (
    ClosedFigure,
    ClosedProduct,
    Denominator,
    ListingRule,
    OffSeason,
    ReportPeriod,
)
from ocop_hub.reporting.queries import standings
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import ReasonCode, say
from ocop_hub.reporting.rules import AppliedRule

#: The cuts that are frozen as tables; any other can be counted again from the frozen list.
FROZEN_CUTS: Final = (By.UNIT, By.DISTRICT, By.GROUP, By.STARS, By.KIND, By.MARKETPLACE)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A figure as computed for closing; ``products`` are the columns of ``ClosedProduct`` but for the figure."""

    figure: CoverageFigure
    cuts: Mapping[By, tuple[Row, ...]]
    products: list[dict[str, Any]]


async def freeze(session: AsyncSession, question: Question) -> Frozen:
    """Everything of the question's day, seen whole: the session must be under the scope of the service or an office."""
    cuts = {cut: await coverage.rows(session, SYSTEM_ACTOR, question, cut) for cut in FROZEN_CUTS}
    products = [
        row for part in (Part.LISTED, Part.NOT_LISTED) for row in await _list(session, question, part)
    ]
    return Frozen(await coverage.figure(session, SYSTEM_ACTOR, question), cuts, products)


async def _list(session: AsyncSession, question: Question, part: Part) -> list[dict[str, Any]]:
    listed = lists.products(SYSTEM_ACTOR, question, part).subquery("listed")
    each = standings(SYSTEM_ACTOR, question, By.STARS).subquery("ranked")
    found = await session.execute(
        select(
            listed,
            each.c.rank,
            each.c.stars,
            Product.name,
            Product.sort_key,
            Product.producer_id,
            Producer.name.label("producer_name"),
            func.coalesce(AdminUnit.full_name, "").label("unit_name"),
        )
        .join(each, each.c.product_id == listed.c.product_id)
        .join(Product, Product.id == listed.c.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .join(AdminUnit, AdminUnit.id == listed.c.unit, isouter=True)
        .order_by(Product.sort_key, Product.id)
    )
    return [_frozen_product(row) for row in found.mappings()]


def _frozen_product(row: Any) -> dict[str, Any]:
    code = row["reason_code"]
    why = (
        say(ReasonCode(code), marketplace=row["marketplace"], day=row["since"], reason=row["reason"])
        if code
        else None
    )
    return {
        "product_id": row["product_id"],
        "producer_id": row["producer_id"],
        "name": row["name"],
        "sort_key": row["sort_key"],
        "producer_name": row["producer_name"],
        "unit_id": row["unit"],
        "unit_name": row["unit_name"],
        "stars": row["stars"],
        "standing": row["standing"],
        "grade": None if row["rank"] is None else GRADES[row["rank"]].value,
        "reason_code": code,
        "reason": why.sentence if why else "",
    }


def counts_json(counts: Counts) -> dict[str, Any]:
    """The counts as they are stored."""
    kept = asdict(replace(counts, grades={}))
    return kept | {"grades": {grade.value: counts.grades.get(grade, 0) for grade in GRADES}}


def counts_of(stored: Mapping[str, Any]) -> Counts:
    """The counts as they were stored."""
    grades = {Grade(grade): n for grade, n in stored["grades"].items()}
    return Counts(**{**stored, "grades": grades})


def cuts_json(cuts: Mapping[By, Sequence[Row]]) -> dict[str, Any]:
    """The rows of every cut as they are stored; rows without a product are left out."""
    return {
        cut.value: [
            {"key": row.key, "label": row.label, **counts_json(row.counts)}
            for row in rows
            if row.counts.denominator
        ]
        for cut, rows in cuts.items()
    }


def rows_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The rows of one stored cut."""
    return tuple(
        Row(row["key"], row["label"], counts_of({k: v for k, v in row.items() if k not in ("key", "label")}))
        for row in stored
    )


def rule_json(rule: AppliedRule) -> dict[str, Any]:
    """The rule as it is stored."""
    return asdict(rule) | {"valid_from": rule.valid_from.isoformat(), "marketplaces": list(rule.marketplaces)}


def rule_of(stored: Mapping[str, Any]) -> AppliedRule:
    """The rule as it was applied."""
    return AppliedRule(
        **{
            **stored,
            "valid_from": date.fromisoformat(stored["valid_from"]),
            "denominator": Denominator(stored["denominator"]),
            "listing_rule": ListingRule(stored["listing_rule"]),
            "least_evidence": Grade(stored["least_evidence"]),
            "off_season": OffSeason(stored["off_season"]),
            "marketplaces": tuple(stored["marketplaces"]),
        }
    )


def closed_report(period: ReportPeriod, closed: ClosedFigure, by: By = By.UNIT) -> Report:
    """The frozen figure in the shape of a live one; without rows for a cut that is not frozen."""
    rule = rule_of(closed.rule)
    return Report(
        question=Question(period.as_of, rule, period.province),
        by=by,
        figure=CoverageFigure(
            counts=counts_of(closed.counts),
            rule_number=rule.number,
            rule_valid_from=rule.valid_from,
            rule_official=rule.official,
            as_of=period.as_of,
            computed_at=closed.created_at,
            closed=True,
            document_number=closed.document_number,
        ),
        rows=rows_of(closed.cuts.get(by.value, ())),
    )


def correction_of(closed: ClosedFigure) -> str:
    """Which correction a closed figure is and why it was made, as papers say it; empty for the first."""
    if not closed.number:
        return ""
    return f"Điều chỉnh sau chốt lần {closed.number}; lý do: {closed.reason.rstrip('.')}"


def products_of(figure_id: UUID, part: Part | None = None) -> Select[ClosedProduct]:
    """The frozen list, in Vietnamese order of names; row-level security keeps it to what the reader may see."""
    query = select(ClosedProduct).where(ClosedProduct.figure_id == figure_id)
    if part is not None:
        listed = ClosedProduct.standing == Standing.LISTED.value
        query = query.where(listed if part is Part.LISTED else ~listed)
    return query.order_by(ClosedProduct.sort_key, ClosedProduct.product_id)


def moved_between(before: UUID, after: UUID) -> Select[*tuple[Any, ...]]:
    """Products that stand elsewhere, in another commune or with other stars in the second of two figures.

    Columns ``name``, ``unit_name``, ``was``, ``now``, ``reason``, and ``unit_before``, ``stars_before``,
    ``stars_now``. ``was`` or ``now`` is null where the product is not counted.
    """
    old, new = aliased(ClosedProduct), aliased(ClosedProduct)
    then = select(old).where(old.figure_id == before).subquery("then")
    now = select(new).where(new.figure_id == after).subquery("now")
    name = func.coalesce(now.c.name, then.c.name)
    return (
        select(
            func.coalesce(now.c.product_id, then.c.product_id).label("product_id"),
            name.label("name"),
            func.coalesce(now.c.unit_name, then.c.unit_name).label("unit_name"),
            then.c.standing.label("was"),
            now.c.standing.label("now"),
            func.coalesce(now.c.reason, "").label("reason"),
            then.c.unit_name.label("unit_before"),
            then.c.stars.label("stars_before"),
            now.c.stars.label("stars_now"),
        )
        .select_from(then.outerjoin(now, now.c.product_id == then.c.product_id, full=True))
        .where(
            or_(
                *(then.c[each].is_distinct_from(now.c[each]) for each in ("standing", "unit_id", "stars")),
            )
        )
        .order_by(func.coalesce(now.c.sort_key, then.c.sort_key))
    )
