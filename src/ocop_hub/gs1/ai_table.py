"""The GS1 Application Identifiers: format, checks, role in a Digital Link, which may not stand together.

Facts from the GS1 General Specifications and the GS1 Barcode Syntax Dictionary of 2026-01 (Apache-2.0,
Copyright GS1 AISBL), written in our own short form. Each row:

    AIs; flags; format; role

AIs       "310-316" stands for 310, 311 … 316; a trailing ":5" adds a last digit from 0 to 5.
flags     "*" length is pre-defined, so no FNC1 follows; "?" allowed after the "?" of a Digital Link;
          "=" no two of the same first three digits together.
format    components: N digits, X CSET 82, Y CSET 39, Z CSET 64; "..20" up to 20; "[…]" may be missing;
          ",name" a check of linters.py.
role      "key" primary key of a Digital Link, with the qualifiers of each allowed sequence, "|" between;
          "not" the AIs this one excludes.

Which AIs must accompany which (a lot needs a GTIN) is left out on purpose: the rule holds over all carriers
on one item together, and one string is only one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from ocop_hub.gs1 import cset
from ocop_hub.gs1.linters import LINTERS, Linter

_ROWS = """
00; *?; N18,csum,gcppos2; key
01; *?; N14,csum,gcppos2; key 22,10,21|235 not 255,37
02; *?; N14,csum,gcppos2; not 01,03
03; *; N14,csum,gcppos2; not 01,02,37
10; ?; X..20;
11 12 13 15 16 17; *?; N6,yymmd0;
20; *?; N2;
21; ; X..20; not 235
22; ; X..20;
235; ; X..28;
240 241 250 251; ?; X..30;
242; ?; N..6;
243; ?; X..20;
253; ?; N13,csum,gcppos1 [X..17]; key
254; ; X..20;
255; ?; N13,csum,gcppos1 [N..12]; key not 01,02,415,8006,8020,8026
30 37; ?; N..8;
310-316:5 320-329:5 330-337:5 340-349:5 350-357:5 360-369:5; *?=; N6;
390:9; ?=; N..15; not 391,394,8111
391:9; ?=; N3,iso4217 N..15;
392:9; ?=; N..15; not 393
393:9; ?=; N3,iso4217 N..15;
394:3; ?=; N4; not 8111
395:5; ?=; N6; not 392,393,8005
400 403; ?; X..30;
401; ?; X..30,gcppos1; key
402; ?; N17,csum,gcppos1; key
410 411 412 413 416; *?; N13,csum,gcppos1;
414; *?; N13,csum,gcppos1; key 254|7040
415; *?; N13,csum,gcppos1; key 8020
417; *?; N13,csum,gcppos1; key 7040
420; ?; X..20; not 421
421; ?; N3,iso3166 X..9; not 4307
422 424; ?; N3,iso3166; not 426
423 425; ?; N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166; not 426
426; ?; N3,iso3166;
427; ?; X..3;
4300 4301 4310 4311 4320; ?; X..35,pcenc;
4302-4306 4312-4316; ?; X..70,pcenc;
4307 4317; ?; X2,iso3166alpha2;
4308 4319; ?; X..30;
4309; ?; N10,latitude N10,longitude;
4318; ?; X..20;
4321-4323; ?; N1,yesno;
4324 4325; ?; N6,yymmd0 N4,hhmi;
4326; ?; N6,yymmdd;
4330; ?; N6 [X1],hyphen; not 4331
4331; ?; N6 [X1],hyphen;
4332; ?; N6 [X1],hyphen; not 4333
4333; ?; N6 [X1],hyphen;
7001; ?; N13;
7002; ?; X..30;
7003; ?; N6,yymmdd N4,hhmi;
7004; ?; N..4;
7005; ?; X..12;
7006; ?; N6,yymmdd;
7007; ?; N6,yymmdd [N6],yymmdd;
7008; ?; X..3;
7009; ?; X..10;
7010; ?; X..2;
7011; ?; N6,yymmdd [N4],hhmi;
7020-7022; ?; X..20;
7023; ?; X..30,gcppos1;
7030-7039; ?; N3,iso3166999 X..27;
7040; ; N1 X1 X1 X1,importeridx;
7041; ; X..4;
710-717; ?; X..20;
7230-7239; ?; X2 X..28;
7240; ?; X..20; not 03
7241; ?; N2,mediatype;
7242; ?; X..25;
7250; ?; N8,yyyymmdd; not 7251
7251; ?; N8,yyyymmdd N4,hhmi;
7252; ?; N1,iso5218;
7253 7254; ?; X..40,pcenc; not 7256,7259
7255; ?; X..10; not 7256,7259
7256; ?; X..90,pcenc;
7257; ?; X..70,pcenc;
7258; ?; X3,posinseqslash;
7259; ?; X..40,pcenc; not 7256
8001; ?; N4,nonzero N5,nonzero N3,nonzero N1,winding N1;
8002 8012; ?; X..20;
8003; ?; N1,zero N13,csum,gcppos1 [X..16]; key
8004; ?; X..30,gcppos1; key 7040
8005; ?; N6;
8006; ?; N14,csum,gcppos2 N4,pieceoftotal; key 22,10,21 not 01,03,37
8007; ?; X..34,iban;
8008; ?; N6,yymmdd N2,hh [N2],mi [N2],ss;
8009; ?; X..50;
8010; ?; Y..30,gcppos1; key 8011
8011; ; N..12,nozeroprefix;
8013; ?; X..25,csumalpha,gcppos1; key
8014; ; X..25,csumalpha,gcppos1,hasnondigit;
8017; ?; N18,csum,gcppos1; key 8019 not 8018
8018; ?; N18,csum,gcppos1; key 8019
8019; ; N..10;
8020; ; X..25;
8026; ?; N14,csum,gcppos2 N4,pieceoftotal; not 02,03,8006
8030; ?; Z..90;
8040 8041; ; N15;
8042; ; N32;
8043; ; N18 [N..2];
8110 8112; ?; X..70;
8111; ?; N4;
8200; ; X..70;
90; ?; X..30;
91-99; ?; X..90;
"""

_CHARSETS: dict[str, Linter] = {"N": cset.numeric, "X": cset.cset82, "Y": cset.cset39, "Z": cset.cset64}


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value: its length and the checks it must pass, the character set first."""

    min_length: int
    max_length: int
    optional: bool
    checks: tuple[Linter, ...]


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """``sequences`` holds the qualifier sequences of a primary key; None for an AI that is no key."""

    ai: str
    components: tuple[Component, ...]
    min_length: int
    max_length: int
    predefined: bool
    attribute: bool
    sequences: tuple[tuple[str, ...], ...] | None
    excludes: frozenset[str]

    @property
    def is_key(self) -> bool:
        return self.sequences is not None

    def length_fault(self, value: str) -> str | None:
        """Reason, or None when the whole value may have this length."""
        length = len(value)
        if self.min_length <= length <= self.max_length:
            return None
        if not length:
            return "empty"
        return "too-short" if length < self.min_length else "too-long"

    def fault(self, value: str) -> str | None:
        """Reason, or None when every component passes its checks. Lengths of the whole: length_fault."""
        if len(self.components) == 1:
            for check in self.components[0].checks:
                if reason := check(value):
                    return reason
            return None
        return self._component_fault(value)

    def _component_fault(self, value: str) -> str | None:
        start = 0
        for component in self.components:
            part = value[start : start + component.max_length]
            start += len(part)
            if component.optional and not part:
                continue
            if len(part) < component.min_length:
                return "too-short"
            for check in component.checks:
                if reason := check(part):
                    return reason
        return None


