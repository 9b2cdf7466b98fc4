"""The database agrees with a recount by hand over random histories; sums fit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import Made, Spell, World

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting.coverage import figure, question_for, rows
from ocop_hub.reporting.figures import GRADES, By
from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.rules import Overrides

MARKETPLACES = ("postmart", "voso", "shopee")
FIRST = date(2025, 1, 1)
#: ``seen`` needs evidence rows, which have their own test.
SEEN_BY = (Grade.API, Grade.LINK, Grade.DECLARED)


def moment(rng: random.Random) -> datetime:
    """Some time in two years; often exactly at the end of a day, where mistakes are."""
    day = FIRST + timedelta(days=rng.randrange(500))
    return clock.day_start(day) + timedelta(minutes=rng.choice((0, 0, 61, 1439)))


def spells(rng: random.Random) -> list[Spell]:
    cuts = sorted({moment(rng) for _ in range(rng.randrange(1, 6))})
    found: list[Spell] = []
    for begins, ends in zip(cuts, [*cuts[1:], None], strict=True):
        state = rng.choice((ListingState.LIVE, ListingState.LIVE, ListingState.UNKNOWN, ListingState.DELETED))
        found.append((state, rng.choice(SEEN_BY), begins, ends))
    return found


def some_product(rng: random.Random) -> Made:
    certificates = []
    begins = moment(rng)
    for _ in range(rng.randrange(3)):
        ends = begins + timedelta(days=rng.randrange(1, 300))
        certificates.append((rng.choice((3, 4, 5)), begins, ends))
        begins = ends + timedelta(days=rng.randrange(2) * 40)
    return Made(
        unit=rng.choice((BA_CHE, BAI_CHAY)),
        kind=rng.choice(list(ProducerKind)),
        group=rng.choice(("thuc_pham", "do_uong", "du_lich")),
        certificates=certificates,
        season=sorted(rng.sample(range(1, 13), rng.randrange(1, 9))) if rng.random() < 0.4 else (),
        listings={key: spells(rng) for key in MARKETPLACES if rng.random() < 0.5},
    )


def midnight(question: Question) -> datetime:
    """When the day asked about is over in Vietnam, seven hours before it is in Greenwich."""
    after = question.as_of + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC) - timedelta(hours=7)


def holds(begins: datetime, ends: datetime, question: Question) -> bool:
    """Whether a spell runs over the last instant of the day."""
    return begins < midnight(question) <= ends


def season_over(made: Made, question: Question) -> date | None:
    """The last day of the product's season before the day, where the day lies outside of it."""
    day = question.as_of
    if not made.season or day.month in made.season:
        return None
    while day.month not in made.season:
        day -= timedelta(days=1)
    return day


def counted(made: Made, question: Question) -> bool:
    if question.rule.off_season is OffSeason.NOT_COUNTED and season_over(made, question):
        return False
    if question.rule.denominator is Denominator.CERTIFIED_VALID:
        return any(holds(begins, ends, question) for _stars, begins, ends in made.certificates)
    return any(begins < midnight(question) for _stars, begins, _ends in made.certificates)


def listed(made: Made, question: Question) -> bool:
    over = season_over(made, question)
    if over and question.rule.off_season is OffSeason.LAST_IN_SEASON and listed_on(made, question.on(over)):
        return True
    return listed_on(made, question)


def listed_on(made: Made, question: Question) -> bool:
    rule = question.rule
    enough = GRADES[: GRADES.index(rule.least_evidence) + 1]
    live = [
        (begins, ends or datetime.max.replace(tzinfo=begins.tzinfo))
        for key, found in made.listings.items()
        if key in rule.marketplaces
        for state, grade, begins, ends in found
        if state is ListingState.LIVE and grade in enough
    ]
    if rule.listing_rule is ListingRule.LIVE_ON_AS_OF:
        return any(holds(begins, ends, question) for begins, ends in live)
    if rule.listing_rule is ListingRule.EVER_LISTED:
        return any(begins < midnight(question) for begins, _ends in live)
    return live_time(live, question) >= timedelta(days=rule.live_days)


