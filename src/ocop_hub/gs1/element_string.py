"""Element strings: what a GS1 barcode carries, written ``(01)…(10)…`` or with FNC1 as ``^01…^…``."""

from __future__ import annotations

from collections.abc import Iterable

from ocop_hub.gs1.ai_table import AI_LENGTH, TABLE
from ocop_hub.gs1.errors import ElementStringError

Element = tuple[str, str]
Elements = tuple[Element, ...]

FNC1 = "^"
_GROUP_SEPARATOR = "\x1d"  # what a scanner sends for FNC1


def pair_fault(elements: Elements) -> tuple[str, str, str] | None:
    """(reason, ai, other ai or value) for elements that may not stand together, or None."""
    if len(elements) < 2:
        return None
    values: dict[str, str] = {}
    for ai, value in elements:
        if values.setdefault(ai, value) != value:
            return "different-repeat", ai, value
    for ai in values:
        excludes = TABLE[ai].excludes if ai in TABLE else None
        if excludes and not excludes.isdisjoint(values):
            return "excluded-pair", ai, min(excludes.intersection(values))
    return None


def _check_pairs(elements: Elements) -> Elements:
    if fault := pair_fault(elements):
        reason, ai, value = fault
        raise ElementStringError(reason, ai=ai, value=value)
    return elements


def parse(text: str) -> Elements:
    """Either form, told by its first character: ``(`` or FNC1. Raises ElementStringError."""
    return parse_bracketed(text) if text.startswith("(") else parse_fnc1(text)


def parse_bracketed(text: str) -> Elements:
    """``(01)08938505970011(10)LO01``; a bracket inside a value is written ``\\(``.

    Raises ElementStringError for broken brackets, unknown AIs, wrong values, pairs that exclude each other.
    """
    elements: list[Element] = []
    position, end = 0, len(text)
    while position < end or not elements:
        close = text.find(")", position)
        if not text.startswith("(", position) or close < 0:
            raise ElementStringError("broken-brackets", value=text)
        ai = text[position + 1 : close]
        position = text.find("(", close)
        while position > 0 and text[position - 1] == "\\":
            position = text.find("(", position + 1)
        if position < 0:
            position = end
        value = text[close + 1 : position].replace("\\(", "(")
        entry = TABLE.get(ai)
        if entry is None:
            raise ElementStringError("unknown-ai", ai=ai, value=value)
        if reason := entry.length_fault(value) or entry.fault(value):
            raise ElementStringError(reason, ai=ai, value=value)
        elements.append((ai, value))
    return _check_pairs(tuple(elements))


def parse_fnc1(text: str) -> Elements:
    """``^0108938505970011^10LO01``, FNC1 written ``^`` or sent as GS (0x1D).

    Raises ElementStringError for a missing FNC1, unknown AIs, wrong values, pairs that exclude each other.
    """
    if _GROUP_SEPARATOR in text:
        text = text.replace(_GROUP_SEPARATOR, FNC1)
    if not text.startswith(FNC1):
        raise ElementStringError("missing-fnc1", value=text)
    elements: list[Element] = []
    position, end = 1, len(text)
    while position < end or not elements:
        ai = text[position : position + AI_LENGTH.get(text[position : position + 2], 0)]
        entry = TABLE.get(ai)
        if entry is None:
            missing = "unknown-ai-prefix" if position < end else "no-data"
            raise ElementStringError(missing, value=text[position : position + 4])
        position += len(ai)
        stop = text.find(FNC1, position)
        if stop < 0:
            stop = end
        if entry.predefined and stop > position + entry.max_length:
            stop = position + entry.max_length
        value = text[position:stop]
        if reason := entry.length_fault(value) or entry.fault(value):
            raise ElementStringError(reason, ai=ai, value=value)
        elements.append((ai, value))
        position = stop + 1 if text.startswith(FNC1, stop) else stop
    return _check_pairs(tuple(elements))


def build_bracketed(elements: Iterable[Element]) -> str:
    """The form for people. Values are taken as checked."""
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in elements)


def build_fnc1(elements: Iterable[Element]) -> str:
    """The form for encoders: FNC1 first, and after every value whose length is not pre-defined."""
    parts: list[str] = []
    separator = FNC1
    for ai, value in elements:
        parts += separator, ai, value
        entry = TABLE.get(ai)
        separator = "" if entry and entry.predefined else FNC1
    return "".join(parts)
