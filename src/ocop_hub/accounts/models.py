"""Users, their offices, sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub.db import Base, text_enum
from ocop_hub.kit.ids import new_id


class Office(StrEnum):
    """A post that is not tied to one producer."""

    HELPER = "helper"
    OFFICER_COMMUNE = "officer_commune"
    OFFICER_PROVINCE = "officer_province"
    OPERATOR = "operator"


class User(Base):
    """A person who signs in by phone (E.164) or e-mail (lower case)."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    display_name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    passphrase_hash: Mapped[str]
    language: Mapped[str] = mapped_column(default="vi")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[datetime | None]


class OfficeHolder(Base):
    """A user in an office; commune officers hold it for one administrative unit."""

    __tablename__ = "office_holders"
    __table_args__ = (UniqueConstraint("user_id", "office", "unit_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    office: Mapped[Office] = mapped_column(text_enum(Office))
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("admin_units.id"))


class UserSession(Base):
    """A sign-in. Only the hash of the cookie's token is kept."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_expires_at", "expires_at"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A token for programs, hashed; it acts as its user."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """Failed sign-ins per login name, so that guessing slows down without keeping addresses."""

    __tablename__ = "sign_in_attempts"

    login_hash: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
