"""GS1 Digital Link URIs (URI Syntax 1.6): ``https://host/01/{gtin}/10/{lot}/21/{serial}?17=…``.

Strict, as the standard is: a trailing slash is a fault here. What a resolver forgives on the wire (a slash
at the end, a GTIN of 13 digits) it has to mend before it calls ``parse``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ocop_hub.gs1.ai_table import PATHS, QUALIFIERS_LEFT, TABLE, ApplicationIdentifier
from ocop_hub.gs1.cset import is_digits
from ocop_hub.gs1.element_string import Element, Elements, pair_fault
from ocop_hub.gs1.errors import DigitalLinkError
from ocop_hub.gs1.identifiers import GTIN_LENGTHS, gtin14
from ocop_hub.gs1.percent import decode_path, decode_query, encode_path, encode_query

CANONICAL_STEM = "https://id.gs1.org"

_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_ILLEGAL_IN_DOMAIN = re.compile(r"[_~?#@!$&'()*+,;=%]")
_SCHEMES = ("https://", "http://", "HTTPS://", "HTTP://")


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A checked Digital Link.

    stem: scheme, host and whatever precedes the key, without a slash at the end.
    path: the key, then its qualifiers in order. attributes: GS1 values of the query, in the order received.
    parameters: the other pairs of the query, still coded; a name without ``=`` has the value None.
    """

    stem: str
    path: Elements
    attributes: Elements = ()
    parameters: tuple[tuple[str, str | None], ...] = ()

    @property
    def elements(self) -> Elements:
        return self.path + self.attributes

    @property
    def key(self) -> Element:
        return self.path[0]

    def value(self, ai: str) -> str | None:
        """The value of an AI in path or query, or None."""
        return next((value for known, value in self.elements if known == ai), None)

    @property
    def gtin(self) -> str | None:
        return self.value("01")

    @property
    def lot(self) -> str | None:
        return self.value("10")

    @property
    def serial(self) -> str | None:
        return self.value("21")

    def uri(self, stem: str | None = None) -> str:
        """The URI under this stem, or another; attributes of pre-defined length first, no other parameters."""
        return _render(self.stem if stem is None else stem, self.path, self.attributes)

    def canonical(self) -> str:
        """The same identification under https://id.gs1.org."""
        return _render(CANONICAL_STEM, self.path, self.attributes)


def parse(
    uri: str, *, permit_zero_suppressed_gtin: bool = False, permit_unknown_ais: bool = False
) -> DigitalLink:
    """Read and check a Digital Link URI.

    permit_zero_suppressed_gtin: take a GTIN of 8, 12 or 13 digits (allowed before 1.4) and fill it up.
    permit_unknown_ais: take a numeric query key that is no AI as an attribute instead of refusing the URI.
    Raises DigitalLinkError.
    """
    stem_end, path, query = _cut(uri)
    segments = path.split("/")
    first = _key_position(segments)
    stem = uri[: stem_end + sum(map(len, segments[:first])) + first - 1]
    coded = list(zip(segments[first::2], segments[first + 1 :: 2], strict=True))
    ais = tuple([ai for ai, _ in coded])
    in_path = [
        (TABLE[ai], _decoded(ai, text, decode_path(text), permit_zero_suppressed_gtin)) for ai, text in coded
    ]
    in_query, parameters = (
        _read_query(query, permit_zero_suppressed_gtin, permit_unknown_ais) if query else ([], ())
    )
    if ais not in PATHS:
        raise DigitalLinkError("wrong-path-order", value=uri)
    if in_query:
        _check_attributes(ais, in_query)
    link = DigitalLink(stem, _values(in_path), _values(in_query), parameters)
    if fault := pair_fault(link.elements):
        reason, ai, value = fault
        raise DigitalLinkError(reason, ai=ai, value=value)
    return link


def _cut(uri: str) -> tuple[int, str, str]:
    """Where the domain ends, the path from there, the query."""
    if _ILLEGAL.search(uri):
        raise DigitalLinkError("illegal-uri-character", value=uri)
    if not uri.startswith(_SCHEMES):
        raise DigitalLinkError("illegal-scheme", value=uri)
    domain_start = uri.index("//") + 2
    domain_end = uri.find("/", domain_start)
    if domain_end <= domain_start:
        raise DigitalLinkError("no-domain", value=uri)
    if _ILLEGAL_IN_DOMAIN.search(uri, domain_start, domain_end):
        raise DigitalLinkError("illegal-domain-character", value=uri)
    rest, _, _fragment = uri[domain_end:].partition("#")
    path, _, query = rest.partition("?")
    return domain_end, path, query


def _key_position(segments: list[str]) -> int:
    """Index of the right-most primary key, walking back over AI/value pairs from the end."""
    for position in range(len(segments) - 2, 0, -2):
        entry = TABLE.get(segments[position])
        if entry is None:
            break
        if entry.sequences is not None:
            return position
    raise DigitalLinkError("no-key", value="/".join(segments))


