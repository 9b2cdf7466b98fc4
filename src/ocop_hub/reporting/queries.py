"""The statements behind every percentage: as of a date, over intervals, one statement per question.

"As of D" is the last instant of business day D. A product counts once however many marketplaces show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from ocop_hub.catalogue.models import Product, ProductGroup, ProductStatus
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.certificates.models import Certificate
from ocop_hub.places.models import AdminUnit, UnitLevel
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.figures import GRADES, By, Geo, Standing
from ocop_hub.reporting.models import Denominator, OffSeason
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.seasons import months_since_season
from ocop_hub.reporting.sightings import counting_marketplaces, moment, sightings


def population(actor: Actor, question: Question, *cuts: By) -> Select[*tuple[Any, ...]]:
    """The denominator: one row per counted product the actor may see, with a column for each of ``cuts``."""
    held = _held(question)
    certified = func.coalesce(held.c.certified_unit_id, Product.certified_unit_id)
    columns: dict[By, Any] = {
        By.UNIT: certified if question.geo is Geo.AS_CERTIFIED else Product.current_unit_id,
        By.GROUP: Product.group_code,
        By.STARS: held.c.stars,
        By.KIND: Producer.kind,
        By.PRODUCER: Product.producer_id,
    }
    query = (
        visible_to(actor)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .join(held, held.c.product_id == Product.id, isouter=True)
        .where(_counted(question, held), lies_with(actor, question))
    )
    resting = func.coalesce(months_since_season(question.as_of), 0) > 0
    if question.rule.off_season is OffSeason.NOT_COUNTED:
        query = query.where(~resting)
    apart = question.rule.off_season is OffSeason.SHOWN_APART
    if By.KIND in {*cuts, *question.narrowed}:
        query = query.join(Producer, Producer.id == Product.producer_id)
    if By.DISTRICT in {*cuts, *question.narrowed}:
        place, district = aliased(AdminUnit), aliased(AdminUnit)
        query = query.join(place, place.id == certified, isouter=True).join(
            district, and_(district.id == place.parent_id, district.level == UnitLevel.DISTRICT), isouter=True
        )
        columns[By.DISTRICT] = func.coalesce(held.c.certified_district_id, district.id)
    if question.province:
        query = query.where(Product.province_id == province_in_force(question.province))
    for cut, key in question.narrowed.items():
        if cut in columns:
            query = query.where(has_key(columns[cut], key))
    return query.with_only_columns(
        Product.id.label("product_id"),
        ProductGroup.ships.label("ships"),
        (resting if apart else false()).label("off_season"),
        *(columns[cut].label(cut.value) for cut in cuts if cut in columns),
        maintain_column_froms=True,
    )


def lies_with(actor: Actor, question: Question) -> ColumnElement[bool]:
    """For a commune's officer only what lies in her commune, so that her figure is the commune's row of the province.

    She sees more: her producers' products that are made elsewhere.
    """
    if actor.role is Role.OFFICER_COMMUNE and question.geo is Geo.CURRENT:
        return Product.current_unit_id == actor.unit_id
    return true()


def has_key(value: SQLCoreOperations[Any], key: str) -> ColumnElement[bool]:
    """Whether a cut's value is the key; "" stands for none."""
    return value.is_(None) if key == "" else cast(value, Text()) == key


def _held(question: Question) -> Subquery:
    """The certificate each product holds, or last held, on the day."""
    columns = (
        Certificate.product_id,
        Certificate.stars,
        Certificate.certified_unit_id,
        Certificate.certified_district_id,
    )
    if question.rule.denominator is Denominator.CERTIFIED_VALID:
        return select(*columns).where(Certificate.valid.contains(moment(question.instant))).subquery("held")
    begun = func.coalesce(func.lower(Certificate.valid), literal_column("'-infinity'::timestamptz"))
    return (
        select(*columns)
        .where(~func.isempty(Certificate.valid), begun <= moment(question.instant))
        .ext(distinct_on(Certificate.product_id))
        .order_by(Certificate.product_id, begun.desc())
        .subquery("held")
    )


def _counted(question: Question, held: Subquery) -> ColumnElement[bool]:
    certified = held.c.product_id.is_not(None)
    if question.rule.denominator is not Denominator.PARTICIPATING:
        return certified
    # There is no paper on taking part: a product does from the day it was entered, or recognised if earlier.
    entered = and_(Product.created_at <= moment(question.instant), Product.status != ProductStatus.DRAFT)
    return or_(certified, entered)