def _component(text: str) -> Component:
    kind, *checks = text.replace("[", "").replace("]", "").split(",")
    length = kind[1:]
    smallest, largest = (1, int(length[2:])) if length.startswith("..") else (int(length), int(length))
    return Component(
        min_length=smallest,
        max_length=largest,
        optional=text.startswith("["),
        checks=(_CHARSETS[kind[0]], *(LINTERS[name] for name in checks)),
    )


def _expand(text: str) -> Iterator[str]:
    for item in text.split():
        span, _, last = item.partition(":")
        low, _, high = span.partition("-")
        for number in range(int(low), int(high or low) + 1):
            stem = str(number).zfill(len(low))
            yield from (f"{stem}{digit}" for digit in range(int(last) + 1)) if last else (stem,)


def _role(text: str) -> tuple[tuple[tuple[str, ...], ...] | None, tuple[str, ...]]:
    words = text.split()
    excluded = tuple(words[words.index("not") + 1].split(",")) if "not" in words else ()
    if "key" not in words:
        return None, excluded
    after = words[1] if len(words) > 1 and words[1] != "not" else ""
    return tuple(tuple(part.split(",")) for part in after.split("|") if part), excluded


def _read_rows() -> dict[str, ApplicationIdentifier]:
    rows = [[cell.strip() for cell in line.split(";")] for line in _ROWS.strip().splitlines()]
    expanded = [(list(_expand(ais)), flags, spec, role) for ais, flags, spec, role in rows]
    families: dict[str, set[str]] = {}
    for ais, *_ in expanded:
        for ai in ais:
            families.setdefault(ai[:3], set()).add(ai)
    table: dict[str, ApplicationIdentifier] = {}
    for ais, flags, spec, role in expanded:
        components = tuple(_component(text) for text in spec.split())
        sequences, excluded = _role(role)
        smallest = sum(c.min_length for c in components if not c.optional)
        largest = sum(c.max_length for c in components)
        others = frozenset[str]().union(*(families.get(name, {name}) for name in excluded))
        for ai in ais:
            apart = others | (families[ai[:3]] - {ai}) if "=" in flags else others
            table[ai] = ApplicationIdentifier(
                ai, components, smallest, largest, "*" in flags, "?" in flags, sequences, apart
            )
    return table


TABLE: dict[str, ApplicationIdentifier] = _read_rows()

# How many digits an AI has follows from its first two (General Specifications, figure 3.2-1).
AI_LENGTH: dict[str, int] = {ai[:2]: len(ai) for ai in TABLE}


def _paths() -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for entry in TABLE.values():
        for sequence in entry.sequences if entry.sequences else ((),) if entry.is_key else ():
            for size in range(len(sequence) + 1):
                found.update((entry.ai, *chosen) for chosen in combinations(sequence, size))
    return frozenset(found)


# Every allowed sequence of AIs in the path of a Digital Link: a key, then qualifiers in their order.
PATHS: frozenset[tuple[str, ...]] = _paths()

# For each of them, the AIs that would make another allowed path and so may not be put in the query.
QUALIFIERS_LEFT: dict[tuple[str, ...], frozenset[str]] = {
    path: frozenset(
        ai for longer in PATHS if len(longer) == len(path) + 1 for ai in longer[1:]
        if tuple(a for a in longer if a != ai) == path
    )
    for path in PATHS
}  # fmt: skip
