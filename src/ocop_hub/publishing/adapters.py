"""The adapters of a process, made once, and what else the controller needs from outside the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from ocop_hub.marketplaces import own, registry
from ocop_hub.marketplaces.contract import Capabilities, Marketplace, Page
from ocop_hub.marketplaces.gateway import Hosts
from ocop_hub.marketplaces.limits import Limiter
from ocop_hub.outbound import OutboundFailed
from ocop_hub.settings import MarketplaceSettings

#: Fetches a public page, guarded (``ocop_hub.outbound``).
FetchPage = Callable[[str], Awaitable[Page]]
#: Posts bytes with headers to an address that is not ours, guarded; the answer's HTTP status.
Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
#: Reads the bytes of a stored picture by its media key.
ReadPicture = Callable[[str], Awaitable[bytes]]
#: Fetches the picture at a public address, guarded and capped. Raises ``HubError``.
FetchPicture = Callable[[str], Awaitable[bytes]]


async def _nowhere(url: str, content: bytes, headers: Mapping[str, str]) -> int:
    raise OutboundFailed("Tiến trình này không gửi thông báo ra ngoài.")


async def _no_picture(url: str) -> bytes:
    raise OutboundFailed("Tiến trình này không tải ảnh từ bên ngoài.")


class Adapters:
    """Adapters by marketplace key, over one HTTP client and one limiter."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        configured: Mapping[str, MarketplaceSettings],
        *,
        limiter: Limiter | None = None,
    ) -> None:
        self._client = client
        self._configured = configured
        self._limiter = limiter
        self._made: dict[str, Marketplace] = {}

    def get(self, key: str) -> Marketplace:
        """The adapter of ``key``. Raises ``Unsupported`` where none exists."""
        if key not in self._made:
            chosen = self._configured.get(key, MarketplaceSettings())
            hosts = Hosts(
                api_base=chosen.api_base,
                public_base=chosen.public_base,
                auth_base=chosen.auth_base,
                partner_id=chosen.partner_id,
                partner_key=chosen.partner_key.get_secret_value(),
                service_id=chosen.service_id,
                settle_after=None
                if chosen.settle_after_s is None
                else timedelta(seconds=chosen.settle_after_s),
            )
            speak = own.by_profile if chosen.profile else registry.get
            self._made[key] = speak(key, self._client, hosts, limiter=self._limiter)
        return self._made[key]

    def capabilities(self) -> dict[str, Capabilities]:
        """What each marketplace offers, by key."""
        return {key: self.get(key).capabilities for key in registry.ADAPTERS}


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything outside the database that a listing's step may touch."""

    adapters: Adapters
    fetch_page: FetchPage
    read_picture: ReadPicture
    #: Address printed on labels; listings carry the trace link under it.
    public_url: str
    #: Opens the sealed credentials of a stall.
    sealing_key: bytes
    #: Sends webhooks; without it nothing goes out.
    post: Post = _nowhere
    #: Looks at pictures of items in stalls; without it their looks are unknown.
    fetch_picture: FetchPicture = _no_picture
