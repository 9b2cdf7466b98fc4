"""The scan path's side to the wire: what of a request is read at all."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

from ocop_hub.kit.headers import LONGEST_WISH, weighted
from ocop_hub.traceability.scans.wire import request_of, takes_gzip

ENDLESS = ", ".join(f"text/x{n};q=0.5" for n in range(5_000))


def _scope() -> Scope:
    return {"type": "http", "method": "GET", "path": "/t/x", "query_string": b""}


def test_of_a_wish_without_end_only_its_beginning_is_read_and_kept() -> None:
    headers = Headers({"accept": f"text/html, {ENDLESS}", "accept-language": ENDLESS})
    request = request_of(_scope(), headers, b"/t/x")
    assert len(request.accept) == len(request.accept_language) == LONGEST_WISH
    assert weighted(request.accept)[0] == ("text/html", 1.0)


def test_compression_is_looked_for_at_the_beginning_too() -> None:
    assert takes_gzip(Headers({"accept-encoding": f"gzip, {ENDLESS}"}))
    assert not takes_gzip(Headers({"accept-encoding": f"{ENDLESS}, gzip"}))
