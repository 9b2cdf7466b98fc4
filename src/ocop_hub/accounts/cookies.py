"""The session cookie.

Over HTTPS it is ``__Host-ocop_session``: Secure, this host only, the whole path (RFC 6265bis §4.1.3.2). A
browser refuses that name over plain http, which is how the service is tried on one machine or in a local
network; there the cookie is called ``ocop_session`` and is not Secure. A request over HTTPS never reads the
plain one, so it cannot be planted from an http page of the same host.
"""

from __future__ import annotations

from fastapi import Request, Response

SECURE_NAME = "__Host-ocop_session"
PLAIN_NAME = "ocop_session"
SECURE_DEVICE, PLAIN_DEVICE = "__Host-ocop_device", "ocop_device"
#: Seconds for which a browser is known: a year.
DEVICE_FOR = 365 * 24 * 3600


def is_secure(request: Request) -> bool:
    """Whether the browser came over HTTPS (behind a proxy: as uvicorn's proxy headers say)."""
    return request.url.scheme == "https"


def read_token(request: Request) -> str | None:
    """The session token the browser sent, if any."""
    return request.cookies.get(SECURE_NAME if is_secure(request) else PLAIN_NAME)


def set_token(request: Request, response: Response, token: str) -> None:
    """Send the session token; it ends with the browser, and on the server by its own expiry."""
    secure = is_secure(request)
    response.set_cookie(
        SECURE_NAME if secure else PLAIN_NAME,
        token,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_token(request: Request, response: Response) -> None:
    """Take the cookie back."""
    secure = is_secure(request)
    response.delete_cookie(
        SECURE_NAME if secure else PLAIN_NAME, path="/", secure=secure, httponly=True, samesite="lax"
    )


def read_device(request: Request) -> str:
    """The mark that an earlier sign-in left in the browser; empty where there is none."""
    return request.cookies.get(SECURE_DEVICE if is_secure(request) else PLAIN_DEVICE, "")


def set_device(request: Request, response: Response, mark: str) -> None:
    """Leave the mark in the browser; signing out does not take it away."""
    secure = is_secure(request)
    response.set_cookie(
        SECURE_DEVICE if secure else PLAIN_DEVICE,
        mark,
        max_age=DEVICE_FOR,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
