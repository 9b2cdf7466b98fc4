"""EPC URNs and Digital Links as the event hash wants them: one constrained canonical Digital Link.

Sources: EPC Tag Data Standard (URN forms), CBV 2.0 §8.9 (hash rules 17 and 18). A URN names a company prefix
and a reference with a dot between; the key is both without the dot, in the order the key asks for.
"""

from __future__ import annotations

from collections.abc import Callable

from ocop_hub.gs1.ai_table import TABLE
from ocop_hub.gs1.cset import is_digits
from ocop_hub.gs1.digital_link import CANONICAL_STEM
from ocop_hub.gs1.identifiers import check_digit

_URN_PREFIXES = ("urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:")

# The qualifier kept for each key, finest first; every other qualifier is dropped.
_FINEST = {"01": ("21", "235", "10"), "414": ("254",), "8006": ("21", "10"), "8010": ("8011",)}
_KEPT_KEYS = frozenset(
    ["00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018"]
)


def constrained(uri: str) -> str:
    """The constrained canonical Digital Link for an EPC URN or a Digital Link; any other text comes back as is."""
    if uri.startswith(_URN_PREFIXES):
        return _from_urn(uri) or uri
    if uri.startswith(("https://", "http://")):
        return _from_link(uri) or uri
    return uri


def _link(*parts: str) -> str:
    return "/".join((CANONICAL_STEM, *parts))


def _from_link(uri: str) -> str | None:
    """Looser than digital_link.parse on purpose: others' events are hashed as they are, check digit or not."""
    path = uri.partition("//")[2].partition("#")[0].partition("?")[0]
    segments = path.split("/")
    for position in range(len(segments) - 2, 0, -2):
        entry = TABLE.get(segments[position])
        if entry is None or entry.length_fault(segments[position + 1]):
            return None
        if entry.ai in _KEPT_KEYS:
            qualifiers = dict(zip(segments[position + 2 :: 2], segments[position + 3 :: 2], strict=True))
            finest = next((ai for ai in _FINEST.get(entry.ai, ()) if ai in qualifiers), None)
            kept = (finest, qualifiers[finest]) if finest else ()
            return _link(entry.ai, segments[position + 1], *kept)
    return None


def _from_urn(urn: str) -> str | None:
    scheme, _, rest = urn.split(":", 3)[3].partition(":")
    prefix, _, rest = rest.partition(".")
    reference, dot, last = rest.partition(".")
    if not is_digits(prefix) or not reference or reference == "*":
        return None
    if scheme in _WHOLE:
        return _WHOLE[scheme](prefix, rest)
    return _WITH_SERIAL[scheme](prefix, reference, last) if dot and scheme in _WITH_SERIAL else None


def _checked(body: str) -> str:
    return body + check_digit(body) if is_digits(body) else body


def _gtin(prefix: str, reference: str) -> str:
    return _checked(reference[:1] + prefix + reference[1:])


def _serial(part: str) -> str:
    return "" if part == "*" else part


def _qualified(ai: str, key: str, qualifier: str, value: str) -> str:
    return _link(ai, key) if value == "*" else _link(ai, key, qualifier, value)


def _itip(prefix: str, reference: str, rest: str) -> str | None:
    piece, _, rest = rest.partition(".")
    total, dot, serial = rest.partition(".")
    return _qualified("8006", _gtin(prefix, reference) + piece + total, "21", serial) if dot else None


# By URN scheme: (company prefix, everything after it) → URI.
_WHOLE: dict[str, Callable[[str, str], str]] = {
    "sscc": lambda p, r: _link("00", _gtin(p, r)),
    "pgln": lambda p, r: _link("417", _checked(p + r)),
    "giai": lambda p, r: _link("8004", p + r),
    "gsrn": lambda p, r: _link("8018", _checked(p + r)),
    "gsrnp": lambda p, r: _link("8017", _checked(p + r)),
    "ginc": lambda p, r: _link("401", p + r),
    "gsin": lambda p, r: _link("402", _checked(p + r)),
}
# By URN scheme: (company prefix, reference, the rest) → URI. Only the first two dots separate.
_WITH_SERIAL: dict[str, Callable[[str, str, str], str | None]] = {
    "sgtin": lambda p, r, s: _qualified("01", _gtin(p, r), "21", s),
    "lgtin": lambda p, r, s: _qualified("01", _gtin(p, r), "10", s),
    "upui": lambda p, r, s: _qualified("01", _gtin(p, r), "235", s),
    "sgln": lambda p, r, s: _qualified("414", _checked(p + r), "254", "*" if s == "0" else s),
    "grai": lambda p, r, s: _link("8003", "0" + _checked(p + r) + _serial(s)),
    "gdti": lambda p, r, s: _link("253", _checked(p + r) + _serial(s)),
    "sgcn": lambda p, r, s: _link("255", _checked(p + r) + _serial(s)),
    "cpi": lambda p, r, s: _qualified("8010", p + r, "8011", s),
    "itip": _itip,
}
