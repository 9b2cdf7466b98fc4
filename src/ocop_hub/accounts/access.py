"""Who is signed in on this request: session cookie or ``Authorization: Bearer`` API token.

Who a user may act for is worked out above, in ``producers.access``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import idempotency
from ocop_hub.accounts import cookies, csrf, queries
from ocop_hub.accounts.models import User
from ocop_hub.accounts.service import SEEN_EVERY
from ocop_hub.db import SessionDep
from ocop_hub.errors import NotSignedIn
from ocop_hub.kit import clock
from ocop_hub.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user behind the request. ``csrf_token`` is empty for an API token, which needs none."""

    user: User
    csrf_token: str = ""


async def get_signed_in(request: Request, session: SessionDep) -> SignedIn | None:
    """The signed-in user or None; an unsafe request by cookie has passed the checks of ``csrf``.

    Raises :class:`NotSignedIn` for a Bearer token that does not hold: a program must not go on as a stranger.
    """
    authorization = request.headers.get("authorization", "")
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() == "bearer":
        signed_in: SignedIn | None = await _by_token(session, credential.strip())
    else:
        signed_in = await _by_cookie(request, session)
    request.state.signed_in = signed_in
    await idempotency.claim_for_request(
        request, session, actor=f"user:{signed_in.user.id}" if signed_in else ""
    )
    return signed_in


async def _by_token(session: AsyncSession, token: str) -> SignedIn:
    found = (await session.execute(queries.live_token(token))).one_or_none()
    if found is None:
        raise NotSignedIn("Khóa truy cập không đúng hoặc đã bị thu hồi. Hãy tạo khóa mới.")
    row, user = found
    now = clock.now()
    if row.last_used_at is None or row.last_used_at < now - SEEN_EVERY:
        row.last_used_at = now
    return SignedIn(user)


async def _by_cookie(request: Request, session: AsyncSession) -> SignedIn | None:
    token = cookies.read_token(request)
    if not token:
        return None
    now = clock.now()
    found = (await session.execute(queries.live_session(token, now=now))).one_or_none()
    if found is None:
        return None
    row, user = found
    # For the page that offers to send a form with an old token once more.
    request.state.form_token = row.csrf_token
    await csrf.protect(request, row.csrf_token)
    if row.last_seen_at < now - SEEN_EVERY:
        settings: Settings = request.app.state.settings
        row.last_seen_at = now
        row.expires_at = now + timedelta(hours=settings.session_hours)
    return SignedIn(user, row.csrf_token)


SignedInDep = Annotated[SignedIn | None, Depends(get_signed_in)]


def require_user(signed_in: SignedInDep) -> User:
    """The signed-in user, or :class:`NotSignedIn`."""
    if signed_in is None:
        raise NotSignedIn("Bạn cần đăng nhập để làm việc này.")
    return signed_in.user


UserDep = Annotated[User, Depends(require_user)]
