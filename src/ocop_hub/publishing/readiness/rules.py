"""What a product still lacks for each target: pure rules over plain facts.

A target is a marketplace or one of :data:`PAPERS`. A marketplace's adapter says what its interface would refuse;
what holds for every marketplace, and for the papers, are the dated rules of ``readiness.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from ocop_hub.marketplaces.contract import Reason

#: Rules with this target hold for every marketplace.
MARKETPLACES: Final = "marketplaces"
#: Targets that are no marketplaces: digital passport, national traceability portal, label of the goods.
#: Rules with this target hold for marketplaces that take goods by their interface.
PARCELS: Final = "parcels"
PAPERS: Final = ("passport", "portal", "label")

#: How an adapter names a field of the draft → the field of the product that fills it.
_OF_DRAFT: Final = {"title": "name", "weight_g": "net_weight_g", "group": "group_code"}
#: Fields that hold what a producer claims of the goods.
_CLAIMS: Final = ("name", "description", "story")


class Kind(StrEnum):
    """What a rule looks at."""

    GIVEN = "given"
    LENGTH = "length"
    COUNT = "count"
    PIXELS = "pixels"
    AMOUNT = "amount"
    WORDS = "words"
    RESTRICTED = "restricted"
    SERVICE = "service"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may ask of a product. ``pictures``: width and height in pixels; weight in grams, price in đồng."""

    name: str
    group_code: str
    ships: bool = True
    restricted: bool = False
    #: It had a certificate, and none holds today.
    lapsed: bool = False
    description: str = ""
    story: str = ""
    ingredients: str = ""
    warnings: str = ""
    shelf_life: str = ""
    storage: str = ""
    declaration_number: str = ""
    trademark: str = ""
    gtin: str = ""
    price_vnd: int | None = None
    net_weight_g: int | None = None
    producer_address: str = ""
    producer_identifier: str = ""
    place: str = ""
    #: Code of the latest lot that buyers see.
    lot_code: str = ""
    pictures: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing a target wants. ``least`` and ``most`` count characters, pictures, pixels, grams or đồng."""

    target: str
    kind: Kind
    field: str
    text: str
    source: str
    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()
    group: frozenset[str] = frozenset()
    #: Only for goods that travel (True) or services (False); None: for both.
    ships: bool | None = None
    until: date | None = None

    def concerns(self, facts: Facts, day: date) -> bool:
        """Whether the rule speaks of such a product on this day."""
        return (
            (not self.group or facts.group_code in self.group)
            and self.ships in (None, facts.ships)
            and (self.until is None or day < self.until)
        )

    def broken_by(self, facts: Facts) -> Reason | None:
        """What is wrong, at the field to mend; None where nothing is."""
        if self.kind is Kind.WORDS:
            return self._forbidden(facts)
        wrong = {
            Kind.GIVEN: lambda: not getattr(facts, self.field),
            Kind.LENGTH: lambda: self._outside(len(getattr(facts, self.field))),
            Kind.COUNT: lambda: self._outside(len(getattr(facts, self.field))),
            Kind.PIXELS: lambda: any(self._outside(edge) for each in facts.pictures for edge in each),
            Kind.AMOUNT: lambda: self._outside_amount(getattr(facts, self.field)),
            Kind.RESTRICTED: lambda: facts.restricted,
            Kind.SERVICE: lambda: not facts.ships,
            Kind.LAPSED: lambda: facts.lapsed,
        }[self.kind]()
        return Reason(self.field, self.kind.value, self.text) if wrong else None

    def _outside(self, value: int) -> bool:
        return (self.least is not None and value < self.least) or (
            self.most is not None and value > self.most
        )

    def _outside_amount(self, value: int | None) -> bool:
        # What is not stated breaks only a rule that wants at least something.
        return self.least is not None if value is None else self._outside(value)

    def _forbidden(self, facts: Facts) -> Reason | None:
        for name in _CLAIMS:
            said = f" {_words_of(getattr(facts, name))} "
            for word in self.words:
                if f" {_words_of(word)} " in said:
                    return Reason(name, self.kind.value, self.text.replace("{found}", word))
        return None


def _words_of(text: str) -> str:
    """Words by single spaces with their marks: ``chua`` (pagoda, sour) must not pass for ``chữa``."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


@lru_cache
def rules() -> tuple[Rule, ...]:
    """The shipped rules. Raises ``ValueError`` for a kind that does not exist."""
    text = (
        resources.files("ocop_hub.publishing.readiness")
        .joinpath("readiness.toml")
        .read_text(encoding="utf-8")
    )
    return tuple(_rule(each) for each in tomllib.loads(text)["rule"])


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        **{
            **told,
            "kind": Kind(told["kind"]),
            "words": tuple(told.get("words", ())),
            "group": frozenset(told.get("group", ())),
        }
    )


def lacking(
    target: str,
    facts: Facts,
    day: date,
    *,
    refused: Iterable[Reason] = (),
    parcels: bool = False,
    among: Sequence[Rule] | None = None,
) -> tuple[Reason, ...]:
    """What ``target`` lacks, each field's first problem alone, at fields of the product.

    ``refused``: what the marketplace's adapter says of the draft. ``parcels``: it takes goods by its interface.
    ``among``: other rules than the shipped ones.
    """
    wanted = {target} if target in PAPERS else {target, MARKETPLACES}
    if parcels:
        wanted.add(PARCELS)
    told = [Reason(_OF_DRAFT.get(each.field, each.field), each.code, each.text) for each in refused]
    for rule in rules() if among is None else among:
        if rule.target in wanted and rule.concerns(facts, day):
            broken = rule.broken_by(facts)
            told += [broken] if broken is not None else []
    first: dict[str, Reason] = {}
    for each in told:
        first.setdefault(each.field, each)
    return tuple(first.values())
