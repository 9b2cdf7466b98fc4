"""What every request passes: a request id, security headers, a cap on the body. Plain ASGI, a few microseconds."""

from __future__ import annotations

import json
import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocop_hub.errors import HubError
from ocop_hub.web.render import CONTENT_SECURITY_POLICY

SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self)"),
)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
_POLICY = b"content-security-policy"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class TooLarge(HubError):
    status = 413
    code = "too-large"
    title = "Tệp gửi lên quá lớn"


def too_large(max_mb: int) -> TooLarge:
    """The refusal of a body above the cap (MB = 10^6 bytes)."""
    return TooLarge(f"Tệp gửi lên lớn hơn {max_mb} MB. Hãy giảm dung lượng, hoặc chia thành nhiều tệp.")


class Surroundings:
    """Request id into scope and logs; security headers onto every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        extra = SECURITY_HEADERS + ((STRICT_TRANSPORT,) if scope["scheme"] == "https" else ())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                if any(b"frame-ancestors *" in value for name, value in headers if name.lower() == _POLICY):
                    present.add(
                        b"x-frame-options"
                    )  # the page is made to be framed, and there is no word for that
                message["headers"] = [
                    *headers,
                    *(pair for pair in extra if pair[0] not in present),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, send_with_headers)


class BodyCap:
    """Refuses a body that says it is too large before a byte is read, and cuts off one that does not say so.

    Starlette's own limit answers in plain text and outside of our handlers, hence this one.
    """

    def __init__(self, app: ASGIApp, max_mb: int) -> None:
        self.app = app
        self.max_mb = max_mb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = body_limit(self.max_mb)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await self._refuse(send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)  # the handlers say it as they say every refusal
            return message

        await self.app(scope, counted, send)

    async def _refuse(self, send: Send) -> None:
        body = json.dumps(too_large(self.max_mb).problem(), ensure_ascii=False).encode()
        headers = MutableHeaders()
        headers["content-type"] = "application/problem+json"
        headers["content-length"] = str(len(body))
        # The rest of the body is not wanted.
        headers["connection"] = "close"
        await send({"type": "http.response.start", "status": 413, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})


def body_limit(max_mb: int) -> int:
    """Bytes a body may have: the largest file and some room for the form around it."""
    return max_mb * 1_000_000 + 64_000