def standings(actor: Actor, question: Question, *cuts: By) -> Select[*tuple[Any, ...]]:
    """Every counted product with its ``standing``, the ``rank`` of its evidence, and a column for each cut."""
    counted = population(actor, question, *cuts).subquery("counted")
    seen = sightings(question)
    return select(*(c for c in counted.c), *standing_columns(question, seen, counted)).select_from(
        counted.outerjoin(seen, seen.c.product_id == counted.c.product_id)
    )


def standing_columns(
    question: Question, seen: FromClause, counted: FromClause
) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """``standing`` and ``rank`` of a product of :func:`population` beside what was seen of it."""
    standing = case(
        (seen.c.rank <= GRADES.index(question.rule.least_evidence), _word(Standing.LISTED)),
        (seen.c.rank.is_not(None), _word(Standing.UNVERIFIED)),
        (seen.c.unknown, _word(Standing.UNKNOWN)),
        (~counted.c.ships, _word(Standing.NOT_LISTABLE)),
        (counted.c.off_season, _word(Standing.OFF_SEASON)),
        else_=_word(Standing.MISSING),
    )
    return standing.label("standing"), seen.c.rank.label("rank")


def _word(standing: Standing) -> ColumnElement[str]:
    return literal_column(f"'{standing.value}'", Text())


def count_columns(standing: ColumnElement[str], rank: ColumnElement[int]) -> list[ColumnElement[int]]:
    """The columns of :class:`~ocop_hub.reporting.figures.Counts`, over rows with a standing."""

    def of(which: Standing) -> ColumnElement[int]:
        return func.count().filter(standing == _word(which))

    return [
        func.count(standing).label("denominator"),
        of(Standing.LISTED).label("numerator"),
        of(Standing.UNVERIFIED).label("unverified"),
        of(Standing.UNKNOWN).label("unknown"),
        of(Standing.NOT_LISTABLE).label("not_listable"),
        of(Standing.OFF_SEASON).label("off_season"),
        *(
            func.count()
            .filter(standing == _word(Standing.LISTED), rank == place)
            .label(f"grade_{grade.value}")
            for place, grade in enumerate(GRADES)
        ),
    ]


def total(actor: Actor, question: Question) -> Select[*tuple[Any, ...]]:
    """One row of counts."""
    each = standings(actor, question).subquery("each")
    return select(*count_columns(each.c.standing, each.c.rank))


def by_cut(actor: Actor, question: Question, cut: By) -> Select[*tuple[Any, ...]]:
    """Counts by the values of one cut: columns ``key``, ``label``, ``place`` (sort key), then the counts."""
    each = standings(actor, question, cut).subquery("each")
    value = each.c[cut.value]
    grouped = (
        select(value.label("key"), *count_columns(each.c.standing, each.c.rank))
        .group_by(value)
        .subquery("cut")
    )
    named, label, place = _names(cut, grouped.c.key)
    source = grouped if named is None else grouped.outerjoin(named[0], named[1])
    rest = [c for c in grouped.c if c.name != "key"]
    return (
        select(cast(grouped.c.key, Text()).label("key"), label.label("label"), *rest)
        .select_from(source)
        .order_by(place.nulls_last(), grouped.c.key)
    )


def _names(cut: By, key: ColumnElement[Any]) -> tuple[tuple[Any, ColumnElement[bool]] | None, Any, Any]:
    """Where a cut's words are, which column they are, and what the lines are ordered by."""
    if cut in (By.UNIT, By.DISTRICT):
        return (AdminUnit, AdminUnit.id == key), AdminUnit.full_name, AdminUnit.sort_key
    if cut is By.GROUP:
        return (ProductGroup, ProductGroup.code == key), ProductGroup.name_vi, ProductGroup.position
    if cut is By.PRODUCER:
        return (Producer, Producer.id == key), Producer.name, Producer.sort_key
    return None, cast(key, Text()), cast(key, Text())


