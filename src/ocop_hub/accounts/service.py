"""Users, sign-in and API tokens: what decides and changes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.accounts.errors import BadLogin, LoginTaken, TooManyAttempts, WrongLogin
from ocop_hub.accounts.logins import normal_email, normal_login, normal_phone
from ocop_hub.accounts.models import ApiToken, Office, OfficeHolder, SignInAttempt, User, UserSession
from ocop_hub.accounts.passphrases import check_strength, hash_passphrase, needs_new_hash, verify_passphrase
from ocop_hub.errors import HubError, Malformed, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.text import clean

#: Whatever its use, a sign-in ends after this.
LONGEST_SESSION = timedelta(days=30)
#: A session's or token's last use is written at most this often.
SEEN_EVERY = timedelta(minutes=5)
#: So many wrong passphrases are free; each further one doubles the wait.
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
TOKEN_PREFIX = "ocop_"  # noqa: S105 - what a token begins with, so that scanners of leaked secrets find it


@dataclass(frozen=True, slots=True)
class OfficeSeat:
    """An office to give to a user; a commune officer's names the administrative unit."""

    office: Office
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A fresh sign-in. ``token`` goes into the cookie and is not kept."""

    user: User
    token: str = field(repr=False)
    csrf_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """A fresh API token; ``secret`` is shown once and not kept."""

    row: ApiToken
    secret: str = field(repr=False)


async def register_user(
    session: AsyncSession,
    *,
    display_name: str,
    passphrase: str,
    phone: str | None = None,
    email: str | None = None,
    language: str = "vi",
    offices: Sequence[OfficeSeat] = (),
) -> User:
    """A user who can sign in by phone, e-mail or both.

    Raises :class:`BadLogin`, :class:`WeakPassphrase`, or :class:`LoginTaken`.
    """
    if not phone and not email:
        raise BadLogin("Cần số điện thoại hoặc thư điện tử để đăng nhập.")
    check_strength(passphrase)
    user = User(
        display_name=clean(display_name),
        phone=normal_phone(phone) if phone else None,
        email=normal_email(email) if email else None,
        passphrase_hash=await hash_passphrase(passphrase),
        language=language,
    )
    try:
        async with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise LoginTaken("Đã có tài khoản với số điện thoại hoặc thư điện tử này. Hãy đăng nhập.") from error
    session.add_all(
        OfficeHolder(user_id=user.id, office=seat.office, unit_id=seat.unit_id) for seat in offices
    )
    audit.record(session, actor=f"user:{user.id}", action="accounts.register", subject=f"user:{user.id}")
    return user


class KnownDevice(Protocol):
    """A browser, which proves by itself who signed in there before."""

    @property
    def mark(self) -> str: ...

    def known_to(self, user_id: UUID) -> bool:
        """Whether this user did."""
        ...


async def sign_in(
    session: AsyncSession,
    *,
    login: str,
    passphrase: str,
    hours: int,
    replaces: str | None = None,
    device: KnownDevice | None = None,
    slowed: TooManyAttempts | None = None,
) -> NewSession | HubError:
    """A new session, or the refusal.

    The refusal is returned, not raised: it must be counted, so this transaction has to be committed. It is the
    same for an unknown login and a wrong passphrase, after the same work. ``replaces`` is the token of the
    session the browser held before; it ends here, so that no session survives a sign-in (rotation). A ``device``
    that the user signed in with before has a count of its own: what others guess at the login does not hold it up,
    nor does ``slowed``, the refusal for a source that guessed too much.
    """
    try:
        known = normal_login(login)
    except BadLogin as error:
        return error
    user = (
        await session.execute(
            select(User).where(or_(User.phone == known, User.email == known), User.disabled_at.is_(None))
        )
    ).scalar_one_or_none()
    at_home = user is not None and device is not None and device.known_to(user.id)
    if slowed is not None and not at_home:
        return slowed
    login_hash = _login_hash(f"{known} {device.mark}" if at_home and device else known)
    wait = await _take_turn(session, login_hash)
    if wait is not None:
        return wait
    if not await verify_passphrase(user.passphrase_hash if user else None, passphrase) or user is None:
        await _count_failure(session, login_hash)
        return WrongLogin("Số điện thoại, thư điện tử hoặc mật khẩu chưa đúng.")
    if needs_new_hash(user.passphrase_hash):
        user.passphrase_hash = await hash_passphrase(passphrase)
    await session.execute(delete(SignInAttempt).where(SignInAttempt.login_hash == login_hash))
    if replaces:
        await sign_out(session, replaces)
    return _open_session(session, user, hours)


def _open_session(session: AsyncSession, user: User, hours: int) -> NewSession:
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=user.id,
            csrf_token=csrf_token,
            expires_at=clock.now() + timedelta(hours=hours),
        )
    )
    audit.record(session, actor=f"user:{user.id}", action="accounts.sign_in", subject=f"user:{user.id}")
    return NewSession(user, token, csrf_token)


async def _take_turn(session: AsyncSession, login_hash: bytes) -> TooManyAttempts | None:
    """One attempt at a time per login, and none while it is blocked: guessing in parallel gains nothing."""
    key = int.from_bytes(login_hash[:8], "big", signed=True)
    if not (await session.execute(select(func.pg_try_advisory_xact_lock(key)))).scalar_one():
        return TooManyAttempts("Tài khoản này đang được đăng nhập ở nơi khác. Hãy thử lại sau 5 giây.")
    blocked = (
        await session.execute(
            select(SignInAttempt.blocked_until).where(SignInAttempt.login_hash == login_hash)
        )
    ).scalar_one_or_none()
    now = clock.now()
    if blocked is not None and blocked > now:
        minutes = -(-(blocked - now) // timedelta(minutes=1))
        return TooManyAttempts(f"Đã sai mật khẩu nhiều lần. Hãy thử lại sau {minutes} phút.")
    return None


async def _count_failure(session: AsyncSession, login_hash: bytes) -> None:
    now = clock.now()
    failures = (
        await session.execute(
            insert(SignInAttempt)
            .values(login_hash=login_hash, failures=1, updated_at=now)
            .on_conflict_do_update(
                index_elements=[SignInAttempt.login_hash],
                set_={"failures": SignInAttempt.failures + 1, "updated_at": now},
            )
            .returning(SignInAttempt.failures)
        )
    ).scalar_one()
    if failures >= FREE_FAILURES:
        wait = min(FIRST_WAIT * 2 ** min(failures - FREE_FAILURES, 10), LONGEST_WAIT)
        row = await session.get_one(SignInAttempt, login_hash, populate_existing=True)
        row.blocked_until = now + wait


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session of this token; nothing happens when there is none."""
    await session.execute(delete(UserSession).where(UserSession.token_hash == token_hash(token)))


