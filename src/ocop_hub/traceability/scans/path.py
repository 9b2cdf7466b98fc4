"""The scan path (decision 0005): one route over the raw path, from a label's address to a page.

FastAPI's own routing would decode ``%2F``, redirect slashes and refuse HEAD; this route sees the bytes as
they came. Everything that decides is in :mod:`resolver`; here it is carried out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers, URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from ocop_hub.db import PUBLIC, Database
from ocop_hub.kit import clock
from ocop_hub.kit.headers import weighted
from ocop_hub.settings import Settings
from ocop_hub.traceability.epcis.document import lot_document
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.scans import linkset
from ocop_hub.traceability.scans.batch import DatabaseAway, Found, Look, LookRefused, ScanBatch
from ocop_hub.traceability.scans.negotiation import choose
from ocop_hub.traceability.scans.page_cache import Flights, Page, PageCache, Version, compressed
from ocop_hub.traceability.scans.page_slots import Slotted, plain
from ocop_hub.traceability.scans.resolver import (
    LD_JSON,
    OURS,
    Asked,
    Fault,
    FaultKind,
    Language,
    Request,
    Wants,
    in_every_language,
    language_of_fault,
    page_path,
    understand,
    with_query,
)
from ocop_hub.traceability.scans.serial_check import SerialCheck, SerialLine, SerialRef, Unread, line_of
from ocop_hub.traceability.scans.token_bucket import TokenBucket
from ocop_hub.traceability.scans.wire import (
    ALLOWED,
    Answer,
    place_of,
    raw_path,
    request_of,
    send_answer,
    takes_gzip,
)
from ocop_hub.traceability.story.page import NoticeKind, TraceStory, story
from ocop_hub.traceability.story.passport import passport

log = structlog.get_logger(__name__)

DESCRIPTION_PATH = b"/.well-known/gs1resolver"
#: The buyer's page needs no script; the one it may load is our own (the button that shares it).
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

#: Unknown codes and serials answered per second and process, and at once; beyond, the asker is told to wait.
GUESS_RATE, GUESS_BURST = 20.0, 200.0
#: Seconds until a refused asker may come back.
GUESS_PAUSE = 10

RenderStory = Callable[[TraceStory, Language], bytes]
RenderFault = Callable[[Fault, Language, Mapping[Language, str]], bytes]
RenderSerial = Callable[[SerialLine, Language], bytes]


class _StoryAway(Exception):
    """The database answered the batch and then no longer."""


class ScanHandler:
    """Answers scans. One per process; ``close`` when the process ends."""

    def __init__(
        self,
        database: Database,
        *,
        public_url: str,
        former_urls: Sequence[str] = (),
        render: RenderStory,
        render_fault: RenderFault,
        render_serial: RenderSerial,
        serials: SerialCheck,
        batch: ScanBatch | None = None,
        pages: PageCache | None = None,
        guesses: TokenBucket | None = None,
        place_header: str = "",
    ) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")
        self._stems = _stems((public_url, *former_urls))
        self._render = render
        self._render_fault = render_fault
        self._render_serial = render_serial
        self._serials = serials
        self._batch = batch or ScanBatch(database.connect_raw, pooled=database.address.pooled)
        self._pages = pages or PageCache()
        self._flights: Flights[tuple[str, Language, Version], Page | None] = Flights()
        self._place_header = place_header
        self._guesses = guesses or TokenBucket(rate=GUESS_RATE, burst=GUESS_BURST)

    async def close(self) -> None:
        """Settle the scans that wait and close the connections."""
        await self._batch.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one HTTP request to an address that :data:`OURS` or the description matches."""
        headers = Headers(scope=scope)
        request = request_of(scope, headers, self.path_of(scope))
        place = place_of(headers, self._place_header)
        answer = await self._answer(request, takes_gzip=takes_gzip(headers), place=place)
        await send_answer(send, answer, with_body=request.method != "HEAD")

    def path_of(self, scope: Scope) -> bytes:
        """The raw path below the stem that labels carry (``https://host/stem/01/…``), today's or a former one."""
        path = raw_path(scope)
        return next((path[len(stem) :] for stem in self._stems if path.startswith(stem + b"/")), path)

    async def _answer(self, request: Request, *, takes_gzip: bool, place: str) -> Answer:
        if request.method == "OPTIONS":
            return Answer(204, (("allow", ALLOWED), ("access-control-allow-headers", "*")))
        if request.method not in ("GET", "HEAD"):
            return Answer(405, (("allow", ALLOWED),))
        if request.raw_path == DESCRIPTION_PATH:
            body = linkset.description(self._public_url, "ocop_hub")
            return Answer(200, (("content-type", "application/json"),), body)
        asked = understand(request)
        if isinstance(asked, Fault):
            return self._fault(asked, request)
        checked = await self._serials.read(asked.target)
        serial = checked if isinstance(checked, SerialRef) else None
        stray = checked is Unread.NOT_OURS
        if stray and not self._guesses.take():
            return self._too_many(asked, request)
        look = Look(asked.target, asked.language, asked.countable, serial, place=place, stray=stray)
        try:
            found = await self._batch.look(look)
        except (DatabaseAway, LookRefused):
            return await self._while_away(asked, request, takes_gzip=takes_gzip)
        if found is None:
            return self._unknown(asked, request)
        line = line_of(asked.target.serial or "", checked, found.serial)
        try:
            return await self._found(asked, found, request, line, takes_gzip=takes_gzip)
        except _StoryAway:
            return await self._while_away(asked, request, takes_gzip=takes_gzip)

    def _unknown(self, asked: Asked, request: Request) -> Answer:
        """404; 429 while more unknown codes come in than people misread. No address is looked at for that."""
        if self._guesses.take():
            return self._fault(Fault(FaultKind.UNKNOWN, asked=asked.target.path), request)
        return self._too_many(asked, request)

    def _no_such_link(self, asked: Asked, request: Request) -> Answer:
        page = page_path(asked.target, asked.language) + asked.target.serial_path
        return self._fault(Fault(FaultKind.NO_SUCH_LINK, page=page), request)

    def _too_many(self, asked: Asked, request: Request) -> Answer:
        fault = Fault(FaultKind.TOO_MANY, asked=asked.target.path)
        return self._fault(fault, request, (("retry-after", str(GUESS_PAUSE)),))

    async def _found(
        self, asked: Asked, found: Found, request: Request, line: SerialLine | None, *, takes_gzip: bool
    ) -> Answer:
        if asked.wants is Wants.DEFAULT_LINK:
            return self._default_link(asked)
        if asked.wants is Wants.DOCUMENT and asked.document == "epcis":
            return await self._history(asked, found, request)
        page = await self._page(asked, found)
        if page is None:
            return self._fault(Fault(FaultKind.UNKNOWN, asked=asked.target.path), request)
        return self._told(asked, page, request, line, takes_gzip=takes_gzip)

    def _default_link(self, asked: Asked) -> Answer:
        page = page_path(asked.target, asked.document or asked.language) + asked.target.serial_path
        where = with_query(page, asked.passed_on)
        return Answer(307, (("location", where), self._linkset_link(asked)))

    def _told(
        self, asked: Asked, page: Page, request: Request, line: SerialLine | None = None, *, takes_gzip: bool
    ) -> Answer:
        if asked.wants is Wants.LINKSET:
            body = linkset.linkset(page.story, asked.target, self._public_url)
            kind = (("content-type", linkset.LINKSET_TYPE), ("link", linkset.CONTEXT_LINK))
            return Answer(200, kind, body)
        if asked.wants is Wants.DOCUMENT:
            return self._passport(asked, page.story)
        if asked.wants is Wants.LINK:
            return self._typed_link(asked, page.story, request)
        return self._page_answer(page, asked, line, takes_gzip=takes_gzip)

    def _typed_link(self, asked: Asked, told: TraceStory, request: Request) -> Answer:
        every = linkset.links_of_story(told, asked.target, self._public_url)
        wanted = [each for each in every if each.link_type.value.lower() == f"gs1:{asked.link_type}"]
        if not wanted:
            return self._no_such_link(asked, request)
        wanted = choose(wanted, asked, accept=request.accept, accept_language=request.accept_language)
        if len(wanted) > 1:
            kind = (("content-type", linkset.LINKSET_TYPE), self._linkset_link(asked))
            return Answer(300, kind, linkset.several(wanted))
        where = with_query(wanted[0].href, asked.passed_on)
        return Answer(307, (("location", where), self._linkset_link(asked)))

    def _passport(self, asked: Asked, told: TraceStory) -> Answer:
        kind = (("content-type", LD_JSON), self._linkset_link(asked))
        return Answer(200, kind, passport(told, asked.target, self._public_url))

    async def _history(self, asked: Asked, found: Found, request: Request) -> Answer:
        """The lot's events as EPCIS; a product alone, and a lot not to be seen, has none."""
        if found.lot_id is None:
            return self._no_such_link(asked, request)
        try:
            async with self._database.session(PUBLIC) as session:
                told = await lot_document(session, found.lot_id)
        except (OSError, DBAPIError, PoolTimeout) as error:
            raise _StoryAway from error
        kind = (("content-type", LD_JSON), self._linkset_link(asked))
        return Answer(200, kind, json.dumps(told, ensure_ascii=False).encode())

    async def _page(self, asked: Asked, found: Found) -> Page | None:
        """The page from the cache, or made now and kept."""
        key = (asked.target.path, asked.language)
        version = Version(
            product_id=found.product_id,
            revision=found.revision,
            lot_id=found.lot_id,
            page_version=found.page_version,
            day=clock.today().toordinal(),
        )
        page = self._pages.get(key, version)
        if page is not None:
            return page

        async def make() -> Page | None:
            told = await self._story(asked, found)
            if told is None:
                return None
            made = await self._made(told, asked.language)
            self._pages.put(key, version, made)
            return made

        # A label that many scan at once would else be rendered by each of them when its page grows old.
        return await self._flights.once((*key, version), make)

    async def _story(self, asked: Asked, found: Found) -> TraceStory | None:
        try:
            async with self._database.session(PUBLIC) as session:
                return await story(
                    session,
                    path=asked.target.path,
                    product_id=found.product_id,
                    lot_id=found.lot_id,
                    asked_gtin=asked.target.gtin or "",
                    asked_lot=asked.target.lot or "",
                    lot_expected=found.for_lot,
                )
        except (OSError, DBAPIError, PoolTimeout) as error:
            log.warning("scan.story_away", error=repr(error))
            raise _StoryAway from error

    async def _made(self, told: TraceStory, language: Language) -> Page:
        return await asyncio.to_thread(self._make, told, language)

    def _make(self, told: TraceStory, language: Language) -> Page:
        rendered = self._render(told, language)
        body = plain(rendered)
        slotted = Slotted.cut(rendered) if told.lot is not None else None
        return Page(story=told, body=body, gzipped=compressed(body), slotted=slotted)

    async def _while_away(self, asked: Asked, request: Request, *, takes_gzip: bool) -> Answer:
        """The page as last known, under a notice; without one a sentence and when to come back."""
        if asked.wants is Wants.DEFAULT_LINK:
            return self._default_link(asked)
        # The history is nowhere but in the database.
        if asked.wants is Wants.DOCUMENT and asked.document == "epcis":
            fault = Fault(FaultKind.AWAY, asked=asked.target.path)
            return self._fault(fault, request, (("retry-after", "30"),))
        known = self._pages.last((asked.target.path, asked.language))
        if known is None:
            fault = Fault(FaultKind.AWAY, asked=asked.target.path)
            return self._fault(fault, request, (("retry-after", "30"),))
        page = await self._made(known.story.under(NoticeKind.DATABASE_AWAY), asked.language)
        return self._told(asked, page, request, takes_gzip=takes_gzip)

    def _page_answer(self, page: Page, asked: Asked, line: SerialLine | None, *, takes_gzip: bool) -> Answer:
        headers: tuple[tuple[str, str], ...] = (
            ("content-type", "text/html; charset=utf-8"),
            ("content-language", asked.language),
            ("content-security-policy", PAGE_POLICY),
            ("link", f'<{self._public_url}{asked.target.path}>; rel="canonical"'),
            self._linkset_link(asked),
        )
        if takes_gzip:
            headers = (*headers, ("content-encoding", "gzip"))
        if page.slotted is None or asked.target.serial is None:
            return Answer(200, headers, page.gzipped if takes_gzip else page.body)
        fill = page.slotted.gzipped if takes_gzip else page.slotted.filled
        said = self._render_serial(line, asked.language) if line is not None else b""
        return Answer(200, headers, fill(line=said, path=asked.target.serial_path.encode()))

    def _linkset_link(self, asked: Asked) -> tuple[str, str]:
        address = f"{self._public_url}{asked.target.path}?linkType=linkset"
        return ("link", f'<{address}>; rel="linkset"; type="{linkset.LINKSET_TYPE}"')

    def _fault(self, fault: Fault, request: Request, more: tuple[tuple[str, str], ...] = ()) -> Answer:
        """A page for people, RFC 9457 for programs; the status is the same."""
        kinds = dict(weighted(request.accept))
        language = language_of_fault(request)
        if "text/html" in kinds:
            headers = (
                ("content-type", "text/html; charset=utf-8"),
                ("content-language", language),
                ("content-security-policy", PAGE_POLICY),
            )
            return Answer(
                fault.status,
                (*headers, *more),
                self._render_fault(fault, language, in_every_language(request)),
            )
        problem = {
            "type": f"urn:ocop-hub:error:trace-{fault.kind.value.replace('_', '-')}",
            "title": "Không có trang truy xuất cho mã này",
            "status": fault.status,
            "detail": fault.detail or "Mã trong đường dẫn không đúng hoặc chưa có trong hệ thống.",
        }
        body = json.dumps(problem, ensure_ascii=False).encode()
        return Answer(fault.status, (("content-type", "application/problem+json"), *more), body)


