"""How long a certificate holds, and how the intervals of one product fit together. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from sqlalchemy.dialects.postgresql import Range

from ocop_hub.certificates.models import IssuerLevel
from ocop_hub.kit.clock import business_day, day_end, day_start

#: From the day of issue (Decision 148/QĐ-TTg).
VALID_MONTHS = 36
#: The issuer tells the producer at the latest 30 days before; a renewal dossier takes as long again.
EXPIRING_WITHIN = timedelta(days=60)
#: The last day on which the issuer tells the producer.
URGENT_WITHIN = timedelta(days=30)
#: From this day districts no longer recognise (1489/QĐ-TTg of 6 July 2025).
DISTRICTS_END = date(2025, 7, 6)


class CertificateState(StrEnum):
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class HasValidity(Protocol):
    """What the state of a certificate is read from."""

    @property
    def valid(self) -> Range[datetime]: ...

    @property
    def withdrawn_at(self) -> datetime | None: ...


class HasEnd(HasValidity, Protocol):
    """What the day shown as a certificate's end is read from."""

    @property
    def lapses_at(self) -> datetime | None: ...


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has fewer."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4_096)
def validity(issued_on: date, expires_on: date | None = None) -> Range[datetime]:
    """From the start of the day of issue to the end of the day it lapses (36 months later unless given).

    That day counts whole: a term in months ends when the corresponding day of its last month ends (Civil Code
    2015, Art. 148(3)). Raises ``ValueError`` for a certificate that would end before it begins.
    """
    end = expires_on or months_after(issued_on, VALID_MONTHS)
    if end <= issued_on:
        raise ValueError("ends before it begins")
    return Range(day_start(issued_on), day_end(end))


def last_day(valid: Range[datetime]) -> date | None:
    """The last business day on which the interval holds; None where it has no end."""
    return business_day(valid.upper - timedelta(microseconds=1)) if valid.upper is not None else None


def end_day(certificate: HasEnd) -> date | None:
    """The day shown as its end: its last day, or the day on which a withdrawal or a later one ended it before."""
    ends = certificate.valid.upper
    cut = certificate.lapses_at is not None or certificate.withdrawn_at == ends
    return business_day(ends) if cut and ends is not None else last_day(certificate.valid)


def expires_within(at: datetime, days: int) -> datetime:
    """The latest end of an interval whose last day is at most so many calendar days after that of ``at``."""
    return day_end(business_day(at) + timedelta(days=days))


def certificate_state(certificate: HasValidity, at: datetime) -> CertificateState | None:
    """The state at a moment; None before the certificate's first day."""
    if certificate.withdrawn_at is not None and at >= certificate.withdrawn_at:
        return CertificateState.WITHDRAWN
    begins, ends = certificate.valid.lower, certificate.valid.upper
    if begins is not None and at < begins:
        return None
    if ends is None:
        return CertificateState.VALID
    if at >= ends:
        return CertificateState.EXPIRED
    soon = ends <= expires_within(at, EXPIRING_WITHIN.days)
    return CertificateState.EXPIRING if soon else CertificateState.VALID


def default_issuer(stars: int, issued_on: date) -> IssuerLevel:
    """Who recognised, where the paper does not say: five stars the ministry, else by date."""
    if stars == 5:
        return IssuerLevel.CENTRAL
    if stars == 3 and issued_on < DISTRICTS_END:
        return IssuerLevel.DISTRICT
    return IssuerLevel.PROVINCE


def shortened_by(valid: Range[datetime], later: Iterable[Range[datetime]]) -> Range[datetime]:
    """``valid`` cut where the first of the intervals that begin after it begins: they never overlap."""
    begins, ends = valid.lower, valid.upper
    starts = [o.lower for o in later if o.lower is not None and begins is not None and o.lower > begins]
    return Range(begins, min([*starts, *([ends] if ends else [])], default=ends))


def fitted(
    given: Range[datetime], others: Iterable[Range[datetime]]
) -> tuple[Range[datetime], datetime | None]:
    """``given`` cut where the next of the others begins; and the end it was given, None where nothing cuts it."""
    cut = shortened_by(given, others)
    return cut, None if cut == given else given.upper
