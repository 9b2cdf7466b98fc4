"""What a unit became, worked out once over the whole list: pure, before anything is in a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ocop_hub.places.dataset import SuccessionRow, UnitRow

#: A unit changes a few times in a century; a longer chain is a circle in the data.
LONGEST_CHAIN = 20


class Lineage:
    """Answers for one day: the unit that holds a place then, and the province it lies in then."""

    def __init__(self, units: Iterable[UnitRow], successions: Iterable[SuccessionRow], on: date) -> None:
        self._units = {unit.id: unit for unit in units}
        self._default_of = {s.old_id: s.new_id for s in successions if s.is_default and s.effective <= on}

    def current(self, unit_id: str) -> str:
        """The default successor in force on the day; the unit itself when nothing followed it."""
        for _ in range(LONGEST_CHAIN):
            successor = self._default_of.get(unit_id)
            if successor is None or successor == unit_id:
                return unit_id
            unit_id = successor
        raise ValueError(f"successions run in a circle at {unit_id}")

    def province(self, unit_id: str) -> str | None:
        """The province in force on the day in which the unit, or what followed it, lies."""
        unit = self._units[self.current(unit_id)]
        while unit.level != "province":
            if unit.parent_id is None:
                return None
            unit = self._units[unit.parent_id]
        return self.current(unit.id)
