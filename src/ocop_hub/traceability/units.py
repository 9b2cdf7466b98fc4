"""Amounts as people write them, made comparable: kg with tạ, lít with ml; anything else only with itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ocop_hub.kit.text import clean, fold


@dataclass(frozen=True, slots=True)
class Measured:
    """``dimension`` is "mass" (grams), "volume" (millilitres), or the unit itself, folded."""

    dimension: str
    amount: Decimal


#: Grams and millilitres of each unit, by its folded name.
_MASS = {"g": 1, "gam": 1, "gram": 1, "kg": 1_000, "yen": 10_000, "ta": 100_000, "tan": 1_000_000}
_VOLUME = {"ml": 1, "l": 1_000, "lit": 1_000, "m3": 1_000_000}
#: UN/CEFACT Recommendation 20 codes as EPCIS writes them, with the factor to that unit.
_CEFACT = {"mass": ("KGM", 1_000), "volume": ("LTR", 1_000)}


def measured(quantity: Decimal, unit: str) -> Measured:
    """The amount in grams, millilitres, or in pieces of the unit itself."""
    name = fold(unit)
    if name in _MASS:
        return Measured("mass", quantity * _MASS[name])
    if name in _VOLUME:
        return Measured("volume", quantity * _VOLUME[name])
    return Measured(name, quantity)


def epcis_quantity(quantity: Decimal, unit: str) -> tuple[Decimal, str]:
    """The amount as EPCIS writes it: kilograms or litres with their code; pieces without one."""
    known = measured(quantity, unit)
    if known.dimension not in _CEFACT:
        return quantity, ""
    code, factor = _CEFACT[known.dimension]
    return known.amount / factor, code


def written_amount(amount: Decimal, unit: str) -> str:
    """``12,5 kg``: a Vietnamese decimal comma, no needless zeros."""
    text = format(amount.normalize(), "f")
    return f"{text.replace('.', ',')} {clean(unit)}".strip()
