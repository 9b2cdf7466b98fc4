"""Shapes of decisions and certificates in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.certificates.history import Outcome
from ocop_hub.certificates.models import Certificate, IssuerLevel
from ocop_hub.certificates.validity import CertificateState, certificate_state, end_day
from ocop_hub.kit.clock import business_day

Number = Annotated[str, Field(min_length=1, max_length=100, examples=["4261/QĐ-UBND"])]


class GrantIn(BaseModel):
    """One product of a decision's list."""

    product_id: UUID
    stars: int = Field(ge=3, le=5)
    issued_on: date | None = Field(None, description="Day of issue; null: the decision's")
    expires_on: date | None = Field(None, description="Last day it holds; null: 36 months after issue")
    number: str = Field("", max_length=100, description="The certificate's own number")
    proposed_five: bool = Field(False, description="Tiềm năng 5 sao: a note, never in place of the stars")


class DecisionIn(BaseModel):
    """A recognition decision with its list; ``issuer_level`` null: worked out from stars and date."""

    number: Number
    issued_on: date
    issuer_level: IssuerLevel | None = None
    issuer_name: str = Field("", max_length=300)
    issuer_province_id: str | None = Field(None, description="Null: the home province")
    note: str = Field("", max_length=2000)
    certificates: list[GrantIn] = Field([], max_length=5000)


class DecisionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    issued_on: date | None
    issuer_level: IssuerLevel
    issuer_name: str
    issuer_province_id: str | None
    note: str
    created_at: datetime


class CertificateOut(BaseModel):
    """A certificate as it stands now. ``expires_on`` is the last day it holds, which counts whole; of one that was
    withdrawn or followed before, the day of that.
    """

    id: UUID
    product_id: UUID
    decision: DecisionOut
    number: str
    stars: int
    proposed_five: bool
    issued_on: date | None
    expires_on: date | None
    state: CertificateState | None = Field(description="Null before the first day")
    outcome: Outcome | None = Field(None, description="Against the certificate before it, where it is known")
    withdrawn_at: datetime | None
    withdrawn_reason: str
    certified_unit_id: str | None
    certified_district_id: str | None

    @classmethod
    def of(
        cls, certificate: Certificate, decision: DecisionOut, at: datetime, outcome: Outcome | None = None
    ) -> CertificateOut:
        """The certificate as seen at ``at``."""
        begins = certificate.valid.lower
        return cls(
            id=certificate.id,
            product_id=certificate.product_id,
            decision=decision,
            number=certificate.number,
            stars=certificate.stars,
            proposed_five=certificate.proposed_five,
            issued_on=business_day(begins) if begins else None,
            expires_on=end_day(certificate),
            state=certificate_state(certificate, at),
            outcome=outcome,
            withdrawn_at=certificate.withdrawn_at,
            withdrawn_reason=certificate.withdrawn_reason,
            certified_unit_id=certificate.certified_unit_id,
            certified_district_id=certificate.certified_district_id,
        )


class ExpiringOut(BaseModel):
    """A certificate that lapses soon. ``days_left`` counts calendar days in Vietnam: 0 on its last day."""

    product_id: UUID
    product_name: str
    producer_id: UUID
    producer_name: str
    stars: int
    expires_on: date
    days_left: int
    urgent: bool = Field(description="30 days or fewer: the issuer must have told the producer")


class DeclaredOut(BaseModel):
    """A product whose stars nobody matched to a decision yet (chưa đối chiếu)."""

    product_id: UUID
    product_name: str
    producer_id: UUID
    declared_stars: int


class MatchIn(BaseModel):
    decision_id: UUID
    stars: int = Field(ge=3, le=5, description="As the decision says")


class WithdrawIn(BaseModel):
    reason: str = Field(min_length=1, max_length=1000)
    at: datetime | None = Field(None, description="From when; null: now")
