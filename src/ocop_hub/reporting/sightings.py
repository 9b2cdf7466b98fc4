"""What was seen of products on marketplaces, as of a day: the statement's part that reads listing intervals.

Counting marketplaces are those of the rule that are open at that instant: a closed one drops out on its
closing day, whatever the listing rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, TSTZRANGE

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.publishing.models import Evidence, MarketplaceRow
from ocop_hub.reporting.figures import GRADES
from ocop_hub.reporting.models import ListingRule, OffSeason
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.seasons import resting

#: An officer's look proves a listing this long (glossary C).
SEEN_LASTS = timedelta(days=90)

#: Live and unknown intervals behind the same wall as ``listing_intervals`` (the first migration says why a view).
SIGHTINGS = table(
    "listing_sightings",
    column("listing_id", Uuid()),
    column("product_id", Uuid()),
    column("producer_id", Uuid()),
    column("marketplace_key", Text()),
    column("state", Text()),
    column("grade", Text()),
    column("during", TSTZRANGE()),
)
_LIVE: ColumnElement[str] = literal_column(f"'{ListingState.LIVE.value}'")
_UNKNOWN: ColumnElement[str] = literal_column(f"'{ListingState.UNKNOWN.value}'")
_SEEN: ColumnElement[str] = literal_column(f"'{Grade.SEEN.value}'")


def counting_marketplaces(question: Question) -> Select[*tuple[Any, ...]]:
    """Marketplaces of the rule that are open on the day."""
    return select(MarketplaceRow.key).where(
        MarketplaceRow.key.in_(question.rule.marketplaces),
        MarketplaceRow.open_during.contains(literal(question.instant, DateTime(timezone=True))),
    )


def moment(at: datetime) -> ColumnElement[datetime]:
    return literal(at, DateTime(timezone=True))


def _rank() -> ColumnElement[int]:
    """0 for the strongest grade; what was seen live without a grade counts as the weakest."""
    return case(
        *((SIGHTINGS.c.grade == literal_column(f"'{grade.value}'"), n) for n, grade in enumerate(GRADES)),
        else_=len(GRADES) - 1,
    )


def sightings(question: Question, *, per_marketplace: bool = False) -> Subquery:
    """What was seen of each product on counting marketplaces, taken together or each for itself.

    ``rank`` is the strongest grade that fulfils the listing rule (its place in ``GRADES``), null where
    nothing does; ``unknown`` says that a listing could not be checked on the day.
    """
    keys = [SIGHTINGS.c.product_id, *([SIGHTINGS.c.marketplace_key] if per_marketplace else [])]
    rule = question.rule
    looked = {
        ListingRule.LIVE_ON_AS_OF: _live_on_day,
        ListingRule.EVER_LISTED: _ever_live,
        ListingRule.LIVE_DAYS: _live_days,
    }[rule.listing_rule]
    now = looked(question, keys, _on_the_day(question))
    if rule.off_season is not OffSeason.LAST_IN_SEASON or rule.listing_rule is ListingRule.EVER_LISTED:
        return now.subquery("sighted")
    both = union_all(now, looked(question, keys, _in_last_season(question))).subquery("both")
    return (
        select(
            *(both.c[key.name] for key in keys),
            func.min(both.c.rank).label("rank"),
            func.bool_or(both.c.unknown).label("unknown"),
        )
        .group_by(*(both.c[key.name] for key in keys))
        .subquery("sighted")
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """At which instant, and over which period up to it, is looked; ``resting`` gives products their own instants."""

    at: ColumnElement[datetime]
    proved_after: ColumnElement[datetime]
    period: ColumnElement[Any]
    resting: Subquery | None = None

    def within(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The query, kept to the products with an instant of their own where there are such."""
        if self.resting is None:
            return query
        return query.join(self.resting, self.resting.c.product_id == SIGHTINGS.c.product_id)

    def unknown(self, unknown: ColumnElement[bool]) -> ColumnElement[bool]:
        """What could not be told counts on the day itself only."""
        return func.bool_or(unknown if self.resting is None else false()).label("unknown")


def _on_the_day(question: Question) -> _Look:
    first = question.as_of - timedelta(days=question.rule.period_days - 1)
    return _Look(
        moment(question.instant),
        moment(question.instant - SEEN_LASTS),
        func.tstzrange(moment(clock.day_start(first)), moment(clock.day_end(question.as_of)), "[)"),
    )


