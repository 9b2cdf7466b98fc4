"""The only way out to a marketplace: deadline, spacing, size cap, and a record without secrets.

Nothing is ever repeated here. Whether a call may be made again is the controller's question, and for that
the errors say whether anything left us (``sent``).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.json_body import object_in
from ocop_hub.marketplaces.limits import Limiter, ProcessLimiter
from ocop_hub.marketplaces.redaction import UrlRedactor, redact, redact_body, redact_text, redact_url

MAX_BODY_BYTES = 2_000_000
#: Waited after a 429 that names no time.
DEFAULT_WAIT = timedelta(seconds=60)
#: A marketplace that names a longer wait is asked again after this.
LONGEST_WAIT = timedelta(days=1)

# httpx logs every address at INFO, and marketplaces want tokens and signatures in the address.
_URL_REDACTOR = UrlRedactor()
logging.getLogger("httpx").addFilter(_URL_REDACTOR)

Clock = Callable[[], datetime]

#: Loop time by which the calls made inside :func:`within` are over.
_ends_at: ContextVar[float | None] = ContextVar("_ends_at", default=None)

_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where one marketplace answers and who we are there; empty bases mean the documented hosts."""

    api_base: str = ""
    public_base: str = ""
    #: Where the owner of a stall agrees, and where tokens come from if that is another host than the interface.
    auth_base: str = ""
    partner_id: str = ""
    partner_key: str = field(default="", repr=False)
    #: The name of our application on a consent page, where that is not ``partner_id``.
    service_id: str = ""
    #: How long a create with an unknown outcome may stay unfindable here; None: as the adapter says.
    settle_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request."""

    name: str
    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, complete: ``secrets`` are the values that must not be kept from it or its answer."""

    method: str
    url: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = None
    #: The bytes of ``json`` where the signature covers them: sent exactly so.
    raw: bytes | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = None
    upload: Upload | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole, and what of the exchange may be kept."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
    exchange: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def json(self) -> Any:
        """The body's value; None where it is not JSON."""
        return object_in(self.body)

    @property
    def says_nothing(self) -> bool:
        """A redirect, or a 4xx with a page for people: from what stands before the marketplace, a proxy or a wall.

        It tells nothing of the item. 401 and 403 tell that we are not let in, whoever says so.
        """
        if 300 <= self.status < 400:
            return True
        refused = 400 <= self.status < 500 and self.status not in (401, 403)
        return refused and bool(self.body) and self.json is None


@contextmanager
def within(timeout: timedelta) -> Generator[None]:
    """One deadline for all that is sent inside: a call of the contract may need several requests."""
    ends_at = asyncio.get_running_loop().time() + timeout.total_seconds()
    outer = _ends_at.get()
    # A deadline inside another can only be nearer.
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


