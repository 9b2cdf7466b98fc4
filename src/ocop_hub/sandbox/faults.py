"""Misbehaviour on order, as seen of real marketplaces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

Kind = Literal[
    "drop_after_commit",  # done, and the connection breaks before the answer
    "late_commit",  # the connection breaks, and the call is done delay_s later
    "late_find",  # done, the connection breaks, and searches do not show it for delay_s
    "429",
    "429_retry_after",  # with Retry-After: delay_s
    "500",  # nothing done
    "404",  # nothing done, as if there were no such thing
    "slow",  # done, answered delay_s later
    "half_answer",  # done, and the answer is cut in the middle
    "not_json",  # done, and a page for people comes with HTTP 200
    "404_page",  # done, and a proxy in between answers 404 with a page for people
    "huge_answer",  # done, and 10 MB follow
    "other_charset",  # done, and said in windows-1258 under the name of UTF-8
]


#: Blanks of a huge answer.
HUGE = 10_000_000


class Fault(BaseModel):
    """One order: the next ``times`` calls named ``call`` ("product/add_item", "add_item" or "*") go wrong."""

    call: str
    kind: Kind
    times: int = Field(1, ge=1, le=1_000_000)
    delay_s: float = Field(2.0, ge=0, le=3600)
    shop_id: str = ""

    def fits(self, call: str, shop_id: str) -> bool:
        named = self.call == "*" or self.call == call or call.endswith("/" + self.call)
        return named and self.shop_id in ("", shop_id)


@dataclass(frozen=True, slots=True)
class Done:
    """What a call would answer: HTTP status and JSON."""

    status: int
    body: Mapping[str, Any]


#: Does the call; given is how many seconds searches shall not show what it creates.
Act = Callable[[float], Awaitable[Done]]


class Broken(Response):
    """An answer that never comes: headers that promise a body, then the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class FaultPlan:
    """The orders that are still open, oldest first."""

    def __init__(self) -> None:
        #: Marketplaces whose product pages open for people's browsers alone.
        self.closed_to_robots: set[str] = set()
        self._open: list[Fault] = []
        self._late: set[asyncio.Task[None]] = set()

    def order(self, fault: Fault) -> None:
        self._open.append(fault)

    def clear(self) -> None:
        self._open.clear()

    @property
    def open(self) -> list[Fault]:
        return list(self._open)

    async def close(self) -> None:
        """Forget what was still to be done late, as a marketplace that went down would."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    def _take(self, call: str, shop_id: str) -> Fault | None:
        fault = next((one for one in self._open if one.fits(call, shop_id)), None)
        if fault is not None:
            self._open.remove(fault)
            if fault.times > 1:
                self._open.insert(0, fault.model_copy(update={"times": fault.times - 1}))
        return fault

    async def run(self, call: str, shop_id: str, act: Act) -> Response:
        """Do a call as ordered, or properly when nothing is ordered for it."""
        fault = self._take(call, shop_id)
        if fault is None:
            return _answer(await act(0.0))
        if fault.kind == "500":
            return Response("<h1>502 Bad Gateway</h1>", 500, media_type="text/html")
        if fault.kind == "404":
            said = {"error": {"id": "not_found", "message": "resource not found"}}
            return JSONResponse(said, 404)
        if fault.kind in ("429", "429_retry_after"):
            headers = {"Retry-After": str(round(fault.delay_s))} if fault.kind == "429_retry_after" else None
            return Response("Too Many Requests", 429, headers=headers, media_type="text/plain")
        if fault.kind == "late_commit":
            self._do_late(act, fault.delay_s)
            return Broken()
        done = await act(fault.delay_s if fault.kind == "late_find" else 0.0)
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            return _answer(done)
        unreadable = _unreadable(fault.kind, done)
        return unreadable if unreadable is not None else Broken()

    def _do_late(self, act: Act, delay_s: float) -> None:
        async def later() -> None:
            await asyncio.sleep(delay_s)
            await act(0.0)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _unreadable(kind: Kind, done: Done) -> Response | None:
    """An answer that came whole and cannot be read; None for the other kinds."""
    text = json.dumps(done.body, ensure_ascii=False)
    if kind == "half_answer":
        return Response(text[: len(text) // 2], done.status, media_type="application/json")
    if kind == "not_json":
        return HTMLResponse("<!doctype html><title>Bảo trì</title><p>Hệ thống đang bảo trì.</p>", 200)
    if kind == "404_page":
        return HTMLResponse("<h1>404 Not Found</h1><hr>nginx", 404)
    if kind == "huge_answer":
        return Response(text[:-1] + " " * HUGE, done.status, media_type="application/json")
    if kind == "other_charset":
        said = json.dumps({"note": "Thành công", **done.body}, ensure_ascii=False)
        body = said.encode("windows-1258", errors="replace")
        return Response(body, done.status, headers={"Content-Type": "application/json; charset=utf-8"})
    return None


def _answer(done: Done) -> Response:
    return JSONResponse(dict(done.body), done.status)
