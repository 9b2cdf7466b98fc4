"""The outside of a process, made from its settings; web, worker and command line all take it from here."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import httpx

from ocop_hub.db import Database
from ocop_hub.kit.sealing import derive_key, installation_secret
from ocop_hub.marketplaces.contract import NeedsPerson, Page, Refused, TransportFailed
from ocop_hub.media import Media, MediaNotFound
from ocop_hub.outbound import Outbound, OutboundFailed, OutboundLimits, OutboundRefused
from ocop_hub.publishing.adapters import Adapters, FetchPage, Outside, ReadPicture
from ocop_hub.publishing.lane.conversation import LONGEST_CALL
from ocop_hub.publishing.lane.limiter import DatabaseLimiter
from ocop_hub.settings import Settings

#: Connections a process keeps to all marketplaces together.
MOST_CONNECTIONS = 40
#: Bytes of a picture in somebody's stall that is looked at.
LARGEST_PICTURE = 5_000_000


def marketplace_client() -> httpx.AsyncClient:
    """The client for the marketplaces' interfaces; the caller closes it.

    It follows no redirect and repeats nothing (the gateway's rule); the sandbox on this machine is reached
    directly even where the environment names a proxy.
    """
    direct = httpx.AsyncHTTPTransport()
    return httpx.AsyncClient(
        follow_redirects=False,
        limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
        mounts={"all://127.0.0.1": direct, "all://localhost": direct},
    )


def open_outside(settings: Settings, database: Database, client: httpx.AsyncClient, media: Media) -> Outside:
    """Adapters under the shared limiter, the guarded page fetch, pictures, and the key of the stalls.

    ``client`` belongs to the caller. Raises ValueError when the configured secret is too short.
    """
    secret = installation_secret(settings.secret_key.get_secret_value(), settings.data_dir)
    bases = (each.public_base for each in settings.marketplaces.values())
    outbound = Outbound(  # keeps no connection between fetches, so there is nothing to close
        OutboundLimits(
            allow_loopback=settings.allow_private_fetch,
            own_hosts=frozenset(urlsplit(base).hostname or "" for base in bases if base),
            deadline=LONGEST_CALL.total_seconds(),
        )
    )
    return Outside(
        adapters=Adapters(client, settings.marketplaces, limiter=DatabaseLimiter(database)),
        fetch_page=_page_fetch(outbound),
        read_picture=_picture_read(media),
        public_url=settings.public_url.rstrip("/"),
        sealing_key=derive_key(secret, "stall-credentials"),
        post=outbound.post,
        fetch_picture=partial(outbound.fetch_file, largest=LARGEST_PICTURE),
    )


def _page_fetch(outbound: Outbound) -> FetchPage:
    """The guarded fetch, its refusals in the words that the controller acts on."""

    async def fetch(url: str) -> Page:
        try:
            return await outbound.fetch_page(url)
        except OutboundRefused as error:
            raise Refused(error.detail, code=error.code) from error
        except OutboundFailed as error:
            raise TransportFailed(error.detail, code=error.code) from error

    return fetch


def _picture_read(media: Media) -> ReadPicture:
    """Reading stored pictures; a lost one stops its own listing with a sentence, not the lane."""

    async def read(key: str) -> bytes:
        try:
            return await media.read(key)
        except MediaNotFound as error:
            raise NeedsPerson(
                "Một ảnh của sản phẩm không còn trong kho. Hãy xóa ảnh đó và tải ảnh khác lên.",
                code=error.code,
                sent=False,
            ) from error

    return read
