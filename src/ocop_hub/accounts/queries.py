"""Questions about users, sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from ocop_hub.accounts.models import ApiToken, OfficeHolder, User, UserSession
from ocop_hub.accounts.service import LONGEST_SESSION, token_hash


def live_session(token: str, *, now: datetime) -> Select[UserSession, User]:
    """The session of this cookie with its user, if it still holds."""
    return (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.expires_at > now,
            UserSession.created_at > now - LONGEST_SESSION,
            User.disabled_at.is_(None),
        )
    )


def live_token(token: str) -> Select[ApiToken, User]:
    """The API token with its user, if it still holds."""
    return (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
    )


def offices_of(user_id: UUID) -> Select[OfficeHolder]:
    """The offices a user holds."""
    return select(OfficeHolder).where(OfficeHolder.user_id == user_id)


def tokens_of(user_id: UUID) -> Select[ApiToken]:
    """The user's tokens that still hold."""
    return select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
