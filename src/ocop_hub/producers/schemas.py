"""Shapes of the producers' JSON API.

Phone, e-mail and tax number stand only in ``ContactOut``, for those who work for the producer; a person's own
number of 12 digits stands nowhere.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.producers.actor import Role
from ocop_hub.producers.models import ConsentPurpose, Mandate, MemberRole, MergeKind, Producer, ProducerKind
from ocop_hub.producers.numbers import is_personal


class ProducerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: ProducerKind
    name: str
    gln: str | None
    certified_unit_id: str | None
    current_unit_id: str | None
    province_id: str | None
    claimed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ProducerIn(BaseModel):
    """A producer as an office enters it. ``unit_id`` is the unit where it is, past or present."""

    kind: ProducerKind
    name: str = Field(min_length=1, max_length=300)
    tax_number: str | None = Field(None, max_length=40, examples=["0100233488"])
    phone: str | None = Field(None, max_length=40)
    email: str | None = Field(None, max_length=254)
    address: str = Field("", max_length=500)
    gln: str | None = Field(None, max_length=40)
    unit_id: str | None = Field(None, max_length=40)


class ProducerPatch(BaseModel):
    """Fields to change. What is not sent stays as it is; null or empty takes the value away."""

    kind: ProducerKind | None = None
    name: str | None = Field(None, max_length=300)
    tax_number: str | None = Field(None, max_length=40)
    phone: str | None = Field(None, max_length=40)
    email: str | None = Field(None, max_length=254)
    address: str | None = Field(None, max_length=500)
    gln: str | None = Field(None, max_length=40)
    unit_id: str | None = Field(None, max_length=40)
    bank_bin: str | None = Field(None, max_length=20, description="Six digits of the bank (NAPAS)")
    bank_account: str | None = Field(None, max_length=40)
    bank_holder: str | None = Field(None, max_length=100)


class ContactOut(BaseModel):
    """How to reach a producer and where to pay. A personal number is only said to be there."""

    producer_id: UUID
    tax_number: str | None
    has_personal_number: bool
    phone: str | None
    email: str | None
    address: str
    bank_bin: str | None
    bank_account: str | None
    bank_holder: str

    @classmethod
    def of(cls, producer: Producer) -> ContactOut:
        """What may be shown to who works for the producer."""
        personal = is_personal(producer.tax_number)
        return cls(
            producer_id=producer.id,
            tax_number=None if personal else producer.tax_number,
            has_personal_number=personal,
            phone=producer.phone,
            email=producer.email,
            address=producer.address,
            bank_bin=producer.bank_bin,
            bank_account=producer.bank_account,
            bank_holder=producer.bank_holder,
        )


class MemberOut(BaseModel):
    user_id: UUID
    name: str
    role: MemberRole
    created_at: datetime


class InvitationIn(BaseModel):
    role: MemberRole = MemberRole.EDITOR


class ClaimCodeIn(BaseModel):
    again: bool = Field(False, description="For a producer that was claimed, where its owners lost access")


class CodeOut(BaseModel):
    """A single-use code; it is shown this once. ``path`` is the page that takes it, as a QR shows it."""

    code: str
    path: str
    expires_at: datetime


class RedeemIn(BaseModel):
    code: str = Field(min_length=1, max_length=40, examples=["7K2M-9QXT-4HWB"])


class MandateIn(BaseModel):
    """Đồng ý cho làm hộ. ``until`` is the last day."""

    helper_login: str = Field(min_length=1, max_length=254, description="Phone or e-mail of the helper")
    until: date
    agreed_how: str = Field(min_length=1, max_length=500, examples=["Ký trên giấy tại nhà văn hóa thôn"])
    covers: str = Field("", max_length=500, examples=["Nhập sản phẩm, in tem"])


class MandateState(StrEnum):
    VALID = "valid"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class MandateOut(BaseModel):
    id: UUID
    producer_id: UUID
    helper_id: UUID
    helper_name: str
    since: datetime | None
    until: datetime | None = Field(description="The moment it ends")
    agreed_how: str
    covers: str
    state: MandateState

    @classmethod
    def of(cls, mandate: Mandate, helper_name: str, at: datetime) -> MandateOut:
        """The mandate as seen at ``at``."""
        state = MandateState.VALID if mandate.valid.contains(at) else MandateState.ENDED
        if mandate.withdrawn_at is not None:
            state = MandateState.WITHDRAWN
        return cls(
            id=mandate.id,
            producer_id=mandate.producer_id,
            helper_id=mandate.helper_id,
            helper_name=helper_name,
            since=mandate.valid.lower,
            until=mandate.valid.upper,
            agreed_how=mandate.agreed_how,
            covers=mandate.covers,
            state=state,
        )


class ConsentsIn(BaseModel):
    """All consents that stand from now on; one that is left out is withdrawn."""

    purposes: set[ConsentPurpose]


class ConsentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: ConsentPurpose
    text_version: str
    given_at: datetime


class MandateRequestIn(BaseModel):
    until: date
    covers: str = Field("", max_length=500)


class MandateRequestOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    producer_id: UUID
    until: date
    covers: str
    agreed: bool | None = Field(description="Null: not answered yet")


class MandateAnswerIn(BaseModel):
    agree: bool


class MergeIn(BaseModel):
    """Which of the two goes on: the one in the address becomes ``into_id``."""

    into_id: UUID
    reason: str = Field("", max_length=500)


class MergeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: MergeKind
    from_id: UUID
    into_id: UUID
    reason: str
    undone_at: datetime | None


class DuplicateOut(BaseModel):
    """Two that may be one; ``same_tax_number`` makes it nearly sure."""

    model_config = ConfigDict(from_attributes=True)

    first_id: UUID
    first_name: str
    second_id: UUID
    second_name: str
    same_tax_number: bool


class MeOut(BaseModel):
    """Who the service takes you for, and for which producers you may act."""

    id: UUID
    name: str
    role: Role
    language: str
    unit_id: str
    producers: list[UUID]
