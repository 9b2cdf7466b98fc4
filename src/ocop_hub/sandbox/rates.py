"""How often a stall may be called; what comes faster is refused and stands in the history as a violation.

Real marketplaces do not publish their numbers. The one here is above what a spaced client can reach and below
any burst: a client that keeps 50 ms between calls never meets it, whatever the machine is doing.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque

from ocop_hub.sandbox.store import Store

CALLS = 26
#: Seconds.
WINDOW = 1.0


class RateWatch:
    """Counts the calls of each stall in a sliding window."""

    def __init__(self, store: Store, *, calls: int = CALLS) -> None:
        self._store = store
        self._calls = calls
        self._seen: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def allows(self, market: str, shop_id: str, call: str) -> bool:
        """Count one call; False, and a row in the history, when it is one too many. Calls of no stall pass."""
        if not shop_id:
            return True
        now, seen = time.monotonic(), self._seen[market, shop_id]
        while seen and seen[0] <= now - WINDOW:
            seen.popleft()
        seen.append(now)
        if len(seen) <= self._calls:
            return True
        detail = {"call": call, "calls": len(seen), "seconds": WINDOW}
        self._store.record(market, shop_id, "violation", item_id=None, sku="", detail=detail)
        return False
