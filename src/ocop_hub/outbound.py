"""Fetching what a person pasted: the only way out to an address we did not choose ourselves.

A name is resolved once, every address it gives is checked, and the connection goes to a checked address:
a name that answers differently a moment later changes nothing. Redirects pass the same gate. No cookie and no
credential is sent.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpcore
import httpx

from ocop_hub.errors import HubError
from ocop_hub.marketplaces.contract import Page

#: Bytes of a page, unpacked; the rest is not read.
LARGEST_PAGE = 2_000_000
#: Seconds for the whole fetch, redirects included.
DEADLINE = 15.0
MOST_REDIRECTS = 5
#: Ports a public page stands on; anything else is not a page.
PORTS = frozenset({80, 443, 8080, 8443})
AGENT = "ocop_hub link check"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundRefused(HubError):
    """The address may not be asked: wrong scheme, a private network, too many redirects."""

    status = 422
    code = "outbound-refused"
    title = "Không mở đường dẫn này"


class OutboundFailed(HubError):
    """The address may be asked but did not answer usefully."""

    status = 502
    code = "outbound-failed"
    title = "Đường dẫn không trả lời"


class OutboundTooLarge(OutboundFailed):
    """More than is read of an answer; it will not be less the next time."""

    code = "outbound-too-large"
    title = "Trang hoặc tệp của đường dẫn quá lớn"


class OutboundMissing(HubError):
    """The other side answered that it does not give this: asking again would change nothing."""

    status = 422
    code = "outbound-missing"
    title = "Đường dẫn không có tệp"


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """How far a fetch may go.

    ``allow_loopback`` is for the sandbox on one machine; with it, ``own_hosts`` may be asked as well: the
    addresses under which the operator's own settings place it on the local network.
    """

    allow_loopback: bool = False
    own_hosts: frozenset[str] = frozenset()
    deadline: float = DEADLINE
    largest_page: int = LARGEST_PAGE
    most_redirects: int = MOST_REDIRECTS


@dataclass(frozen=True, slots=True)
class _Got:
    """An answer after its redirects."""

    url: str
    status: int
    content: bytes
    charset: str


_NOT_AN_ADDRESS = "Đường dẫn chưa đúng. Hãy sao chép nguyên đường dẫn từ trình duyệt."
_TRY_IT = "Hãy mở thử đường dẫn bằng trình duyệt rồi dán lại."


@dataclass(slots=True)
class Outbound:
    """A guarded client; make one per process, close it at the end."""

    limits: OutboundLimits = field(default_factory=OutboundLimits)
    _client: httpx.AsyncClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = httpx.AsyncClient(
            transport=_GuardedTransport(self.limits),
            follow_redirects=False,
            timeout=self.limits.deadline,
            headers={"User-Agent": AGENT, "Accept-Language": "vi, en;q=0.5"},
            trust_env=False,  # a proxy from the environment would connect for us, unchecked
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def fetch_page(self, url: str) -> Page:
        """The public page at ``url`` with its final address, whatever its status.

        Raises :class:`OutboundRefused` or :class:`OutboundFailed`.
        """
        got = await self._fetch(url, self.limits.largest_page)
        return Page(url=got.url, status=got.status, text=got.content.decode(got.charset, errors="replace"))

    async def fetch_file(self, url: str, *, largest: int) -> bytes:
        """The file at ``url``, of at most ``largest`` bytes.

        Raises :class:`OutboundRefused`, :class:`OutboundFailed` (:class:`OutboundTooLarge` among it), and
        :class:`OutboundMissing` for 404 and its like.
        """
        got = await self._fetch(url, largest)
        if got.status == 200:
            return got.content
        text = f"Máy chủ của đường dẫn trả lời mã {got.status} thay vì tệp. {_TRY_IT}"
        if got.status >= 500 or got.status in (408, 425, 429):
            raise OutboundFailed(text)
        raise OutboundMissing(text)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Send ``content`` once and return the answer's status; its body is not read, a redirect not followed.

        Raises :class:`OutboundRefused` or :class:`OutboundFailed`.
        """
        target = check_url(url, self.limits)
        try:
            async with (
                asyncio.timeout(self.limits.deadline),
                self._client.stream("POST", target, content=content, headers=dict(headers)) as response,
            ):
                # One client serves everybody: what one site sets must not come along to the next, nor tell it
                # of us.
                self._client.cookies.clear()
                return response.status_code
        except (TimeoutError, httpx.TimeoutException) as error:
            raise OutboundFailed(f"Máy chủ không trả lời trong {self.limits.deadline:g} giây.") from error
        except httpx.HTTPError as error:
            raise OutboundFailed("Không nối được tới máy chủ nhận.") from error

    async def _fetch(self, url: str, largest: int) -> _Got:
        try:
            async with asyncio.timeout(self.limits.deadline):
                return await self._follow(url, largest)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise OutboundFailed(
                f"Trang không trả lời trong {self.limits.deadline:g} giây. Hãy mở thử bằng trình duyệt."
            ) from error
        except httpx.HTTPError as error:
            raise OutboundFailed(
                "Không mở được trang này. Hãy kiểm tra đường dẫn bằng trình duyệt rồi dán lại."
            ) from error

    async def _follow(self, url: str, largest: int) -> _Got:
        for _ in range(self.limits.most_redirects + 1):
            target = check_url(url, self.limits)
            async with self._client.stream("GET", target) as response:
                self._client.cookies.clear()
                if not response.has_redirect_location:
                    content = await _read(response, largest)
                    return _Got(str(response.url), response.status_code, content, _charset(response))
                url = _onward(target, response.headers["location"])
        raise OutboundRefused(
            f"Đường dẫn chuyển tiếp quá {self.limits.most_redirects} lần. Hãy dán đường dẫn của trang cuối cùng."
        )


