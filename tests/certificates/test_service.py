"""Decisions and certificates over time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import OFFICER, QUANG_NINH, acting_for, make_producer, make_product

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue.models import Product
from ocop_hub.certificates import queries
from ocop_hub.certificates.decisions import NewDecision, enter_decision
from ocop_hub.certificates.errors import (
    AnotherDecisionThatDay,
    DecisionIncomplete,
    EndsBeforeItBegins,
    StarsOutOfRange,
)
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.service import Grant, grant_certificate, grant_certificates, withdraw
from ocop_hub.certificates.validity import last_day, validity
from ocop_hub.db import Scope, ScopeKind, apply_scope, insert_rows
from ocop_hub.errors import Forbidden
from ocop_hub.kit.clock import business_day, day_start
from ocop_hub.kit.ids import new_id


async def decided(session: AsyncSession, number: str = "10/QĐ-UBND", on: date = date(2023, 3, 1)) -> Grant:
    """A grant of four stars for a new product under a decision."""
    product = await make_product(session, await make_producer(session))
    return await again(session, product, number, on)


async def again(session: AsyncSession, product: Product, number: str, on: date, stars: int = 4) -> Grant:
    decision = await enter_decision(session, OFFICER, NewDecision(number, on, issuer_province_id=QUANG_NINH))
    return Grant(product.id, product.producer_id, decision.id, stars, on)


async def days(session: AsyncSession, product_id: object) -> list[tuple[object, ...]]:
    rows = await session.execute(
        select(Certificate.stars, Certificate.valid)
        .where(Certificate.product_id == product_id)
        .order_by(Certificate.valid)
    )
    return [(stars, business_day(v.lower) if v.lower else None, last_day(v)) for stars, v in rows]


class TestEnterDecision:
    async def test_the_same_number_year_and_province_is_one(self, session: AsyncSession) -> None:
        first = await enter_decision(session, OFFICER, NewDecision("4261/QĐ-UBND", year=2021))
        second = await enter_decision(session, OFFICER, NewDecision("4261 / qđ-ubnd ", date(2021, 11, 30)))
        assert first.id == second.id
        assert second.issued_on == date(2021, 11, 30)

    async def test_numbers_begin_again_every_year(self, session: AsyncSession) -> None:
        first = await enter_decision(session, OFFICER, NewDecision("303/QĐ-UBND", date(2020, 2, 4)))
        second = await enter_decision(session, OFFICER, NewDecision("303/QĐ-UBND", date(2023, 2, 4)))
        assert first.id != second.id

    async def test_without_a_number(self, session: AsyncSession) -> None:
        with pytest.raises(DecisionIncomplete):
            await enter_decision(session, OFFICER, NewDecision(" / "))

    async def test_a_producer_may_not(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        with pytest.raises(Forbidden):
            await enter_decision(session, acting_for(producer), NewDecision("1/QĐ-UBND"))


class TestGrantCertificate:
    async def test_holds_for_thirty_six_months(self, session: AsyncSession) -> None:
        grant = await decided(session)
        certificate = await grant_certificate(session, OFFICER, grant)
        assert await days(session, grant.product_id) == [(4, date(2023, 3, 1), date(2026, 3, 1))]
        assert certificate.producer_id == grant.producer_id

    async def test_the_same_again_changes_nothing(self, session: AsyncSession) -> None:
        grant = await decided(session)
        first = await grant_certificate(session, OFFICER, grant)
        audited = select(func.count()).select_from(AuditEntry)
        before = await session.scalar(audited)
        assert (await grant_certificate(session, OFFICER, grant)).id == first.id
        assert await session.scalar(audited) == before

    async def test_a_renewal_ends_the_earlier_one(self, session: AsyncSession) -> None:
        grant = await decided(session)
        await grant_certificate(session, OFFICER, grant)
        product = await session.get_one(Product, grant.product_id)
        renewed = await again(session, product, "20/QĐ-UBND", date(2025, 12, 1), 5)
        await grant_certificate(session, OFFICER, renewed)
        await grant_certificate(session, OFFICER, grant)
        assert await days(session, grant.product_id) == [
            (4, date(2023, 3, 1), date(2025, 11, 30)),
            (5, date(2025, 12, 1), date(2028, 12, 1)),
        ]

    @pytest.mark.parametrize(("on", "first_ends"), [
        (date(2026, 2, 28), date(2026, 2, 27)), (date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 3, 2), date(2026, 3, 1)),
    ])  # fmt: skip
    async def test_a_renewal_on_the_last_day_or_after_it_leaves_no_gap(
        self, session: AsyncSession, on: date, first_ends: date
    ) -> None:
        grant = await decided(session)
        first = await grant_certificate(session, OFFICER, grant)
        product = await session.get_one(Product, grant.product_id)
        renewed = await grant_certificate(session, OFFICER, await again(session, product, "20/QĐ", on))
        assert await days(session, grant.product_id) == [
            (4, date(2023, 3, 1), first_ends),
            (4, on, date(on.year + 3, on.month, on.day)),
        ]
        await session.refresh(first)
        assert first.valid.upper == renewed.valid.lower

    async def test_an_earlier_one_entered_late_ends_where_the_later_begins(
        self, session: AsyncSession
    ) -> None:
        grant = await decided(session)
        await grant_certificate(session, OFFICER, grant)
        product = await session.get_one(Product, grant.product_id)
        await grant_certificate(session, OFFICER, await again(session, product, "5/QĐ", date(2021, 1, 1), 3))
        assert (await days(session, product.id))[0] == (3, date(2021, 1, 1), date(2023, 2, 28))

    async def test_a_corrected_date_gives_back_the_days_it_had_taken(self, session: AsyncSession) -> None:
        grant = await decided(session)
        await grant_certificate(session, OFFICER, grant)
        product = await session.get_one(Product, grant.product_id)
        wrong = await again(session, product, "20/QĐ-UBND", date(2025, 1, 10), 5)
        await grant_certificate(session, OFFICER, wrong)
        for begins, ends in (
            (date(2025, 10, 1), date(2025, 9, 30)),
            (date(2024, 10, 1), date(2024, 9, 30)),
            (date(2026, 6, 1), date(2026, 3, 1)),
        ):
            changed = await grant_certificates(session, OFFICER, [replace(wrong, issued_on=begins)])
            assert changed.changed == 1
            first, second = await days(session, product.id)
            assert first == (4, date(2023, 3, 1), ends)
            assert second[1] == begins
            again_the_same = await grant_certificates(session, OFFICER, [replace(wrong, issued_on=begins)])
            assert again_the_same.unchanged == 1

    async def test_a_withdrawn_one_reaches_to_its_withdrawal_at_most(self, session: AsyncSession) -> None:
        grant = await decided(session)
        first = await grant_certificate(session, OFFICER, grant)
        await withdraw(session, OFFICER, first.id, reason="Sai hồ sơ", at=day_start(date(2024, 6, 1)))
        product = await session.get_one(Product, grant.product_id)
        later = await again(session, product, "20/QĐ-UBND", date(2024, 1, 10), 5)
        for begins, ends in ((date(2024, 1, 10), date(2024, 1, 9)), (date(2024, 9, 1), date(2024, 5, 31))):
            await grant_certificate(session, OFFICER, replace(later, issued_on=begins))
            assert (await days(session, product.id))[0] == (4, date(2023, 3, 1), ends)

    async def test_two_decisions_of_one_day(self, session: AsyncSession) -> None:
        grant = await decided(session)
        await grant_certificate(session, OFFICER, grant)
        product = await session.get_one(Product, grant.product_id)
        with pytest.raises(AnotherDecisionThatDay):
            await grant_certificate(
                session, OFFICER, await again(session, product, "11/QĐ-UBND", date(2023, 3, 1))
            )

    async def test_an_end_before_the_beginning(self, session: AsyncSession) -> None:
        grant = await decided(session)
        wrong = Grant(
            grant.product_id, grant.producer_id, grant.decision_id, 4, grant.issued_on, date(2022, 1, 1)
        )
        with pytest.raises(EndsBeforeItBegins):
            await grant_certificate(session, OFFICER, wrong)

    async def test_six_stars(self, session: AsyncSession) -> None:
        grant = await decided(session)
        with pytest.raises(StarsOutOfRange):
            await grant_certificate(
                session,
                OFFICER,
                Grant(grant.product_id, grant.producer_id, grant.decision_id, 6, grant.issued_on),
            )
        assert await days(session, grant.product_id) == []

    async def test_refused_ones_do_not_hold_up_the_others(self, session: AsyncSession) -> None:
        good = await decided(session)
        bad = Grant(good.product_id, good.producer_id, good.decision_id, 2, good.issued_on)
        granted = await grant_certificates(session, OFFICER, [bad, good])
        assert (granted.added, list(granted.refused)) == (1, [0])

    async def test_a_producer_may_not(self, session: AsyncSession) -> None:
        grant = await decided(session)
        producer = await make_producer(session)
        with pytest.raises(Forbidden):
            await grant_certificate(session, acting_for(producer), grant)


class TestValidAt:
    async def test_from_its_first_day_to_the_last(self, session: AsyncSession) -> None:
        grant = await decided(session)
        await grant_certificate(session, OFFICER, grant)

        async def count(day: date) -> int | None:
            return await session.scalar(
                select(func.count()).select_from(Certificate).where(queries.valid_at(day_start(day)))
            )

        assert [
            await count(day)
            for day in (date(2023, 2, 28), date(2023, 3, 1), date(2026, 3, 1), date(2026, 3, 2))
        ] == [0, 1, 1, 0]


class TestWithdraw:
    async def test_ends_the_interval(self, session: AsyncSession) -> None:
        grant = await decided(session)
        certificate = await grant_certificate(session, OFFICER, grant)
        await withdraw(
            session, OFFICER, certificate.id, reason="Không còn sản xuất", at=day_start(date(2024, 5, 1))
        )
        await session.flush()
        assert await days(session, grant.product_id) == [(4, date(2023, 3, 1), date(2024, 4, 30))]
        assert await session.scalar(select(func.count()).select_from(RecognitionDecision)) == 1
        # The list of the decision read again does not bring it back.
        await grant_certificate(session, OFFICER, grant)
        assert await days(session, grant.product_id) == [(4, date(2023, 3, 1), date(2024, 4, 30))]


class TestRowLevelSecurity:
    async def test_the_database_too_refuses_a_producer(self, session: AsyncSession) -> None:
        grant = await decided(session)
        certificate = await grant_certificate(session, OFFICER, grant)
        await session.flush()
        own = Scope(ScopeKind.OWN, producers=frozenset({grant.producer_id}))
        await apply_scope(session, own)
        changed = await session.execute(
            update(Certificate)
            .where(Certificate.id == certificate.id)
            .values(stars=5)
            .returning(Certificate.id)
        )
        assert changed.all() == []
        assert (await session.scalars(select(Certificate.stars))).all() == [4]
        row = {
            "id": new_id(),
            "product_id": grant.product_id,
            "producer_id": grant.producer_id,
            "decision_id": grant.decision_id,
            "stars": 5,
            "number": "",
            "proposed_five": False,
            "withdrawn_reason": "",
            "valid": validity(date(2030, 1, 1)),
        }
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with session.begin_nested():
                await session.execute(insert_rows(Certificate, [row]))