def _in_last_season(question: Question) -> _Look:
    """Products out of season stand as on the last day of their season, unless they are seen on the day itself."""
    own = resting(question.as_of)
    at = own.c.ended - timedelta(microseconds=1)
    period = func.tstzrange(own.c.ended - timedelta(days=question.rule.period_days), own.c.ended, "[)")
    return _Look(at, at - SEEN_LASTS, period, own)


def _counting(question: Question) -> ColumnElement[bool]:
    return SIGHTINGS.c.marketplace_key.in_(counting_marketplaces(question))


def _live_on_day(question: Question, keys: list[Any], look: _Look) -> Select[*tuple[Any, ...]]:
    live = and_(SIGHTINGS.c.state == _LIVE, ~_lapsed(look))
    query = select(*keys, func.min(_rank()).filter(live).label("rank"), look.unknown(~live))
    return look.within(query).where(_counting(question), SIGHTINGS.c.during.contains(look.at)).group_by(*keys)


def _lapsed(look: _Look) -> ColumnElement[bool]:
    """Known only by an officer's look, and the last one is too long ago."""
    looked = exists().where(
        Evidence.listing_id == SIGHTINGS.c.listing_id,
        Evidence.grade == Grade.SEEN,
        Evidence.state == ListingState.LIVE,
        Evidence.seen_at <= look.at,
        Evidence.seen_at > look.proved_after,
    )
    # CASE, so that evidence is asked for these few listings only.
    return case((SIGHTINGS.c.grade == _SEEN, ~looked), else_=false())


def _unknown_at(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(SIGHTINGS.c.state == _UNKNOWN, SIGHTINGS.c.during.contains(at))


def _ever_live(question: Question, keys: list[Any], look: _Look) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *keys,
            func.min(_rank()).filter(SIGHTINGS.c.state == _LIVE).label("rank"),
            look.unknown(_unknown_at(look.at)),
        )
        .where(_counting(question), SIGHTINGS.c.during.overlaps(func.tstzrange(None, look.at, "(]")))
        .group_by(*keys)
    )


def _live_days(question: Question, keys: list[Any], look: _Look) -> Select[*tuple[Any, ...]]:
    """Live for ``live_days`` × 24 hours in all within the period; hours on two marketplaces at once count once."""
    rule = question.rule
    enough = _rank() <= GRADES.index(rule.least_evidence)
    live = SIGHTINGS.c.state == _LIVE
    time = _proved_time(look.period)
    query = select(
        *keys,
        func.range_agg(time).filter(live, enough).label("enough_time"),
        func.range_agg(time).filter(live).label("any_time"),
        func.min(_rank()).filter(live).label("best"),
        look.unknown(_unknown_at(look.at)),
    )
    grouped = (
        look.within(query)
        .where(_counting(question), SIGHTINGS.c.during.overlaps(look.period))
        .group_by(*keys)
        .subquery("timed")
    )
    wanted = timedelta(days=rule.live_days)
    rank = case(
        (_length(grouped.c.enough_time) >= wanted, grouped.c.best),
        (_length(grouped.c.any_time) >= wanted, len(GRADES) - 1),
    )
    return select(*(grouped.c[key.name] for key in keys), rank.label("rank"), grouped.c.unknown)


def _proved_time(period: ColumnElement[Any]) -> ColumnElement[Any]:
    """The part of an interval inside the period; an officer's look carries it for 90 days at a time."""
    inside = func.tstzmultirange(SIGHTINGS.c.during * period, type_=TSTZMULTIRANGE())
    carried = (
        select(func.range_agg(func.tstzrange(Evidence.seen_at, Evidence.seen_at + SEEN_LASTS)))
        .where(
            Evidence.listing_id == SIGHTINGS.c.listing_id,
            Evidence.grade == Grade.SEEN,
            Evidence.state == ListingState.LIVE,
        )
        .scalar_subquery()
    )
    carried_inside = inside * func.coalesce(carried, literal_column("'{}'::tstzmultirange"))
    return case((SIGHTINGS.c.grade == _SEEN, carried_inside), else_=inside)


def _length(time: ColumnElement[Any]) -> ColumnElement[timedelta]:
    spell = func.unnest(time).column_valued("spell")
    return select(func.sum(func.upper(spell) - func.lower(spell))).scalar_subquery()
