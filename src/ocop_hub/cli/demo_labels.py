"""Lots of invented products with printed labels, and how often labels were looked at, day by day.

Only daily counts are made up: of a scan nothing but its day would be kept after ninety days anyway.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.cli.demo_plan import NOTE, SEED, TOUR
from ocop_hub.db import insert_rows
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.settings import Settings
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan, plan_run, record_printing
from ocop_hub.traceability.models import Lot, RunKind, ScanDay
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.traceability.service import create_lot, ensure_code, record_four_facts, release_lot

#: One product in so many has a lot of its own.
ONE_IN: Final = 14
RUN_LABELS: Final = (300, 500, 800, 1_200, 2_000)


async def load(session: AsyncSession, settings: Settings, products: Sequence[Product]) -> None:
    """Lots, runs and daily counts for some of the products."""
    chance = random.Random(SEED)  # noqa: S311 - the same in every demo
    shipped = [each for each in products if each.group_code != TOUR][::ONE_IN]
    rows: list[dict[str, Any]] = []
    for product in shipped:
        days_ago = chance.randrange(35, 110)
        lot = await _lot(session, product, clock.now() - timedelta(days=days_ago))
        plan = RunPlan(RunKind.LOT, chance.choice(RUN_LABELS))
        run = await plan_run(
            session, SYSTEM_ACTOR, lot, plan, public_url=settings.public_url, sealer=sealer_of(settings)
        )
        await record_printing(session, SYSTEM_ACTOR, run, as_what="PDF A4")
        rows.extend(_days(chance, lot, days_ago))
    await session.execute(insert_rows(ScanDay, rows))


async def _lot(session: AsyncSession, product: Product, packed: datetime) -> Lot:
    await ensure_code(session, product)
    data = LotIn(
        code=f"L{packed:%y%m%d}-MH",
        display_name=f"Lô {packed:%d/%m/%Y}",
        best_before=packed.date() + timedelta(days=365),
    )
    lot = await create_lot(session, SYSTEM_ACTOR, product, data)
    facts = FourFactsIn(
        harvest=StepIn(at=packed - timedelta(days=3), note=NOTE),
        first_processing=StepIn(at=packed - timedelta(days=2), note=NOTE),
        packing=StepIn(at=packed, note=NOTE),
        place=PlaceIn(unit_id=product.current_unit_id),
    )
    await record_four_facts(session, SYSTEM_ACTOR, lot, facts)
    await release_lot(session, SYSTEM_ACTOR, lot)
    lot.created_at = packed  # so that it counts for the days since, too
    return lot


def _days(chance: random.Random, lot: Lot, days_ago: int) -> Iterator[dict[str, Any]]:
    """Counts from a week after packing until yesterday; fewer with time."""
    for day in range(days_ago - 7, 0, -1):
        scans = int(chance.expovariate(1 / 4) * (0.4 + day / days_ago))
        if scans:
            yield {
                "id": new_id(),
                "day": clock.today() - timedelta(days=day),
                "product_id": lot.product_id,
                "producer_id": lot.producer_id,
                "lot_id": lot.id,
                "scans": scans,
                "serial_scans": 0,
            }
