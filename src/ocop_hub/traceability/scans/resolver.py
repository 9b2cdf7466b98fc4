"""What a request for a trace address asks for, and what the answer is: pure, no database, no clock.

GS1-conformant resolver 1.2 as far as single products go: a label's address names a product or a lot; a
browser gets the page at once, anything else is sent to it (307), programs get the linkset (RFC 9264).
What the wire forgives and the syntax does not (a slash at the end, a GTIN of 8, 12 or 13 digits, any case,
parameters that are not GS1's) is mended here, before ``gs1`` reads the rest strictly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from ocop_hub.gs1 import digital_link
from ocop_hub.gs1.cset import in_cset82
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.gs1.percent import decode_path, encode_path
from ocop_hub.kit.headers import languages, names_a_language, weighted
from ocop_hub.traceability.codes import read_trace_code

Language = Literal["vi", "en", "zh"]
LANGUAGES: tuple[Language, ...] = ("vi", "en", "zh")

#: A Digital Link with all it may carry stays far below; longer ones are not ours.
LONGEST_ADDRESS = 1_000
#: AI 21 (GS1 General Specifications, AI table).
LONGEST_SERIAL = 20

#: What a label's address gives beside its page, under ``/p/{document}/…``: the digital passport, the history.
DOCUMENTS = ("dpp", "epcis")

#: Of an address nothing is coded that was not: ``%2F`` stays, and so does a question mark in the query.
_AS_IT_CAME = "/%:@!$&'()*+,;=~?"

#: Paths this room answers: ``/01/…`` (any AI), ``/t/…``, the same under ``/p/{language or document}``.
OURS = re.compile(rb"/(?:p/(?P<form>[a-z]{2,5})/)?(?:\d{2,4}|t)/", re.IGNORECASE)

#: Link types under which the default page is known (GS1 web vocabulary).
PAGE_LINKS = frozenset({"defaultlink", "traceability", "pip"})
#: Names under which others ask for what we call otherwise.
LINK_ALIASES = {"productpassport": "dpp", "digitalproductpassport": "dpp"}
LD_JSON = "application/ld+json"


class FaultKind(StrEnum):
    """Why there is no page. The sentences live with the pages."""

    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    OTHER_KEY = "other_key"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"
    NO_SUCH_LINK = "no_such_link"
    AWAY = "away"


#: HTTP status of each fault; 200 is never given for one (conformance suite 1.2).
FAULT_STATUS = {
    FaultKind.TOO_LONG: 400,
    FaultKind.MALFORMED: 400,
    FaultKind.OTHER_KEY: 404,
    FaultKind.UNKNOWN: 404,
    FaultKind.TOO_MANY: 429,
    FaultKind.NO_SUCH_LINK: 404,
    FaultKind.AWAY: 503,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """No page: why, a sentence from the code's own rules where there is one, and what was asked for.

    ``page``: the path of the page there is instead, empty for none.
    """

    kind: FaultKind
    detail: str = ""
    asked: str = ""
    page: str = ""

    @property
    def status(self) -> int:
        return FAULT_STATUS[self.kind]


@dataclass(frozen=True, slots=True)
class Target:
    """What a label names: a product by GTIN (and a lot of it), or the code of ``/t/…``."""

    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    code: str | None = None

    @property
    def path(self) -> str:
        """The canonical path, 14 digits, without the serial."""
        if self.code is not None:
            return f"/t/{self.code}"
        return f"/01/{self.gtin}" + (f"/10/{encode_path(self.lot)}" if self.lot is not None else "")

    @property
    def serial_path(self) -> str:
        """What follows :attr:`path` on a label with a serial of its own: ``/21/…``, or nothing."""
        return f"/21/{encode_path(self.serial)}" if self.serial is not None else ""


class Wants(StrEnum):
    PAGE = "page"
    DEFAULT_LINK = "default_link"
    LINKSET = "linkset"
    LINK = "link"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of an HTTP request that decide the answer; texts as they came."""

    method: str
    raw_path: bytes
    query: bytes = b""
    accept: str = ""
    accept_language: str = ""
    purpose: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request understood. ``countable``: a person looking at a label, not a machine or a second look.

    ``document``: the one asked for by address, or the one that a program which reads no pages prefers.
    """

    target: Target
    wants: Wants
    language: Language
    countable: bool
    link_type: str = ""
    passed_on: str = ""
    document: str = ""


def understand(request: Request) -> Asked | Fault:
    """What the request asks for, or why it cannot be answered."""
    found = OURS.match(request.raw_path)
    if found is None:
        return Fault(FaultKind.MALFORMED)
    if len(request.raw_path) + len(request.query) > LONGEST_ADDRESS:
        return Fault(FaultKind.TOO_LONG)
    form = found["form"].decode().lower() if found["form"] else ""
    if form and form not in (*LANGUAGES, *DOCUMENTS):
        return Fault(FaultKind.MALFORMED)
    path = request.raw_path[found.end("form") if form else 0 :].decode("latin-1").rstrip("/")
    query = request.query.decode("latin-1")
    target = read_target(path, query)
    if isinstance(target, Fault):
        return target
    link_type = _link_type(query)
    wants = _wants_of_form(form) or _wants(request.accept, link_type)
    return Asked(
        target=target,
        wants=wants,
        language=_language(form, query, request.accept_language, read=wants is Wants.PAGE),
        countable=not form and wants in (Wants.PAGE, Wants.DEFAULT_LINK) and is_person(request),
        link_type=link_type,
        passed_on=_without(query, "linktype"),
        document=form if wants is Wants.DOCUMENT else _preferred_document(request.accept),
    )


@lru_cache(maxsize=4_096)
def read_target(path: str, query: str = "") -> Target | Fault:
    """The target of a path that begins with ``/01/`` or ``/t/``, still percent-coded."""
    head, _, rest = path[1:].partition("/")
    if head.lower() == "t":
        return _read_ours(rest)
    gs1_pairs = "&".join(pair for pair in query.split("&") if pair.partition("=")[0].isdigit())
    uri = f"https://resolver.invalid{path}" + (f"?{gs1_pairs}" if gs1_pairs else "")
    try:
        link = digital_link.parse(uri, permit_zero_suppressed_gtin=True)
    except DigitalLinkError as error:
        return Fault(FaultKind.MALFORMED, detail=error.detail, asked=path)
    if link.key[0] != "01" or link.gtin is None:
        return Fault(FaultKind.OTHER_KEY, asked=path)
    # Lots are stored in capitals, so that a label typed or printed in another case names the same lot.
    lot = link.lot.upper() if link.lot is not None else None
    return Target(gtin=link.gtin, lot=lot, serial=link.serial)


def _read_ours(rest: str) -> Target | Fault:
    """``{code}`` or ``{code}/21/{serial}``, the serial under the rules of AI 21."""
    text, slash, more = rest.partition("/")
    code = read_trace_code(text)
    serial = decode_path(more[3:]) if more.startswith("21/") and "/" not in more[3:] else ""
    if code is None or (slash and not (0 < len(serial) <= LONGEST_SERIAL and in_cset82(serial))):
        return Fault(FaultKind.MALFORMED, asked=rest)
    return Target(code=code, serial=serial or None)


def page_path(target: Target, form: str) -> str:
    """Where the page of a target, or one of its documents, stands: ``/p/vi/01/…``, ``/p/dpp/01/…``."""
    return f"/p/{form}{target.path}"


def with_query(address: str, query: str) -> str:
    """``address`` with the pairs that are passed on; never a second question mark."""
    if not query:
        return address
    address, hash_sign, fragment = address.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{hash_sign}{fragment}"


def language_of_fault(request: Request) -> Language:
    """The language for an address that was not understood: as its form says, else as the browser wishes."""
    found = OURS.match(request.raw_path)
    form = found["form"].decode().lower() if found is not None and found["form"] else ""
    return _language(form, request.query.decode("latin-1"), request.accept_language, read=True)


def in_every_language(request: Request) -> dict[Language, str]:
    """The address asked for, by the language of its reader; percent-coded, to stand in a page.

    One that is too long is cut where it still is.
    """
    address = quote((request.raw_path + b"?" + request.query)[: LONGEST_ADDRESS + 2], safe=_AS_IT_CAME)
    path, _, query = address.partition("?")
    query = _without(query, "lang")
    found = OURS.match(request.raw_path)
    form = found["form"].decode().lower() if found is not None and found["form"] else ""
    if form not in LANGUAGES:
        return {each: with_query(path, f"{query}&lang={each}".lstrip("&")) for each in LANGUAGES}
    rest = path[len(f"/p/{form}") :]
    return {each: with_query(f"/p/{each}{rest}", query) for each in LANGUAGES}


def _wants_of_form(form: str) -> Wants | None:
    if form in DOCUMENTS:
        return Wants.DOCUMENT
    return Wants.PAGE if form else None


def _preferred_document(accept: str) -> str:
    """The passport for a program that would rather read JSON-LD than a page; else nothing."""
    kinds = dict(weighted(accept))
    data = kinds.get(LD_JSON, 0.0)
    return "dpp" if data > max(kinds.get("text/html", 0.0), kinds.get("*/*", 0.0)) else ""


def _wants(accept: str, link_type: str) -> Wants:
    if link_type in ("linkset", "all"):
        return Wants.LINKSET
    if link_type and link_type not in PAGE_LINKS:
        return Wants.LINK
    kinds = dict(weighted(accept))
    linkset = kinds.get("application/linkset+json", 0.0)
    page = max(kinds.get("text/html", 0.0), kinds.get("application/xhtml+xml", 0.0))
    if linkset > page:
        return Wants.LINKSET
    return Wants.PAGE if page and page >= kinds.get(LD_JSON, 0.0) else Wants.DEFAULT_LINK


def _link_type(query: str) -> str:
    """The asked link type in small letters without its vocabulary: ``gs1:pip``, ``https://gs1.org/voc/pip``."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name.lower() == "linktype":
            plain = re.sub("%3a", ":", re.sub("%2f", "/", value, flags=re.IGNORECASE), flags=re.IGNORECASE)
            asked = re.split("[:/]", plain)[-1].lower()
            return LINK_ALIASES.get(asked, asked)
    return ""


