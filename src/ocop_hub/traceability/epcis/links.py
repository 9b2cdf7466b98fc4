"""Certificates and documents that others' EPCIS events name by address, to be shown as links; never fetched. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from ocop_hub.gs1 import digital_link
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.traceability.epcis.events import NAMESPACES

#: Of one event no more are shown, and none that is longer.
MOST_LINKS: Final = 10
LONGEST_ADDRESS: Final = 1_000
#: Vocabularies and identifiers stand under these hosts, not papers.
_NO_PAPERS: Final = frozenset({"ref.gs1.org", "gs1.org", "www.gs1.org", "id.gs1.org"})
#: Names of what a certificate or document is called, where it stands beside its address, best first.
_TITLES: Final = ("certificationStandard", "title", "name", "certificationIdentification")
_OURS: Final = tuple(f"{prefix}:" for prefix in NAMESPACES)


class LinkKind(StrEnum):
    CERTIFICATE = "certificate"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class EventLink:
    """``host`` to be shown beside the link, in ASCII; ``title`` as the event has it, may be empty."""

    kind: LinkKind
    href: str
    host: str
    title: str = ""


def links_of(event: Mapping[str, Any]) -> tuple[EventLink, ...]:
    """What an event names by http(s) address: ``certificationInfo``, business transactions, ILMD and user extensions."""
    found: dict[str, EventLink] = {}
    for each in _named(event):
        found.setdefault(each.href, each)
    return tuple(found.values())[:MOST_LINKS]


def _named(event: Mapping[str, Any]) -> Iterator[EventLink]:
    yield from _below(event.get("certificationInfo"), LinkKind.CERTIFICATE)
    for transaction in event.get("bizTransactionList") or ():
        yield from _below(transaction.get("bizTransaction"), LinkKind.DOCUMENT)
    for name, value in event.items():
        if name == "ilmd" or (":" in name and not name.startswith(_OURS)):
            yield from _below(value, _kind(name, LinkKind.DOCUMENT))


def _below(value: object, kind: LinkKind, title: str = "") -> Iterator[EventLink]:
    """The addresses in a value, however deep; a field named after certificates holds one."""
    if isinstance(value, str):
        if (host := _host(value)) is not None:
            yield EventLink(kind, value, host, title[:100])
    elif isinstance(value, Mapping):
        named = {str(name).rpartition(":")[2]: each for name, each in value.items()}
        title = next((told for name in _TITLES if isinstance(told := named.get(name), str)), title)
        for name, each in value.items():
            if name != "@context":
                yield from _below(each, _kind(name, kind), title)
    elif isinstance(value, list):
        for each in value:
            yield from _below(each, kind, title)


def _kind(name: str, otherwise: LinkKind) -> LinkKind:
    return LinkKind.CERTIFICATE if "certif" in name.lower() else otherwise


def _host(text: str) -> str | None:
    """The host of an address that may be shown as a link; None for anything else, identifiers among it."""
    if not text.lower().startswith(("http://", "https://")) or len(text) > LONGEST_ADDRESS:
        return None
    if any(char.isspace() or not char.isprintable() for char in text):
        return None
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # a broken IPv6 address, or a host that no name server could know
        return None
    # What stands before an @ looks like a host and is none.
    if not host or "@" in parts.netloc or host in _NO_PAPERS or _is_identifier(text):
        return None
    return host


def _is_identifier(uri: str) -> bool:
    """Whether it names a thing with GS1's keys (a lot, a place): an answer to it is no paper."""
    try:
        digital_link.parse(uri, permit_zero_suppressed_gtin=True)
    except DigitalLinkError:
        return False
    return True