class Gateway:
    """Sends for one marketplace. The client is injected; it must not follow redirects or retry by itself."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        marketplace: str,
        *,
        limiter: Limiter | None = None,
        now: Clock = clock.now,
    ) -> None:
        self._client = client
        self._marketplace = marketplace
        self._limiter = limiter if limiter is not None else ProcessLimiter()
        self.now = now

    async def send(self, call: Call, shop_id: str, request: Outgoing, *, timeout: timedelta) -> Answer:
        """Send once and read the whole answer within ``timeout``, waiting for a place included.

        Raises :class:`WaitUntil` (no place in time, or HTTP 429), :class:`Misconfigured` (an address that
        cannot be called), :class:`TransportFailed` with ``sent``, :class:`BadAnswer` (too large, undecodable).
        """
        kept = self._kept_request(call, request)
        now, outer = asyncio.get_running_loop().time(), _ends_at.get()
        deadline = now + timeout.total_seconds()
        if outer is not None and outer <= now:
            raise TransportFailed("Hết thời hạn trước khi gửi.", sent=False, exchange=kept)
        deadline = deadline if outer is None else min(deadline, outer)
        async with AsyncExitStack() as place:
            # A place is kept no longer than this call can last, also by a process that is killed.
            left = timedelta(seconds=max(deadline - now, 0.0))
            slot = self._limiter.slot(self._marketplace, shop_id, deadline=left)
            try:
                async with asyncio.timeout_at(deadline):
                    turn = await place.enter_async_context(slot)
            except TimeoutError as error:
                raise WaitUntil(
                    "Gian hàng đang có nhiều lượt gọi; lượt này chưa được gửi.",
                    until=self.now() + timedelta(seconds=5),
                    exchange=kept,
                ) from error
            # Within the place, so that what fails is told to the breaker.
            answer = await self._exchanged(request, kept, timeout, deadline)
            turn.failed = answer.status >= httpx.codes.INTERNAL_SERVER_ERROR
        if answer.status == httpx.codes.TOO_MANY_REQUESTS:
            until = self._wait_named(answer.headers)
            # Every process waits with us: the marketplace counts the stall's calls, not ours.
            await self._limiter.hold(self._marketplace, shop_id, until)
            raise WaitUntil("Sàn báo gọi quá nhanh.", until=until, code="429", exchange=answer.exchange)
        return answer

    async def _exchanged(
        self, request: Outgoing, kept: dict[str, Any], timeout: timedelta, deadline: float
    ) -> Answer:
        """The whole answer, what went wrong in the contract's words."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._exchange(request, kept, timeout)
        except TimeoutError as error:
            raise TransportFailed("Sàn không trả lời trong thời hạn.", exchange=kept) from error
        except httpx.HTTPError as error:
            raise self._failure(error, request, kept) from error
        except httpx.InvalidURL as error:
            raise Misconfigured(
                f"Địa chỉ của sàn không dùng được: {kept['url']}", sent=False, exchange=kept
            ) from error

    async def _exchange(self, request: Outgoing, kept: dict[str, Any], timeout: timedelta) -> Answer:
        files = None
        if request.upload is not None:
            part = request.upload
            files = {part.name: (part.filename, part.content, part.media_type)}
        async with self._client.stream(
            request.method,
            request.url,
            params=dict(request.params) or None,
            headers=dict(request.headers),
            # Bytes that were signed go as they are: written anew, their spaces would break the signature.
            json=request.json if request.raw is None else None,
            content=request.raw,
            data=dict(request.form) if request.form is not None else None,
            files=files,
            timeout=timeout.total_seconds(),
            # A redirect would carry token and signature to whatever host it names.
            follow_redirects=False,
        ) as response:
            kept["status"] = response.status_code
            body = bytearray()
            try:
                await self._read_capped(response, body, kept)
            finally:
                # Also what came of an answer that broke off or never ended.
                kept["answer"] = redact_body(bytes(body), request.secrets)
        return Answer(response.status_code, response.headers, bytes(body), kept)

    async def _read_capped(self, response: httpx.Response, body: bytearray, kept: Mapping[str, Any]) -> None:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BadAnswer(f"Câu trả lời của sàn dài hơn {MAX_BODY_BYTES} byte.", exchange=kept)

    def _kept_request(self, call: Call, request: Outgoing) -> dict[str, Any]:
        try:
            url = str(httpx.URL(request.url, params=dict(request.params))) if request.params else request.url
        except httpx.InvalidURL:
            url = request.url  # sending it fails, and says so
        kept: dict[str, Any] = {
            "call": call.value,
            "at": self.now().isoformat(),
            "method": request.method,
            "url": redact_text(redact_url(url), request.secrets),
        }
        if request.json is not None:
            kept["request"] = redact(request.json, request.secrets)
        if request.form is not None:
            kept["request"] = redact(dict(request.form), request.secrets)
        if request.upload is not None:
            digest = hashlib.sha256(request.upload.content).hexdigest()
            kept["file"] = {
                "type": request.upload.media_type,
                "bytes": len(request.upload.content),
                "sha256": digest,
            }
        return kept

    def _failure(self, error: httpx.HTTPError, request: Outgoing, kept: dict[str, Any]) -> MarketplaceError:
        said = redact_text(str(error), request.secrets)
        kept["failure"] = f"{type(error).__name__}: {said}"
        if isinstance(error, httpx.UnsupportedProtocol):
            return Misconfigured(f"Địa chỉ của sàn không dùng được: {kept['url']}", sent=False, exchange=kept)
        # Of what breaks on the way only these tell that nothing arrived: a create after them may be repeated.
        if isinstance(error, _NOTHING_LEFT):
            return TransportFailed(f"Không nối được tới sàn: {said}", sent=False, exchange=kept)
        if isinstance(error, httpx.DecodingError):
            return BadAnswer(f"Không đọc được câu trả lời của sàn: {said}", exchange=kept)
        return TransportFailed(f"Mất câu trả lời của sàn: {said}", exchange=kept)

    def _wait_named(self, headers: httpx.Headers) -> datetime:
        """RFC 9110 §10.2.3: seconds or an HTTP date."""
        now = self.now()
        said = headers.get("retry-after", "").strip()
        if not said:
            return now + DEFAULT_WAIT
        if said.isascii() and said.isdigit():
            # Nine digits are thirty years; what is longer is no number worth reading.
            return now + min(timedelta(seconds=int(said[:9])), LONGEST_WAIT)
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return now + DEFAULT_WAIT
        # "-0000" says nothing of a zone (RFC 5322 §3.3); the header is in GMT (RFC 9110 §5.6.7).
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max(until, now), now + LONGEST_WAIT)
