"""Producers (chủ thể OCOP), who may act for them, how they are claimed, and which were two names of one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class ProducerKind(StrEnum):
    """The four kinds provinces report by (Decision 919/QĐ-TTg)."""

    ENTERPRISE = "doanh_nghiep"
    COOPERATIVE = "hop_tac_xa"
    COOPERATIVE_GROUP = "to_hop_tac"
    HOUSEHOLD = "ho_kinh_doanh"


class MemberRole(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"


class CodePurpose(StrEnum):
    """What a single-use code gives: an unclaimed producer, or a seat beside its members."""

    CLAIM = "claim"
    INVITE = "invite"


class MergeKind(StrEnum):
    PRODUCER = "producer"
    PRODUCT = "product"


class ConsentPurpose(StrEnum):
    """What of a person's own data may stand on public pages (Law 91/2025/QH15: one consent per purpose)."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class Producer(Base):
    """One producer. Unclaimed until a person proves it is hers; a merged one points to what it became."""

    __tablename__ = "producers"
    __table_args__ = (
        Index("ix_producers_name_folded", "name_folded", "province_id"),
        Index("ix_producers_current_unit_id", "current_unit_id"),
        Index("ix_producers_sort_key", "sort_key", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ProducerKind] = mapped_column(text_enum(ProducerKind))
    name: Mapped[str]
    name_folded: Mapped[str]
    sort_key: Mapped[str] = mapped_column(String(collation="C"))
    #: 10 or 13 digits with a check digit; 12 digits for a household: personal data, never shown.
    tax_number: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str] = mapped_column(default="")
    gln: Mapped[str | None]
    #: Place as first certified, and the unit that holds it today.
    certified_unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    current_unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    province_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))
    #: For a payment card on the counter: six digits of the bank (NAPAS), account, and the name it is under.
    bank_bin: Mapped[str | None]
    bank_account: Mapped[str | None]
    bank_holder: Mapped[str] = mapped_column(default="")
    claimed_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("producers.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class ProducerMember(Base):
    """A user who belongs to the producer."""

    __tablename__ = "producer_members"
    __table_args__ = (UniqueConstraint("producer_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(text_enum(MemberRole), default=MemberRole.OWNER)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Mandate(Base):
    """Đồng ý cho làm hộ: a helper may act for the producer while ``valid`` holds."""

    __tablename__ = "mandates"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    helper_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    agreed_how: Mapped[str]
    #: What the helper may do, in the words both agreed on; empty: all that a member may.
    covers: Mapped[str] = mapped_column(default="")
    granted_by: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MandateRequest(Base):
    """A helper asks to act for a producer; its owner answers once, and an agreement becomes a mandate."""

    __tablename__ = "mandate_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    helper_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    until: Mapped[date]
    covers: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    agreed: Mapped[bool | None]


class Consent(Base):
    """Đồng ý công khai: given for one purpose on a day, under a text of that version; withdrawn on another."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_in_force",
            "producer_id",
            "purpose",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(text_enum(ConsentPurpose))
    text_version: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())
    given_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(default="")


class ClaimCode(Base):
    """A single-use code for a producer, printed or shown as a QR. Only its hash is kept."""

    __tablename__ = "claim_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"), index=True)
    purpose: Mapped[CodePurpose] = mapped_column(text_enum(CodePurpose))
    role: Mapped[MemberRole] = mapped_column(text_enum(MemberRole), default=MemberRole.OWNER)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    issued_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class Merge(Base):
    """Two that were one: ``moved`` lists, by table, the keys of what went over, so that it can go back."""

    __tablename__ = "merges"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The producer that has it all now.
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    kind: Mapped[MergeKind] = mapped_column(text_enum(MergeKind))
    from_id: Mapped[UUID] = mapped_column(index=True)
    into_id: Mapped[UUID]
    moved: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")
    merged_by: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_by: Mapped[str] = mapped_column(default="")
    undone_at: Mapped[datetime | None]