def live_time(live: Sequence[tuple[datetime, datetime]], question: Question) -> timedelta:
    """Time inside the period in which at least one of the spells ran."""
    end = midnight(question)
    start = end - timedelta(days=question.rule.period_days)
    clipped = sorted((max(a, start), min(b, end)) for a, b in live if a < end and b > start)
    total, reached = timedelta(), start
    for begins, ends in clipped:
        if ends > reached:
            total += ends - max(begins, reached)
            reached = ends
    return total


RULES: dict[str, Overrides] = {
    "as decided": Overrides(),
    "declared is enough": Overrides(least_evidence=Grade.DECLARED),
    "marketplace confirms": Overrides(least_evidence=Grade.API, marketplaces=("postmart", "shopee")),
    "ever": Overrides(listing_rule=ListingRule.EVER_LISTED, denominator=Denominator.CERTIFIED_EVER),
    "thirty days": Overrides(listing_rule=ListingRule.LIVE_DAYS, live_days=30, period_days=90),
    "not counted out of season": Overrides(off_season=OffSeason.NOT_COUNTED),
    "shown apart out of season": Overrides(
        off_season=OffSeason.SHOWN_APART, listing_rule=ListingRule.LIVE_DAYS, live_days=10, period_days=60
    ),
    "a day": Overrides(
        listing_rule=ListingRule.LIVE_DAYS, live_days=1, period_days=1, least_evidence=Grade.DECLARED
    ),
    "most of the period": Overrides(listing_rule=ListingRule.LIVE_DAYS, live_days=80, period_days=120),
}


def recount(products: Sequence[Made], question: Question) -> tuple[int, int]:
    there = [made for made in products if counted(made, question)]
    return sum(listed(made, question) for made in there), len(there)


@pytest.mark.parametrize("seed", range(4))
async def test_recount_agrees(session: AsyncSession, world: World, seed: int) -> None:
    rng = random.Random(seed)
    products = [some_product(rng) for _ in range(60)]
    await world.make(products)
    for wanted in RULES.values():
        day = FIRST + timedelta(days=rng.randrange(500))
        question = await question_for(session, province="22", as_of=day, overrides=wanted)
        found = (await figure(session, SYSTEM_ACTOR, question)).counts
        assert (found.numerator, found.denominator) == recount(products, question)
        assert sum(found.grades.values()) == found.numerator
        assert found.missing >= 0
        assert (found.off_season > 0) == (
            question.rule.off_season is OffSeason.SHOWN_APART
        )  # of 60 products some are always out of season
        by_unit = {r.key: r.counts for r in await rows(session, SYSTEM_ACTOR, question, By.UNIT)}
        for unit in (BA_CHE, BAI_CHAY):
            counts, there = by_unit[unit], [made for made in products if made.unit == unit]
            assert (counts.numerator, counts.denominator) == recount(there, question)
        await _sums_fit(session, question, products)


async def _sums_fit(session: AsyncSession, question: Question, products: Sequence[Made]) -> None:
    whole = (await figure(session, SYSTEM_ACTOR, question)).counts
    for by in (By.UNIT, By.DISTRICT, By.GROUP, By.STARS, By.KIND, By.PRODUCER):
        parts = [row.counts for row in await rows(session, SYSTEM_ACTOR, question, by)]
        for name in ("numerator", "denominator", "unknown", "unverified", "not_listable", "off_season"):
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name), (by, name)
    alone = await rows(session, SYSTEM_ACTOR, question, By.MARKETPLACE)
    assert [row.key for row in alone if row.key in MARKETPLACES]
    assert whole.numerator <= sum(row.counts.numerator for row in alone) or (
        question.rule.listing_rule is ListingRule.LIVE_DAYS  # days on two marketplaces add up to enough
    )
    for row in alone:
        only = replace(question, rule=replace(question.rule, marketplaces=(row.key,)))
        assert (row.counts.numerator, row.counts.denominator) == recount(products, only)
        assert (await figure(session, SYSTEM_ACTOR, only)).counts == row.counts
