"""What was seen of products on marketplaces, as of a day: the statement's part that reads listing intervals.

Counting marketplaces are those of the rule that are open at that instant: a closed one drops out on its
closing day, whatever the listing rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    FromClause,
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
    true,
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


def sightings(question: Question, *, per_marketplace: bool = False) -> Subquery:
    """What was seen of each product on counting marketplaces, taken together or each for itself.

    ``rank`` is the strongest grade that fulfils the listing rule (its place in ``GRADES``), null where
    nothing does; ``unknown`` says that a listing could not be checked on the day.
    """
    keys = ["product_id", *(["marketplace_key"] if per_marketplace else [])]
    rule = question.rule
    looked = {
        ListingRule.LIVE_ON_AS_OF: _live_on_day,
        ListingRule.EVER_LISTED: _ever_live,
        ListingRule.LIVE_DAYS: _live_days,
    }[rule.listing_rule]
    now = looked(question, keys, _on_the_day(question))
    if rule.off_season is not OffSeason.LAST_IN_SEASON or rule.listing_rule is ListingRule.EVER_LISTED:
        return now.subquery("sighted")
    then = looked(question, keys, _in_last_season(question))
    # Kept apart, or the planner would look up the second part anew for each product of the first.
    this_day, last_season = (each.cte().prefix_with("MATERIALIZED") for each in (now, then))
    return _either(this_day, last_season, keys)


def _either(now: CTE, then: CTE, keys: list[str]) -> Subquery:
    """What was seen on either day. Joined, not put together and grouped: the planner knows how many rows come."""
    return (
        select(
            *(func.coalesce(now.c[key], then.c[key]).label(key) for key in keys),
            func.least(now.c.rank, then.c.rank).label("rank"),  # leaves out nulls
            func.coalesce(now.c.unknown, false()).label("unknown"),
        )
        .select_from(now.outerjoin(then, and_(*(now.c[key] == then.c[key] for key in keys)), full=True))
        .subquery("sighted")
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """Where is looked (``seen``), at which instant, and over which period up to it.

    ``chosen`` where ``seen`` holds just what was seen then; else the intervals are chosen by the function.
    """

    seen: FromClause
    at: ColumnElement[datetime]
    proved_after: ColumnElement[datetime]
    period: ColumnElement[Any]
    chosen: bool = False

    @property
    def is_live(self) -> ColumnElement[bool]:
        return self.seen.c.state == _LIVE

    @property
    def rank(self) -> ColumnElement[int]:
        """0 for the strongest grade; what was seen live without a grade counts as the weakest."""
        grade = self.seen.c.grade
        return case(
            *((grade == literal_column(f"'{each.value}'"), n) for n, each in enumerate(GRADES)),
            else_=len(GRADES) - 1,
        )

    def intervals(self, question: Question, when: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        """The conditions that choose intervals: those of counting marketplaces, that fit the time."""
        counting = self.seen.c.marketplace_key.in_(counting_marketplaces(question))
        return [counting] if self.chosen else [counting, when]


def _on_the_day(question: Question) -> _Look:
    first = question.as_of - timedelta(days=question.rule.period_days - 1)
    return _Look(
        SIGHTINGS,
        moment(question.instant),
        moment(question.instant - SEEN_LASTS),
        func.tstzrange(moment(clock.day_start(first)), moment(clock.day_end(question.as_of)), "[)"),
    )


def _in_last_season(question: Question) -> _Look:
    """Products out of season stand as on the last day of their season, unless they are seen on the day itself.

    They are a part of all products, at other instants than the day: each is asked for by itself, where the index on
    product and time holds just what was seen then. OFFSET keeps the planner from reading all of history instead.
    """
    own = resting(question.as_of).subquery("resting")
    begun = func.lower(SIGHTINGS.c.during)
    over = func.coalesce(func.upper(SIGHTINGS.c.during), literal_column("'infinity'::timestamptz"))
    if question.rule.listing_rule is ListingRule.LIVE_DAYS:
        since = own.c.ended - timedelta(days=question.rule.period_days)
    else:
        since = own.c.ended - timedelta(microseconds=1)
    theirs = (
        select(SIGHTINGS)
        .where(SIGHTINGS.c.product_id == own.c.product_id, begun < own.c.ended, over > since)
        .offset(0)
        .lateral("theirs")
    )
    seen = select(theirs, own.c.ended).join_from(own, theirs, true()).subquery("seen")
    at = seen.c.ended - timedelta(microseconds=1)
    return _Look(seen, at, at - SEEN_LASTS, _season_period(question, seen.c.ended), chosen=True)


def _season_period(question: Question, ended: ColumnElement[datetime]) -> ColumnElement[Any]:
    return func.tstzrange(ended - timedelta(days=question.rule.period_days), ended, "[)")


def _live_on_day(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    live = and_(look.is_live, ~_lapsed(look))
    by = [look.seen.c[key] for key in keys]
    return (
        select(*by, func.min(look.rank).filter(live).label("rank"), func.bool_or(~live).label("unknown"))
        .where(*look.intervals(question, look.seen.c.during.contains(look.at)))
        .group_by(*by)
    )


def _lapsed(look: _Look) -> ColumnElement[bool]:
    """Known only by an officer's look, and the last one is too long ago."""
    looked = exists().where(
        Evidence.listing_id == look.seen.c.listing_id,
        Evidence.grade == Grade.SEEN,
        Evidence.state == ListingState.LIVE,
        Evidence.seen_at <= look.at,
        Evidence.seen_at > look.proved_after,
    )
    # CASE, so that evidence is asked for these few listings only.
    return case((look.seen.c.grade == _SEEN, ~looked), else_=false())