class ScanRoute(BaseRoute):
    """Matches on the raw path, before any other route, for every method."""

    def __init__(self, handler: ScanHandler) -> None:
        self.handler = handler

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for ``/01/…``, ``/t/…``, ``/p/{lang}/…`` of those, and the resolver's description."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path = self.handler.path_of(scope)
        return (Match.FULL, {}) if path == DESCRIPTION_PATH or OURS.match(path) else (Match.NONE, {})

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Label addresses are built by :func:`labels.trace_uri`, never by route name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the handler."""
        await self.handler(scope, receive, send)


def mount_scan(
    app: FastAPI,
    database: Database,
    settings: Settings,
    render: RenderStory,
    render_fault: RenderFault,
    render_serial: RenderSerial,
) -> ScanHandler:
    """Put the scan path in front of every route of ``app``; the caller closes what is returned."""
    handler = ScanHandler(
        database,
        public_url=settings.public_url,
        former_urls=settings.old_public_urls,
        render=render,
        render_fault=render_fault,
        render_serial=render_serial,
        serials=SerialCheck(database, lambda: sealer_of(settings)),
        place_header=settings.scan_place_header,
    )
    app.router.routes.insert(0, ScanRoute(handler))
    return handler


def _stems(urls: Iterable[str]) -> tuple[bytes, ...]:
    """The paths of public addresses, longest first."""
    paths = {urlsplit(url).path.rstrip("/").encode() for url in urls}
    return tuple(sorted(paths - {b""}, key=len, reverse=True))
