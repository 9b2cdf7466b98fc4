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


#: Smaller units in which an amount with a fraction may be whole.
_FINER = {"mass": (("kg", 1_000), ("g", 1)), "volume": (("lít", 1_000), ("ml", 1))}


def whole_amount(quantity: Decimal, unit: str) -> tuple[int, str] | None:
    """The same amount as a whole number: as it stands, or in the first finer unit it is whole in; else None.

    ``12.5 tạ`` is ``1250 kg``; half a box is nothing that can be counted.
    """
    if quantity == int(quantity):
        return int(quantity), clean(unit)
    known = measured(quantity, unit)
    for name, size in _FINER.get(known.dimension, ()):
        number = known.amount / size
        if number == int(number):
            return int(number), name
    return None


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


def written_grams(grams: int) -> str:
    """A net weight as labels say it: ``400 g``, and from a kilogram on ``1,2 kg``."""
    return (
        written_amount(Decimal(grams), "g") if grams < 1_000 else written_amount(Decimal(grams) / 1_000, "kg")
    )