def _onward(target: httpx.URL, location: str) -> str:
    """Where a redirect leads. Raises :class:`OutboundRefused`."""
    try:
        return urljoin(str(target), location)
    except ValueError as error:
        raise OutboundRefused(_NOT_AN_ADDRESS) from error


async def _read(response: httpx.Response, largest: int) -> bytes:
    kept = bytearray()
    # Counted after unpacking: a few kilobytes of gzip may unfold into gigabytes.
    async for chunk in response.aiter_bytes(65_536):
        kept += chunk
        if len(kept) > largest:
            raise OutboundTooLarge(f"Trang hoặc tệp lớn hơn {largest / 1_000_000:g} MB nên không đọc được.")
    return bytes(kept)


def check_url(url: str, limits: OutboundLimits) -> httpx.URL:
    """The address if its form is one we ask at all. Raises :class:`OutboundRefused`."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise OutboundRefused(_NOT_AN_ADDRESS) from error
    if target.scheme not in ("http", "https") or not target.host:
        raise OutboundRefused("Chỉ mở đường dẫn bắt đầu bằng http:// hoặc https://.")
    if target.userinfo:
        raise OutboundRefused("Đường dẫn không được kèm tên và mật khẩu.")
    # Other ports are asked for to learn what runs behind a firewall.
    if target.port is not None and target.port not in PORTS and not limits.allow_loopback:
        raise OutboundRefused("Đường dẫn dùng một cổng lạ. Hãy dán đường dẫn công khai của trang.")
    return target


def may_connect(address: Address, *, allow_loopback: bool) -> bool:
    """Whether an address is on the public internet (or, where allowed, this machine)."""
    mapped = getattr(address, "ipv4_mapped", None)
    # ::ffff:127.0.0.1 is this machine too.
    if mapped is not None:
        return may_connect(mapped, allow_loopback=allow_loopback)
    if address.is_loopback:
        return allow_loopback
    if isinstance(address, ipaddress.IPv6Address) and (
        address.sixtofour or address.teredo or any(address in each for each in _NOT_PUBLIC)
    ):
        return False
    return address.is_global and not address.is_multicast


#: What leads to an IPv4 address that we would have to check instead (IPv4-compatible RFC 4291, SIIT RFC 2765, NAT64
#: RFC 6052 and 8215), and the old site-local range (RFC 3879): Python calls these global.
_NOT_PUBLIC = tuple(
    ipaddress.IPv6Network(each)
    for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10")
)


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to a checked address; the TLS name stays that of the address asked for."""

    def __init__(self, limits: OutboundLimits) -> None:
        self._limits = limits
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | None = None
        # To the very address that was checked: asked again, the name could answer with another (DNS
        # rebinding).
        for address in await self._resolve(host, port):
            try:
                return await self._plain.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectError(f"no address for {host}")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise OutboundRefused("Không mở đường dẫn trong máy chủ.")

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[Address]:
        """The name's addresses; one that may not be asked refuses the whole name."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError(f"cannot resolve {host}") from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if self._limits.allow_loopback and host in self._limits.own_hosts:
            return addresses
        for address in addresses:
            if not may_connect(address, allow_loopback=self._limits.allow_loopback):
                raise OutboundRefused("Đường dẫn dẫn vào mạng nội bộ. Hãy dán đường dẫn công khai của trang.")
        return addresses


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over :class:`_GuardedBackend`."""

    def __init__(self, limits: OutboundLimits) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=20,
            max_keepalive_connections=0,  # every fetch resolves and checks anew
            network_backend=_GuardedBackend(limits),
        )


def _charset(response: httpx.Response) -> str:
    """The charset the answer names, if Python reads any bytes under it; UTF-8 otherwise."""
    named = response.charset_encoding or "utf-8"
    try:
        # "idna", "punycode" and "undefined" are codecs too, and fail where others put a mark.
        b"\xff".decode(named, errors="replace")
    except (LookupError, UnicodeError):
        return "utf-8"
    return named