def by_marketplace(actor: Actor, question: Question) -> Select[*tuple[Any, ...]]:
    """Counts for each counting marketplace by itself, over the same denominator; the rows may sum to more."""
    counted = population(actor, question).cte("counted")
    seen = sightings(question, per_marketplace=True)
    standing, rank = standing_columns(question, seen, counted)
    each = (
        select(seen.c.marketplace_key, counted.c.ships, counted.c.off_season, standing, rank)
        .join_from(seen, counted, counted.c.product_id == seen.c.product_id)
        .subquery("each")
    )
    counts = {column.name: column for column in count_columns(each.c.standing, each.c.rank)}
    found = (
        select(each.c.marketplace_key, *apart_and_seen(each), *counts.values())
        .group_by(each.c.marketplace_key)
        .subquery("found")
    )
    # Products never seen on a marketplace have no row there: they are the rest of the denominator.
    whole = select(func.count().label("products"), *apart(counted)).subquery("whole")
    derived = not_seen(whole, found)
    columns = [derived.get(name, func.coalesce(found.c[name], 0)).label(name) for name in counts]
    return (
        select(MarketplaceRow.key, MarketplaceRow.name.label("label"), *columns)
        .select_from(MarketplaceRow)
        .join(whole, true())
        .join(found, found.c.marketplace_key == MarketplaceRow.key, isouter=True)
        .where(MarketplaceRow.key.in_(counting_marketplaces(question)))
        .order_by(MarketplaceRow.position)
    )


def apart(counted: FromClause) -> list[ColumnElement[int]]:
    """How many counted products stand apart unless they are seen: ``services``, ``resting``."""
    return [
        func.count().filter(~counted.c.ships).label("services"),
        func.count().filter(counted.c.ships, counted.c.off_season).label("resting"),
    ]


def apart_and_seen(each: FromClause) -> list[ColumnElement[int]]:
    """How many of those were seen on a marketplace: ``services_seen``, ``resting_seen``."""
    unseen = [Standing.NOT_LISTABLE.value, Standing.OFF_SEASON.value, Standing.MISSING.value]
    seen = each.c.standing.not_in(unseen)
    return [
        func.count().filter(~each.c.ships, seen).label("services_seen"),
        func.count().filter(each.c.ships, each.c.off_season, seen).label("resting_seen"),
    ]


def not_seen(whole: FromClause, found: FromClause) -> dict[str, ColumnElement[int]]:
    """Counts of a marketplace that products without a row there have a part in."""
    return {
        "denominator": whole.c.products,
        "not_listable": whole.c.services - func.coalesce(found.c.services_seen, 0),
        "off_season": whole.c.resting - func.coalesce(found.c.resting_seen, 0),
    }


def by_unit_and_marketplace(actor: Actor, question: Question) -> Select[*tuple[Any, ...]]:
    """Products listed, by commune and marketplace: columns ``unit``, ``marketplace_key``, ``numerator``.

    Pairs without a listed product are left out; the denominators are those of the communes.
    """
    counted = population(actor, question, By.UNIT).subquery("counted")
    seen = sightings(question, per_marketplace=True, only_listed=True)
    enough = seen.c.rank <= GRADES.index(question.rule.least_evidence)
    return (
        select(counted.c.unit, seen.c.marketplace_key, func.count().label("numerator"))
        .join_from(seen, counted, counted.c.product_id == seen.c.product_id)
        .where(enough)
        .group_by(counted.c.unit, seen.c.marketplace_key)
        .order_by(counted.c.unit, seen.c.marketplace_key)
    )


def by_day(actor: Actor, question: Question, days: Sequence[date]) -> CompoundSelect[*tuple[Any, ...]]:
    """The same question on several days, in one statement; columns ``key`` (the day), then the counts."""
    parts = []
    for day in days:
        each = standings(actor, question.on(day)).subquery()
        parts.append(select(literal(day).label("key"), *count_columns(each.c.standing, each.c.rank)))
    return union_all(*parts).order_by("key")


def compared(actor: Actor, question: Question, since: date) -> Select[*tuple[Any, ...]]:
    """Counts of ``since`` (as a row of its own would have them) and who moved until the day asked about."""
    then = standings(actor, question.on(since)).subquery("then")
    now = standings(actor, question).subquery("now")
    listed = _word(Standing.LISTED)
    both = then.c.product_id.is_not(None) & now.c.product_id.is_not(None)
    was, is_ = then.c.standing == listed, now.c.standing == listed
    return select(
        *count_columns(then.c.standing, then.c.rank),
        func.count().filter(both, ~was, is_).label("newly_listed"),
        func.count().filter(both, was, ~is_).label("dropped"),
        func.count().filter(then.c.product_id.is_(None)).label("newly_counted"),
        func.count().filter(now.c.product_id.is_(None)).label("no_longer_counted"),
    ).select_from(then.outerjoin(now, now.c.product_id == then.c.product_id, full=True))
