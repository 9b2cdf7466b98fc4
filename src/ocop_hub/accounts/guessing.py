"""What slows guessing of passphrases down without keeping anything that identifies a person (decision 0015).

Three counts: per login (``service``), per source here, and per device that somebody signed in with before, so
that strangers who guess at a login never keep its owner out.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts import cookies, csrf, service
from ocop_hub.accounts.errors import TooManyAttempts, WrongLogin
from ocop_hub.errors import HubError
from ocop_hub.kit.sealing import derive_key, installation_secret
from ocop_hub.settings import Settings

#: Wrong passphrases that a source has free, and the time in which one of them is free again: an office behind one
#: address mistypes less, and a list of logins would take years.
FREE: Final = 30
FREE_AGAIN: Final = timedelta(minutes=2)
_CLEARED_EVERY: Final = 60.0


class Sources:
    """Wrong passphrases by where they came from, in this process only, forgotten within the hour.

    An address is kept as a hash under a key that ends with the process.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        #: When all that a source spent is free again, by ``time.monotonic``.
        self._spent_until: dict[bytes, float] = {}
        self._cleared = 0.0

    def wait(self, source: str) -> float:
        """Seconds until the source may try again; 0 when it may now."""
        self._clear()
        free_from = self._spent_until.get(self._hash(source), 0.0) - (FREE - 1) * FREE_AGAIN.total_seconds()
        return max(0.0, free_from - time.monotonic())

    def failed(self, source: str) -> None:
        """Count a wrong passphrase."""
        now, key = time.monotonic(), self._hash(source)
        self._spent_until[key] = max(self._spent_until.get(key, now), now) + FREE_AGAIN.total_seconds()

    def _clear(self) -> None:
        now = time.monotonic()
        if now - self._cleared > _CLEARED_EVERY:
            self._spent_until = {each: until for each, until in self._spent_until.items() if until > now}
            self._cleared = now

    def _hash(self, source: str) -> bytes:
        return hmac.digest(self._key, _network(source).encode(), "sha256")


def _network(source: str) -> str:
    """The address; of IPv6 the part that one household or office is given."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


@dataclass(frozen=True, slots=True)
class Device:
    """A browser, by the mark that an earlier sign-in left in it; the mark is good for that user only."""

    key: bytes = field(repr=False)
    mark: str = field(default="", repr=False)

    def known_to(self, user_id: UUID) -> bool:
        """Whether this user signed in here before."""
        nonce, _, signature = self.mark.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign(nonce, user_id).encode())

    def mark_for(self, user_id: UUID) -> str:
        """A fresh mark; nothing of it is kept here."""
        nonce = secrets.token_urlsafe(12)
        return f"{nonce}.{self._sign(nonce, user_id)}"

    def _sign(self, nonce: str, user_id: UUID) -> str:
        return hmac.new(self.key, f"{nonce}.{user_id}".encode(), hashlib.sha256).hexdigest()


async def sign_in(
    request: Request, session: AsyncSession, *, login: str, passphrase: str
) -> service.NewSession | HubError:
    """:func:`service.sign_in` for a browser, slowed down by where it comes from. Raises CrossSite."""
    csrf.check_origin(request)
    settings: Settings = request.app.state.settings
    sources: Sources = request.app.state.sign_in_sources
    source = request.client.host if request.client is not None else ""
    wait = sources.wait(source)
    outcome = await service.sign_in(
        session,
        login=login,
        passphrase=passphrase,
        hours=settings.session_hours,
        replaces=cookies.read_token(request),
        device=device_of(request),
        slowed=_slowed(wait) if wait else None,
    )
    if isinstance(outcome, WrongLogin):
        sources.failed(source)
    return outcome


def remember(request: Request, response: Response, opened: service.NewSession) -> None:
    """Give the browser its session, and the mark by which it is known at the next sign-in."""
    cookies.set_token(request, response, opened.token)
    cookies.set_device(request, response, device_of(request).mark_for(opened.user.id))


def device_of(request: Request) -> Device:
    """The browser behind the request."""
    settings: Settings = request.app.state.settings
    secret = installation_secret(settings.secret_key.get_secret_value(), settings.data_dir)
    return Device(derive_key(secret, "known-device"), cookies.read_device(request))


def _slowed(seconds: float) -> TooManyAttempts:
    minutes = -(-int(seconds) // 60) or 1
    return TooManyAttempts(f"Từ mạng này đã sai mật khẩu nhiều lần. Hãy thử lại sau {minutes} phút.")
