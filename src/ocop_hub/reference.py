"""The dated data every installation starts with: places, product groups, marketplaces, the first coverage rule.

Loading again changes nothing that is already there; what officials changed later stays changed.
"""

from __future__ import annotations

from ocop_hub.catalogue.reference import load_groups
from ocop_hub.db import SYSTEM, Database
from ocop_hub.places.service import load_units
from ocop_hub.publishing.reference import load_marketplaces
from ocop_hub.reporting.reference import load_first_rule


async def load_reference(database: Database) -> None:
    """Bring in what is missing, in one transaction."""
    async with database.session(SYSTEM) as session:
        await load_units(session)
        await load_groups(session)
        await load_marketplaces(session)
        await load_first_rule(session)
