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
from ocop_hub.kit.clock import day_start

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


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has fewer."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4_096)
def validity(issued_on: date, expires_on: date | None = None) -> Range[datetime]:
    """From the start of the day of issue to the start of the day it lapses (36 months later unless given).

    Raises ``ValueError`` for a certificate that would end before it begins.
    """
    end = expires_on or months_after(issued_on, VALID_MONTHS)
    if end <= issued_on:
        raise ValueError("ends before it begins")
    return Range(day_start(issued_on), day_start(end))


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
    return CertificateState.EXPIRING if ends - at <= EXPIRING_WITHIN else CertificateState.VALID


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