def _decoded(ai: str, coded: str, value: str, fill_gtin: bool) -> str:
    if not coded:
        raise DigitalLinkError("empty", ai=ai)
    if "\0" in value:
        raise DigitalLinkError("null-character", ai=ai, value=coded)
    if fill_gtin and ai == "01" and len(value) in GTIN_LENGTHS:
        value = value.zfill(14)
    if ai in TABLE and (reason := TABLE[ai].length_fault(value)):
        raise DigitalLinkError(reason, ai=ai, value=value)
    return value


Found = tuple[ApplicationIdentifier, str]


def _read_query(
    query: str, fill_gtin: bool, permit_unknown: bool
) -> tuple[list[Found], tuple[tuple[str, str | None], ...]]:
    found: list[Found] = []
    others: list[tuple[str, str | None]] = []
    for pair in query.split("&"):
        name, equals, text = pair.partition("=")
        entry = TABLE.get(name)
        if entry is None and permit_unknown:
            entry = _stand_in(name)
        if equals and entry:
            found.append((entry, _decoded(name, text, decode_query(text), fill_gtin)))
        elif equals and is_digits(name):
            raise DigitalLinkError("unknown-ai", ai=name, value=text)
        elif pair:
            others.append((name, text if equals else None))
    return found, tuple(others)


def _stand_in(name: str) -> ApplicationIdentifier | None:
    """An attribute for a number that could become an AI: two to four digits, no known AI begins so."""
    if not is_digits(name) or not 2 <= len(name) <= 4 or any(ai.startswith(name[:2]) for ai in TABLE):
        return None
    like = TABLE["99"]
    return ApplicationIdentifier(
        name, like.components, like.min_length, like.max_length, False, True, None, frozenset()
    )


def _check_attributes(path: tuple[str, ...], found: list[Found]) -> None:
    seen = set(path)
    belongs = QUALIFIERS_LEFT[path]
    for entry, value in found:
        if entry.ai in seen:
            raise DigitalLinkError("duplicate-ai", ai=entry.ai, value=value)
        if entry.ai in belongs:
            raise DigitalLinkError("belongs-in-path", ai=entry.ai, value=value)
        if not entry.attribute:
            raise DigitalLinkError("not-an-attribute", ai=entry.ai, value=value)
        seen.add(entry.ai)


def _values(found: list[Found]) -> Elements:
    for entry, value in found:
        if reason := entry.fault(value):
            raise DigitalLinkError(reason, ai=entry.ai, value=value)
    return tuple([(entry.ai, value) for entry, value in found])


def _render(stem: str, path: Elements, attributes: Elements) -> str:
    parts = [stem.removesuffix("/")]
    for ai, value in path:
        parts += "/", ai, "/", encode_path(value)
    if attributes:
        predefined = [pair for pair in attributes if pair[0] in TABLE and TABLE[pair[0]].predefined]
        others = [pair for pair in attributes if pair not in predefined]
        query = "&".join([f"{ai}={encode_query(value)}" for ai, value in predefined + others])
        parts += "?", query
    return "".join(parts)


def from_elements(elements: Elements, *, stem: str = CANONICAL_STEM) -> DigitalLink:
    """The Digital Link that says what checked elements say.

    The first key leads; of its qualifier sequences the one with most values present is taken; the rest become
    attributes. Raises DigitalLinkError when there is no key or a value may not be an attribute.
    """
    values = dict(elements)
    key = next((ai for ai in values if TABLE[ai].sequences is not None), None)
    if key is None:
        raise DigitalLinkError("no-primary-key")
    candidates = [tuple(ai for ai in sequence if ai in values) for sequence in TABLE[key].sequences or ()]
    qualifiers = max(candidates, key=len, default=())
    path = (key, *qualifiers)
    attributes = [(TABLE[ai], value) for ai, value in values.items() if ai not in path]
    _check_attributes(path, attributes)
    return DigitalLink(stem, tuple((ai, values[ai]) for ai in path), _values(attributes))


def build(
    host: str,
    gtin: str,
    *,
    lot: str | None = None,
    serial: str | None = None,
    variant: str | None = None,
    attributes: Iterable[Element] = (),
) -> str:
    """The URI to print for a trade item.

    host: a host name or a stem such as ``https://ocop.example.vn/ma``; https is put before a bare name.
    gtin: 8, 12, 13 or 14 digits. lot, serial, variant: CSET 82, at most 20 characters.
    attributes: further AIs for the query, e.g. ``[("17", "260930")]``.
    Raises Gs1Error (of identifiers, or DigitalLinkError naming the field).
    """
    stem = (host if "://" in host else f"https://{host}").removesuffix("/")
    given = (("01", gtin14(gtin)), ("22", variant), ("10", lot), ("21", serial))
    path = tuple([(ai, value) for ai, value in given if value is not None])
    # Reading back what was built applies every rule once, those of the host included.
    return parse(_render(stem, path, tuple(attributes))).uri()