def _unknown_on(look: _Look) -> ColumnElement[bool]:
    return and_(look.seen.c.state == _UNKNOWN, look.seen.c.during.contains(look.at))


def _ever_live(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    by = [look.seen.c[key] for key in keys]
    up_to = func.tstzrange(None, look.at, "(]")
    return (
        select(
            *by,
            func.min(look.rank).filter(look.is_live).label("rank"),
            func.bool_or(_unknown_on(look)).label("unknown"),
        )
        .where(*look.intervals(question, look.seen.c.during.overlaps(up_to)))
        .group_by(*by)
    )


def _live_days(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    """Live for ``live_days`` × 24 hours in all within the period; hours on two marketplaces at once count once."""
    rule = question.rule
    by = [look.seen.c[key] for key in keys]
    enough = look.rank <= GRADES.index(rule.least_evidence)
    time = _proved_time(look)
    grouped = (
        select(
            *by,
            func.range_agg(time).filter(look.is_live, enough).label("enough_time"),
            func.range_agg(time).filter(look.is_live).label("any_time"),
            func.min(look.rank).filter(look.is_live).label("best"),
            func.bool_or(_unknown_on(look)).label("unknown"),
        )
        .where(*look.intervals(question, look.seen.c.during.overlaps(look.period)))
        .group_by(*by)
        .subquery("timed")
    )
    wanted = timedelta(days=rule.live_days)
    rank = case(
        (_length(grouped.c.enough_time) >= wanted, grouped.c.best),
        (_length(grouped.c.any_time) >= wanted, len(GRADES) - 1),
    )
    return select(*(grouped.c[key] for key in keys), rank.label("rank"), grouped.c.unknown)


def _proved_time(look: _Look) -> ColumnElement[Any]:
    """The part of an interval inside the period; an officer's look carries it for 90 days at a time."""
    inside = func.tstzmultirange(look.seen.c.during * look.period, type_=TSTZMULTIRANGE())
    carried = (
        select(func.range_agg(func.tstzrange(Evidence.seen_at, Evidence.seen_at + SEEN_LASTS)))
        .where(
            Evidence.listing_id == look.seen.c.listing_id,
            Evidence.grade == Grade.SEEN,
            Evidence.state == ListingState.LIVE,
        )
        .scalar_subquery()
    )
    carried_inside = inside * func.coalesce(carried, literal_column("'{}'::tstzmultirange"))
    return case((look.seen.c.grade == _SEEN, carried_inside), else_=inside)


def _length(time: ColumnElement[Any]) -> ColumnElement[timedelta]:
    spell = func.unnest(time).column_valued("spell")
    return select(func.sum(func.upper(spell) - func.lower(spell))).scalar_subquery()
