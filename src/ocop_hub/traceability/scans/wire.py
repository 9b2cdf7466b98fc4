"""The scan path's side to the wire: the raw request in, the answer out with the headers every answer carries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope, Send

from ocop_hub.kit.headers import LONGEST_WISH, weighted
from ocop_hub.traceability.scans.resolver import Request

ALLOWED = "GET, HEAD, OPTIONS"

#: On every answer: nothing is kept by caches, and pages of other sites may read it (GS1 resolvers are open).
COMMON = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Accept-Language, Accept-Encoding"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", ALLOWED.encode()),
    (b"access-control-expose-headers", b"Link, Location"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

#: A country or a part of one (ISO 3166): as coarse as a place may be here.
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``headers`` beside those every answer of this path carries."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def request_of(scope: Scope, headers: Headers, path: bytes) -> Request:
    """What of an ASGI request decides the answer; ``path`` below the stem that labels carry."""
    return Request(
        method=scope["method"],
        raw_path=path,
        query=scope.get("query_string", b""),
        accept=headers.get("accept", "")[:LONGEST_WISH],
        accept_language=headers.get("accept-language", "")[:LONGEST_WISH],
        purpose=" ".join(headers.get(name, "") for name in _PURPOSES),
        agent=headers.get("user-agent", ""),
    )


def raw_path(scope: Scope) -> bytes:
    """The path as it came; ``%2F`` is no slash."""
    raw: bytes | None = scope.get("raw_path")
    # raw_path is optional in ASGI; a server without it cannot tell %2F from a slash.
    return (raw if raw is not None else scope["path"].encode()).partition(b"?")[0]


def takes_gzip(headers: Headers) -> bool:
    """Whether the asker reads compressed answers."""
    accepted = headers.get("accept-encoding", "")[:LONGEST_WISH]
    return "gzip" in accepted and any(name == "gzip" for name, _ in weighted(accepted))


def place_of(headers: Headers, name: str) -> str:
    """The coarse place that the proxy's header ``name`` tells, like ``VN-13``; empty for anything finer."""
    told = headers.get(name, "").strip().upper() if name else ""
    return told if _PLACE.fullmatch(told) else ""


async def send_answer(send: Send, answer: Answer, *, with_body: bool) -> None:
    """Send an answer; a HEAD gets its headers alone."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": [*COMMON, *headers]})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
