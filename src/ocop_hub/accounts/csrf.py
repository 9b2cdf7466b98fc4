"""Requests that change something must come from our own pages.

Two checks: where the browser says it comes from (``Origin``, else ``Sec-Fetch-Site``), and the synchroniser
token of the session, in the form field ``csrf`` or the header ``X-CSRF-Token``. Bearer tokens are not sent by
browsers on their own and need neither. The sign-in form has no session yet; the first check protects it.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from fastapi import Request

from ocop_hub.accounts.errors import CrossSite, WrongFormToken

FORM_FIELD = "csrf"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def check_origin(request: Request) -> None:
    """Raises :class:`CrossSite` when the browser says that the request began on another site.

    A client that sends neither header is no browser of this decade and carries no one's cookie by accident.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        same = urlsplit(origin).netloc == request.headers.get("host", "")
    else:
        same = request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    if not same:
        raise CrossSite("Yêu cầu này bắt đầu từ một trang web khác. Hãy mở lại trang của hệ thống rồi làm.")


async def check_token(request: Request, expected: str) -> None:
    """Raises :class:`WrongFormToken` unless the request carries the session's token."""
    given = request.headers.get(HEADER)
    if given is None and request.headers.get("content-type", "").startswith(FORM_TYPES):
        field = (await request.form()).get(FORM_FIELD)
        given = field if isinstance(field, str) else None
    if not secrets.compare_digest((given or "").encode(), expected.encode()):
        raise WrongFormToken("Biểu mẫu này đã cũ. Hãy tải lại trang rồi gửi lại.")


async def protect(request: Request, expected: str) -> None:
    """Both checks, for an unsafe request that came with a session cookie."""
    if request.method in SAFE_METHODS:
        return
    check_origin(request)
    await check_token(request, expected)