async def sign_out_everywhere(session: AsyncSession, user_id: UUID) -> None:
    """End all sessions of a user."""
    await session.execute(delete(UserSession).where(UserSession.user_id == user_id))


async def create_api_token(session: AsyncSession, user: User, *, name: str) -> NewApiToken:
    """A token that acts as ``user`` in programs. Raises :class:`Malformed` for an empty name."""
    if not clean(name):
        raise Malformed("Hãy đặt tên cho khóa để sau này nhận ra nó.")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(user_id=user.id, name=clean(name), token_hash=token_hash(secret))
    session.add(row)
    await session.flush()  # the answer shows the row's time, which the database gives
    await session.refresh(row)
    audit.record(
        session, actor=f"user:{user.id}", action="accounts.create_token", subject=f"api_token:{row.id}"
    )
    return NewApiToken(row, secret)


async def revoke_api_token(session: AsyncSession, user: User, token_id: UUID) -> None:
    """End one of the user's own tokens. Raises :class:`NotFound` for a missing, foreign or ended one."""
    row = (
        await session.execute(
            select(ApiToken).where(
                ApiToken.id == token_id, ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None)
            )
        )
    ).scalar_one_or_none()
    if row is None:
        raise NotFound("Không có khóa này trong tài khoản của bạn.")
    row.revoked_at = clock.now()
    audit.record(
        session, actor=f"user:{user.id}", action="accounts.revoke_token", subject=f"api_token:{row.id}"
    )


async def set_passphrase(session: AsyncSession, user: User, passphrase: str, *, by: str) -> None:
    """Give a user who forgot hers a new passphrase; whoever was signed in with the old one is signed out.

    ``by`` is the label of who did it. API tokens go on. Raises :class:`WeakPassphrase`.
    """
    check_strength(passphrase)
    user.passphrase_hash = await hash_passphrase(passphrase)
    await sign_out_everywhere(session, user.id)
    logins = [_login_hash(login) for login in (user.phone, user.email) if login]
    await session.execute(delete(SignInAttempt).where(SignInAttempt.login_hash.in_(logins)))
    audit.record(session, actor=by, action="accounts.set_passphrase", subject=f"user:{user.id}")


async def disable_user(session: AsyncSession, user: User, *, by: str) -> None:
    """End a user's sign-in for good: sessions and API tokens stop with it. Harmless twice.

    ``by`` is the label of who did it. The row stays: acts on record point to it.
    """
    now = clock.now()
    user.disabled_at = user.disabled_at or now
    await sign_out_everywhere(session, user.id)
    await session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, actor=by, action="accounts.disable", subject=f"user:{user.id}")


async def forget_lapsed(session: AsyncSession, *, now: datetime) -> None:
    """Delete sessions that are over and counts of failures that nobody added to for a day."""
    await session.execute(
        delete(UserSession).where(
            or_(UserSession.expires_at < now, UserSession.created_at < now - LONGEST_SESSION)
        )
    )
    await session.execute(delete(SignInAttempt).where(SignInAttempt.updated_at < now - timedelta(days=1)))


def token_hash(token: str) -> bytes:
    """What is kept of a random token: 256 bits of it need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def _login_hash(login: str) -> bytes:
    return hashlib.sha256(b"sign-in:" + login.encode()).digest()
