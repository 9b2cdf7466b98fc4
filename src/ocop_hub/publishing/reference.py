"""The marketplaces of the registry as rows, so that one question can join them with what was seen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit import clock
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES, MarketplaceFact, Status
from ocop_hub.publishing.models import MarketplaceKind, MarketplaceRow, MarketplaceStatus


async def load_marketplaces(session: AsyncSession) -> None:
    """Add marketplaces that are missing, and bring name, status and closing day up to the registry's facts."""
    rows = [_row(fact, position) for position, fact in enumerate(MARKETPLACES.values(), start=1)]
    statement = insert(MarketplaceRow).values(rows)
    taken = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[MarketplaceRow.key],
            set_={
                name: taken[name]
                for name in ("name", "kind", "status", "open_during", "position", "has_adapter", "note")
            },
        )
    )


def _row(fact: MarketplaceFact, position: int) -> dict[str, object]:
    return {
        "key": fact.key,
        "name": fact.name,
        "kind": MarketplaceKind(fact.kind.value),
        "status": MarketplaceStatus(fact.status_on(clock.today()).value),
        "open_during": Range(None, _closing(fact), bounds="()"),
        "position": position,
        "has_adapter": fact.key in ADAPTERS,
        "note": fact.note,
    }


def _closing(fact: MarketplaceFact) -> datetime | None:
    closed: list[date] = [
        spell.valid_from for spell in fact.spells if spell.status is Status.CLOSED and spell.valid_from
    ]
    return clock.day_start(min(closed)) if closed else None
