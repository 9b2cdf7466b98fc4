"""What all simulated marketplaces stand on."""

from __future__ import annotations

from dataclasses import dataclass

from ocop_hub.sandbox.faults import FaultPlan
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Behind:
    """Shared by the interfaces of one server; a new listing is on review for ``review_seconds``."""

    store: Store
    plan: FaultPlan
    grants: Grants
    rates: RateWatch
    review_seconds: float
