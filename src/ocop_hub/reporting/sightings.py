"""What was seen of products on marketplaces, as of a day: the statement's part that reads listing intervals.

Counting marketplaces are those of the rule that are open at that instant: a closed one drops out on its
closing day, whatever the listing rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    column,
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
#: The day after begins where the last instant of a day ends.
_INSTANT = timedelta(microseconds=1)
_WEAKEST: ColumnElement[int] = literal_column(f"{len(GRADES) - 1}", Integer())
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


def sightings(
    question: Question, *, per_marketplace: bool = False, only_listed: bool = False
) -> Subquery | CTE:
    """What was seen of each product on counting marketplaces, taken together or each for itself.

    ``rank`` is the strongest grade that fulfils the listing rule (its place in ``GRADES``), null where
    nothing does; ``unknown`` then says whether a listing could not be checked on the day. With ``only_listed``
    what is not enough for the rule may be left out.
    """
    keys = ["product_id", *(["marketplace_key"] if per_marketplace else [])]
    rule = question.rule
    looked = {
        ListingRule.LIVE_ON_AS_OF: _live_on_day,
        ListingRule.EVER_LISTED: _ever_live,
        ListingRule.LIVE_DAYS: _live_days,
    }[rule.listing_rule]
    # Kept apart, or the planner would look up the second part anew for each product of the first.
    day = _Look(SIGHTINGS, clock.day_end(question.as_of), only_listed)
    now = looked(question, keys, day).cte().prefix_with("MATERIALIZED")
    if rule.off_season is not OffSeason.LAST_IN_SEASON or rule.listing_rule is ListingRule.EVER_LISTED:
        return now
    own = resting(question.as_of)
    if not per_marketplace:
        own = _that_can_rise(own, now)
    season = _in_last_season(question, own, only_listed)
    then = looked(question, keys, season).cte().prefix_with("MATERIALIZED")
    return _either(now, then, keys)


def _that_can_rise(own: Subquery, now: CTE) -> Subquery:
    """Without products that stand by the strongest grade on the day: nothing found in their season could add to it."""
    return (
        select(own)
        .outerjoin(now, now.c.product_id == own.c.product_id)
        .where(now.c.rank.is_distinct_from(0))
        .offset(literal_column("0"))  # or they would be told apart after they were looked up
        .subquery("rising")
    )


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
    """Where is looked (``seen``), and up to when: one moment for all, or one for each product.

    ``chosen`` where ``seen`` holds just what was live then; else the intervals are chosen by the function.
    """

    seen: FromClause
    ended: datetime | ColumnElement[datetime]
    only_listed: bool
    chosen: bool = False

    def before(self, time: timedelta) -> ColumnElement[datetime]:
        """So long before the end."""
        return moment(self.ended - time) if isinstance(self.ended, datetime) else self.ended - time

    @property
    def at(self) -> ColumnElement[datetime]:
        """The last instant."""
        return self.before(_INSTANT)

    def by(self, keys: list[str]) -> list[ColumnElement[Any]]:
        """What is grouped by: the keys, and the end where each product has its own."""
        own = [] if isinstance(self.ended, datetime) else [self.ended]
        return [*(self.seen.c[key] for key in keys), *own]

    def where(self, question: Question, when: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        """The conditions that choose intervals: those of counting marketplaces, that fit the time."""
        counting = self.seen.c.marketplace_key.in_(counting_marketplaces(question))
        return [counting] if self.chosen else [counting, when]


def _in_last_season(question: Question, own: Subquery, only_listed: bool) -> _Look:
    """``own``, out of season, stand as on the last day of their season, unless they are seen on the day itself.

    They are a part of all products, at other instants than the day: each is asked for by itself, where the index on
    product and time holds just what was seen then. OFFSET keeps the planner from reading all of history instead.
    """
    whole = question.rule.listing_rule is ListingRule.LIVE_DAYS
    since = own.c.ended - (timedelta(days=question.rule.period_days) if whole else _INSTANT)
    theirs = (
        select(SIGHTINGS)
        .where(
            SIGHTINGS.c.product_id == own.c.product_id,
            _is_live(SIGHTINGS),
            *_between(SIGHTINGS, since, own.c.ended),
        )
        .offset(literal_column("0"))
        .lateral("theirs")
    )
    seen = select(theirs, own.c.ended).join_from(own, theirs, true()).subquery("seen")
    return _Look(seen, seen.c.ended, only_listed, chosen=True)


def _between(
    seen: FromClause, since: ColumnElement[datetime], ended: ColumnElement[datetime]
) -> list[ColumnElement[bool]]:
    """Intervals that reach into the time, as the index on product and time holds them."""
    over = func.coalesce(func.upper(seen.c.during), literal_column("'infinity'::timestamptz"))
    return [over > since, func.lower(seen.c.during) < ended]


def _is_live(seen: FromClause) -> ColumnElement[bool]:
    return seen.c.state == _LIVE


def _rank(seen: FromClause) -> ColumnElement[int]:
    """0 for the strongest grade; what was seen live without a grade counts as the weakest."""
    return case(
        *(
            (seen.c.grade == literal_column(f"'{each.value}'"), literal_column(f"{n}"))
            for n, each in enumerate(GRADES)
        ),
        else_=_WEAKEST,
    )


def _live_on_day(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    seen, proved = look.seen, _proved(look)
    lapsed = and_(func.coalesce(seen.c.grade, "") == _SEEN, proved.c.listing_id.is_(None))
    # Two looks at a listing make two rows of it, which the strongest grade does not mind.
    same = true() if look.chosen else and_(seen.c.grade == _SEEN, proved.c.listing_id == seen.c.listing_id)
    live, rank = and_(_is_live(seen), ~lapsed), _rank(seen)
    listed = [live, rank <= GRADES.index(question.rule.least_evidence)] if look.only_listed else []
    return (
        # What was seen of a product without being live could not be checked.
        select(*look.by(keys), func.min(rank).filter(live).label("rank"), true().label("unknown"))
        .select_from(seen.outerjoin(proved, same))
        .where(*look.where(question, seen.c.during.contains(look.at)), *listed)
        .group_by(*look.by(keys))
    )


def _proved(look: _Look) -> FromClause:
    """Listings that an officer saw in the 90 days before: without, what is known only by such a look has lapsed."""
    looks = select(Evidence.listing_id).where(
        Evidence.grade == Grade.SEEN,
        Evidence.state == ListingState.LIVE,
        Evidence.seen_at <= look.at,
        Evidence.seen_at > look.before(_INSTANT + SEEN_LASTS),
    )
    if look.chosen:
        mine = and_(look.seen.c.grade == _SEEN, Evidence.listing_id == look.seen.c.listing_id)
        return looks.where(mine).limit(1).lateral("proved")
    return looks.subquery("proved")


def _unknown_on(look: _Look) -> ColumnElement[bool]:
    return and_(look.seen.c.state == _UNKNOWN, look.seen.c.during.contains(look.at))


def _ever_live(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    up_to = func.tstzrange(None, look.at, "(]")
    return (
        select(
            *look.by(keys),
            func.min(_rank(look.seen)).filter(_is_live(look.seen)).label("rank"),
            func.bool_or(_unknown_on(look)).label("unknown"),
        )
        .where(*look.where(question, look.seen.c.during.overlaps(up_to)))
        .group_by(*look.by(keys))
    )


def _live_days(question: Question, keys: list[str], look: _Look) -> Select[*tuple[Any, ...]]:
    """Live for ``live_days`` × 24 hours in all within the period; hours on two marketplaces at once count once.

    Most products are told by their longest interval, or by all of theirs together: only what lies between is put
    together interval by interval.
    """
    rule, seen = question.rule, look.seen
    since = look.before(timedelta(days=rule.period_days))
    period = func.tstzrange(since, look.before(timedelta()), "[)")
    length = func.least(func.upper(seen.c.during), look.before(timedelta())) - func.greatest(
        func.lower(seen.c.during), since
    )
    live, carried = _is_live(seen), seen.c.grade == _SEEN
    enough = _rank(seen) <= GRADES.index(rule.least_evidence)
    timed = (
        select(
            *look.by(keys),
            func.min(_rank(seen)).filter(live).label("best"),
            func.max(length).filter(live, enough, ~carried).label("longest"),
            func.sum(length).filter(live).label("together"),
            func.bool_or(_unknown_on(look)).label("unknown"),
        )
        .where(*look.where(question, seen.c.during.overlaps(period)))
        .group_by(*look.by(keys))
        .subquery("timed")
    )
    wanted = timedelta(days=rule.live_days)
    ended = look.ended if isinstance(look.ended, datetime) else timed.c.ended
    rank = case(
        (timed.c.longest >= wanted, timed.c.best),
        (timed.c.together >= wanted, _put_together(question, keys, timed, replace(look, ended=ended))),
    )
    return select(*(timed.c[key] for key in keys), rank.label("rank"), timed.c.unknown)


def _put_together(question: Question, keys: list[str], timed: Subquery, look: _Look) -> ColumnElement[int]:
    """The rank of one product (on one marketplace) by the time that its intervals cover."""
    rule, seen = question.rule, SIGHTINGS.alias("whole")
    since, ended = look.before(timedelta(days=rule.period_days)), look.before(timedelta())
    time = _proved_time(seen, func.tstzrange(since, ended, "[)"))
    enough = _rank(seen) <= GRADES.index(rule.least_evidence)
    covered = (
        select(
            func.range_agg(time).filter(enough).label("enough"),
            func.range_agg(time).label("some"),
        )
        .where(
            *(seen.c[key] == timed.c[key] for key in keys),
            *_between(seen, since, ended),
            seen.c.marketplace_key.in_(counting_marketplaces(question)),
            _is_live(seen),
        )
        .correlate(timed)
        .subquery("covered")
    )
    wanted = timedelta(days=rule.live_days)
    return (
        select(
            case(
                (_length(covered.c.enough) >= wanted, timed.c.best),
                (_length(covered.c.some) >= wanted, _WEAKEST),
            )
        )
        .select_from(covered)
        .correlate(timed)
        .scalar_subquery()
    )


def _proved_time(seen: FromClause, period: ColumnElement[Any]) -> ColumnElement[Any]:
    """The part of an interval inside the period; an officer's look carries it for 90 days at a time."""
    inside = func.tstzmultirange(seen.c.during * period, type_=TSTZMULTIRANGE())
    carried = (
        select(func.range_agg(func.tstzrange(Evidence.seen_at, Evidence.seen_at + SEEN_LASTS)))
        .where(
            Evidence.listing_id == seen.c.listing_id,
            Evidence.grade == Grade.SEEN,
            Evidence.state == ListingState.LIVE,
        )
        .scalar_subquery()
    )
    carried_inside = inside * func.coalesce(carried, literal_column("'{}'::tstzmultirange"))
    return case((seen.c.grade == _SEEN, carried_inside), else_=inside)


def _length(time: ColumnElement[Any]) -> ColumnElement[timedelta]:
    spell = func.unnest(time).column_valued("spell")
    return select(func.sum(func.upper(spell) - func.lower(spell))).scalar_subquery()