def _without(query: str, name: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and pair.partition("=")[0].lower() != name)


def _language(form: str, query: str, accept_language: str, *, read: bool) -> Language:
    """``read``: by a person, who is given English where only languages are wished that we do not write.

    A program is given the default link then, as the standard asks (Conformant Resolver 1.2).
    """
    chosen = [pair[5:].lower() for pair in query.split("&") if pair.startswith("lang=")]
    wishes = [form, *chosen, *languages(accept_language)]
    for wish in wishes:
        for language in LANGUAGES:
            if wish == language:
                return language
    return "en" if read and names_a_language(accept_language) else LANGUAGES[0]


#: Programs that fetch an address without a person looking: search robots, link previews, health checks.
#: CUBOT is a make of phone; the browsers inside Zalo and Facebook (Zalo, FBAN, FBAV) are people.
_MACHINES = re.compile(
    r"(?<!cu)bot\b|bot/|crawl|spider|slurp|externalhit|externalagent|facebot|preview|whatsapp/|viber/|"
    r"embedly|health|probe|monitor|pingdom|uptime",
    re.IGNORECASE,
)
#: Of a user agent as much is read as honest ones need.
LONGEST_AGENT = 400
_AHEAD_OF_TIME = ("prefetch", "prerender", "preview")


def is_person(request: Request) -> bool:
    """Whether a look counts: GET, not fetched ahead of time, not by a robot, preview or health check."""
    purpose = request.purpose.lower()
    return (
        request.method == "GET"
        and not any(word in purpose for word in _AHEAD_OF_TIME)
        and not _is_machine(request.agent[:LONGEST_AGENT])
    )


@lru_cache(maxsize=4_096)
def _is_machine(agent: str) -> bool:
    return _MACHINES.search(agent) is not None
