"""How long a certificate holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range

from ocop_hub.certificates.models import Certificate, IssuerLevel
from ocop_hub.certificates.validity import (
    CertificateState,
    certificate_state,
    default_issuer,
    end_day,
    last_day,
    months_after,
    validity,
)
from ocop_hub.kit.clock import day_end, day_start

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Held:
    valid: Range[datetime]
    withdrawn_at: datetime | None = None


class TestValidity:
    def test_thirty_six_months_of_business_days(self) -> None:
        # Decision 303/QĐ-UBND of 4 February 2020: its last day is 4 February 2023.
        valid = validity(date(2020, 2, 4))
        assert valid.lower == datetime(2020, 2, 3, 17, tzinfo=UTC)
        assert valid.upper == datetime(2023, 2, 4, 17, tzinfo=UTC)

    def test_a_day_that_the_later_month_lacks(self) -> None:
        assert months_after(date(2024, 2, 29), 36) == date(2027, 2, 28)
        assert months_after(date(2024, 12, 31), 2) == date(2025, 2, 28)

    @pytest.mark.parametrize("end", [date(2024, 1, 1), date(2023, 12, 31)])
    def test_an_end_before_the_beginning(self, end: date) -> None:
        with pytest.raises(ValueError, match="before"):
            validity(date(2024, 1, 1), end)


class TestLastDay:
    given = validity(date(2023, 12, 31))

    def test_is_the_day_of_the_month_it_was_issued_on(self) -> None:
        assert last_day(self.given) == date(2026, 12, 31)
        assert last_day(validity(date(2024, 2, 29))) == date(2027, 2, 28)
        assert last_day(Range(self.given.lower, None)) is None

    def test_counts_whole(self) -> None:
        held = Held(self.given)
        assert certificate_state(held, day_end(date(2026, 12, 31)) - MOMENT) is CertificateState.EXPIRING
        assert certificate_state(held, day_start(date(2027, 1, 1))) is CertificateState.EXPIRED

    @pytest.mark.parametrize("hours", [0, 9])
    def test_shown_for_one_that_ended_before_is_the_day_of_that(self, hours: int) -> None:
        moment = day_start(date(2025, 6, 1)) + timedelta(hours=hours)
        ended = Range(self.given.lower, moment)
        assert end_day(Certificate(valid=ended, withdrawn_at=moment)) == date(2025, 6, 1)
        assert end_day(Certificate(valid=ended, lapses_at=self.given.upper)) == date(2025, 6, 1)

    def test_shown_for_one_that_lapsed_and_was_withdrawn_later(self) -> None:
        late = day_start(date(2027, 6, 1))
        assert end_day(Certificate(valid=self.given, withdrawn_at=late)) == date(2026, 12, 31)
        assert end_day(Certificate(valid=Range(self.given.lower, None))) is None


class TestCertificateState:
    held = Held(validity(date(2023, 3, 1)))
    ends = datetime(2026, 3, 1, 17, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("before_end", "state"),
        [
            (timedelta(days=61, seconds=1), CertificateState.VALID),
            (timedelta(days=61), CertificateState.EXPIRING),  # 60 days before the last day begin
            (timedelta(seconds=1), CertificateState.EXPIRING),
            (timedelta(0), CertificateState.EXPIRED),
            (timedelta(days=2000), None),
        ],
    )
    def test_by_the_time_left(self, before_end: timedelta, state: CertificateState | None) -> None:
        assert certificate_state(self.held, self.ends - before_end) is state

    def test_withdrawn_from_its_moment_on(self) -> None:
        moment = datetime(2024, 1, 1, tzinfo=UTC)
        withdrawn = Held(Range(self.held.valid.lower, moment), moment)
        assert certificate_state(withdrawn, moment) is CertificateState.WITHDRAWN
        assert certificate_state(withdrawn, moment - timedelta(days=90)) is CertificateState.VALID


class TestDefaultIssuer:
    @pytest.mark.parametrize(
        ("stars", "day", "issuer"),
        [
            (3, date(2025, 7, 5), IssuerLevel.DISTRICT),
            (3, date(2025, 7, 6), IssuerLevel.PROVINCE),
            (4, date(2021, 1, 1), IssuerLevel.PROVINCE),
            (5, date(2021, 1, 1), IssuerLevel.CENTRAL),
        ],
    )
    def test_by_stars_and_day(self, stars: int, day: date, issuer: IssuerLevel) -> None:
        assert default_issuer(stars, day) is issuer
