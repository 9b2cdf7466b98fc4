"""What counts, from when until when; what is refused; who sees what; why a product is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import Made, Spell, World

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.validity import validity
from ocop_hub.db import ScopeKind, apply_scope
from ocop_hub.errors import Forbidden
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.producers.models import ProducerKind
from ocop_hub.publishing.models import AccountState, Evidence, Listing, MarketplaceAccount, MarketplaceRow
from ocop_hub.reporting.behind import products_behind
from ocop_hub.reporting.coverage import change, figure, question_for, report, rows
from ocop_hub.reporting.errors import (
    AsOfOutOfRange,
    NoRuleYet,
    RuleGoesBack,
    RuleOutOfRange,
    RuleWithoutMarketplace,
    UnknownMarketplace,
)
from ocop_hub.reporting.figures import By, Geo, Standing
from ocop_hub.reporting.lists import Part
from ocop_hub.reporting.models import CoverageRule, Denominator, ListingRule
from ocop_hub.reporting.question import Question
from ocop_hub.reporting.reasons import Acts, ReasonCode, Why
from ocop_hub.reporting.rules import Overrides, rule_in_force
from ocop_hub.reporting.service import NewRule, follow_rule

DAY = date(2026, 6, 30)
LIVE = ListingState.LIVE
HELD = (3, clock.day_start(date(2025, 1, 1)), clock.day_start(date(2028, 1, 1)))
OFFICER = Actor(Role.OFFICER_PROVINCE, user_id=UUID(int=1))


def at(day: date, hours: int = 0) -> datetime:
    return clock.day_start(day) + timedelta(hours=hours)


def live(since: date = date(2026, 1, 1), until: date | None = None, grade: Grade = Grade.API) -> Spell:
    return (LIVE, grade, at(since), at(until) if until else None)


async def why_of(session: AsyncSession, question: Question, product_id: UUID) -> Why | None:
    """What the lists say of a product that is not in the numerator."""
    for part in (Part.NOT_LISTED, Part.NOT_COUNTED):
        found = await products_behind(session, SYSTEM_ACTOR, question, part)
        for each in found.items:
            if each.product_id == product_id:
                return each.why
    return None


async def share(session: AsyncSession, day: date = DAY, **wanted: object) -> tuple[int, int]:
    overrides = Overrides(**wanted)  # type: ignore[arg-type]  # the names are those of Overrides
    question = await question_for(session, province="22", as_of=day, overrides=overrides)
    counts = (await figure(session, SYSTEM_ACTOR, question)).counts
    return counts.numerator, counts.denominator


class TestWhatCounts:
    async def test_a_product_counts_once_however_many_marketplaces_show_it(
        self, session: AsyncSession, world: World
    ) -> None:
        await world.make(
            [Made(certificates=[HELD], listings={"postmart": [live()], "shopee": [live()], "voso": [live()]})]
        )
        assert await share(session) == (1, 1)
        question = await question_for(session, province="22", as_of=DAY)
        alone = await rows(session, SYSTEM_ACTOR, question, By.MARKETPLACE)
        assert {row.key for row in alone if row.counts.numerator} == {"postmart", "shopee", "voso"}

    async def test_taking_a_marketplace_out_of_the_rule_takes_its_products_out(
        self, session: AsyncSession, world: World
    ) -> None:
        await world.make(
            [
                Made(certificates=[HELD], listings={"postmart": [live()]}),
                Made(certificates=[HELD], listings={"shopee": [live()]}),
                Made(certificates=[HELD]),
            ]
        )
        assert await share(session) == (2, 3)
        rule = await rule_in_force(session, DAY)
        without = tuple(key for key in rule.marketplaces if key != "shopee")
        await follow_rule(
            session,
            OFFICER,
            NewRule(
                DAY,
                "Không tính Shopee",
                rule.denominator,
                rule.listing_rule,
                rule.least_evidence,
                without,
            ),
        )
        assert await share(session) == (1, 3)
        assert await share(session, DAY - timedelta(days=1)) == (2, 3), "the day before keeps its rule"

    async def test_a_closed_marketplace_drops_out_on_its_closing_day(
        self, session: AsyncSession, world: World
    ) -> None:
        await world.make([Made(certificates=[HELD], listings={"voso": [live()]})])
        await session.execute(
            update(MarketplaceRow)
            .where(MarketplaceRow.key == "voso")
            .values(open_during=Range(None, at(DAY), bounds="()"))
        )
        assert await share(session, DAY - timedelta(days=1)) == (1, 1)
        for rule in (ListingRule.LIVE_ON_AS_OF, ListingRule.EVER_LISTED):
            assert await share(session, DAY, listing_rule=rule) == (0, 1)
        question = await question_for(session, province="22", as_of=DAY)
        assert "voso" not in {r.key for r in await rows(session, SYSTEM_ACTOR, question, By.MARKETPLACE)}

    async def test_a_certificate_counts_up_to_the_day_before_it_lapses(
        self, session: AsyncSession, world: World
    ) -> None:
        held = (4, at(date(2023, 6, 30)), at(DAY))
        await world.make([Made(certificates=[held], listings={"postmart": [live()]})])
        assert await share(session, date(2023, 6, 29)) == (0, 0)
        assert await share(session, date(2023, 6, 30)) == (0, 1)
        assert await share(session, DAY - timedelta(days=1)) == (1, 1)
        assert await share(session, DAY) == (0, 0)
        assert await share(session, DAY, denominator=Denominator.CERTIFIED_EVER) == (1, 1)

    async def test_a_certificates_last_day_counts_whole(self, session: AsyncSession, world: World) -> None:
        valid = validity(date(2022, 12, 31))
        assert valid.lower is not None
        assert valid.upper is not None
        made = Made(certificates=[(4, valid.lower, valid.upper)])
        await world.make([made])
        assert await share(session, date(2025, 12, 31)) == (0, 1)
        assert await share(session, date(2026, 1, 1)) == (0, 0)
        question = await question_for(session, province="22", as_of=date(2026, 1, 1))
        why = await why_of(session, question, made.id)
        assert why is not None
        assert why.sentence == "Giấy chứng nhận hết hạn 31/12/2025."

    async def test_what_changes_late_on_the_day_counts_for_the_day(
        self, session: AsyncSession, world: World
    ) -> None:
        late: Spell = (LIVE, Grade.API, at(DAY, 23), None)
        await world.make([Made(certificates=[HELD], listings={"postmart": [late]})])
        assert await share(session, DAY - timedelta(days=1)) == (0, 1)
        assert await share(session, DAY) == (1, 1)

    async def test_nothing_counted_has_no_percentage(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=DAY)
        found = await report(session, SYSTEM_ACTOR, question, By.UNIT)
        assert found.figure.counts.percent is None
        assert len(found.rows) == 54, "every commune of the province is there, with nothing counted"
        assert {row.counts.percent for row in found.rows} == {None}

    async def test_weak_unknown_and_services_stand_apart(self, session: AsyncSession, world: World) -> None:
        unknown: Spell = (ListingState.UNKNOWN, None, at(date(2026, 5, 1)), None)
        await world.make(
            [
                Made(certificates=[HELD], listings={"postmart": [live(grade=Grade.DECLARED)]}),
                Made(certificates=[HELD], listings={"postmart": [unknown]}),
                Made(certificates=[HELD], group="du_lich"),
                Made(certificates=[HELD]),
                Made(
                    certificates=[HELD],
                    listings={"postmart": [live(grade=Grade.LINK)], "shopee": [live(grade=Grade.API)]},
                ),
            ]
        )
        question = await question_for(session, province="22", as_of=DAY)
        counts = (await figure(session, SYSTEM_ACTOR, question)).counts
        assert (counts.numerator, counts.denominator) == (1, 5)
        assert (counts.unverified, counts.unknown, counts.not_listable, counts.missing) == (1, 1, 1, 1)
        assert {grade: n for grade, n in counts.grades.items() if n} == {Grade.API: 1}

    async def test_an_officers_look_lapses_after_90_days(self, session: AsyncSession, world: World) -> None:
        made = Made(certificates=[HELD], listings={"postmart": [live(grade=Grade.SEEN)]})
        await world.make([made])
        listing = (await session.scalars(select(Listing).where(Listing.product_id == made.id))).one()
        session.add(
            Evidence(
                listing_id=listing.id,
                producer_id=listing.producer_id,
                grade=Grade.SEEN,
                state=LIVE,
                seen_at=at(DAY, 8),
            )
        )
        await session.flush()
        assert await share(session, DAY - timedelta(days=1)) == (0, 1)
        assert await share(session, DAY) == (1, 1)
        assert await share(session, DAY + timedelta(days=89)) == (1, 1)
        assert await share(session, DAY + timedelta(days=90)) == (0, 1)
        days = {"listing_rule": ListingRule.LIVE_DAYS, "live_days": 10, "period_days": 30}
        assert await share(session, DAY, **days) == (0, 1)
        assert await share(session, DAY + timedelta(days=20), **days) == (1, 1)

    async def test_an_officers_looks_carry_a_product_at_rest_over_its_season(
        self, session: AsyncSession, world: World
    ) -> None:
        """Sold in April and May; seen in April twice, which counts it once, and never in the weeks before DAY."""
        made = Made(certificates=[HELD], season=(4, 5), listings={"postmart": [live(grade=Grade.SEEN)]})
        weak = Made(
            certificates=[HELD],
            season=(4, 5),
            listings={
                "postmart": [live(grade=Grade.DECLARED)],
                "voso": [live(until=date(2026, 6, 2), grade=Grade.LINK)],
            },
        )
        await world.make([made, weak])
        question = await question_for(session, province="22", as_of=DAY)
        counts = (await figure(session, SYSTEM_ACTOR, question)).counts
        assert (counts.numerator, counts.unknown, counts.unverified) == (1, 1, 0), "the weak one rises by May"
        assert counts.grades[Grade.LINK] == 1
        listing = (await session.scalars(select(Listing).where(Listing.product_id == made.id))).one()
        shared = {"listing_id": listing.id, "producer_id": listing.producer_id, "grade": Grade.SEEN}
        for seen_at in (at(date(2026, 3, 1)), at(date(2026, 4, 10)), at(date(2026, 4, 12))):
            session.add(Evidence(**shared, state=LIVE, seen_at=seen_at))
        await session.flush()
        assert await share(session, DAY) == (2, 2)
        assert await share(session, date(2026, 8, 31)) == (2, 2), "the look is asked for as of the end of May"
        days = {"listing_rule": ListingRule.LIVE_DAYS, "live_days": 60}
        assert await share(session, DAY, period_days=60, **days) == (2, 2)
        assert await share(session, DAY, least_evidence=Grade.API) == (0, 2)

    async def test_live_days_are_days_in_the_period(self, session: AsyncSession, world: World) -> None:
        ten = {
            "postmart": [live(date(2026, 6, 1), date(2026, 6, 6))],
            "shopee": [live(date(2026, 6, 4), date(2026, 6, 11))],
        }
        await world.make([Made(certificates=[HELD], listings=ten)])
        days = {"listing_rule": ListingRule.LIVE_DAYS, "period_days": 30}
        assert await share(session, DAY, live_days=10, **days) == (1, 1)
        assert await share(session, DAY, live_days=11, **days) == (0, 1)
        assert await share(session, DAY + timedelta(days=1), live_days=10, **days) == (0, 1)


class TestChange:
    async def test_says_who_came_and_went(self, session: AsyncSession, world: World) -> None:
        since = date(2026, 5, 31)
        lapsing = (3, HELD[1], at(date(2026, 6, 10)))
        new = (3, at(date(2026, 6, 10)), HELD[2])
        await world.make(
            [
                Made(certificates=[HELD], listings={"postmart": [live(date(2026, 6, 5))]}),
                Made(certificates=[HELD], listings={"postmart": [live(until=date(2026, 6, 5))]}),
                Made(certificates=[lapsing], listings={"postmart": [live()]}),
                Made(certificates=[new], listings={"postmart": [live()]}),
                Made(certificates=[HELD], listings={"postmart": [live()]}),
            ]
        )
        question = await question_for(session, province="22", as_of=DAY)
        found = await change(session, SYSTEM_ACTOR, question, since)
        assert (found.newly_listed, found.dropped) == (1, 1)
        assert (found.newly_counted, found.no_longer_counted) == (1, 1)
        assert (found.before.numerator, found.before.denominator) == (3, 4)


class TestRefusals:
    async def test_a_day_that_has_not_come(self, session: AsyncSession) -> None:
        with pytest.raises(AsOfOutOfRange, match="chưa đến"):
            await question_for(session, province="22", as_of=clock.today() + timedelta(days=1))

    @pytest.mark.parametrize("day", [date.min, date(2009, 12, 31)])
    async def test_a_day_before_any_record(self, session: AsyncSession, day: date) -> None:
        with pytest.raises(AsOfOutOfRange, match="01/01/2010"):
            await question_for(session, province="22", as_of=day)

    async def test_a_day_before_the_first_rule(self, session: AsyncSession) -> None:
        with pytest.raises(NoRuleYet):
            await question_for(session, province="22", as_of=date(2019, 1, 1))

    async def test_a_rule_without_marketplaces(self, session: AsyncSession) -> None:
        with pytest.raises(RuleWithoutMarketplace):
            await share(session, marketplaces=())

    async def test_a_marketplace_nobody_knows(self, session: AsyncSession) -> None:
        with pytest.raises(UnknownMarketplace, match="postmart"):
            await share(session, marketplaces=("nơi lạ",))

    @pytest.mark.parametrize(("days", "period"), [(0, 30), (31, 30), (1, 367)])
    async def test_days_that_do_not_fit(self, session: AsyncSession, days: int, period: int) -> None:
        with pytest.raises(RuleOutOfRange):
            await share(session, listing_rule=ListingRule.LIVE_DAYS, live_days=days, period_days=period)


class TestRules:
    async def test_the_same_wishes_are_no_trial(self, session: AsyncSession) -> None:
        rule = await rule_in_force(session, DAY)
        same = Overrides(denominator=rule.denominator, marketplaces=tuple(reversed(rule.marketplaces)))
        assert (await question_for(session, province="22", as_of=DAY, overrides=same)).rule == rule

    async def test_a_departure_is_marked(self, session: AsyncSession) -> None:
        wish = Overrides(denominator=Denominator.CERTIFIED_EVER)
        rule = (await question_for(session, province="22", as_of=DAY, overrides=wish)).rule
        assert not rule.official
        assert rule.note == "thử, không phải cách tính chính thức"

    async def test_the_next_rule_is_on_record(self, session: AsyncSession) -> None:
        rule = await rule_in_force(session, DAY)
        new = NewRule(
            DAY, "  Hai sàn ", rule.denominator, rule.listing_rule, Grade.LINK, ("voso", "postmart")
        )
        row = await follow_rule(session, OFFICER, new)
        assert (row.number, row.name, row.marketplaces) == (2, "Hai sàn", ["postmart", "voso"])
        assert (await rule_in_force(session, DAY)).number == 2
        assert (await rule_in_force(session, DAY - timedelta(days=1))).number == 1
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == "reporting.follow_rule"))
        ).one()
        assert entry.subject == f"coverage_rule:{row.id}"
        with pytest.raises(RuleGoesBack):
            await follow_rule(session, OFFICER, replace(new, valid_from=DAY - timedelta(days=1)))

    async def test_only_an_office_decides(self, session: AsyncSession) -> None:
        rule = await rule_in_force(session, DAY)
        new = NewRule(DAY, "x", rule.denominator, rule.listing_rule, Grade.LINK, ("voso",))
        with pytest.raises(Forbidden):
            await follow_rule(session, Actor(Role.OFFICER_COMMUNE, UUID(int=2), unit_id=BA_CHE), new)
        assert len(list(await session.scalars(select(CoverageRule)))) == 1


class TestWhoSeesWhat:
    async def test_a_communes_officer_reads_her_commune(self, session: AsyncSession, world: World) -> None:
        await world.make(
            [
                Made(unit=BA_CHE, certificates=[HELD], listings={"postmart": [live()]}),
                Made(unit=BA_CHE, certificates=[HELD]),
                *(
                    Made(unit=BAI_CHAY, certificates=[HELD], listings={"postmart": [live()]})
                    for _ in range(3)
                ),
            ]
        )
        minh = Actor(Role.OFFICER_COMMUNE, user_id=UUID(int=3), unit_id=BA_CHE)
        question = await question_for(session, province="22", as_of=DAY)
        for actor in (minh, SYSTEM_ACTOR):  # the second wall holds where the first is forgotten
            await apply_scope(session, minh.scope)
            found = await report(session, actor, question, By.UNIT)
            assert (found.figure.counts.numerator, found.figure.counts.denominator) == (1, 2)
        only = await report(session, minh, question, By.UNIT)
        assert [row.key for row in only.rows] == [BA_CHE]
        behind = await products_behind(session, minh, question, Part.LISTED)
        assert {one.unit_id for one in behind.items} == {BA_CHE}

    @pytest.mark.parametrize("kind", [ScopeKind.PUBLIC, ScopeKind.OWN])
    async def test_sightings_stand_behind_the_wall(
        self, session: AsyncSession, world: World, kind: ScopeKind
    ) -> None:
        await world.make([Made(certificates=[HELD], listings={"postmart": [live()]})])
        assert await session.scalar(text("SELECT count(*) FROM listing_sightings")) == 1
        await apply_scope(session, replace(SYSTEM_ACTOR.scope, kind=kind))
        assert await session.scalar(text("SELECT count(*) FROM listing_sightings")) == 0

    async def test_sightings_are_not_written_through_the_view(self, session: AsyncSession) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("DELETE FROM listing_sightings"))


class TestWhy:
    @pytest.mark.parametrize(
        ("spell", "code", "acts"),
        [
            (live(grade=Grade.DECLARED), ReasonCode.WEAK_EVIDENCE, Acts.HELPER),
            (live(grade=Grade.SEEN), ReasonCode.LOOK_AGAIN, Acts.OFFICER),
            (
                (ListingState.NEEDS_PERSON, None, at(date(2026, 5, 1)), None),
                ReasonCode.NEEDS_PERSON,
                Acts.HELPER,
            ),
            ((ListingState.REJECTED, None, at(date(2026, 5, 1)), None), ReasonCode.REJECTED, Acts.PRODUCER),
            ((ListingState.SUSPENDED, None, at(date(2026, 5, 1)), None), ReasonCode.SUSPENDED, Acts.PRODUCER),
            (
                (ListingState.IN_REVIEW, None, at(date(2026, 5, 1)), None),
                ReasonCode.IN_REVIEW,
                Acts.MARKETPLACE,
            ),
            ((ListingState.UNKNOWN, None, at(date(2026, 5, 1)), None), ReasonCode.UNKNOWN, Acts.OFFICER),
            ((ListingState.DELETED, None, at(date(2026, 5, 1)), None), ReasonCode.DELETED, Acts.PRODUCER),
        ],
    )
    async def test_names_the_state_and_who_acts(
        self, session: AsyncSession, world: World, spell: Spell, code: ReasonCode, acts: Acts
    ) -> None:
        made = Made(certificates=[HELD], listings={"postmart": [spell]})
        await world.make([made])
        question = await question_for(session, province="22", as_of=DAY)
        why = await why_of(session, question, made.id)
        assert why is not None
        assert (why.code, why.acts) == (code, acts)
        assert "Postmart" in why.sentence
        assert "{" not in why.sentence

    async def test_a_refusal_gives_the_marketplaces_words(self, session: AsyncSession, world: World) -> None:
        made = Made(
            certificates=[HELD],
            listings={"postmart": [(ListingState.REJECTED, None, at(date(2026, 5, 1)), None)]},
        )
        await world.make([made])
        await session.execute(
            update(Listing).values(state=ListingState.REJECTED, reason="ảnh nhỏ hơn 500 điểm ảnh.")
        )
        question = await question_for(session, province="22", as_of=DAY)
        why = await why_of(session, question, made.id)
        assert why is not None
        assert why.sentence.endswith("trả lại vì: ảnh nhỏ hơn 500 điểm ảnh.")

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            (AccountState.CONNECTED, ReasonCode.NOT_PUBLISHED),
            (AccountState.NEEDS_SIGN_IN, ReasonCode.STALL_NEEDS_SIGN_IN),
            (AccountState.NEEDS_ANSWERS, ReasonCode.STALL_NEEDS_ANSWERS),
            (AccountState.CLOSED, ReasonCode.NO_STALL),
        ],
    )
    async def test_without_a_listing_the_stall_is_looked_at(
        self, session: AsyncSession, world: World, state: AccountState, code: ReasonCode
    ) -> None:
        other, made = Made(certificates=[HELD], listings={"postmart": [live()]}), Made(certificates=[HELD])
        await world.make([other, made])
        await session.execute(update(MarketplaceAccount).values(state=state))
        question = await question_for(session, province="22", as_of=DAY)
        why = await why_of(session, question, made.id)
        assert why is not None
        assert why.code is code
        assert await why_of(session, question, other.id) is None

    async def test_elsewhere_services_and_days(self, session: AsyncSession, world: World) -> None:
        elsewhere = Made(certificates=[HELD], listings={"facebook": [live()]})
        service = Made(certificates=[HELD], group="du_lich")
        short = Made(certificates=[HELD], listings={"postmart": [live(date(2026, 6, 25))]})
        await world.make([elsewhere, service, short])
        question = await question_for(
            session,
            province="22",
            as_of=DAY,
            overrides=Overrides(listing_rule=ListingRule.LIVE_DAYS, live_days=20),
        )
        for made, code in (
            (elsewhere, ReasonCode.ELSEWHERE),
            (service, ReasonCode.NOT_LISTABLE),
            (short, ReasonCode.NOT_LONG_ENOUGH),
        ):
            why = await why_of(session, question, made.id)
            assert why is not None
            assert why.code is code


class TestList:
    async def test_pages_and_filters(self, session: AsyncSession, world: World) -> None:
        lapsed = (3, HELD[1], at(date(2026, 3, 1)))
        await world.make(
            [
                *(Made(certificates=[HELD]) for _ in range(5)),
                Made(unit=BAI_CHAY, certificates=[HELD], listings={"postmart": [live()]}),
                Made(certificates=[lapsed]),
                Made(),
            ]
        )
        question = await question_for(session, province="22", as_of=DAY)
        seen: list[str] = []
        cursor = ""
        while True:
            page = await products_behind(
                session, SYSTEM_ACTOR, question, Part.NOT_LISTED, cursor=cursor, limit=2
            )
            assert page.total == 5
            seen += [one.name for one in page.items]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
        assert seen == sorted(seen)
        assert len(set(seen)) == 5
        (listed,) = (await products_behind(session, SYSTEM_ACTOR, question, Part.LISTED)).items
        assert (listed.standing, listed.why, listed.unit_id) == (Standing.LISTED, None, BAI_CHAY)
        assert [seen.grade for seen in listed.sightings] == [Grade.API]
        out = await products_behind(session, SYSTEM_ACTOR, question, Part.NOT_COUNTED)
        assert {one.why.code for one in out.items if one.why} == {
            ReasonCode.CERTIFICATE_EXPIRED,
            ReasonCode.NO_CERTIFICATE,
        }
        narrow = await products_behind(
            session, SYSTEM_ACTOR, question, Part.NOT_LISTED, reason=ReasonCode.NO_STALL
        )
        assert narrow.total == 5
        assert (
            await products_behind(session, SYSTEM_ACTOR, question, Part.NOT_LISTED, words="không có")
        ).total == 0

    async def test_what_is_not_counted_is_of_the_part_asked_about(
        self, session: AsyncSession, world: World
    ) -> None:
        lapsed = (5, HELD[1], at(date(2026, 3, 1)))
        wanted = Made(unit=BAI_CHAY, group="do_uong", kind=ProducerKind.HOUSEHOLD, certificates=[lapsed])
        await world.make([wanted, Made(certificates=[HELD]), Made()])
        (maker,) = await session.scalars(select(Product.producer_id).where(Product.id == wanted.id))
        for cut, key in (
            (By.UNIT, BAI_CHAY),
            (By.GROUP, "do_uong"),
            (By.STARS, "5"),
            (By.KIND, ProducerKind.HOUSEHOLD.value),
            (By.PRODUCER, str(maker)),
        ):
            for geo in Geo:
                question = await question_for(session, province="22", as_of=DAY, geo=geo, narrowed={cut: key})
                out = await products_behind(session, SYSTEM_ACTOR, question, Part.NOT_COUNTED)
                assert [one.product_id for one in out.items] == [wanted.id], cut

    @pytest.mark.parametrize(
        ("cut", "key"),
        [(By.UNIT, BAI_CHAY), (By.STARS, "5"), (By.GROUP, "do_uong"), (By.MARKETPLACE, "voso")],
    )
    async def test_opens_the_row_it_was_called_from(
        self, session: AsyncSession, world: World, cut: By, key: str
    ) -> None:
        five = (5, HELD[1], HELD[2])
        wanted = Made(
            unit=BAI_CHAY,
            group="do_uong",
            certificates=[five],
            listings={"voso": [live()], "postmart": [live()]},
        )
        await world.make([wanted, Made(certificates=[HELD], listings={"postmart": [live()]})])
        question = await question_for(session, province="22", as_of=DAY, narrowed={cut: key})
        (only,) = (await products_behind(session, SYSTEM_ACTOR, question, Part.LISTED)).items
        assert only.product_id == wanted.id
