"""What became of a product's recognition from one certificate to the next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range


class Outcome(StrEnum):
    """How a certificate stands to the one before it."""

    FIRST = "first"
    RENEWED = "renewed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"


class Recognition(Protocol):
    """What the history is read from."""

    @property
    def id(self) -> UUID: ...

    @property
    def stars(self) -> int: ...

    @property
    def valid(self) -> Range[datetime]: ...


def outcomes(certificates: Sequence[Recognition]) -> dict[UUID, Outcome]:
    """The outcome of each certificate of one product, whatever their order; an empty interval counts for none."""
    found: dict[UUID, Outcome] = {}
    before: int | None = None
    held = [each for each in certificates if not each.valid.isempty]
    for each in sorted(held, key=lambda one: (one.valid.lower is not None, one.valid.lower)):
        found[each.id] = _outcome(before, each.stars)
        before = each.stars
    return found


def _outcome(before: int | None, stars: int) -> Outcome:
    if before is None:
        return Outcome.FIRST
    if stars == before:
        return Outcome.RENEWED
    return Outcome.UPGRADED if stars > before else Outcome.DOWNGRADED
